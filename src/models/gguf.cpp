#include "src/models/gguf.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "cohort/error.hpp"
#include "src/models/dequantize.hpp"
#include "src/models/gguf_cursor.hpp"
#include "src/models/input_file.hpp"

namespace cohort::models {
namespace {

// Real files have fewer than 100 keys and 2,000 tensors; the bounds keep what a hostile one can allocate small.
constexpr uint64_t max_keys = 1 << 16;
constexpr uint64_t max_tensors = 1 << 16;
constexpr uint64_t max_elements = 1 << 21;  // of an array that is asked for; vocabularies have up to 2¹⁸ tokens
constexpr uint64_t max_key_bytes = (1 << 16) - 1;
constexpr uint64_t max_tensor_name_bytes = 63;
constexpr uint64_t max_string_bytes = 1 << 26;

/// Where a metadata value lies. Values are read when they are asked for: most never are.
struct Value {
  GgufType type;  // of the value, or of an array's elements
  bool is_array;
  uint64_t count;   // of an array's elements
  uint64_t offset;  // of the first one
};

const char* type_name(GgufType type) {
  constexpr const char* names[] = {"u8",   "i8",     "u16",   "i16", "u32", "i32", "f32",
                                   "bool", "string", "array", "u64", "i64", "f64"};
  return names[static_cast<uint32_t>(type)];
}

bool is_integer(GgufType type) {
  return type != GgufType::f32 && type != GgufType::f64 && type != GgufType::string && type != GgufType::array;
}

/// A name is shown, compared and saved: control characters and broken UTF-8 have no place in it.
bool is_printable_ascii(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

int64_t read_integer(GgufCursor& cursor, GgufType type, const std::string& where) {
  switch (type) {
    case GgufType::u8:
    case GgufType::boolean:
      return cursor.number<uint8_t>();
    case GgufType::i8:
      return cursor.number<int8_t>();
    case GgufType::u16:
      return cursor.number<uint16_t>();
    case GgufType::i16:
      return cursor.number<int16_t>();
    case GgufType::u32:
      return cursor.number<uint32_t>();
    case GgufType::i32:
      return cursor.number<int32_t>();
    case GgufType::i64:
      return cursor.number<int64_t>();
    default:
      break;
  }
  const auto value = cursor.number<uint64_t>();
  check(value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()), "{}: expected a number below 2^63, got {}",
        where, value);
  return static_cast<int64_t>(value);
}

double read_real(GgufCursor& cursor, GgufType type, const std::string& where) {
  if (type == GgufType::f32) return cursor.number<float>();
  if (type == GgufType::f64) return cursor.number<double>();
  return static_cast<double>(read_integer(cursor, type, where));
}

}  // namespace

struct GgufFile::State {
  explicit State(const std::filesystem::path& path) : file(path) {}

  void read_metadata(GgufCursor& cursor, uint64_t count);
  Value read_value(GgufCursor& cursor, const std::string& key, GgufType type, bool is_array);
  GgufType read_type(GgufCursor& cursor, const std::string& key) const;
  uint64_t read_alignment() const;
  void read_tensors(GgufCursor& cursor, uint64_t count);
  void place_tensors(uint64_t position, uint64_t alignment);
  const Value* find(const std::string& key, bool is_array) const;
  std::string place(const std::string& key) const { return file.name() + ": " + key; }

  template <typename Element, typename Read>
  std::vector<Element> read_array(const std::string& key, const Value& value, Read read) const {
    check(value.count <= max_elements, "{}: {}: expected at most {} elements, got {}", file.name(), key, max_elements,
          value.count);
    std::vector<Element> elements;
    elements.reserve(value.count);
    GgufCursor cursor(file, value.offset);
    for (uint64_t i = 0; i < value.count; ++i) elements.push_back(read(cursor));
    return elements;
  }

