// What the benchmarks of a GPU share: the device or exit code 77, its ceilings, times by its own clock, shapes.
#pragma once

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/randn.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "benchmarks/arguments.hpp"
#include "cohort/device.hpp"
#include "cohort/model_config.hpp"
#include "cohort/tokenizer.hpp"

namespace cohort::benchmarks {

/// `name` is cuda, or cpu, on which only the programs themselves are tried out: its figures mean nothing. Ends the
/// program with 77, which says that there was nothing to measure on, where there is no CUDA device.
inline c10::Device device_or_exit(const char* program, const std::string& name) {
  check(name == "cuda" || name == "cpu", "--device: expected cuda or cpu, got {}", name);
  if (name == "cpu") return c10::kCPU;
  if (num_cuda_devices() > 0) return c10::Device(c10::kCUDA, 0);
  std::fprintf(stderr, "%s: no device\n", program);
  std::exit(77);
}

inline c10::Stream stream_of(c10::Device device) {
  return c10::impl::VirtualGuardImpl(device.type()).getStream(device);
}
inline void synchronize(c10::Device device) {
  if (!device.is_cpu()) stream_of(device).synchronize();
}

/// Seconds of `rounds` calls by the device's clock, one after the other, each behind a write of more than its caches
/// hold. The first two warm up.
template <typename F>
std::vector<double> device_seconds(c10::Device device, int rounds, F call) {
  static const at::Tensor flood =
      at::empty({int64_t{device.is_cpu() ? 1 : 256} << 20}, at::TensorOptions().dtype(at::kByte).device(device));
  std::vector<double> seconds;
  for (int i = -2; i < rounds; ++i) {
    if (device.is_cpu()) {
      const double start = seconds_now();
      call();
      if (i >= 0) seconds.push_back(seconds_now() - start);
      continue;
    }
    flood.fill_(i & 0xff);
    c10::Event begin(device.type(), c10::EventFlag::BACKEND_DEFAULT),
        end(device.type(), c10::EventFlag::BACKEND_DEFAULT);
    begin.record(stream_of(device));
    call();
    end.record(stream_of(device));
    end.synchronize();
    if (i >= 0) seconds.push_back(begin.elapsedTime(end) / 1e3);
  }
  std::ranges::sort(seconds);
  return seconds;
}

inline nlohmann::json spread(const std::vector<double>& sorted, double scale) {
  return {{"median", sorted[sorted.size() / 2] * scale},
          {"least", sorted.front() * scale},
          {"most", sorted.back() * scale}};
}

struct Ceilings {
  double bytes_per_second;  // read and written by a large copy
  double flops;             // of a product of 8192 × 8192 × 8192 bfloat16 random numbers
  nlohmann::json json() const {
    return {{"copy_gb_per_second", bytes_per_second / 1e9}, {"bf16_tflops", flops / 1e12}};
  }
};

inline Ceilings ceilings(c10::Device device) {
  const auto as = at::TensorOptions().dtype(at::kBFloat16).device(device);
  const at::Tensor from = at::empty({int64_t{1} << (device.is_cpu() ? 20 : 29)}, as).fill_(1),
                   to = at::empty_like(from);
  const auto copy = device_seconds(device, 7, [&] { to.copy_(from); });
  const int64_t size = device.is_cpu() ? 64 : 8192;
  const at::Tensor a = at::randn({size, size}, as), b = at::randn({size, size}, as);
  at::Tensor c = at::empty({size, size}, as);
  const auto product = device_seconds(device, 7, [&] { at::mm_out(c, a, b); });
  return {2.0 * static_cast<double>(from.nbytes()) / copy[copy.size() / 2],
          2.0 * static_cast<double>(size * size * size) / product[product.size() / 2]};
}

/// The shapes of known models, to be filled with random weights.
inline ModelConfig shape(const std::string& name) {
  ModelConfig config;
  config.architecture = "Qwen2ForCausalLM";
  config.vocab_size = 151'936;
  config.max_position = 4096;
  config.qkv_bias = config.tied_embeddings = true;
  const auto set = [&](int64_t layers, int64_t hidden, int64_t heads, int64_t kv_heads, int64_t dim, int64_t ffn) {
    config.num_layers = layers, config.hidden_size = hidden, config.num_heads = heads;
    config.num_kv_heads = kv_heads, config.head_dim = dim, config.intermediate_size = ffn;
  };
  if (name == "qwen2.5-0.5b") {
    set(24, 896, 14, 2, 64, 4864);
  } else if (name == "qwen2.5-1.5b") {
    set(28, 1536, 12, 2, 128, 8960);
  } else if (name == "qwen3-8b") {
    set(36, 4096, 32, 8, 128, 12'288);
    config.architecture = "Qwen3ForCausalLM";
    config.qkv_bias = config.tied_embeddings = false;
    config.qk_norm = true;
  } else if (name == "tiny") {  // for the programs themselves
    set(2, 64, 4, 2, 16, 128);
    config.vocab_size = 512;
  } else {
    check(false, "--shape: expected qwen2.5-0.5b, qwen2.5-1.5b, qwen3-8b or tiny, got {}", name);
  }
  return config;
}

/// A tokenizer with as many tokens as a shape's vocabulary: characters of the higher planes, one token each.
inline Tokenizer any_tokenizer(int64_t vocab_size) {
  std::string alphabet;
  int64_t count = 0;
  for (uint32_t c = 0x10000; count < vocab_size - 1; ++c, ++count)
    for (const uint32_t byte : {0xF0 | c >> 18, 0x80 | (c >> 12 & 0x3F), 0x80 | (c >> 6 & 0x3F), 0x80 | (c & 0x3F)})
      alphabet += static_cast<char>(byte);
  return Tokenizer::characters(alphabet);
}

/// Operations of a trained token whose sequence has `sequence` tokens: 6 for each weight of a product, and attention's.
inline double training_operations(const ModelConfig& config, int64_t sequence) {
  const int64_t queries = config.num_heads * config.head_dim, keys = config.num_kv_heads * config.head_dim;
  const int64_t layer =
      config.hidden_size * (2 * queries + 2 * keys) + 3 * config.hidden_size * config.intermediate_size;
  return 6.0 * static_cast<double>(config.num_layers * layer + config.vocab_size * config.hidden_size) +
         12.0 * static_cast<double>(queries * config.num_layers) * static_cast<double>(sequence + 1) / 2;
}

/// Bytes that a step of decoding reads at least: the weights once, and each row's keys and values.
inline double decode_bytes(const ModelConfig& config, int64_t rows, double context, int64_t weight_size) {
  const double weights =
      training_operations(config, 0) / 6;  // attention's share at length 0 is half a token's: nothing
  const double kv = 2.0 * static_cast<double>(config.num_kv_heads * config.head_dim * config.num_layers);
  return static_cast<double>(weight_size) * (weights + static_cast<double>(rows) * context * kv);
}

}  // namespace cohort::benchmarks
