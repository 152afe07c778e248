// Tokens that are found in the text as they stand, before anything else looks at it.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/tokenizer/description.hpp"
#include "src/tokenizer/regex.hpp"

namespace cohort::tokenizer {

/// A set of tokens to look for.
class AddedTokenFinder {
 public:
  /// The token must outlive the finder.
  void add(std::string_view pattern, const AddedToken& token);

  struct Found {
    Span span;                          // with the white space that lstrip and rstrip took along
    const AddedToken* token = nullptr;  // null: text between tokens
  };

  /// All of `text`, cut where tokens stand: leftmost first, the longest of those. A special token counts only where
  /// `allow_special` says yes to the bytes it would cover.
  std::vector<Found> find(std::string_view text, const std::function<bool(Span)>& allow_special) const;

 private:
  Found longest_at(std::string_view text, size_t begin) const;

  struct Node {
    std::unordered_map<unsigned char, uint32_t> children;
    const AddedToken* token = nullptr;
  };
  std::vector<Node> trie_ = std::vector<Node>(1);
};

}  // namespace cohort::tokenizer
