// A checkpoint's weights as products read them, and nothing twice: half the memory of weights and their panels. No
// LibTorch: a program may read while that starts.
#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "src/models/weight_plan.hpp"
#include "src/models/weight_source.hpp"

namespace cohort::models {

/// One weight of plan_weights(), in float32 or bfloat16.
struct PackedMemory {
  std::shared_ptr<void> value;   // [rows, columns] or [rows], where no product reads it
  std::shared_ptr<void> panels;  // what products read (kernels/cpu/gemm.hpp), where one does
};

class PackedReader {
 public:
  /// Opens and checks it. Throws Error for anything malformed.
  PackedReader(const std::filesystem::path& checkpoint, bool in_bfloat16);

  const ModelConfig& config() const { return source_->config(); }
  bool in_bfloat16() const { return in_bfloat16_; }

  /// Reads weights that nobody has begun, until there are none. From any number of threads at once. Throws Error.
  void read();

  /// In the order of plan_weights(), when every read() has returned.
  std::vector<PackedMemory> take() { return std::move(memory_); }

 private:
  // Rows of a weight that are read at once: all of an expert or of a layer, but of the large ones outside
  // of layers some panels.
  struct Piece {
    size_t weight;
    Rows rows;
  };

  template <typename W>
  void plan_pieces();
  template <typename W>
  void read_pieces();
  template <typename W>
  void read_rows(const PlannedWeight& weight, Rows rows, W* values) const;

  std::unique_ptr<WeightSource> source_;
  bool in_bfloat16_;
  std::map<std::string, const WeightInfo*> by_name_;
  std::vector<PlannedWeight> plan_;
  std::vector<PackedMemory> memory_;
  std::vector<Piece> pieces_;
  int64_t passing_ = 0;  // numbers of the largest piece on its way into panels
  std::atomic<size_t> next_{0};
};

}  // namespace cohort::models