  InputFile file;
  std::map<std::string, Value> values;
  std::vector<GgufTensor> tensors;
};

GgufType GgufFile::State::read_type(GgufCursor& cursor, const std::string& key) const {
  const auto type = cursor.number<uint32_t>();
  check(type <= static_cast<uint32_t>(GgufType::f64), "{}: {}: expected a value type from 0 to 12, got {}", file.name(),
        key, type);
  return static_cast<GgufType>(type);
}

/// Walks over a value, so that a broken one is refused even if nobody asks for it.
Value GgufFile::State::read_value(GgufCursor& cursor, const std::string& key, GgufType type, bool is_array) {
  Value value{type, is_array, 1, cursor.position()};
  if (type == GgufType::array) {
    check(!is_array, "{}: {}: expected no array within an array", file.name(), key);
    const GgufType element = read_type(cursor, key);
    const auto count = cursor.number<uint64_t>();
    const uint64_t smallest =
        element == GgufType::string ? sizeof(uint64_t) : std::max<uint64_t>(byte_size(element), 1);
    check(count <= cursor.left() / smallest, "{}: {}: expected an array that fits in {} bytes, got {} elements",
          file.name(), key, cursor.left(), count);
    check(element != GgufType::array, "{}: {}: expected no array within an array", file.name(), key);
    value = {element, true, count, cursor.position()};
  }
  if (value.type == GgufType::string) {
    for (uint64_t i = 0; i < value.count; ++i) {
      const auto length = cursor.number<uint64_t>();
      check(length <= cursor.left(), "{}: {}: expected a string that fits in {} bytes, got {}", file.name(), key,
            cursor.left(), length);
      cursor.skip(length);
    }
  } else if (value.type == GgufType::boolean) {
    for (uint64_t i = 0; i < value.count; ++i) {
      const auto byte = cursor.number<uint8_t>();
      check(byte <= 1, "{}: {}: expected a bool of 0 or 1, got {}", file.name(), key, byte);
    }
  } else {
    cursor.skip(value.count * byte_size(value.type));
  }
  return value;
}

void GgufFile::State::read_metadata(GgufCursor& cursor, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i) {
    const std::string key = cursor.string(max_key_bytes);
    check(is_printable_ascii(key), "{}: expected a key of printable characters, number {} is not", file.name(), i);
    const GgufType type = read_type(cursor, key);
    check(values.emplace(key, read_value(cursor, key, type, false)).second, "{}: the key \"{}\" appears twice",
          file.name(), key);
  }
}

uint64_t GgufFile::State::read_alignment() const {
  const auto found = values.find("general.alignment");
  if (found == values.end()) return 32;
  const Value& value = found->second;
  check(!value.is_array && value.type == GgufType::u32, "{}: general.alignment: expected a u32, got {}", file.name(),
        value.is_array ? "an array" : type_name(value.type));
  GgufCursor cursor(file, value.offset);
  const auto alignment = cursor.number<uint32_t>();
  check(alignment > 0 && (alignment & (alignment - 1)) == 0, "{}: general.alignment: expected a power of two, got {}",
        file.name(), alignment);
  return alignment;
}

void GgufFile::State::read_tensors(GgufCursor& cursor, uint64_t count) {
  std::set<std::string> names;
  for (uint64_t i = 0; i < count; ++i) {
    GgufTensor tensor;
    tensor.name = cursor.string(max_tensor_name_bytes);
    check(is_printable_ascii(tensor.name), "{}: expected a tensor name of printable characters, number {} is not",
          file.name(), i);
    check(names.insert(tensor.name).second, "{}: the tensor \"{}\" appears twice", file.name(), tensor.name);
    const auto rank = cursor.number<uint32_t>();
    check(rank >= 1 && rank <= 4, "{}: {}: expected 1 to 4 dimensions, got {}", file.name(), tensor.name, rank);
    for (uint32_t d = 0; d < rank; ++d) tensor.dims.push_back(cursor.number<int64_t>());
    tensor.type = cursor.number<uint32_t>();
    tensor.offset = cursor.number<uint64_t>();
    tensors.push_back(std::move(tensor));
  }
}

