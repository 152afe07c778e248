#include "rewards/code/value.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "cohort/error.hpp"

namespace cohort::rewards {
namespace {

using Kind = CodeValue::Kind;
using nlohmann::json;

constexpr size_t kMaxDepth = 100;

/// Builds a value from nlohmann's events, which tell the digits of numbers that no double holds.
class Builder : public nlohmann::json_sax<json> {
 public:
  CodeValue value;
  std::string complaint;

  bool null() override { return put({}); }
  bool boolean(bool is) override { return put({.kind = Kind::boolean, .boolean = is}); }
  bool number_integer(int64_t number) override { return put({.kind = Kind::integer, .text = std::to_string(number)}); }
  bool number_unsigned(uint64_t number) override {
    return put({.kind = Kind::integer, .text = std::to_string(number)});
  }
  bool number_float(double number, const std::string& digits) override {
    if (digits.find_first_of(".eE") == digits.npos) return put({.kind = Kind::integer, .text = digits});
    return put({.kind = Kind::real, .real = number});
  }
  bool string(std::string& text) override { return put({.kind = Kind::text, .text = std::move(text)}); }
  bool binary(json::binary_t&) override { return false; }
  bool start_object(size_t) override { return open(Kind::object); }
  bool key(std::string& text) override { return put({.kind = Kind::text, .text = std::move(text)}); }
  bool end_object() override { return open_.pop_back(), true; }
  bool start_array(size_t) override { return open(Kind::list); }
  bool end_array() override { return open_.pop_back(), true; }
  bool parse_error(size_t at, const std::string&, const json::exception& error) override {
    complaint = fmt::format("at byte {}: {}", at, error.what());
    return false;
  }

 private:
  bool put(CodeValue made) {
    (open_.empty() ? value : open_.back()->items.emplace_back()) = std::move(made);
    return true;
  }
  bool open(Kind kind) {
    if (open_.size() >= kMaxDepth) {
      complaint = fmt::format("nested more than {} deep", kMaxDepth);
      return false;
    }
    CodeValue& place = open_.empty() ? value : open_.back()->items.emplace_back();
    place.kind = kind;
    open_.push_back(&place);
    return true;
  }

  std::vector<CodeValue*> open_;  // their parents' lists do not grow while they are open
};

/// Reads the driver's encoding: a letter, and a number or a size.
class Decoder {
 public:
  Decoder(std::string_view bytes, size_t max_values) : rest_(bytes), values_left_(max_values) {}
  bool at_end() const { return rest_.empty(); }

  bool read(CodeValue& value, size_t depth = 0) {
    if (rest_.empty() || depth > kMaxDepth || values_left_-- == 0) return false;
    const char letter = rest_[0];
    rest_.remove_prefix(1);
    switch (letter) {
      case 'N':
        return true;
      case 'T':
      case 'F':
        value.kind = Kind::boolean;
        value.boolean = letter == 'T';
        return true;
      case 'i':
        value.kind = Kind::integer;
        return read_until(';', value.text) && is_integer(value.text);
      case 'f':
        value.kind = Kind::real;
        return read_until(';', value.text) && read_real(value);
      case 's':
      case 'x':
        value.kind = letter == 's' ? Kind::text : Kind::other;
        return read_bytes(value.text);
      case 'l':
      case 't':  // JSON has no tuple: it is as good as a list
      case 'd': {
        value.kind = letter == 'd' ? Kind::object : Kind::list;
        size_t count = 0;
        if (!read_size(count) || count > rest_.size()) return false;
        for (size_t i = 0; i < (letter == 'd' ? 2 * count : count); ++i)
          if (!read(value.items.emplace_back(), depth + 1)) return false;
        return true;
      }
      default:
        return false;
    }
  }

 private:
  bool read_until(char end, std::string& text) {
    const size_t size = rest_.find(end);
    if (size == rest_.npos) return false;
    text = rest_.substr(0, size);
    rest_.remove_prefix(size + 1);
    return true;
  }
  bool read_size(size_t& size) {
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
    if (error != std::errc() || end == rest_.data() + rest_.size() || *end != ':') return false;
    rest_.remove_prefix(static_cast<size_t>(end + 1 - rest_.data()));
    return true;
  }
  bool read_bytes(std::string& text) {
    size_t size = 0;
    if (!read_size(size) || size > rest_.size()) return false;
    text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }
  static bool is_integer(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
  }
  /// Python's float.hex(): 0x1.8p+1, with a sign, or inf and nan.
  static bool read_real(CodeValue& value) {
    std::string_view text = value.text;
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const bool hex = text.starts_with("0x");
    if (hex) text.remove_prefix(2);
    const auto format = hex ? std::chars_format::hex : std::chars_format::general;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value.real, format);
    if (negative) value.real = -value.real;
    return error == std::errc() && end == text.data() + text.size();
  }

