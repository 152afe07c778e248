#include "src/models/lay_out.hpp"

#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <optional>
#include <span>

#include "cohort/error.hpp"
#include "kernels/memory.hpp"

namespace cohort::models {
namespace {

using kernels::kBlockTokens;

// The batch on the host.
struct Sequences {
  at::Tensor tokens, bounds, predicted_at, completions;

  explicit Sequences(const PackedBatch& batch)
      : tokens(batch.tokens.cpu()),
        bounds(batch.cu_seqlens.cpu()),
        predicted_at(batch.predicted_at.cpu()),
        completions(batch.cu_completions.cpu()) {}

  int64_t count() const { return bounds.numel() - 1; }
  int64_t begin(int64_t s) const { return bounds.data_ptr<int32_t>()[s]; }
  int64_t size(int64_t s) const { return begin(s + 1) - begin(s); }
  const int64_t* ids(int64_t s) const { return tokens.data_ptr<int64_t>() + begin(s); }

  // Rows of sequence s that predict something: [first, last] counted from its begin; empty where there are none.
  std::pair<int64_t, int64_t> predicting(int64_t s) const {
    const auto first = completions.data_ptr<int32_t>()[s], end = completions.data_ptr<int32_t>()[s + 1];
    if (first == end) return {0, -1};
    const auto* at_token = predicted_at.data_ptr<int64_t>();
    return {at_token[first] - begin(s), at_token[end - 1] - begin(s)};
  }
  // Tokens that nobody but its own completion needs to tell apart: those before the first row that predicts something.
  int64_t shareable(int64_t s) const { return predicting(s).first; }
  // Tokens that are read: what comes after the last row that predicts something changes nothing.
  int64_t needed(int64_t s) const {
    const auto [first, last] = predicting(s);
    return last < first ? size(s) : last + 1;
  }
  bool share(int64_t s, int64_t other, int64_t length) const {
    return shareable(other) == length && std::equal(ids(s), ids(s) + length, ids(other));
  }
};

// Columns of the batch while it is laid out.
struct Columns {
  std::vector<int64_t> tokens, positions, slots;
  std::vector<int32_t> cu_queries{0}, first_position, families{0};
  std::vector<std::vector<int32_t>> tables;
  std::vector<ops::BlockCopy> copies;
  int32_t num_blocks = 0;

  // Tokens [from, to) of a sequence whose earlier blocks are `table`.
  void add(const int64_t* ids, int64_t from, int64_t to, std::vector<int32_t> table) {
    for (int64_t t = from; t < to; ++t) {
      if (t / kBlockTokens == std::ssize(table)) table.push_back(num_blocks++);
      tokens.push_back(ids[t]);
      positions.push_back(t);
      slots.push_back(table.back() * kBlockTokens + t % kBlockTokens);
    }
    cu_queries.push_back(static_cast<int32_t>(tokens.size()));
    first_position.push_back(static_cast<int32_t>(from));
    tables.push_back(std::move(table));
  }

  // The blocks in which a sequence goes on behind `tokens` tokens of another: those that they fill are shared, one that
  // they begin is copied.
  std::vector<int32_t> go_on(std::vector<int32_t> table, int64_t tokens) {
    if (tokens % kBlockTokens == 0) return table;
    copies.push_back({.from = table.back(), .to = num_blocks, .tokens = static_cast<int32_t>(tokens % kBlockTokens)});
    table.back() = num_blocks++;
    return table;
  }

  TokenBatch on(c10::Device device) const {
    size_t max_blocks = 1;
    for (const auto& table : tables) max_blocks = std::max(max_blocks, table.size());
    at::Tensor block_table = at::zeros({std::ssize(tables), static_cast<int64_t>(max_blocks)}, at::kInt);
    for (size_t s = 0; s < tables.size(); ++s)
      std::ranges::copy(tables[s], block_table.data_ptr<int32_t>() + s * max_blocks);
    const auto ids = [&](const std::vector<int64_t>& values) {
      return ops::upload(at::tensor(values, at::kLong), device);
    };
    const auto bounds = [&](const std::vector<int32_t>& values) {
      return ops::upload(at::tensor(values, at::kInt), device);
    };
    return {ids(tokens),
            ids(positions),
            ids(slots),
            {bounds(cu_queries), bounds(first_position), ops::upload(block_table, device), bounds(families)},
            ops::block_copies(copies, device),
            {}};
  }