/// Each tensor where the one before it ends, and the last one within the file.
void GgufFile::State::place_tensors(uint64_t position, uint64_t alignment) {
  const auto aligned = [&](uint64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; };
  const uint64_t data_start = aligned(position);
  uint64_t expected = 0;
  for (GgufTensor& tensor : tensors) {
    const std::optional<GgmlType> type = ggml_type(tensor.type);
    check(type.has_value(),
          "{}: {}: type: expected F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K or Q6_K, got number {}",
          file.name(), tensor.name, tensor.type);
    uint64_t elements = 1;
    for (const int64_t size : tensor.dims) {
      check(size > 0, "{}: {}: expected dimensions above 0, got {}", file.name(), tensor.name, size);
      // No tensor has more elements than eight for each byte of the file; this also keeps the bytes below 2⁶⁴.
      check(static_cast<uint64_t>(size) <= file.size() * 8 / elements,
            "{}: {}: its shape does not fit in a file of {} bytes", file.name(), tensor.name, file.size());
      elements *= static_cast<uint64_t>(size);
    }
    check(tensor.dims[0] % type->elements == 0, "{}: {}: expected rows of a multiple of {} elements for {}, got {}",
          file.name(), tensor.name, type->elements, type->name, tensor.dims[0]);
    tensor.bytes = elements / type->elements * type->bytes;
    check(tensor.offset == expected, "{}: {}: expected its data at {}, got {}", file.name(), tensor.name, expected,
          tensor.offset);
    check(data_start <= file.size() && tensor.offset <= file.size() - data_start &&
              tensor.bytes <= file.size() - data_start - tensor.offset,
          "{}: {}: expected {} bytes of data at {}, but the file ends at {}", file.name(), tensor.name, tensor.bytes,
          data_start + tensor.offset, file.size());
    expected = aligned(tensor.offset + tensor.bytes);
    tensor.offset += data_start;
  }
}

const Value* GgufFile::State::find(const std::string& key, bool is_array) const {
  const auto found = values.find(key);
  if (found == values.end()) return nullptr;
  check(found->second.is_array == is_array, "{}: {}: expected {}, got {}", file.name(), key,
        is_array ? "an array" : "one value", is_array ? "one value" : "an array");
  return &found->second;
}

GgufFile GgufFile::open(const std::filesystem::path& path) {
  auto state = std::make_shared<State>(path);
  const InputFile& file = state->file;
  GgufCursor cursor(file, 0);
  const auto magic = cursor.number<uint32_t>();
  check(magic == 0x46554747, "{}: expected the letters GGUF at the start, got 0x{:08x}", file.name(), magic);
  const auto version = cursor.number<uint32_t>();
  check((version & 0xffff) != 0, "{}: expected a little-endian file, got the version 0x{:08x}", file.name(), version);
  check(version == 2 || version == 3, "{}: expected GGUF version 2 or 3, got {}", file.name(), version);
  const auto num_tensors = cursor.number<uint64_t>();
  const auto num_keys = cursor.number<uint64_t>();
  check(num_tensors <= max_tensors, "{}: expected at most {} tensors, got {}", file.name(), max_tensors, num_tensors);
  check(num_keys <= max_keys, "{}: expected at most {} keys, got {}", file.name(), max_keys, num_keys);
  // The least that a tensor (name of one byte, one dimension) and a key (one byte, a bool) take.
  check(num_tensors * 33 + num_keys * 14 <= cursor.left(),
        "{}: expected {} tensors and {} keys, but the file has {} bytes", file.name(), num_tensors, num_keys,
        file.size());
  state->read_metadata(cursor, num_keys);
  const uint64_t alignment = state->read_alignment();
  state->read_tensors(cursor, num_tensors);
  state->place_tensors(cursor.position(), alignment);
  GgufFile opened;
  opened.state_ = std::move(state);
  return opened;
}

bool GgufFile::has(const std::string& key) const { return state_->values.contains(key); }

