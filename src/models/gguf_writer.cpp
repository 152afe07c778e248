#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "cohort/error.hpp"
#include "src/models/atomic_write.hpp"
#include "src/models/families.hpp"
#include "src/models/gguf_config.hpp"
#include "src/models/gguf_cursor.hpp"
#include "src/models/gguf_names.hpp"
#include "src/models/gguf_vocabulary.hpp"
#include "src/models/half.hpp"
#include "src/models/weight_source.hpp"

namespace cohort::models {
namespace {

constexpr uint64_t alignment = 32;  // the default, which needs no key
constexpr uint32_t ggml_f32 = 0, ggml_bf16 = 30;

uint64_t aligned(uint64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

/// Bytes of the part before the tensors' data.
class Bytes {
 public:
  template <typename Number>
  void number(Number value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }

  void string(const std::string& text) {
    number<uint64_t>(text.size());
    bytes_ += text;
  }

  const std::string& text() const { return bytes_; }

 private:
  std::string bytes_;
};

class Metadata {
 public:
  void u32(const std::string& key, int64_t value) { start(key, GgufType::u32).number(static_cast<uint32_t>(value)); }
  void f32(const std::string& key, double value) { start(key, GgufType::f32).number(static_cast<float>(value)); }
  void boolean(const std::string& key, bool value) { start(key, GgufType::boolean).number<uint8_t>(value); }
  void string(const std::string& key, const std::string& value) { start(key, GgufType::string).string(value); }

  void strings(const std::string& key, const std::vector<std::string>& values) {
    start_array(key, GgufType::string, values.size());
    for (const std::string& value : values) bytes_.string(value);
  }

  template <typename Number>
  void numbers(const std::string& key, GgufType type, const std::vector<Number>& values) {
    start_array(key, type, values.size());
    for (const Number value : values) bytes_.number(value);
  }

  uint64_t count() const { return count_; }
  const std::string& text() const { return bytes_.text(); }

 private:
  Bytes& start(const std::string& key, GgufType type) {
    ++count_;
    bytes_.string(key);
    bytes_.number(static_cast<uint32_t>(type));
    return bytes_;
  }

  void start_array(const std::string& key, GgufType type, uint64_t count) {
    start(key, GgufType::array);
    bytes_.number(static_cast<uint32_t>(type));
    bytes_.number(count);
  }

  Bytes bytes_;
  uint64_t count_ = 0;
};

void add_model(Metadata& metadata, const ModelConfig& config, bool is_bfloat16) {
  constexpr int64_t mostly_f32 = 0, mostly_bf16 = 32;  // of llama.cpp's list of file types
  const std::string name = family_of(config.architecture, "GGUF").gguf, prefix = name + ".";
  metadata.string("general.architecture", name);
  metadata.string("general.type", "model");
  metadata.u32("general.file_type", is_bfloat16 ? mostly_bf16 : mostly_f32);
  metadata.u32(prefix + "vocab_size", config.vocab_size);
  metadata.u32(prefix + "context_length", config.max_position);
  metadata.u32(prefix + "embedding_length", config.hidden_size);
  metadata.u32(prefix + "block_count", config.num_layers);
  metadata.u32(prefix + "feed_forward_length", config.intermediate_size);
  metadata.u32(prefix + "attention.head_count", config.num_heads);
  metadata.u32(prefix + "attention.head_count_kv", config.num_kv_heads);
  metadata.u32(prefix + "attention.key_length", config.head_dim);
  metadata.u32(prefix + "attention.value_length", config.head_dim);
  metadata.f32(prefix + "attention.layer_norm_rms_epsilon", config.norm_epsilon);
  metadata.u32(prefix + "rope.dimension_count", config.head_dim);
  metadata.f32(prefix + "rope.freq_base", config.rope.theta);
  if (config.experts.count > 0) {
    metadata.u32(prefix + "expert_count", config.experts.count);
    metadata.u32(prefix + "expert_used_count", config.experts.per_token);
    metadata.u32(prefix + "expert_feed_forward_length", config.experts.intermediate_size);
  }
  if (config.rope.scaling == RopeConfig::Scaling::linear) {
    metadata.string(prefix + "rope.scaling.type", "linear");
    metadata.f32(prefix + "rope.scaling.factor", config.rope.factor);
  }
  if (config.rope.scaling == RopeConfig::Scaling::llama3)
    metadata.u32(prefix + "rope.scaling.original_context_length", config.rope.original_max_position);
}

void add_tokenizer(Metadata& metadata, const ModelConfig& config, const GgufVocabulary& vocabulary) {
  metadata.string("tokenizer.ggml.model", vocabulary.model);
  metadata.string("tokenizer.ggml.pre", vocabulary.pre);
  metadata.strings("tokenizer.ggml.tokens", vocabulary.tokens);
  metadata.numbers("tokenizer.ggml.token_type", GgufType::i32, vocabulary.types);
  if (vocabulary.model == "gpt2")
    metadata.strings("tokenizer.ggml.merges", vocabulary.merges);
  else
    metadata.numbers("tokenizer.ggml.scores", GgufType::f32, vocabulary.scores);

  std::optional<int64_t> eos = vocabulary.eos;
  if (!eos && !config.eos_tokens.empty()) eos = config.eos_tokens.front();
  if (vocabulary.bos) metadata.u32("tokenizer.ggml.bos_token_id", *vocabulary.bos);
  if (eos) metadata.u32("tokenizer.ggml.eos_token_id", *eos);
  // GGUF has one place for one more end token.
  for (const int64_t token : config.eos_tokens)
    if (eos && token != *eos) {
      metadata.u32("tokenizer.ggml.eot_token_id", token);
      break;
    }
  if (vocabulary.unknown) metadata.u32("tokenizer.ggml.unknown_token_id", *vocabulary.unknown);
  if (vocabulary.padding) metadata.u32("tokenizer.ggml.padding_token_id", *vocabulary.padding);
  metadata.boolean("tokenizer.ggml.add_bos_token", vocabulary.add_bos);
  // Without the key a reader adds one.
  if (!vocabulary.add_space_prefix) metadata.boolean("tokenizer.ggml.add_space_prefix", false);
  if (vocabulary.chat_template) metadata.string("tokenizer.chat_template", *vocabulary.chat_template);
}

/// A tensor as the file will have it.
struct Entry {
  std::string name;
  std::vector<const OutputTensor*> parts;  // a layer's experts one after another, or a weight that stands alone
  std::vector<int64_t> shape;              // of all parts together
  uint32_t type;
  uint64_t bytes;
  bool is_interleaved;
  float offset;  // added to each number
};

int64_t num_elements(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

/// `name`: of Hugging Face's kind.
Entry make_entry(const std::string& name, std::vector<const OutputTensor*> parts, const ModelConfig& config,
                 const std::string& where) {
  const OutputTensor& first = *parts[0];
  for (const OutputTensor* part : parts) {
    check(part->dtype == "F32" || part->dtype == "BF16", "{}: {}: dtype: expected F32 or BF16, got \"{}\"", where,
          part->name, part->dtype);
    check(part->dtype == first.dtype, "{}: {}: dtype: expected that of {}, {}, got {}", where, part->name, first.name,
          first.dtype, part->dtype);
  }
  std::vector<int64_t> shape = first.shape;
  if (find_expert(first.name)) shape.insert(shape.begin(), static_cast<int64_t>(parts.size()));
  // llama.cpp has no bfloat16 body for norms and biases, and its converter widens routers too.
  const bool stays_bf16 = first.dtype == "BF16" && shape.size() > 1 && !name.ends_with(".mlp.gate.weight");
  const uint64_t bytes = static_cast<uint64_t>(num_elements(shape)) * (stays_bf16 ? 2 : 4);
  return {name == "rope_freqs.weight" ? name : to_gguf_name(name).value(),
          std::move(parts),
          std::move(shape),
          stays_bf16 ? ggml_bf16 : ggml_f32,
          bytes,
          has_interleaved_rows(config, name),
          gguf_offset(config, name)};
}

/// In the order of the tensors, or of the first of those that are stacked.
std::vector<Entry> make_entries(const std::vector<OutputTensor>& tensors, const ModelConfig& config,
                                const std::string& where) {
  std::vector<std::string> names;
  std::map<std::string, std::vector<const OutputTensor*>> parts;
  for (const OutputTensor& tensor : tensors) {
    const std::optional<ExpertName> expert = find_expert(tensor.name);
    const std::string& name = expert ? expert->stacked : tensor.name;
    std::vector<const OutputTensor*>& list = parts[name];
    if (list.empty()) names.push_back(name);
    list.resize(static_cast<size_t>(expert ? config.experts.count : 1));
    list[static_cast<size_t>(expert ? expert->number : 0)] = &tensor;
  }
  std::vector<Entry> entries;
  for (const std::string& name : names) entries.push_back(make_entry(name, std::move(parts.at(name)), config, where));
  return entries;
}

/// A float32 or bfloat16 number, by its size.
float number_at(const char* at, uint64_t size) {
  float value;
  uint16_t bits;
  std::memcpy(size == 2 ? static_cast<void*>(&bits) : &value, at, size);
  return size == 2 ? bfloat16_to_float(bits) : value;
}

void write_rows(AtomicFile& output, const Entry& entry, const OutputTensor& tensor, int64_t head_dim) {
  const auto* data = static_cast<const char*>(tensor.data);
  const uint64_t item = tensor.dtype == "BF16" ? 2 : 4;
  const int64_t rows = tensor.shape[0];
  const uint64_t row_items = static_cast<uint64_t>(num_elements(tensor.shape) / rows), row_bytes = row_items * item;
  for (int64_t row = 0; row < rows; ++row) {
    const char* from = data + (entry.is_interleaved ? hugging_face_row(row, head_dim) : row) * row_bytes;
    if (entry.offset == 0 && (entry.type == ggml_bf16 || item == 4)) {
      output.write(from, row_bytes);
      continue;
    }
    for (uint64_t i = 0; i < row_items; ++i) {
      const float value = number_at(from + i * item, item) + entry.offset;
      output.write(&value, sizeof(value));
    }
  }
}

void write_data(AtomicFile& output, const Entry& entry, int64_t head_dim) {
  for (const OutputTensor* part : entry.parts) write_rows(output, entry, *part, head_dim);
  const std::string padding(aligned(entry.bytes) - entry.bytes, '\0');
  output.write(padding);
}

/// Everything a model of `config` has, in its shape, and nothing else: a file of other weights would only be refused
/// when it is read.
void check_complete(const std::vector<OutputTensor>& tensors, const ModelConfig& config, const std::string& where) {
  std::map<std::string, const OutputTensor*> given;
  for (const OutputTensor& tensor : tensors)
    check(given.emplace(tensor.name, &tensor).second, "{}: the tensor \"{}\" is given twice", where, tensor.name);
  for (const WeightInfo& weight : expected_weights(config)) {
    const auto found = given.find(weight.name);
    check(found != given.end(), "{}: {}: expected it among the tensors to write", where, weight.name);
    check(found->second->shape == weight.shape, "{}: {}: expected the shape [{}], got [{}]", where, weight.name,
          fmt::join(weight.shape, ", "), fmt::join(found->second->shape, ", "));
    given.erase(found);
  }
  for (const auto& [name, tensor] : given)
    throw Error(fmt::format("{}: {}: expected the name of a weight that a {} has", where, name, config.architecture));
}

/// What a reader of qwen3moe takes for granted.
void check_experts(const ModelConfig& config, const std::string& where) {
  const ExpertsConfig& experts = config.experts;
  const bool is_moe = family_of(config.architecture, "GGUF").has_experts;
  check(is_moe == (experts.count > 0), "{}: num_experts: expected {} in a {}, got {}", where, is_moe ? "some" : "none",
        config.architecture, experts.count);
  if (!is_moe) return;
  check(experts.normalised, "{}: norm_topk_prob: expected true as in every {} in GGUF, got false", where,
        config.architecture);
  check(experts.sparse_step == 1, "{}: decoder_sparse_step: expected 1 as in every {} in GGUF, got {}", where,
        config.architecture, experts.sparse_step);
  check(experts.dense_layers.empty(), "{}: mlp_only_layers: expected none as in every {} in GGUF, got [{}]", where,
        config.architecture, fmt::join(experts.dense_layers, ", "));
}

}  // namespace

void write_gguf(const std::filesystem::path& file, const ModelConfig& config, std::vector<OutputTensor> tensors,
                const std::filesystem::path& tokenizer_directory) {
  const std::string where = file.string();
  if (config.tied_embeddings)
    std::erase_if(tensors, [](const OutputTensor& tensor) { return tensor.name == "lm_head.weight"; });
  check_experts(config, where);
  check_complete(tensors, config, where);
  check(config.activation == family_of(config.architecture, "GGUF").activation,
        "{}: hidden_act: expected that of every {} in GGUF, which has no key for another", where, config.architecture);
  std::vector<float> divisors;
  if (config.rope.scaling == RopeConfig::Scaling::llama3) {
    divisors = llama3_divisors(config.rope, config.head_dim);
    tensors.push_back({"rope_freqs.weight", "F32", {config.head_dim / 2}, divisors.data()});
  }

  const std::vector<Entry> entries = make_entries(tensors, config, where);
  const bool is_bfloat16 = std::ranges::any_of(entries, [](const Entry& entry) { return entry.type == ggml_bf16; });
  Metadata metadata;
  add_model(metadata, config, is_bfloat16);
  add_tokenizer(metadata, config, read_gguf_vocabulary(tokenizer_directory, config.vocab_size));

  Bytes head, table;
  head.number<uint32_t>(0x46554747);  // "GGUF"
  head.number<uint32_t>(3);
  head.number<uint64_t>(entries.size());
  head.number<uint64_t>(metadata.count());
  uint64_t offset = 0;
  for (const Entry& entry : entries) {
    table.string(entry.name);
    table.number(static_cast<uint32_t>(entry.shape.size()));
    for (auto size = entry.shape.rbegin(); size != entry.shape.rend(); ++size) table.number(*size);
    table.number(entry.type);
    table.number(offset);
    offset += aligned(entry.bytes);
  }
  const uint64_t front = head.text().size() + metadata.text().size() + table.text().size();

  AtomicFile output(file);
  output.write(head.text());
  output.write(metadata.text());
  output.write(table.text());
  output.write(std::string(aligned(front) - front, '\0'));
  for (const Entry& entry : entries) write_data(output, entry, config.head_dim);
  output.commit();
}

}  // namespace cohort::models
