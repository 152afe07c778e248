// Tokens back to text.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/tokenizer/description.hpp"

namespace cohort::tokenizer {

class Decoder {
 public:
  /// Throws Error naming a type that is not supported.
  explicit Decoder(const Json& component);

  std::string operator()(std::vector<std::string> tokens) const;

  /// The raw bytes that `token` adds, wherever it stands; a space that a first token would lose is still there.
  std::string bytes(const std::string& token) const;

 private:
  using Chain = std::function<std::vector<std::string>(std::vector<std::string>)>;
  void add(const Json& component);

  std::vector<Chain> steps_;
  std::vector<std::function<std::string(std::string)>> replacements_;  // those that act on one token alone
  bool byte_level_ = false;
  bool byte_fallback_ = false;
};

/// The byte that a token spelled <0xHH> stands for.
std::optional<unsigned char> fallback_byte(std::string_view token);

}  // namespace cohort::tokenizer
