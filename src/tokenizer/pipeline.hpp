// A description, compiled: text to ids and back.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/tokenizer/added_tokens.hpp"
#include "src/tokenizer/bpe.hpp"
#include "src/tokenizer/decoder.hpp"
#include "src/tokenizer/description.hpp"
#include "src/tokenizer/flat_index.hpp"
#include "src/tokenizer/normalizer.hpp"
#include "src/tokenizer/post_processor.hpp"
#include "src/tokenizer/pre_tokenizer.hpp"

namespace cohort::tokenizer {

/// Immutable; not copied, since the finders point into it.
class Pipeline {
 public:
  explicit Pipeline(const Description& description);
  Pipeline(const Pipeline&) = delete;

  /// Special tokens are found only within the `trusted` stretches of the text, which do not overlap.
  std::vector<int64_t> encode(std::string_view text, std::span<const Span> trusted) const;
  std::string decode(std::span<const int64_t> tokens, bool keep_special) const;

  std::string_view bytes(int64_t token) const;  // empty for special and unknown tokens
  int64_t vocab_size() const { return static_cast<int64_t>(tokens_.size()); }
  const Affixes& affixes() const { return affixes_; }
  /// -1 where no token is spelled so.
  int64_t id_of(std::string_view token) const;

 private:
  struct Token {
    std::string text;
    std::string bytes;
    bool exists = false;
    bool special = false;
  };

  void add_tokens(const Description& description);
  void encode_piece(Piece piece, std::vector<int64_t>& ids) const;

  std::vector<AddedToken> added_;  // with the ids that the reference gives them
  Bpe bpe_;
  Normalizer normalizer_;
  PreTokenizer pre_tokenizer_;
  Decoder decoder_;
  Affixes affixes_;
  AddedTokenFinder raw_, normalized_;
  std::vector<Token> tokens_;  // by id
  // Also of tokens whose id another took.
  std::vector<std::pair<std::string, int64_t>> ids_;
  FlatIndex places_;  // in ids_, of texts
  bool character_level_ = false;
};

}  // namespace cohort::tokenizer
