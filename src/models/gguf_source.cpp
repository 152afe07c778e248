#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "cohort/error.hpp"
#include "src/models/gguf.hpp"
#include "src/models/gguf_config.hpp"
#include "src/models/gguf_names.hpp"
#include "src/models/sources.hpp"

namespace cohort::models {
namespace {

/// Brings rows into Hugging Face order, one head at a time.
template <typename T>
void restore_rows(T* data, int64_t rows, int64_t columns, int64_t head_dim) {
  std::vector<T> head(static_cast<size_t>(head_dim * columns));
  for (int64_t first = 0; first < rows; first += head_dim) {
    T* const here = data + first * columns;
    std::copy_n(here, head.size(), head.data());
    for (int64_t row = 0; row < head_dim; ++row)
      std::copy_n(head.data() + row * columns, columns, here + hugging_face_row(row, head_dim) * columns);
  }
}

class GgufSource : public WeightSource {
 public:
  explicit GgufSource(const std::filesystem::path& path)
      : name_(path.string()), file_(GgufFile::open(path)), config_(read_gguf_config(file_, name_)) {
    for (const GgufTensor& tensor : file_.tensors()) {
      if (tensor.name == "rope_freqs.weight") continue;  // is in the config
      const std::optional<std::string> name = to_hugging_face_name(tensor.name);
      if (name && holds_experts(config_, *name))
        add_experts(*name, tensor);
      else
        add(name.value_or(tensor.name), tensor);  // what has no name there is listed by its own one, as unexpected
    }
  }

  const ModelConfig& config() const override { return config_; }
  const std::vector<WeightInfo>& weights() const override { return weights_; }

  void read(const WeightInfo& weight, Rows rows, float* out) const override {
    const GgufTensor tensor = part(weight, rows);
    file_.read(tensor, out);
    restore(weight, tensor, out);
    const float offset = gguf_offset(config_, weight.name);
    if (offset == 0) return;
    for (int64_t i = 0; i < tensor.dims[0]; ++i) out[i] -= offset;
  }

  bool read_bfloat16(const WeightInfo& weight, Rows rows, uint16_t* out) const override {
    const GgufTensor tensor = part(weight, rows);
    if (gguf_offset(config_, weight.name) != 0) return false;  // other numbers than the file's
    if (!file_.read_bfloat16(tensor, out)) return false;
    restore(weight, tensor, out);
    return true;
  }

 private:
  void add(const std::string& name, const GgufTensor& tensor) {
    check(tensors_.emplace(name, tensor).second, "{}: {}: expected one tensor that becomes {}", name_, tensor.name,
          name);
    weights_.push_back({name, {tensor.dims.rbegin(), tensor.dims.rend()}});
  }

  // Each of a layer's experts as a tensor of its own: they lie one after another.
  void add_experts(const std::string& name, const GgufTensor& all) {
    std::vector<int64_t> dims = {config_.hidden_size, config_.experts.intermediate_size, config_.experts.count};
    if (name.ends_with("down_proj.weight")) std::swap(dims[0], dims[1]);
    check(all.dims == dims, "{}: {}: expected the dimensions [{}], got [{}]", name_, all.name, fmt::join(dims, ", "),
          fmt::join(all.dims, ", "));
    GgufTensor expert = all;
    expert.dims.pop_back();
    expert.bytes /= static_cast<uint64_t>(config_.experts.count);
    for (int64_t i = 0; i < config_.experts.count; ++i, expert.offset += expert.bytes)
      add(expert_name(name, i), expert);
  }

  // Those rows as a tensor of their own. A row is a whole number of blocks.
  GgufTensor part(const WeightInfo& weight, Rows rows) const {
    const auto found = tensors_.find(weight.name);
    check(found != tensors_.end(), "{}: has no tensor \"{}\"", name_, weight.name);
    GgufTensor part = found->second;
    if (rows.count == part.dims.back()) return part;
    check(part.dims.size() > 1, "{}: {}: a vector is read whole", name_, weight.name);
    const uint64_t bytes = part.bytes / static_cast<uint64_t>(part.dims.back());
    part.offset += static_cast<uint64_t>(rows.first) * bytes;
    part.bytes = static_cast<uint64_t>(rows.count) * bytes;
    part.dims.back() = rows.count;
    return part;
  }

  template <typename T>
  void restore(const WeightInfo& weight, const GgufTensor& tensor, T* out) const {
    if (!has_interleaved_rows(config_, weight.name)) return;
    const bool is_matrix = tensor.dims.size() == 2;
    const int64_t rows = tensor.dims.back(), columns = is_matrix ? tensor.dims[0] : 1;
    check(tensor.dims.size() <= 2 && rows % config_.head_dim == 0, "{}: {}: expected rows of whole heads of {}, got {}",
          name_, tensor.name, config_.head_dim, rows);
    restore_rows(out, rows, columns, config_.head_dim);
  }

  std::string name_;
  GgufFile file_;
  ModelConfig config_;
  std::vector<WeightInfo> weights_;
  std::map<std::string, GgufTensor> tensors_;  // by Hugging Face name
};

}  // namespace

std::unique_ptr<WeightSource> open_gguf_weights(const std::filesystem::path& file) {
  return std::make_unique<GgufSource>(file);
}

}  // namespace cohort::models
