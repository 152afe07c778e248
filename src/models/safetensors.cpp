#include "src/models/safetensors.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

#include "cohort/error.hpp"
#include "src/models/half.hpp"
#include "src/models/input_file.hpp"
#include "src/models/safetensors_header.hpp"

namespace cohort::models {

struct SafetensorsFile::State {
  explicit State(const std::filesystem::path& file) : file(file) {}

  InputFile file;
  std::vector<SafetensorsTensor> tensors;
  std::vector<uint32_t> by_name;  // positions in `tensors`, sorted by name
  std::map<std::string, std::string> metadata;
};

namespace {

/// Bytes of one tensor by its shape; refuses what overflows or ends within a byte.
uint64_t byte_size(const SafetensorsEntry& entry, const std::string& where) {
  uint64_t bits = static_cast<uint64_t>(safetensors_dtypes()[entry.dtype].bits);
  bool overflows = false;
  for (const int64_t size : entry.shape) overflows |= __builtin_mul_overflow(bits, static_cast<uint64_t>(size), &bits);
  check(!overflows, "{}: {}: the product of its shape does not fit in 64 bits", where, entry.name);
  check(bits % 8 == 0, "{}: {}: expected whole bytes, got {} bits", where, entry.name, bits);
  return bits / 8;
}

/// Neither holes nor overlaps: the data is exactly the tensors, one after another.
void check_layout(std::vector<SafetensorsEntry>& entries, uint64_t data_bytes, const std::string& where) {
  std::sort(entries.begin(), entries.end(), [](const auto& left, const auto& right) {
    return std::tie(left.begin, left.end) < std::tie(right.begin, right.end);
  });
  uint64_t position = 0;
  for (const SafetensorsEntry& entry : entries) {
    check(entry.begin == position, "{}: {}: expected its data at {}, got {}", where, entry.name, position, entry.begin);
    check(entry.end >= entry.begin, "{}: {}: data_offsets: expected an end after {}, got {}", where, entry.name,
          entry.begin, entry.end);
    const uint64_t bytes = byte_size(entry, where);
    check(bytes == entry.end - entry.begin, "{}: {}: expected {} bytes by its shape, got {}", where, entry.name, bytes,
          entry.end - entry.begin);
    position = entry.end;
  }
  check(position == data_bytes, "{}: expected {} bytes of data by the header, got {}", where, position, data_bytes);
}

template <typename Stored, typename Convert>
void convert(const char* from, float* to, uint64_t count, Convert to_float) {
  for (uint64_t i = 0; i < count; ++i) {
    Stored value;
    std::memcpy(&value, from + i * sizeof(Stored), sizeof(Stored));
    to[i] = to_float(value);
  }
}

void to_float(std::string_view dtype, const char* from, float* to, uint64_t count) {
  if (dtype == "F16") return convert<uint16_t>(from, to, count, float16_to_float);
  if (dtype == "BF16") return convert<uint16_t>(from, to, count, bfloat16_to_float);
  convert<double>(from, to, count, [](double value) { return static_cast<float>(value); });
}

}  // namespace

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path) {
  auto state = std::make_shared<State>(path);
  const InputFile& file = state->file;
  const std::string& where = file.name();
  // The reference allows 100 MB. The parser holds a long string several times over; the largest header in use has 1 MB.
  constexpr uint64_t prefix = 8, max_header = 25'000'000;
  check(file.size() >= prefix, "{}: expected at least 8 bytes, got {}", where, file.size());
  uint64_t header_bytes = 0;
  file.read(0, &header_bytes, prefix);
  check(header_bytes <= max_header, "{}: expected a header of at most {} bytes, got {}", where, max_header,
        header_bytes);
  check(header_bytes <= file.size() - prefix, "{}: expected a header of {} bytes, but the file has only {}", where,
        header_bytes, file.size());
  std::string json(header_bytes, '\0');
  file.read(prefix, json.data(), header_bytes);

  SafetensorsHeader header = parse_safetensors_header(json, where);
  const uint64_t data_start = prefix + header_bytes;
  check_layout(header.entries, file.size() - data_start, where);
  state->metadata = std::move(header.metadata);
  state->tensors.reserve(header.entries.size());
  for (SafetensorsEntry& entry : header.entries) {
    state->by_name.push_back(static_cast<uint32_t>(state->tensors.size()));
    state->tensors.push_back({std::move(entry.name), safetensors_dtypes()[entry.dtype].name, std::move(entry.shape),
                              data_start + entry.begin, entry.end - entry.begin});
  }
  const auto& tensors = state->tensors;
  std::sort(state->by_name.begin(), state->by_name.end(),
            [&](uint32_t left, uint32_t right) { return tensors[left].name < tensors[right].name; });
  for (size_t i = 1; i < tensors.size(); ++i) {
    const std::string& name = tensors[state->by_name[i]].name;
    check(name != tensors[state->by_name[i - 1]].name, "{}: the tensor \"{}\" appears twice", where, name);
  }
  SafetensorsFile opened;
  opened.state_ = std::move(state);
  return opened;
}

const std::string& SafetensorsFile::name() const { return state_->file.name(); }
const std::vector<SafetensorsTensor>& SafetensorsFile::tensors() const { return state_->tensors; }
const std::map<std::string, std::string>& SafetensorsFile::metadata() const { return state_->metadata; }

const SafetensorsTensor* SafetensorsFile::find(const std::string& name) const {
  const auto& tensors = state_->tensors;
  const auto found =
      std::lower_bound(state_->by_name.begin(), state_->by_name.end(), name,
                       [&](uint32_t left, const std::string& right) { return tensors[left].name < right; });
  return found == state_->by_name.end() || tensors[*found].name != name ? nullptr : &tensors[*found];
}

void SafetensorsFile::read_raw(const SafetensorsTensor& tensor, void* out) const {
  state_->file.read(tensor.offset, out, tensor.bytes);
}

void SafetensorsFile::read_raw(const SafetensorsTensor& tensor, uint64_t begin, uint64_t bytes, void* out) const {
  check(begin <= tensor.bytes && bytes <= tensor.bytes - begin,
        "{}: {}: expected a range within {} bytes, got {} at {}", name(), tensor.name, tensor.bytes, bytes, begin);
  state_->file.read(tensor.offset + begin, out, bytes);
}

void SafetensorsFile::read(const SafetensorsTensor& tensor, float* out) const {
  if (tensor.dtype == "F32") return read_raw(tensor, out);
  check(tensor.dtype == "F16" || tensor.dtype == "BF16" || tensor.dtype == "F64",
        "{}: {}: dtype: expected F32, F16, BF16 or F64, got {}", name(), tensor.name, tensor.dtype);
  const uint64_t item = tensor.dtype == "F64" ? 8 : 2;
  std::vector<char> chunk(std::min<uint64_t>(tensor.bytes, 1 << 20));
  for (uint64_t begin = 0; begin < tensor.bytes; begin += chunk.size()) {
    const uint64_t bytes = std::min<uint64_t>(chunk.size(), tensor.bytes - begin);
    read_raw(tensor, begin, bytes, chunk.data());
    to_float(tensor.dtype, chunk.data(), out + begin / item, bytes / item);
  }
}

}  // namespace cohort::models
