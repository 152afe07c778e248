// Byte pair encoding of one word.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "src/tokenizer/description.hpp"
#include "src/tokenizer/flat_index.hpp"

namespace cohort::tokenizer {

class Bpe {
 public:
  /// Throws Error on a merge or an unk token that the vocabulary does not have, and on an id used twice.
  /// `special` are never formed out of characters: they come from the added tokens alone.
  Bpe(const BpeDescription& description, const std::unordered_set<std::string>& special);

  /// Appends the ids of `word`. Characters that the vocabulary cannot spell become bytes, unk, or nothing, as the
  /// description has it. O(n log n).
  void encode(std::string_view word, std::vector<int64_t>& ids) const;

  bool has_character(std::string_view character) const { return characters_.contains(std::string(character)); }

 private:
  struct Merge {
    uint64_t pair = 0;  // left id << 32 | right id
    int64_t rank = 0, id = 0;
  };

  void append_characters(std::string_view word, std::vector<int64_t>& ids) const;
  void add_merge(const Merge& merge);
  const Merge* find_merge(int64_t left, int64_t right) const;

  std::unordered_map<std::string, int64_t> characters_;  // tokens of one code point
  std::unordered_map<std::string, int64_t> words_;       // with ignore_merges, every token
  std::vector<Merge> merges_;
  FlatIndex merge_index_;
  std::vector<int64_t> byte_tokens_;  // id of <0xHH>, -1 where it is absent; empty: no fallback
  int64_t unk_ = -1;
  bool fuse_unk_ = false;
};

}  // namespace cohort::tokenizer
