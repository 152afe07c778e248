#include "src/tokenizer/pipeline.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "cohort/error.hpp"
#include "src/tokenizer/utf8.hpp"

namespace cohort::tokenizer {
namespace {

std::unordered_set<std::string> special_contents(const std::vector<AddedToken>& tokens) {
  std::unordered_set<std::string> special;
  for (const AddedToken& token : tokens)
    if (token.special) special.insert(token.content);
  return special;
}

// An id far beyond the number of tokens would make the table by id as large as the id.
constexpr int64_t kMaxHole = 1 << 20;

}  // namespace

Pipeline::Pipeline(const Description& description)
    : added_(description.added_tokens),
      bpe_(description.model, special_contents(added_)),
      normalizer_(description.normalizer),
      pre_tokenizer_(description.pre_tokenizer),
      decoder_(description.decoder),
      affixes_(affixes_of(description.post_processor)),
      places_(description.model.vocab.size() + added_.size()),
      character_level_(is_character_level(description)) {
  add_tokens(description);
  for (const AddedToken& token : added_) {
    if (token.normalized)
      normalized_.add(normalizer_(token.content), token);
    else
      raw_.add(token.content, token);
  }
  for (Token& token : tokens_)
    if (token.exists && !token.special) token.bytes = decoder_.bytes(token.text);
}

void Pipeline::add_tokens(const Description& description) {
  const auto set = [&](int64_t id, const std::string& text, bool special) {
    const auto limit = static_cast<int64_t>(description.model.vocab.size() + added_.size()) + kMaxHole;
    check(id < limit, "tokenizer: the id {} of \"{}\" is far beyond a vocabulary of {}", id, text,
          description.model.vocab.size());
    if (id >= vocab_size()) tokens_.resize(static_cast<size_t>(id) + 1);
    tokens_[id] = {.text = text, .exists = true, .special = special || tokens_[id].special};
    const int64_t size = std::ssize(ids_);
    const int64_t place = places_.insert(hash_of(text), size, [&](int64_t other) { return ids_[other].first == text; });
    if (place == size) ids_.emplace_back(text, id);
  };
  ids_.reserve(description.model.vocab.size() + added_.size());
  for (const auto& [token, id] : description.model.vocab) set(id, token, false);
  // Contents of the vocabulary keep their id, others get the next one: what the file says is not asked.
  int64_t next = static_cast<int64_t>(description.model.vocab.size());
  for (AddedToken& token : added_) {
    const int64_t known = id_of(token.content);
    token.id = known >= 0 ? known : next;
    next = std::max(next, token.id + 1);
    set(token.id, token.content, token.special);
  }
}

int64_t Pipeline::id_of(std::string_view token) const {
  const int64_t place = places_.find(hash_of(token), [&](int64_t other) { return ids_[other].first == token; });
  return place < 0 ? -1 : ids_[place].second;
}

std::vector<int64_t> Pipeline::encode(std::string_view text, std::span<const Span> trusted) const {
  const size_t invalid = find_invalid_utf8(text);
  check(invalid == std::string_view::npos, "tokenizer: the text is not UTF-8: byte {} of {} is 0x{:02X}", invalid,
        text.size(), static_cast<unsigned char>(invalid < text.size() ? text[invalid] : 0));
  const auto is_trusted = [&](Span span) {
    const auto after = std::upper_bound(trusted.begin(), trusted.end(), span.begin,
                                        [](size_t begin, const Span& stretch) { return begin < stretch.begin; });
    return after != trusted.begin() && span.end <= std::prev(after)->end;
  };
  std::vector<int64_t> ids;
  for (const auto& [span, token] : raw_.find(text, is_trusted)) {
    if (token != nullptr) {
      ids.push_back(token->id);
      continue;
    }
    const std::string normal = normalizer_(std::string(text.substr(span.begin, span.end - span.begin)));
    // Places in the normalised text are not places in the text: here the whole stretch is trusted or nothing is.
    const bool whole_trusted = is_trusted(span);
    for (const auto& [part, part_token] : normalized_.find(normal, [=](Span) { return whole_trusted; })) {
      if (part_token != nullptr)
        ids.push_back(part_token->id);
      else
        encode_piece({normal.substr(part.begin, part.end - part.begin), span.begin == 0 && part.begin == 0}, ids);
    }
  }
  return ids;
}

void Pipeline::encode_piece(Piece piece, std::vector<int64_t>& ids) const {
  // Words repeat: within one text each is merged once.
  std::unordered_map<std::string, std::vector<int64_t>> known;
  for (const Piece& word : pre_tokenizer_(std::move(piece))) {
    if (character_level_)
      for (size_t begin = 0, end = 0; begin < word.text.size(); begin = end) {
        next_code_point(word.text, end);
        const std::string character = word.text.substr(begin, end - begin);
        check(bpe_.has_character(character), "tokenizer: the character \"{}\" is not in the alphabet", character);
      }
    const auto [entry, is_new] = known.try_emplace(word.text);
    if (is_new) bpe_.encode(word.text, entry->second);
    ids.insert(ids.end(), entry->second.begin(), entry->second.end());
  }
}

std::string Pipeline::decode(std::span<const int64_t> tokens, bool keep_special) const {
  std::vector<std::string> texts;
  for (const int64_t id : tokens) {
    if (id < 0 || id >= vocab_size() || !tokens_[id].exists) continue;
    if (keep_special || !tokens_[id].special) texts.push_back(tokens_[id].text);
  }
  return decoder_(std::move(texts));
}

std::string_view Pipeline::bytes(int64_t token) const {
  return token < 0 || token >= vocab_size() ? std::string_view() : std::string_view(tokens_[token].bytes);
}

}  // namespace cohort::tokenizer
