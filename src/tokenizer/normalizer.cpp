#include "src/tokenizer/normalizer.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "cohort/error.hpp"
#include "src/tokenizer/regex.hpp"

namespace cohort::tokenizer {
namespace {

std::string normal_form(const std::string& text, utf8proc_option_t options) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::all_of(text.begin(), text.end(), is_ascii)) return text;
  utf8proc_uint8_t* result = nullptr;
  const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                             static_cast<utf8proc_ssize_t>(text.size()), &result, options);
  const std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> owner(result, std::free);
  check(size >= 0, "tokenizer: the normal form of a text of {} bytes: {}", text.size(), utf8proc_errmsg(size));
  return {reinterpret_cast<const char*>(result), static_cast<size_t>(size)};
}

std::string replace_all(const std::string& text, std::string_view pattern, std::string_view content) {
  std::string result;
  size_t last = 0;
  for (size_t at = text.find(pattern); at != std::string::npos; at = text.find(pattern, last)) {
    result.append(text, last, at - last).append(content);
    last = at + pattern.size();
  }
  return result.append(text, last, std::string::npos);
}

std::string replace_all(const std::string& text, const Regex& pattern, std::string_view content) {
  std::string result;
  size_t last = 0;
  for (const auto [begin, end] : pattern.find_all(text)) {
    result.append(text, last, begin - last).append(content);
    last = end;
  }
  return result.append(text, last, std::string::npos);
}

}  // namespace

std::function<std::string(std::string)> replacement(const Json& component) {
  const std::string content = string_at(component, "content");
  check(component.contains("pattern") && component["pattern"].is_object() && component["pattern"].size() == 1,
        "tokenizer.json: Replace needs one pattern, String or Regex");
  const Json& pattern = component["pattern"];
  if (pattern.contains("String")) {
    const std::string literal = string_at(pattern, "String");
    check(!literal.empty(), "tokenizer.json: Replace of an empty string is not supported");
    return [=](const std::string& text) { return replace_all(text, literal, content); };
  }
  const Regex regex(string_at(pattern, "Regex"));
  return [=](const std::string& text) { return replace_all(text, regex, content); };
}

Normalizer::Normalizer(const Json& component) { add(component); }

void Normalizer::add(const Json& component) {
  const std::string type = type_of(component, "normalizer");
  const auto form = [&](int options) {
    steps_.emplace_back([options](const std::string& text) {
      return normal_form(text, static_cast<utf8proc_option_t>(options | UTF8PROC_STABLE));
    });
  };
  if (type.empty()) return;
  if (type == "NFC") return form(UTF8PROC_COMPOSE);
  if (type == "NFD") return form(UTF8PROC_DECOMPOSE);
  if (type == "NFKC") return form(UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
  if (type == "NFKD") return form(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT);
  if (type == "Replace") return void(steps_.push_back(replacement(component)));
  if (type == "Prepend") {
    steps_.emplace_back([prefix = string_at(component, "prepend")](const std::string& text) {
      return text.empty() ? text : prefix + text;
    });
    return;
  }
  check(type == "Sequence" && component.contains("normalizers") && component["normalizers"].is_array(),
        "tokenizer.json: normalizer {} is not supported", type);
  for (const Json& part : component["normalizers"]) add(part);
}

std::string Normalizer::operator()(std::string text) const {
  for (const auto& step : steps_) text = step(std::move(text));
  return text;
}

}  // namespace cohort::tokenizer
