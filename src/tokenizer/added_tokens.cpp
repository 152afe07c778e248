#include "src/tokenizer/added_tokens.hpp"

#include <algorithm>

#include "src/tokenizer/utf8.hpp"

namespace cohort::tokenizer {
namespace {

// Start of the code point that ends at `end`.
size_t previous(std::string_view text, size_t end) {
  do --end;
  while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80);
  return end;
}

bool ends_with_word(std::string_view text) {
  if (text.empty()) return false;
  size_t position = previous(text, text.size());
  return is_word(next_code_point(text, position));
}

bool starts_with_word(std::string_view text) {
  size_t position = 0;
  return !text.empty() && is_word(next_code_point(text, position));
}

size_t begin_of_spaces_before(std::string_view text, size_t end, size_t limit) {
  while (end > limit) {
    const size_t begin = previous(text, end);
    size_t position = begin;
    if (!is_space(next_code_point(text, position))) break;
    end = begin;
  }
  return end;
}

size_t end_of_spaces_after(std::string_view text, size_t begin) {
  while (begin < text.size()) {
    size_t position = begin;
    if (!is_space(next_code_point(text, position))) break;
    begin = position;
  }
  return begin;
}

}  // namespace

void AddedTokenFinder::add(std::string_view pattern, const AddedToken& token) {
  if (pattern.empty()) return;
  uint32_t node = 0;
  for (const char c : pattern) {
    const auto [child, is_new] =
        trie_[node].children.emplace(static_cast<unsigned char>(c), static_cast<uint32_t>(trie_.size()));
    node = child->second;
    if (is_new) trie_.emplace_back();
  }
  trie_[node].token = &token;
}

AddedTokenFinder::Found AddedTokenFinder::longest_at(std::string_view text, size_t begin) const {
  Found longest;
  uint32_t node = 0;
  for (size_t position = begin; position < text.size(); ++position) {
    const auto& children = trie_[node].children;
    const auto child = children.find(static_cast<unsigned char>(text[position]));
    if (child == children.end()) break;
    node = child->second;
    if (trie_[node].token != nullptr) longest = {{begin, position + 1}, trie_[node].token};
  }
  return longest;
}

std::vector<AddedTokenFinder::Found> AddedTokenFinder::find(std::string_view text,
                                                            const std::function<bool(Span)>& allow_special) const {
  std::vector<Found> found;
  size_t last = 0;
  size_t position = trie_.size() > 1 ? 0 : text.size();
  while (position < text.size()) {
    const size_t next = position + code_point_size(static_cast<unsigned char>(text[position]));
    auto [span, token] = longest_at(text, position);
    position = token == nullptr ? next : span.end;
    if (token == nullptr) continue;
    if (token->special && !allow_special(span)) {
      // Another token may begin inside, where special ones are allowed again.
      if (allow_special({span.end - 1, span.end})) position = next;
      continue;
    }
    if (token->single_word && (ends_with_word(text.substr(0, span.begin)) || starts_with_word(text.substr(span.end))))
      continue;
    if (token->lstrip) span.begin = begin_of_spaces_before(text, span.begin, last);
    if (token->rstrip) span.end = end_of_spaces_after(text, span.end);
    if (last < span.begin) found.push_back({{last, span.begin}, nullptr});
    found.push_back({span, token});
    last = span.end;
    position = std::max(position, last);
  }
  if (last != text.size()) found.push_back({{last, text.size()}, nullptr});
  return found;
}

}  // namespace cohort::tokenizer