std::optional<std::string> GgufFile::string(const std::string& key) const {
  const Value* value = state_->find(key, false);
  if (!value) return {};
  check(value->type == GgufType::string, "{}: expected a string, got {}", state_->place(key), type_name(value->type));
  GgufCursor cursor(state_->file, value->offset);
  return cursor.string(max_string_bytes);
}

std::optional<int64_t> GgufFile::integer(const std::string& key) const {
  const Value* value = state_->find(key, false);
  if (!value) return {};
  check(is_integer(value->type), "{}: expected an integer, got {}", state_->place(key), type_name(value->type));
  GgufCursor cursor(state_->file, value->offset);
  return read_integer(cursor, value->type, state_->place(key));
}

std::optional<double> GgufFile::real(const std::string& key) const {
  const Value* value = state_->find(key, false);
  if (!value) return {};
  check(value->type != GgufType::string && value->type != GgufType::boolean, "{}: expected a number, got {}",
        state_->place(key), type_name(value->type));
  GgufCursor cursor(state_->file, value->offset);
  return read_real(cursor, value->type, state_->place(key));
}

std::optional<bool> GgufFile::boolean(const std::string& key) const {
  const Value* value = state_->find(key, false);
  if (!value) return {};
  check(value->type == GgufType::boolean, "{}: expected a bool, got {}", state_->place(key), type_name(value->type));
  GgufCursor cursor(state_->file, value->offset);
  return cursor.number<uint8_t>() != 0;
}

std::optional<std::vector<std::string>> GgufFile::strings(const std::string& key) const {
  const Value* value = state_->find(key, true);
  if (!value) return {};
  check(value->type == GgufType::string, "{}: expected strings, got {}", state_->place(key), type_name(value->type));
  return state_->read_array<std::string>(key, *value,
                                         [](GgufCursor& cursor) { return cursor.string(max_string_bytes); });
}

std::optional<std::vector<int64_t>> GgufFile::integers(const std::string& key) const {
  const Value* value = state_->find(key, true);
  if (!value) return {};
  check(is_integer(value->type), "{}: expected integers, got {}", state_->place(key), type_name(value->type));
  const std::string where = state_->place(key);
  return state_->read_array<int64_t>(key, *value,
                                     [&](GgufCursor& cursor) { return read_integer(cursor, value->type, where); });
}

std::optional<std::vector<double>> GgufFile::reals(const std::string& key) const {
  const Value* value = state_->find(key, true);
  if (!value) return {};
  check(value->type != GgufType::string && value->type != GgufType::boolean, "{}: expected numbers, got {}",
        state_->place(key), type_name(value->type));
  const std::string where = state_->place(key);
  return state_->read_array<double>(key, *value,
                                    [&](GgufCursor& cursor) { return read_real(cursor, value->type, where); });
}

const std::vector<GgufTensor>& GgufFile::tensors() const { return state_->tensors; }

void GgufFile::read(const GgufTensor& tensor, float* out) const {
  const GgmlType type = ggml_type(tensor.type).value();
  const uint64_t num_blocks = tensor.bytes / type.bytes;
  const uint64_t chunk_blocks = std::max<uint64_t>((1 << 20) / type.bytes, 1);
  std::vector<uint8_t> chunk(std::min(num_blocks, chunk_blocks) * type.bytes);
  for (uint64_t begin = 0; begin < num_blocks; begin += chunk_blocks) {
    const uint64_t count = std::min(chunk_blocks, num_blocks - begin);
    state_->file.read(tensor.offset + begin * type.bytes, chunk.data(), count * type.bytes);
    dequantize(type, chunk.data(), count, out + begin * type.elements);
  }
}

bool GgufFile::read_bfloat16(const GgufTensor& tensor, uint16_t* out) const {
  if (ggml_type(tensor.type).value().name != "BF16") return false;
  state_->file.read(tensor.offset, out, tensor.bytes);
  return true;
}

}  // namespace cohort::models