  std::string_view rest_;
  size_t values_left_;  // a byte of a result can be a value of a hundred
};

bool equal_objects(const CodeValue& expected, const CodeValue& got, const ValueComparison& how) {
  std::map<std::string_view, const CodeValue*> fields;
  for (size_t i = 0; i + 1 < got.items.size(); i += 2) {
    if (got.items[i].kind != Kind::text) return false;  // JSON's keys are texts
    fields[got.items[i].text] = &got.items[i + 1];
  }
  if (expected.items.size() != got.items.size()) return false;
  for (size_t i = 0; i + 1 < expected.items.size(); i += 2) {
    const auto found = fields.find(expected.items[i].text);
    if (found == fields.end() || !equal_values(expected.items[i + 1], *found->second, how)) return false;
  }
  return true;
}

bool is_number(const CodeValue& value) { return value.kind == Kind::integer || value.kind == Kind::real; }

double as_real(const CodeValue& value) {
  return value.kind == Kind::real ? value.real : std::strtod(value.text.c_str(), nullptr);
}

bool near(double expected, double got, double tolerance) {
  return expected == got || std::abs(expected - got) <= tolerance * std::max(1.0, std::abs(expected));
}

/// The same text for equal values, whatever the order of an object's fields.
std::string sort_key(const CodeValue& value, bool mixes_numbers) {
  if (value.kind == Kind::text || value.kind == Kind::other) return '"' + value.text;
  if (mixes_numbers && is_number(value)) return fmt::format("{}", as_real(value));
  if (value.kind == Kind::list) {
    std::string key = "[";
    for (const CodeValue& item : value.items) key += sort_key(item, mixes_numbers) + ',';
    return key + ']';
  }
  if (value.kind != Kind::object) return to_json(value);
  std::map<std::string, std::string> fields;
  for (size_t i = 0; i + 1 < value.items.size(); i += 2)
    fields[sort_key(value.items[i], mixes_numbers)] = sort_key(value.items[i + 1], mixes_numbers);
  std::string key = "{";
  for (const auto& [name, text] : fields) key += name + ':' + text + ',';
  return key + '}';
}

std::vector<const CodeValue*> sorted(const std::vector<CodeValue>& items, bool mixes_numbers) {
  std::vector<std::pair<std::string, const CodeValue*>> keyed;
  for (const CodeValue& item : items) keyed.emplace_back(sort_key(item, mixes_numbers), &item);
  std::sort(keyed.begin(), keyed.end());
  std::vector<const CodeValue*> order;
  for (const auto& [key, item] : keyed) order.push_back(item);
  return order;
}

bool equal_in_any_order(const CodeValue& expected, const CodeValue& got, ValueComparison how) {
  how.in_any_order = false;
  const auto wanted = sorted(expected.items, how.mixes_numbers), items = sorted(got.items, how.mixes_numbers);
  return std::equal(wanted.begin(), wanted.end(), items.begin(), items.end(),
                    [&](const CodeValue* left, const CodeValue* right) { return equal_values(*left, *right, how); });
}

}  // namespace

CodeValue parse_json(std::string_view text, std::string_view what) {
  Builder builder;
  const bool fine = json::sax_parse(text.begin(), text.end(), &builder);
  check(fine, "{} is not JSON that can be read: {}", what, builder.complaint);
  return std::move(builder.value);
}

std::string to_json(const CodeValue& value) {
  switch (value.kind) {
    case Kind::boolean:
      return value.boolean ? "true" : "false";
    case Kind::integer:
      return value.text;
    case Kind::real: {
      if (!std::isfinite(value.real))  // as Python and JavaScript write and read it
        return std::isnan(value.real) ? "NaN" : value.real < 0 ? "-Infinity" : "Infinity";
      // The shortest text that reads back as the same number, and not as an integer.
      const std::string digits = fmt::format("{}", value.real);
      return digits.find_first_of(".e") == digits.npos ? digits + ".0" : digits;
    }
    case Kind::text:
      return json(value.text).dump(-1, ' ', false, json::error_handler_t::replace);
    case Kind::list:
    case Kind::object: {
      const bool is_list = value.kind == Kind::list;
      std::string out = is_list ? "[" : "{";
      for (size_t i = 0; i < value.items.size(); ++i) {
        if (i > 0) out += is_list || i % 2 == 0 ? "," : ":";
        out += to_json(value.items[i]);
      }
      return out + (is_list ? "]" : "}");
    }
    case Kind::null:
    case Kind::other:
      break;
  }
  return "null";
}

size_t count_values(const CodeValue& value) {
  size_t count = 1;
  for (const CodeValue& item : value.items) count += count_values(item);
  return count;
}

bool decode_result(std::string_view bytes, CodeValue& value, size_t max_values) {
  Decoder decoder(bytes, max_values);
  return decoder.read(value) && decoder.at_end();
}

bool equal_values(const CodeValue& expected, const CodeValue& got, const ValueComparison& how) {
  if (expected.kind != got.kind)
    return how.mixes_numbers && is_number(expected) && is_number(got) &&
           near(as_real(expected), as_real(got), how.tolerance);
  switch (expected.kind) {
    case Kind::null:
      return true;
    case Kind::boolean:
      return expected.boolean == got.boolean;
    case Kind::integer:
      // Of more than 64 bits too: digits decide, unless numbers need only be near.
      return expected.text == got.text ||
             (how.mixes_numbers && how.tolerance > 0 && near(as_real(expected), as_real(got), how.tolerance));
    case Kind::text:
      return expected.text == got.text;
    case Kind::real:
      return near(expected.real, got.real, how.tolerance);
    case Kind::list: {
      if (how.in_any_order) return equal_in_any_order(expected, got, how);
      return std::equal(expected.items.begin(), expected.items.end(), got.items.begin(), got.items.end(),
                        [&](const CodeValue& left, const CodeValue& right) { return equal_values(left, right, how); });
    }
    case Kind::object:
      return equal_objects(expected, got, {how.tolerance, how.mixes_numbers});
    case Kind::other:
      return false;
  }
  return false;
}

}  // namespace cohort::rewards
