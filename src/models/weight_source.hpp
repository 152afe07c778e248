// A checkpoint on disk, whatever its format: tensors by their Hugging Face names, read as float32 or as they are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cohort/model_config.hpp"

namespace cohort::models {

struct WeightInfo {
  std::string name;            // "model.layers.0.self_attn.q_proj.weight"
  std::vector<int64_t> shape;  // as torch has it: [out, in]
};

/// Some of a weight's rows, or of a vector's elements.
struct Rows {
  int64_t first, count;
};

class WeightSource {
 public:
  virtual ~WeightSource() = default;
  virtual const ModelConfig& config() const = 0;
  virtual const std::vector<WeightInfo>& weights() const = 0;
  /// Dequantised, in Hugging Face layout (row permutations undone, for which rows of q and k must be whole heads). `out`
  /// holds `rows` times the rest of the shape.
  virtual void read(const WeightInfo& weight, Rows rows, float* out) const = 0;
  /// The same numbers' bits where the file holds them in bfloat16: they need no widening and no rounding. Elsewhere
  /// false, and `out` is as it was.
  virtual bool read_bfloat16(const WeightInfo& weight, Rows rows, uint16_t* out) const = 0;

  /// All rows.
  void read(const WeightInfo& weight, float* out) const { read(weight, {0, weight.shape[0]}, out); }
  bool read_bfloat16(const WeightInfo& weight, uint16_t* out) const {
    return read_bfloat16(weight, {0, weight.shape[0]}, out);
  }
};

/// A Hugging Face directory or a .gguf file. Throws Error for anything malformed.
std::unique_ptr<WeightSource> open_weights(const std::filesystem::path& checkpoint);

/// The weights that a model of `config` has, with their shapes, in checkpoint order.
std::vector<WeightInfo> expected_weights(const ModelConfig& config);

/// Throws one Error that lists every missing, unexpected and wrongly shaped tensor of `source`.
void check_weights(const WeightSource& source);

/// One tensor to be written. `data` is `dtype`: "F32", "BF16", "F64", "I64", "U8" or "I8".
struct OutputTensor {
  std::string name;
  std::string dtype;
  std::vector<int64_t> shape;
  const void* data;
};

/// Writes FILE.tmp, syncs and renames. Tensors in the order of the reference writer.
void write_safetensors(const std::filesystem::path& file, std::vector<OutputTensor> tensors);

/// A model as GGUF: Llama's q and k rows permuted, metadata of config and of the tokenizer.json in
/// `tokenizer_directory`.
void write_gguf(const std::filesystem::path& file, const ModelConfig& config, std::vector<OutputTensor> tensors,
                const std::filesystem::path& tokenizer_directory);

}  // namespace cohort::models
