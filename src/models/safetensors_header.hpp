// The JSON at the start of a safetensors file.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cohort::models {

struct SafetensorsDtype {
  std::string_view name;
  int bits;
};

/// In the reference's order: its writer sorts by the position in this list.
std::span<const SafetensorsDtype> safetensors_dtypes();

/// Position in the list, or -1.
int safetensors_dtype_index(std::string_view name);

struct SafetensorsEntry {
  std::string name;
  int dtype = -1;  // position in safetensors_dtypes()
  std::vector<int64_t> shape;
  uint64_t begin = 0, end = 0;  // of the data, relative to its start
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // as in the text
  std::map<std::string, std::string> metadata;
};

/// Reads the text; says nothing about whether the numbers fit together. `where` is named in errors.
SafetensorsHeader parse_safetensors_header(const std::string& json, const std::string& where);

}  // namespace cohort::models
