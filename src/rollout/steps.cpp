#include "src/rollout/steps.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>

#include "kernels/cpu/threads.hpp"

namespace cohort::rollout {
namespace {

using kernels::DrawnToken;
using kernels::kBlockTokens;

// What a second thread is worth waking for.
constexpr int64_t kBytesToCopy = 64 * 1024;

// Copies from and to pinned memory let the host go on.
at::Tensor host_tensor(at::IntArrayRef sizes, at::ScalarType dtype, c10::Device device) {
  return at::zeros(sizes, at::TensorOptions().dtype(dtype).pinned_memory(device.is_cuda()));
}

std::vector<const void*> places_of(const models::KvCache& cache) {
  std::vector<const void*> places;
  for (const ops::CacheLayer& layer : cache.layers)
    for (const at::Tensor& part : {layer.keys, layer.values}) places.push_back(part.data_ptr());
  return places;
}

}  // namespace

Steps::Steps(models::Transformer& model, const RolloutOptions& options, std::span<const int64_t> stops)
    : model_(model),
      options_(options),
      filters_(options.sampling.temperature == 0
                   ? kernels::Filters{1, 0, 1, 0}
                   : kernels::Filters{options.sampling.temperature, options.sampling.top_k, options.sampling.top_p,
                                      options.sampling.min_p}),
      runner_(make_step_runner(model.options.device, options.graphs)),
      stops_(at::tensor(at::ArrayRef<int64_t>(stops.data(), stops.size()), at::kLong).to(model.options.device)) {}

int64_t Steps::spare_blocks(int64_t most_rows) const {
  return (runner_->padded(most_rows) + kBlockTokens - 1) / kBlockTokens;
}

void Steps::begin(const models::KvCache& cache, int64_t step, int64_t most_rows, int64_t most_blocks,
                  int64_t most_steps) {
  const c10::Device device = model_.options.device;
  most_rows = runner_->padded(most_rows);
  std::vector<const void*> places = places_of(cache);
  const bool is_elsewhere = places != cache_places_;
  cache_ = &cache;
  cache_places_ = std::move(places);
  if (is_elsewhere || most_rows > most_rows_ || most_blocks > most_blocks_) {
    runner_->forget();
    most_rows_ = std::max(most_rows, most_rows_);
    most_blocks_ = std::max(most_blocks, most_blocks_);
    const at::TensorOptions longs = at::TensorOptions().dtype(at::kLong).device(device);
    host_numbers_ = host_tensor({kColumns, most_rows_}, at::kLong, device);
    host_places_ = host_tensor({most_rows_ * (1 + most_blocks_)}, at::kInt, device);
    numbers_ = device.is_cpu() ? host_numbers_ : host_numbers_.to(device);
    places_ = device.is_cpu() ? host_places_ : host_places_.to(device);
    cu_queries_ = at::arange(most_rows_ + 1, longs.dtype(at::kInt));
    results_ = at::empty({most_rows_, kernels::kDrawnTokenWords}, longs);
    key_ = at::empty({1}, longs);
    host_results_.clear();
    arrived_.clear();
    view_ = {};
  }
  for (int64_t i = std::ssize(host_results_); i < most_steps; ++i) {
    host_results_.push_back(host_tensor({most_rows_, kernels::kDrawnTokenWords}, at::kLong, device));
    if (!device.is_cpu()) arrived_.push_back(std::make_unique<c10::Event>(device.type()));
  }
  key_.fill_(step);
}

void Steps::fill(std::span<const RowStart> rows, int64_t padded) {
  int64_t* const numbers = host_numbers_.data_ptr<int64_t>();
  int32_t* const first_position = host_places_.data_ptr<int32_t>();
  const auto number = [&](Column column, int64_t row) -> int64_t& { return numbers[column * most_rows_ + row]; };
  const auto table = [&](int64_t row) { return first_position + most_rows_ + row * most_blocks_; };
  records_.clear();
  for (int64_t i = 0; i < std::ssize(rows); ++i) {
    const RowStart& row = rows[static_cast<size_t>(i)];
    number(kToken, i) = row.token;
    number(kPosition, i) = row.position;
    number(kSlot, i) =
        row.blocks[static_cast<size_t>(row.position / kBlockTokens)] * kBlockTokens + row.position % kBlockTokens;
    number(kProblem, i) = row.problem;
    number(kCompletion, i) = row.completion;
    number(kDraws, i) = row.draws;
    number(kLimit, i) = row.limit;
    number(kEnded, i) = 0;
    first_position[i] = static_cast<int32_t>(row.position);
    std::ranges::copy(row.blocks, table(i));
    records_.push_back(row.record);
  }
  for (int64_t i = std::ssize(rows); i < padded; ++i) {
    for (int64_t column = 0; column < kColumns; ++column) number(static_cast<Column>(column), i) = 0;
    number(kSlot, i) = i;
    number(kEnded, i) = 1;
    first_position[i] = 0;
    table(i)[0] = static_cast<int32_t>(i / kBlockTokens);
  }
  if (!numbers_.is_cpu()) {
    numbers_.copy_(host_numbers_, /*non_blocking=*/true);
    places_.copy_(host_places_, /*non_blocking=*/true);
  }
}

void Steps::run(std::span<const RowStart> rows, const at::Tensor& fresh, int64_t steps) {
  // A recorded step does not ask whether weights changed.
  is_eight_bits(options_.precision) ? model_.refresh_quantised() : model_.refresh();
  rows_ = std::ssize(rows);
  const int64_t padded = runner_->padded(rows_);
  fill(rows, padded);
  for (int64_t i = 0; i < steps; ++i) {
    if (i == 0 && fresh.defined()) {
      open(rows_, fresh);
    } else {
      runner_->run(padded, [&] { step(padded); });
    }
    send(i);
  }
}

// A first step in which some rows have nothing to read.
void Steps::open(int64_t rows, const at::Tensor& fresh) {
  const int64_t old = rows - fresh.size(0);
  draw(old == 0 ? fresh : at::cat({read(old), fresh}), rows);
}

void Steps::step(int64_t rows) { draw(read(rows), rows); }

const Steps::View& Steps::view(int64_t rows) {
  if (view_.rows == rows) return view_;
  const auto column = [&](Column name) { return numbers_[name].narrow(0, 0, rows); };
  const at::Tensor table = places_.narrow(0, most_rows_, rows * most_blocks_).view({rows, most_blocks_});
  const at::Tensor first_position = places_.narrow(0, 0, rows);
  view_ = {rows,
           {column(kToken),
            column(kPosition),
            column(kSlot),
            {cu_queries_.narrow(0, 0, rows + 1), first_position, table, {}},
            {}},
           {options_.seed, key_, column(kProblem), column(kCompletion), column(kDraws)},
           {table, column(kLimit), stops_, column(kToken), column(kPosition), column(kSlot), first_position,
            column(kDraws), column(kEnded)}};
  return view_;
}

// A row of a window that is over reads on, out of everybody's way, and is not kept.
std::vector<Steps::RecordedRow> Steps::begin_records(int64_t rows) const {
  std::vector<RecordedRow> begun;
  const auto number = [&](Column column, int64_t row) {
    return numbers_.data_ptr<int64_t>()[column * most_rows_ + row];
  };
  for (int64_t i = 0; i < std::min(rows, std::ssize(records_)); ++i) {
    RecordedActivations* const record = records_[static_cast<size_t>(i)];
    if (record && number(kEnded, i) == 0 && record->begin_row(number(kPosition, i), number(kToken, i)))
      begun.push_back({i, record});
  }
  return begun;
}

at::Tensor Steps::read(int64_t rows) {
  const models::TokenBatch& batch = view(rows).batch;
  const std::vector<RecordedRow> recorded = begin_records(rows);
  if (recorded.empty()) return model_.forward(batch, *cache_, options_.precision);
  const auto write = [&](int64_t bytes, const auto& of_row) {
    const int64_t grain = std::max<int64_t>(1, kBytesToCopy / bytes);
    kernels::parallel_for(std::ssize(recorded), grain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) of_row(recorded[static_cast<size_t>(i)]);
    });
  };
  const models::RecordLayout& layout = model_.records->layout();
  const models::Keep keep{.projections = true, .take = [&](size_t layer, const models::LayerActivations& activations) {
                            write(layout.bytes_of_layer(layer),
                                  [&](const RecordedRow& to) { to.record->write(layer, activations, to.row); });
                          }};
  const at::Tensor hidden = model_.forward(batch, *cache_, options_.precision, &keep);
  write(layout.bytes_of_hidden(), [&](const RecordedRow& to) { to.record->write_hidden(hidden, to.row); });
  return hidden;
}

