#include "src/models/saved_activations.hpp"

#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <cstring>

#include "kernels/cpu/threads.hpp"
#include "kernels/memory.hpp"

namespace cohort::models {
namespace {

// Rows of a record, of which each has `bytes` at `place` of its chunk.
void copy_rows(const RecordedRows& rows, int64_t place, int64_t bytes, std::byte* to) {
  for (int64_t row = 0; row < rows.count; row += RecordLayout::kRows)
    std::memcpy(to + row * bytes, rows.chunks[static_cast<size_t>(row / RecordLayout::kRows)]->data() + place,
                static_cast<size_t>(bytes * std::min(RecordLayout::kRows, rows.count - row)));
}

// Computed rows, and recorded ones that lie at `place`, as they stand in the batch.
at::Tensor join(const RecordedShare& share, const at::Tensor& computed_rows, int64_t place) {
  const at::Tensor all = ops::empty({share.rows, computed_rows.size(1)}, computed_rows.options());
  const int64_t bytes = all.size(1) * static_cast<int64_t>(all.element_size());
  auto* const to = static_cast<std::byte*>(all.data_ptr());
  const auto* from = static_cast<const std::byte*>(computed_rows.const_data_ptr());
  const auto* places = share.computed.const_data_ptr<int64_t>();
  kernels::parallel_for(share.computed.numel(), 64, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      std::memcpy(to + places[i] * bytes, from + i * bytes, static_cast<size_t>(bytes));
  });
  kernels::parallel_tasks(std::ssize(share.recorded), [&](int64_t i, int64_t) {
    const RecordedRows& rows = share.recorded[static_cast<size_t>(i)];
    copy_rows(rows, place, bytes, to + rows.first * bytes);
  });
  return all;
}

}  // namespace

at::Tensor RecordedShare::join_hidden(const at::Tensor& computed_rows) const {
  return join(*this, computed_rows, layout->place_of_hidden(0));
}

bool RecordedShare::passes_audit(const at::Tensor& hidden) const {
  if (!audited) return true;
  const at::Tensor computed_rows = hidden.narrow(0, audited->first, audited->count);
  const at::Tensor recorded_rows = at::empty_like(computed_rows);
  copy_rows(*audited, layout->place_of_hidden(0), layout->bytes_of_hidden(),
            static_cast<std::byte*>(recorded_rows.data_ptr()));
  return ops::have_equal_bits(computed_rows, recorded_rows);
}

LayerActivations SavedActivations::take() {
  LayerActivations activations = std::move(layers_.back());
  layers_.pop_back();
  if (share_.recorded.empty()) return activations;
  for (size_t part = 0; part < kRecordedParts.size(); ++part) {
    at::Tensor& rows = activations.*kRecordedParts[part];
    if (rows.defined()) rows = join(share_, rows, share_.layout->place(layers_.size(), part, 0));
  }
  return activations;
}

}  // namespace cohort::models
