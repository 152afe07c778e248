#include "src/models/packed_reader.hpp"

#include <algorithm>
#include <type_traits>

#include "kernels/cpu/gemm.hpp"
#include "kernels/cpu/isa.hpp"
#include "kernels/slabs.hpp"

namespace cohort::models {
namespace {

template <typename W>
std::shared_ptr<void> memory_of(int64_t elements) {
  return kernels::lasting_memory(static_cast<size_t>(elements) * sizeof(W));
}

constexpr int64_t kPieceRows = 64 * kernels::kPanelColumns;

int64_t size_of(const PlannedWeight& weight) { return weight.rows * std::max<int64_t>(weight.columns, 1); }

}  // namespace

PackedReader::PackedReader(const std::filesystem::path& checkpoint, bool in_bfloat16)
    : source_(open_weights(checkpoint)), in_bfloat16_(in_bfloat16), plan_(plan_weights(source_->config())) {
  check_weights(*source_);
  for (const WeightInfo& weight : source_->weights()) by_name_[weight.name] = &weight;
  in_bfloat16_ ? plan_pieces<kernels::bfloat16>() : plan_pieces<float>();
}

void PackedReader::read() { in_bfloat16_ ? read_pieces<kernels::bfloat16>() : read_pieces<float>(); }

template <typename W>
void PackedReader::plan_pieces() {
  for (size_t i = 0; i < plan_.size(); ++i) {
    const PlannedWeight& weight = plan_[i];
    const int64_t group = weight.rows / weight.groups;
    memory_.push_back(
        weight.is_product
            ? PackedMemory{{}, memory_of<W>(weight.groups * kernels::panels_size<W>(group, weight.columns))}
            : PackedMemory{memory_of<W>(size_of(weight)), {}});
    const bool is_of_vocabulary = weight.slot == PlannedWeight::embedding || weight.slot == PlannedWeight::head;
    const int64_t at_once = is_of_vocabulary ? kPieceRows : group;
    for (int64_t first = 0; first < weight.rows; first += at_once)
      pieces_.push_back({i, {first, std::min(at_once, weight.rows - first)}});
    if (weight.is_product) passing_ = std::max(passing_, std::min(at_once, weight.rows) * weight.columns);
  }
}

template <typename W>
void PackedReader::read_pieces() {
  const std::shared_ptr<void> memory = memory_of<W>(passing_);
  W* const passing = static_cast<W*>(memory.get());
  for (size_t i = next_.fetch_add(1); i < pieces_.size(); i = next_.fetch_add(1)) {
    const auto& [index, rows] = pieces_[i];
    const PlannedWeight& weight = plan_[index];
    if (!weight.is_product) {
      W* const values = static_cast<W*>(memory_[index].value.get());
      read_rows(weight, rows, values + rows.first * std::max<int64_t>(weight.columns, 1));
      continue;
    }
    read_rows(weight, rows, passing);
    const int64_t group = weight.rows / weight.groups;
    W* const panels = static_cast<W*>(memory_[index].panels.get()) +
                      rows.first / group * kernels::panels_size<W>(group, weight.columns) +
                      rows.first % group / kernels::kPanelColumns * kernels::panel_size<W>(weight.columns);
    kernels::pack_transposed<W>(passing, rows.count, weight.columns, panels);
  }
}

template <typename W>
void PackedReader::read_rows(const PlannedWeight& weight, Rows rows, W* values) const {
  const int64_t columns = std::max<int64_t>(weight.columns, 1);
  const auto end_of = [](const WeightPart& part) { return part.first_row + part.rows; };
  for (auto at = std::ranges::upper_bound(weight.parts, rows.first, {}, end_of);
       at != weight.parts.end() && at->first_row < rows.first + rows.count; ++at) {
    const WeightPart& part = *at;
    const int64_t first = std::max(part.first_row, rows.first);
    const int64_t end = std::min(end_of(part), rows.first + rows.count);
    const WeightInfo& info = *by_name_.at(part.name);  // check_weights() has seen that all are there
    const Rows of_part{first - part.first_row, end - first};
    W* const to = values + (first - rows.first) * columns;
    if constexpr (std::is_same_v<W, float>) {
      source_->read(info, of_part, to);
    } else if (!source_->read_bfloat16(info, of_part, reinterpret_cast<uint16_t*>(to))) {
      std::vector<float> exact(static_cast<size_t>(of_part.count * columns));
      source_->read(info, of_part, exact.data());
      kernels::isa().to_bfloat16(exact.data(), to, std::ssize(exact));
    }
  }
}

}  // namespace cohort::models
