#include "src/tokenizer/bpe.hpp"

#include <algorithm>
#include <queue>

#include "cohort/error.hpp"
#include "src/tokenizer/utf8.hpp"

namespace cohort::tokenizer {
namespace {

struct Symbol {
  int64_t id = 0;                  // -1: merged into its left neighbour
  int64_t previous = 0, next = 0;  // indices, -1 at the ends
};

struct Candidate {
  int64_t rank = 0;
  int64_t position = 0;  // index of the left symbol
  int64_t id = 0;        // of the product
  bool operator>(const Candidate& other) const {
    return rank != other.rank ? rank > other.rank : position > other.position;
  }
};

uint64_t pair_key(int64_t left, int64_t right) {
  return static_cast<uint64_t>(left) << 32 | static_cast<uint64_t>(right);
}

void check_ids(const std::vector<std::pair<std::string, int64_t>>& vocab) {
  std::vector<std::pair<int64_t, size_t>> ids(vocab.size());
  for (size_t i = 0; i < vocab.size(); ++i) ids[i] = {vocab[i].second, i};
  if (!std::ranges::is_sorted(ids)) std::ranges::sort(ids);
  for (size_t i = 1; i < ids.size(); ++i)
    check(ids[i].first != ids[i - 1].first, "tokenizer: the id {} of \"{}\" is used twice", ids[i].first,
          vocab[ids[i].second].first);
}

}  // namespace

Bpe::Bpe(const BpeDescription& description, const std::unordered_set<std::string>& special)
    : merge_index_(description.merges.size()), fuse_unk_(description.fuse_unk) {
  const auto& vocab = description.vocab;
  check_ids(vocab);
  FlatIndex index(vocab.size());
  const auto is_token = [&](std::string_view token) {
    return [&vocab, token](int64_t place) { return vocab[static_cast<size_t>(place)].first == token; };
  };
  for (int64_t place = 0; const auto& [token, id] : vocab) {
    index.insert(hash_of(token), place++, is_token(token));
    if (special.contains(token) || token.empty()) continue;
    if (code_point_size(static_cast<unsigned char>(token[0])) == token.size()) characters_.emplace(token, id);
    if (description.ignore_merges) words_.emplace(token, id);
  }
  const auto find_id = [&](std::string_view token) {
    const int64_t place = index.find(hash_of(token), is_token(token));
    return place < 0 ? -1 : vocab[static_cast<size_t>(place)].second;
  };
  const auto id_of = [&](std::string_view token, std::string_view left, std::string_view right) {
    const int64_t id = find_id(token);
    check(id >= 0, "tokenizer: the merge of \"{}\" and \"{}\" needs \"{}\", which is not in the vocabulary", left,
          right, token);
    return id;
  };
  merges_.reserve(description.merges.size());
  for (size_t rank = 0; rank < description.merges.size(); ++rank) {
    const auto& [left, right] = description.merges[rank];
    const std::string product = left + right;
    const uint64_t key = pair_key(id_of(left, left, right), id_of(right, left, right));
    const int64_t id = id_of(product, left, right);
    if (!special.contains(product)) add_merge({key, static_cast<int64_t>(rank), id});
  }
  if (description.unk_token) {
    unk_ = find_id(*description.unk_token);
    check(unk_ >= 0, "tokenizer: unk_token \"{}\" is not in the vocabulary", *description.unk_token);
  }
  if (!description.byte_fallback) return;
  for (int byte = 0; byte < 256; ++byte) byte_tokens_.push_back(find_id(fmt::format("<0x{:02X}>", byte)));
}

// The last of equal pairs counts.
void Bpe::add_merge(const Merge& merge) {
  const auto size = static_cast<int64_t>(merges_.size());
  const auto is_same = [&](int64_t place) { return merges_[static_cast<size_t>(place)].pair == merge.pair; };
  const int64_t place = merge_index_.insert(hash_of(merge.pair), size, is_same);
  if (place == size) return merges_.push_back(merge);
  merges_[static_cast<size_t>(place)] = merge;
}

const Bpe::Merge* Bpe::find_merge(int64_t left, int64_t right) const {
  const uint64_t pair = pair_key(left, right);
  const auto is_same = [&](int64_t place) { return merges_[static_cast<size_t>(place)].pair == pair; };
  const int64_t place = merge_index_.find(hash_of(pair), is_same);
  return place < 0 ? nullptr : &merges_[static_cast<size_t>(place)];
}

void Bpe::append_characters(std::string_view word, std::vector<int64_t>& ids) const {
  bool unk_pending = false;  // runs of unknown characters are one unk where fuse_unk says so
  std::string character;
  for (size_t position = 0; position < word.size();) {
    const size_t size = code_point_size(static_cast<unsigned char>(word[position]));
    character.assign(word, position, size);
    position += size;
    if (const auto found = characters_.find(character); found != characters_.end()) {
      if (unk_pending) ids.push_back(unk_);
      unk_pending = false;
      ids.push_back(found->second);
      continue;
    }
    const auto byte_token = [&](char c) { return byte_tokens_[static_cast<unsigned char>(c)]; };
    if (!byte_tokens_.empty() &&
        std::all_of(character.begin(), character.end(), [&](char c) { return byte_token(c) >= 0; })) {
      for (const char c : character) ids.push_back(byte_token(c));
      continue;
    }
    if (unk_ < 0) continue;  // as the reference does: no unk, no trace
    if (unk_pending && !fuse_unk_) ids.push_back(unk_);
    unk_pending = true;
  }
  if (unk_pending) ids.push_back(unk_);
}

void Bpe::encode(std::string_view word, std::vector<int64_t>& ids) const {
  if (!words_.empty())
    if (const auto found = words_.find(std::string(word)); found != words_.end()) {
      ids.push_back(found->second);
      return;
    }
  const size_t first = ids.size();
  append_characters(word, ids);
  const auto size = static_cast<int64_t>(ids.size() - first);
  if (size < 2 || merges_.empty()) return;

  std::vector<Symbol> symbols(static_cast<size_t>(size));
  for (int64_t i = 0; i < size; ++i) symbols[i] = {ids[first + i], i - 1, i + 1 < size ? i + 1 : -1};
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto consider = [&](int64_t left) {
    if (left < 0 || symbols[left].next < 0) return;
    if (const Merge* merge = find_merge(symbols[left].id, symbols[symbols[left].next].id))
      queue.push({merge->rank, left, merge->id});
  };
  for (int64_t i = 0; i + 1 < size; ++i) consider(i);
  while (!queue.empty()) {
    const Candidate top = queue.top();
    queue.pop();
    Symbol& left = symbols[top.position];
    if (left.id < 0 || left.next < 0) continue;
    Symbol& right = symbols[left.next];
    // The pair may have changed since it was queued.
    const Merge* merge = find_merge(left.id, right.id);
    if (merge == nullptr || merge->id != top.id) continue;
    left.id = merge->id;
    left.next = right.next;
    right.id = -1;
    if (left.next >= 0) symbols[left.next].previous = top.position;
    consider(left.previous);
    consider(top.position);
  }
  ids.resize(first);
  for (int64_t i = 0; i >= 0; i = symbols[i].next) ids.push_back(symbols[i].id);
}

}  // namespace cohort::tokenizer
