#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "cohort/error.hpp"
#include "src/models/input_file.hpp"
#include "src/models/json.hpp"
#include "src/models/safetensors.hpp"
#include "src/models/sources.hpp"

namespace cohort::models {
namespace {

namespace fs = std::filesystem;

struct Located {
  const SafetensorsFile* file;
  SafetensorsTensor tensor;
};

bool is_plain_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string("/\\\0", 3)) == std::string::npos;
}

/// Whether two tensors hold the same bytes, without holding either.
bool are_equal(const Located& left, const Located& right) {
  if (left.tensor.dtype != right.tensor.dtype || left.tensor.shape != right.tensor.shape) return false;
  std::vector<char> left_chunk(1 << 20), right_chunk(1 << 20);
  for (uint64_t begin = 0; begin < left.tensor.bytes; begin += left_chunk.size()) {
    const uint64_t bytes = std::min<uint64_t>(left_chunk.size(), left.tensor.bytes - begin);
    left.file->read_raw(left.tensor, begin, bytes, left_chunk.data());
    right.file->read_raw(right.tensor, begin, bytes, right_chunk.data());
    if (std::memcmp(left_chunk.data(), right_chunk.data(), bytes) != 0) return false;
  }
  return true;
}

class HuggingFaceSource : public WeightSource {
 public:
  explicit HuggingFaceSource(const fs::path& directory) : config_(read_model_config(directory / "config.json")) {
    const ExpertsConfig& experts = config_.experts;
    for (int64_t layer = 0; layer < config_.num_layers; ++layer) {
      if (!config_.has_experts(layer)) continue;
      const std::string prefix = fmt::format("model.layers.{}.mlp.experts.", layer);
      shapes_of_experts_[prefix + "gate_up_proj"] = {experts.count, 2 * experts.intermediate_size, config_.hidden_size};
      shapes_of_experts_[prefix + "down_proj"] = {experts.count, config_.hidden_size, experts.intermediate_size};
    }
    const fs::path whole = directory / "model.safetensors", index = directory / "model.safetensors.index.json";
    if (fs::exists(whole))
      open_whole(whole);
    else if (fs::exists(index))
      open_shards(directory, index);
    else
      refuse(directory);
    drop_tied_head();
  }

  const ModelConfig& config() const override { return config_; }
  const std::vector<WeightInfo>& weights() const override { return weights_; }

  void read(const WeightInfo& weight, Rows rows, float* out) const override {
    const Located& located = find(weight);
    located.file->read(part(located.tensor, rows), out);
  }

  bool read_bfloat16(const WeightInfo& weight, Rows rows, uint16_t* out) const override {
    const Located& located = find(weight);
    if (located.tensor.dtype != "BF16") return false;
    located.file->read_raw(part(located.tensor, rows), out);
    return true;
  }

 private:
  const Located& find(const WeightInfo& weight) const {
    const auto found = located_.find(weight.name);
    check(found != located_.end(), "the checkpoint has no tensor \"{}\"", weight.name);
    return found->second;
  }

  // Those rows as a tensor of their own.
  static SafetensorsTensor part(SafetensorsTensor tensor, Rows rows) {
    const uint64_t bytes = tensor.bytes / static_cast<uint64_t>(tensor.shape[0]);
    tensor.offset += static_cast<uint64_t>(rows.first) * bytes;
    tensor.bytes = static_cast<uint64_t>(rows.count) * bytes;
    tensor.shape[0] = rows.count;
    return tensor;
  }

  void add(const SafetensorsFile& file, const SafetensorsTensor& tensor) {
    if (add_experts(file, tensor)) return;
    weights_.push_back({tensor.name, tensor.shape});
    check(located_.emplace(tensor.name, Located{&file, tensor}).second,
          "{}: {}: expected it once: by itself, or in a tensor of all experts", file.name(), tensor.name);
  }

