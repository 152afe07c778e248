// Values that functions take and return, with the types of JSON; integers of any size.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cohort::rewards {

struct CodeValue {
  enum class Kind { null, boolean, integer, real, text, list, object, other };

  Kind kind = Kind::null;
  bool boolean = false;
  double real = 0;
  std::string text;              // of text; an integer in decimal; of other, the name of its type
  std::vector<CodeValue> items;  // of a list; of an object, key and value by turns
};

/// Reads JSON. Throws Error, naming `what`, if it is none or nested too deeply.
CodeValue parse_json(std::string_view json, std::string_view what);

/// Writes JSON that reads back as the same value; of what no JSON has, what Python would write, or null.
std::string to_json(const CodeValue& value);

/// How many values there are in it, itself included.
size_t count_values(const CodeValue& value);

/// Reads what the function's driver wrote. False if it is anything but exactly one value, of `max_values` at most with
/// those it holds.
bool decode_result(std::string_view bytes, CodeValue& value, size_t max_values = 1 << 20);

struct ValueComparison {
  double tolerance = 0;        // reals may differ by tolerance · max(1, |expected|)
  bool mixes_numbers = false;  // integers and reals are numbers: for languages that do not tell them apart
  bool in_any_order = false;   // the items of the list that is the value; their lists keep their order
};

/// Equal in type and value; objects in any order.
bool equal_values(const CodeValue& expected, const CodeValue& got, const ValueComparison& how);

}  // namespace cohort::rewards
