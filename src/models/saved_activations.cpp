#include "src/models/saved_activations.hpp"

#include <cstring>

#include "kernels/cpu/threads.hpp"
#include "kernels/memory.hpp"

namespace cohort::models {
namespace {

std::byte* bytes_of(const at::Tensor& rows, int64_t row) {
  return static_cast<std::byte*>(rows.data_ptr()) + row * rows.size(1) * static_cast<int64_t>(rows.element_size());
}

// read(record, count, to) copies the first rows of a record.
template <typename Read>
at::Tensor join(const RecordedShare& share, const at::Tensor& computed_rows, Read read) {
  at::Tensor all = ops::empty({share.rows, computed_rows.size(1)}, computed_rows.options());
  const auto* places = share.computed.const_data_ptr<int64_t>();
  const auto row_bytes = static_cast<size_t>(bytes_of(all, 1) - bytes_of(all, 0));
  kernels::parallel_for(share.computed.numel(), 64, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) std::memcpy(bytes_of(all, places[i]), bytes_of(computed_rows, i), row_bytes);
  });
  kernels::parallel_tasks(std::ssize(share.recorded), [&](int64_t i, int64_t) {
    const RecordedRows& rows = share.recorded[static_cast<size_t>(i)];
    read(*rows.record, rows.count, bytes_of(all, rows.first));
  });
  return all;
}

}  // namespace

at::Tensor RecordedShare::join_hidden(const at::Tensor& computed_rows) const {
  return join(*this, computed_rows,
              [](const RecordedActivations& record, int64_t count, std::byte* to) { record.read_hidden(count, to); });
}

LayerActivations SavedActivations::take() {
  LayerActivations activations = std::move(layers_.back());
  layers_.pop_back();
  if (!has_records()) return activations;
  for (size_t part = 0; part < kRecordedParts.size(); ++part) {
    at::Tensor& rows = activations.*kRecordedParts[part];
    if (!rows.defined()) continue;
    rows = join(share_, rows, [&](const RecordedActivations& record, int64_t count, std::byte* to) {
      record.read(layers_.size(), part, count, to);
    });
  }
  return activations;
}

}  // namespace cohort::models
