#include "src/tokenizer/decoder.hpp"

#include <charconv>

#include "cohort/error.hpp"
#include "src/tokenizer/normalizer.hpp"
#include "src/tokenizer/pre_tokenizer.hpp"
#include "src/tokenizer/utf8.hpp"

namespace cohort::tokenizer {
namespace {

using Tokens = std::vector<std::string>;

Tokens decode_byte_level(const Tokens& tokens) {
  std::string bytes;
  for (const std::string& token : tokens) append_from_byte_alphabet(token, bytes);
  return {lossy_utf8(bytes)};
}

Tokens fuse(const Tokens& tokens) {
  std::string text;
  for (const std::string& token : tokens) text += token;
  return {text};
}

// A run of byte tokens becomes its text, or one U+FFFD for each byte where the run is not UTF-8.
Tokens decode_byte_fallback(const Tokens& tokens) {
  Tokens decoded;
  std::string run;
  const auto flush = [&] {
    if (run.empty()) return;
    if (find_invalid_utf8(run) == std::string_view::npos)
      decoded.push_back(run);
    else
      decoded.insert(decoded.end(), run.size(), "\xEF\xBF\xBD");
    run.clear();
  };
  for (const std::string& token : tokens) {
    if (const auto byte = fallback_byte(token)) {
      run += static_cast<char>(*byte);
      continue;
    }
    flush();
    decoded.push_back(token);
  }
  flush();
  return decoded;
}

int64_t count_at(const Json& component, const char* key) {
  check(component.contains(key) && component[key].is_number_integer() && component[key] >= 0,
        "tokenizer.json: decoder Strip needs \"{}\"", key);
  return component[key].get<int64_t>();
}

auto strip_step(const Json& component) {
  const std::string content = string_at(component, "content");
  check(!content.empty() && code_point_size(static_cast<unsigned char>(content[0])) == content.size(),
        "tokenizer.json: decoder Strip takes one character, got \"{}\"", content);
  const int64_t start = count_at(component, "start");
  const int64_t stop = count_at(component, "stop");
  return [=](Tokens tokens) {
    for (std::string& token : tokens) {
      for (int64_t i = 0; i < start && token.starts_with(content); ++i) token.erase(0, content.size());
      for (int64_t i = 0; i < stop && token.ends_with(content); ++i) token.resize(token.size() - content.size());
    }
    return tokens;
  };
}

// In the first token the mark is the prefix that encoding put there, so it goes; elsewhere it is a space.
auto metaspace_step(const Json& component) {
  const auto to_space = replacement({{"pattern", {{"String", component["replacement"]}}}, {"content", " "}});
  const auto to_nothing = replacement({{"pattern", {{"String", component["replacement"]}}}, {"content", ""}});
  const bool never = component.contains("prepend_scheme") && component["prepend_scheme"] == "never";
  return [=](Tokens tokens) {
    for (size_t i = 0; i < tokens.size(); ++i) tokens[i] = (i == 0 && !never ? to_nothing : to_space)(tokens[i]);
    return tokens;
  };
}

}  // namespace

std::optional<unsigned char> fallback_byte(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || !token.ends_with('>')) return std::nullopt;
  unsigned char byte = 0;
  const auto [end, error] = std::from_chars(token.data() + 3, token.data() + 5, byte, 16);
  if (error != std::errc() || end != token.data() + 5) return std::nullopt;
  return byte;
}

Decoder::Decoder(const Json& component) { add(component); }

void Decoder::add(const Json& component) {
  const std::string type = type_of(component, "decoder");
  if (type.empty()) return;
  if (type == "Fuse") return void(steps_.emplace_back(fuse));
  if (type == "Strip") return void(steps_.emplace_back(strip_step(component)));
  if (type == "ByteLevel") {
    byte_level_ = true;
    return void(steps_.emplace_back(decode_byte_level));
  }
  if (type == "ByteFallback") {
    byte_fallback_ = true;
    return void(steps_.emplace_back(decode_byte_fallback));
  }
  if (type == "Metaspace") {
    string_at(component, "replacement");
    replacements_.push_back(replacement({{"pattern", {{"String", component["replacement"]}}}, {"content", " "}}));
    return void(steps_.emplace_back(metaspace_step(component)));
  }
  if (type == "Replace") {
    replacements_.push_back(replacement(component));
    return void(steps_.emplace_back([replace = replacements_.back()](Tokens tokens) {
      for (std::string& token : tokens) token = replace(std::move(token));
      return tokens;
    }));
  }
  check(type == "Sequence" && component.contains("decoders") && component["decoders"].is_array(),
        "tokenizer.json: decoder {} is not supported", type);
  for (const Json& part : component["decoders"]) add(part);
}

std::string Decoder::operator()(Tokens tokens) const {
  std::string text;
  if (steps_.empty()) {
    for (const std::string& token : tokens) text += (&token == tokens.data() ? "" : " ") + token;
    return text;
  }
  for (const Chain& step : steps_) tokens = step(std::move(tokens));
  for (const std::string& token : tokens) text += token;
  return text;
}

std::string Decoder::bytes(const std::string& token) const {
  std::string result;
  if (byte_level_) {
    append_from_byte_alphabet(token, result);
    return result;
  }
  if (const auto byte = fallback_byte(token); byte && byte_fallback_) return {static_cast<char>(*byte)};
  result = token;
  for (const auto& replace : replacements_) result = replace(std::move(result));
  return result;
}

}  // namespace cohort::tokenizer
