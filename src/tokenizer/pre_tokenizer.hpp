// Cuts text into the words that BPE merges within.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "src/tokenizer/description.hpp"

namespace cohort::tokenizer {

/// A stretch of text, on its way to become words.
struct Piece {
  std::string text;
  bool at_start = false;  // it begins where the whole input began: Metaspace may want a prefix only there
};

class PreTokenizer {
 public:
  /// Throws Error naming a type, behaviour or regex that is not supported.
  explicit PreTokenizer(const Json& component);

  std::vector<Piece> operator()(Piece piece) const;

 private:
  using Step = std::function<void(const Piece& piece, std::vector<Piece>& out)>;
  void add(const Json& component);

  std::vector<Step> steps_;
};

/// GPT-2's spelling of bytes: each of the 256 as a printable character.
std::string to_byte_alphabet(std::string_view bytes);

/// Appends what `token` stands for. A token with any character outside the alphabet stands for its own UTF-8.
void append_from_byte_alphabet(std::string_view token, std::string& bytes);

}  // namespace cohort::tokenizer