  // The same without recorded rows, which end their sequences; `computed` receives the places of the others.
  Columns without(const std::vector<RecordedRows>& recorded, std::vector<int64_t>& computed) const {
    Columns rest{.first_position = first_position, .families = families, .tables = tables, .copies = copies};
    auto next = recorded.begin();
    for (size_t s = 0; s < tables.size(); ++s) {
      int64_t end = cu_queries[s + 1];
      if (next != recorded.end() && next->first < end) end = next++->first;
      for (int64_t row = cu_queries[s]; row < end; ++row) {
        const auto at_row = static_cast<size_t>(row);
        computed.push_back(row);
        rest.tokens.push_back(tokens[at_row]);
        rest.positions.push_back(positions[at_row]);
        rest.slots.push_back(slots[at_row]);
      }
      rest.cu_queries.push_back(static_cast<int32_t>(rest.tokens.size()));
    }
    return rest;
  }
};

// What is recorded of sequence s, whose rows begin at `first_row` with token `from`: all that is read behind its
// prompt, or nothing.
std::optional<RecordedRows> recorded_rows(const PackedBatch& batch, const Sequences& sequences, int64_t s, int64_t from,
                                          int64_t first_row, const RecordStore* records) {
  if (!records || batch.activations.empty()) return {};
  const auto& record = batch.activations[static_cast<size_t>(s)];
  if (!record || record->prompt_size() != sequences.shareable(s) + 1) return {};
  const int64_t prompt = record->prompt_size(), count = sequences.needed(s) - prompt;
  if (count <= 0) return {};
  RecordChunks chunks = record->rows_of(records, {sequences.ids(s), static_cast<size_t>(sequences.needed(s))});
  if (chunks.empty()) return {};
  return RecordedRows{.chunks = std::move(chunks), .first = first_row + prompt - from, .count = count};
}

// Of many sequences the shortest one is computed all the same: nothing is taken on trust.
std::optional<RecordedRows> take_audited(std::vector<RecordedRows>& recorded) {
  constexpr size_t kMany = 8;
  if (recorded.size() < kMany) return {};
  const auto shortest = std::ranges::min_element(recorded, {}, &RecordedRows::count);
  RecordedRows audited = std::move(*shortest);
  recorded.erase(shortest);
  return audited;
}

}  // namespace

LaidOut lay_out(const PackedBatch& batch, int64_t max_position, c10::Device device, const RecordStore* records) {
  const Sequences sequences(batch);
  check(batch.activations.empty() || std::ssize(batch.activations) == sequences.count(),
        "policy: a batch of {} sequences with activations of {}", sequences.count(), batch.activations.size());
  Columns columns;
  std::vector<RecordedRows> recorded;
  std::vector<int64_t> row_of(static_cast<size_t>(sequences.tokens.numel()));
  for (int64_t s = 0; s < sequences.count();) {
    const int64_t shared = sequences.shareable(s);
    int64_t end = s + 1;
    while (shared > 0 && end < sequences.count() && sequences.share(s, end, shared)) ++end;
    const bool is_family = end - s > 1;
    if (is_family) columns.add(sequences.ids(s), 0, shared, {});
    const std::vector<int32_t> prefix = is_family ? columns.tables.back() : std::vector<int32_t>{};
    for (; s < end; ++s) {
      check(sequences.size(s) <= max_position, "policy: a sequence of {} tokens is longer than the context of {}",
            sequences.size(s), max_position);
      const int64_t from = is_family ? shared : 0;
      // Only rows that predict something are looked up, and those are never shared.
      for (int64_t t = from; t < sequences.needed(s); ++t)
        row_of[static_cast<size_t>(sequences.begin(s) + t)] = std::ssize(columns.tokens) + t - from;
      if (auto rows = recorded_rows(batch, sequences, s, from, std::ssize(columns.tokens), records))
        recorded.push_back(std::move(*rows));
      columns.add(sequences.ids(s), from, sequences.needed(s), is_family ? columns.go_on(prefix, shared) : prefix);
    }
    columns.families.push_back(static_cast<int32_t>(columns.tables.size()));
  }

  std::vector<int64_t> predicted_at;
  const auto* at_token = sequences.predicted_at.data_ptr<int64_t>();
  for (int64_t i = 0; i < sequences.predicted_at.numel(); ++i)
    predicted_at.push_back(row_of[static_cast<size_t>(at_token[i])]);
  LaidOut laid_out{.batch = columns.on(device),
                   .predicted_at = ops::upload(at::tensor(predicted_at, at::kLong), device),
                   .num_blocks = columns.num_blocks,
                   .share = {},
                   .computed = {}};
  if (recorded.empty()) return laid_out;
  auto audited = take_audited(recorded);
  std::vector<int64_t> computed;
  laid_out.computed = columns.without(recorded, computed).on(device);
  laid_out.share = {.computed = at::tensor(computed, at::kLong),
                    .recorded = std::move(recorded),
                    .audited = std::move(audited),
                    .layout = &records->layout(),
                    .rows = std::ssize(columns.tokens)};
  return laid_out;
}

}  // namespace cohort::models
