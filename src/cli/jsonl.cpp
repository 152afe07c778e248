#include "src/cli/jsonl.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iostream>

#include "cohort/error.hpp"

namespace cohort::cli {
namespace {

using nlohmann::json;

// Deeper than any data row; nlohmann's dump() and destructor recurse once a level.
constexpr int kMaxDepth = 64;

/// Bytes of the UTF-8 character at the start of `text`, 0 if there is none: RFC 3629, no surrogates, no long forms.
size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto continues = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!continues(1) || !continues(2)) return 0;
    const bool is_long = first == 0xE0 && byte(1) < 0xA0;
    const bool is_surrogate = first == 0xED && byte(1) > 0x9F;
    return is_long || is_surrogate ? 0 : 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    const bool is_long = first == 0xF0 && byte(1) < 0x90;
    const bool is_beyond = first == 0xF4 && byte(1) > 0x8F;
    return is_long || is_beyond ? 0 : 4;
  }
  return 0;
}

json parse_object(const std::string& line) {
  const size_t bad = first_bad_utf8(line);
  if (bad != std::string::npos) throw UsageError(fmt::format("not UTF-8 at byte {}", bad + 1));
  if (line.find_first_not_of(" \t\r") == std::string::npos) throw UsageError("expected a JSON object, got nothing");
  json value;
  try {
    value = json::parse(line, [](int depth, json::parse_event_t, json&) {
      if (depth > kMaxDepth) throw UsageError(fmt::format("nested deeper than {} levels", kMaxDepth));
      return true;
    });
  } catch (const json::parse_error& error) {
    throw UsageError(fmt::format("not JSON at byte {}", error.byte));
  }
  if (!value.is_object()) throw UsageError(fmt::format("expected a JSON object, got {}", value.type_name()));
  return value;
}

const json& required(const json& object, const std::string& key, const char* expected) {
  const auto found = object.find(key);
  if (found == object.end()) throw UsageError(fmt::format("key \"{}\" is missing: expected {}", key, expected));
  return *found;
}

}  // namespace

size_t first_bad_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const size_t length = utf8_length(text.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

LineSource line_source(const Arguments& arguments) {
  return {.path = arguments.text("input"), .skip_bad_lines = arguments.has("skip-bad-lines")};
}

int64_t for_each_line(const LineSource& source, const std::function<void(const json&)>& use) {
  return for_each_line(source, [&use](const json& object, std::string_view) { use(object); });
}

int64_t for_each_line(const LineSource& source, const std::function<void(const json&, std::string_view)>& use) {
  const bool is_stdin = source.path.empty() || source.path == "-";
  const std::string name = is_stdin ? "standard input" : source.path;
  std::ifstream file;
  if (!is_stdin) {
    file.open(source.path, std::ios::binary);
    if (!file) throw UsageError(fmt::format("{}: no such file, or not readable", name));
  }
  std::istream& in = is_stdin ? std::cin : file;

  int64_t number = 0, used = 0, skipped = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    std::string reason;
    try {
      use(parse_object(line), line);
      ++used;
      continue;
    } catch (const UsageError& error) {
      reason = error.what();
    } catch (const Error& error) {
      reason = one_line(error.what());
    }
    if (!source.skip_bad_lines) throw UsageError(fmt::format("{}, line {}: {}", name, number, reason));
    ++skipped;
  }
  if (in.bad()) throw UsageError(fmt::format("{}: could not be read after line {}", name, number));
  if (skipped > 0) fmt::print(stderr, "{}: skipped {} bad of {} lines\n", name, skipped, number);
  return used;
}

std::string required_string(const json& object, const std::string& key) {
  const json& value = required(object, key, "a string");
  if (!value.is_string())
    throw UsageError(fmt::format("key \"{}\": expected a string, got {}", key, value.type_name()));
  return value.get<std::string>();
}

std::vector<int64_t> required_integers(const json& object, const std::string& key) {
  const json& value = required(object, key, "a list of integers");
  if (!value.is_array())
    throw UsageError(fmt::format("key \"{}\": expected a list of integers, got {}", key, value.type_name()));
  std::vector<int64_t> integers;
  for (const json& item : value) {
    if (!item.is_number_integer())
      throw UsageError(fmt::format("key \"{}\": expected integers, got {}", key, item.dump()));
    integers.push_back(item.get<int64_t>());
  }
  return integers;
}

void write_line(const nlohmann::ordered_json& value) {
  const std::string line = value.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
  std::fwrite(line.data(), 1, line.size(), stdout);
}

}  // namespace cohort::cli