  /// Some writers leave all experts of a layer in one tensor: [experts, 2 · intermediate, hidden] gates, then what they
  /// let through, and [experts, hidden, intermediate]. False for any other tensor: of another layer, or another shape.
  bool add_experts(const SafetensorsFile& file, const SafetensorsTensor& tensor) {
    const auto found = shapes_of_experts_.find(tensor.name);
    if (found == shapes_of_experts_.end() || tensor.shape != found->second) return false;
    const std::string prefix = tensor.name.substr(0, tensor.name.rfind('.') + 1);
    const std::vector<std::string> parts = tensor.name.ends_with("gate_up_proj")
                                               ? std::vector<std::string>{"gate_proj", "up_proj"}
                                               : std::vector<std::string>{"down_proj"};
    const auto count = static_cast<int64_t>(parts.size());
    SafetensorsTensor expert = tensor;
    expert.shape = {tensor.shape[1] / count, tensor.shape[2]};
    expert.bytes = tensor.bytes / static_cast<uint64_t>(tensor.shape[0] * count);
    for (int64_t i = 0; i < tensor.shape[0] * count; ++i) {
      expert.name = fmt::format("{}{}.{}.weight", prefix, i / count, parts[static_cast<size_t>(i % count)]);
      expert.offset = tensor.offset + static_cast<uint64_t>(i) * expert.bytes;
      add(file, expert);
    }
    return true;
  }

  void open_whole(const fs::path& file) {
    const SafetensorsFile& opened = files_.emplace(file.filename().string(), SafetensorsFile::open(file)).first->second;
    for (const SafetensorsTensor& tensor : opened.tensors()) add(opened, tensor);
  }

  void open_shards(const fs::path& directory, const fs::path& index) {
    const std::string where = index.string();
    constexpr int64_t max_values = 1 << 20;
    const auto json = parse_json<nlohmann::json>(read_text(index, max_config_bytes), where, max_values);
    check(json.is_object() && json.contains("weight_map") && json["weight_map"].is_object(),
          "{}: weight_map: expected an object", where);
    for (const auto& [tensor, value] : json["weight_map"].items()) {
      check(value.is_string() && is_plain_name(value.get<std::string>()), "{}: {}: expected the name of a file, got {}",
            where, tensor, shown(value));
      const std::string name = value.get<std::string>();
      if (!files_.contains(name)) open_shard(directory, name, where);
      const SafetensorsTensor* found = files_.at(name).find(tensor);
      check(found, "{}: {}: expected it in {}, which does not have it", where, tensor, name);
      add(files_.at(name), *found);
    }
  }

  /// Tensors that the index does not mention are not read; one that two shards hold would have two meanings.
  void open_shard(const fs::path& directory, const std::string& name, const std::string& where) {
    constexpr size_t max_shards = 512;  // each is an open file
    check(files_.size() < max_shards, "{}: expected at most {} files", where, max_shards);
    const SafetensorsFile opened = SafetensorsFile::open(directory / name);
    for (const SafetensorsTensor& tensor : opened.tensors())
      check(seen_.insert(tensor.name).second, "{}: {}: expected it in one file, got it in {} and another", where,
            tensor.name, name);
    files_.emplace(name, opened);
  }

  [[noreturn]] static void refuse(const fs::path& directory) {
    const bool has_pickle =
        fs::exists(directory / "pytorch_model.bin") || fs::exists(directory / "pytorch_model.bin.index.json");
    throw Error(
        fmt::format("{}: expected model.safetensors or model.safetensors.index.json{}", directory.string(),
                    has_pickle ? ", got pytorch_model.bin: a pickle can run code, convert it to safetensors" : ""));
  }

  /// Some writers store the tied head a second time. An equal one says nothing; check_weights refuses another one.
  void drop_tied_head() {
    const auto head = located_.find("lm_head.weight"), embedding = located_.find("model.embed_tokens.weight");
    if (!config_.tied_embeddings || head == located_.end() || embedding == located_.end()) return;
    if (!are_equal(head->second, embedding->second)) return;
    std::erase_if(weights_, [](const WeightInfo& weight) { return weight.name == "lm_head.weight"; });
    located_.erase(head);
  }

  ModelConfig config_;
  std::map<std::string, std::vector<int64_t>> shapes_of_experts_;  // of tensors that hold all of a layer's
  std::map<std::string, SafetensorsFile> files_;
  std::set<std::string> seen_;
  std::vector<WeightInfo> weights_;
  std::map<std::string, Located> located_;
};

}  // namespace

std::unique_ptr<WeightSource> open_hugging_face_weights(const fs::path& directory) {
  return std::make_unique<HuggingFaceSource>(directory);
}

}  // namespace cohort::models
