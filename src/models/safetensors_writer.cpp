#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <tuple>

#include "cohort/error.hpp"
#include "src/models/atomic_write.hpp"
#include "src/models/safetensors_header.hpp"
#include "src/models/weight_source.hpp"

namespace cohort::models {
namespace {

uint64_t byte_size(const OutputTensor& tensor) {
  uint64_t bits = static_cast<uint64_t>(safetensors_dtypes()[safetensors_dtype_index(tensor.dtype)].bits);
  for (const int64_t size : tensor.shape) bits *= static_cast<uint64_t>(size);
  return bits / 8;
}

std::string quoted(const std::string& text) { return nlohmann::json(text).dump(); }

std::string make_header(const std::vector<OutputTensor>& tensors) {
  // transformers refuses a file with metadata of which it does not know the "format".
  std::string json = R"({"__metadata__":{"format":"pt"})";
  uint64_t position = 0;
  for (const OutputTensor& tensor : tensors) {
    const uint64_t end = position + byte_size(tensor);
    json += fmt::format(R"(,{}:{{"dtype":"{}","shape":{},"data_offsets":[{},{}]}})", quoted(tensor.name), tensor.dtype,
                        nlohmann::json(tensor.shape).dump(), position, end);
    position = end;
  }
  json += '}';
  json.resize((json.size() + 7) / 8 * 8, ' ');
  return json;
}

}  // namespace

void write_safetensors(const std::filesystem::path& file, std::vector<OutputTensor> tensors) {
  for (const OutputTensor& tensor : tensors)
    check(tensor.dtype == "F32" || tensor.dtype == "BF16" || tensor.dtype == "F64" || tensor.dtype == "I64" ||
              tensor.dtype == "U8" || tensor.dtype == "I8",
          "{}: {}: dtype: expected F32, BF16, F64, I64, U8 or I8, got \"{}\"", file.string(), tensor.name,
          tensor.dtype);
  // Wide types first keeps each tensor aligned for its type.
  std::sort(tensors.begin(), tensors.end(), [](const OutputTensor& left, const OutputTensor& right) {
    const int left_dtype = safetensors_dtype_index(left.dtype), right_dtype = safetensors_dtype_index(right.dtype);
    return std::tie(right_dtype, left.name) < std::tie(left_dtype, right.name);
  });
  std::set<std::string_view> names;
  for (const OutputTensor& tensor : tensors)
    check(names.insert(tensor.name).second, "{}: the tensor \"{}\" is given twice", file.string(), tensor.name);

  AtomicFile output(file);
  const std::string header = make_header(tensors);
  const uint64_t header_bytes = header.size();
  output.write(&header_bytes, sizeof(header_bytes));
  output.write(header);
  for (const OutputTensor& tensor : tensors) output.write(tensor.data, byte_size(tensor));
  output.commit();
}

}  // namespace cohort::models
