#include "src/models/safetensors_header.hpp"

#include <nlohmann/json.hpp>

#include "cohort/error.hpp"

namespace cohort::models {
namespace {

constexpr SafetensorsDtype dtypes[] = {
    {"BOOL", 8},    {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6},     {"U8", 8},          {"I8", 8},
    {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I16", 16},
    {"U16", 16},    {"F16", 16},    {"BF16", 16},   {"I32", 32},        {"U32", 32},        {"F32", 32},
    {"C64", 64},    {"F64", 64},    {"I64", 64},    {"U64", 64}};

constexpr size_t max_tensors = 1 << 18;  // what they take in memory stays far below 100 MB
constexpr size_t max_metadata = 1 << 16;
constexpr size_t max_name_bytes = 1 << 10;  // the longest name of a published model has about 100
constexpr size_t max_rank = 8;
constexpr uint64_t max_number = uint64_t{1} << 53;  // what every JSON reader holds exactly

/// Events instead of a tree: they show duplicate keys, and a hostile header of 100 MB builds nothing.
class Reader {
 public:
  Reader(SafetensorsHeader& header, const std::string& where) : header_(header), where_(where) {}

  bool null() { return unexpected("null"); }
  bool boolean(bool) { return unexpected("a boolean"); }
  bool number_integer(int64_t value) { return unexpected(fmt::format("{}", value)); }
  bool number_float(double, const std::string& text) { return unexpected(text); }
  bool binary(std::vector<uint8_t>&) { return unexpected("binary data"); }

  bool number_unsigned(uint64_t value) {
    check(value <= max_number, "{}: {}: expected numbers up to 2^53, got {}", where_, name_, value);
    if (place_ == Place::shape) {
      check(entry().shape.size() < max_rank, "{}: {}: expected at most {} dimensions", where_, name_, max_rank);
      entry().shape.push_back(static_cast<int64_t>(value));
    } else if (place_ == Place::offsets) {
      check(num_offsets_ < 2, "{}: {}: data_offsets: expected two numbers, got more", where_, name_);
      (num_offsets_++ == 0 ? entry().begin : entry().end) = value;
    } else {
      unexpected(fmt::format("{}", value));
    }
    return true;
  }

  bool string(std::string& value) {
    if (place_ == Place::metadata) {
      check(header_.metadata.size() < max_metadata, "{}: __metadata__: expected at most {} keys", where_, max_metadata);
      check(header_.metadata.emplace(key_, value).second, "{}: __metadata__: the key \"{}\" appears twice", where_,
            key_);
    } else if (place_ == Place::tensor && key_ == "dtype") {
      entry().dtype = safetensors_dtype_index(value);
      check(entry().dtype >= 0, "{}: {}: dtype: expected one that safetensors has, got \"{}\"", where_, name_,
            value.substr(0, 80));
    } else {
      unexpected("a string");
    }
    return true;
  }

  bool start_object(size_t) {
    if (place_ == Place::start) {
      place_ = Place::top;
    } else if (place_ == Place::top && name_ == "__metadata__") {
      check(!has_metadata_, "{}: the key \"__metadata__\" appears twice", where_);
      has_metadata_ = true;
      place_ = Place::metadata;
    } else if (place_ == Place::top) {
      check(header_.entries.size() < max_tensors, "{}: expected at most {} tensors", where_, max_tensors);
      header_.entries.emplace_back().name = name_;
      has_dtype_ = has_shape_ = has_offsets_ = false;
      num_offsets_ = 0;
      place_ = Place::tensor;
    } else {
      unexpected("an object");
    }
    return true;
  }

  bool key(std::string& key) {
    if (place_ == Place::top) {
      check(key.size() <= max_name_bytes && key.find('\0') == std::string::npos,
            "{}: expected tensor names of at most {} bytes without NUL, got {} bytes", where_, max_name_bytes,
            key.size());
      name_ = key;
    } else if (place_ == Place::tensor) {
      bool* const seen = key == "dtype"          ? &has_dtype_
                         : key == "shape"        ? &has_shape_
                         : key == "data_offsets" ? &has_offsets_
                                                 : nullptr;
      check(seen, "{}: {}: expected dtype, shape and data_offsets, got the key \"{}\"", where_, name_,
            key.substr(0, 80));
      check(!*seen, "{}: {}: the key \"{}\" appears twice", where_, name_, key);
      *seen = true;
    }
    key_ = key;
    return true;
  }

  bool end_object() {
    if (place_ == Place::tensor)
      check(has_dtype_ && entry().dtype >= 0 && has_shape_ && num_offsets_ == 2,
            "{}: {}: expected dtype, shape and two data_offsets", where_, name_);
    place_ = place_ == Place::top ? Place::end : Place::top;
    return true;
  }

  bool start_array(size_t) {
    if (place_ == Place::tensor && key_ == "shape") {
      place_ = Place::shape;
    } else if (place_ == Place::tensor && key_ == "data_offsets") {
      place_ = Place::offsets;
    } else {
      unexpected("an array");
    }
    return true;
  }

  bool end_array() {
    place_ = Place::tensor;
    return true;
  }

  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception& problem) {
    throw Error(fmt::format("{}: expected a JSON header, at byte {}: {}", where_, position, problem.what()));
  }

 private:
  enum class Place { start, top, metadata, tensor, shape, offsets, end };

  SafetensorsEntry& entry() { return header_.entries.back(); }

  bool unexpected(const std::string& what) {
    throw Error(fmt::format("{}: {}: the header does not allow {} here{}", where_, name_.empty() ? "the start" : name_,
                            what, key_.empty() ? "" : fmt::format(" (key \"{}\")", key_.substr(0, 80))));
  }

  SafetensorsHeader& header_;
  const std::string& where_;
  Place place_ = Place::start;
  std::string name_, key_;
  bool has_metadata_ = false, has_dtype_ = false, has_shape_ = false, has_offsets_ = false;
  int num_offsets_ = 0;
};

}  // namespace

std::span<const SafetensorsDtype> safetensors_dtypes() { return dtypes; }

int safetensors_dtype_index(std::string_view name) {
  for (size_t i = 0; i < std::size(dtypes); ++i)
    if (dtypes[i].name == name) return static_cast<int>(i);
  return -1;
}

SafetensorsHeader parse_safetensors_header(const std::string& json, const std::string& where) {
  check(!json.empty() && json.front() == '{', "{}: expected a header that starts with {{", where);
  // JSON allows any white space at the end; the format allows spaces only.
  const size_t last = json.find_last_not_of(' ');
  check(json[last] == '}', "{}: expected only spaces after the header", where);
  SafetensorsHeader header;
  Reader reader(header, where);
  nlohmann::json::sax_parse(json, &reader);
  return header;
}

}  // namespace cohort::models