void Steps::draw(const at::Tensor& hidden, int64_t rows) {
  const bool greedy = options_.sampling.temperature == 0;
  const View& of = view(rows);
  const ops::Drawn drawn =
      ops::sample(model_.final_norm(hidden).y, model_.head_weight().packed, filters_, greedy, of.keys);
  ops::advance_rows(drawn, of.decoded, results_);
}

void Steps::send(int64_t index) {
  const auto at_step = static_cast<size_t>(index);
  if (results_.is_cpu()) {
    std::copy_n(results_.data_ptr<int64_t>(), kernels::kDrawnTokenWords * rows_,
                host_results_[at_step].data_ptr<int64_t>());
    return;
  }
  host_results_[at_step].narrow(0, 0, rows_).copy_(results_.narrow(0, 0, rows_), /*non_blocking=*/true);
  const c10::Device device = model_.options.device;
  arrived_[at_step]->record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
}

std::span<const DrawnToken> Steps::drawn(int64_t index) {
  const auto at_step = static_cast<size_t>(index);
  if (!arrived_.empty()) arrived_[at_step]->synchronize();
  const auto* drawn = reinterpret_cast<const DrawnToken*>(host_results_[at_step].data_ptr<int64_t>());
  return {drawn, static_cast<size_t>(rows_)};
}

}  // namespace cohort::rollout
