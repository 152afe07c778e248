// A checkpoint that is read by a thread of its own, beside LibTorch's start.
#pragma once

#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "cohort/tokenizer.hpp"
#include "src/models/packed_reader.hpp"

namespace cohort::cli {

/// Tokenizer and weights of a policy that is packed_only on the CPU. Reading begins at once; what is wrong with the
/// checkpoint is thrown by tokenizer() and weights().
class ReadAhead {
 public:
  ReadAhead(std::filesystem::path checkpoint, bool in_bfloat16);

  bool is_of(const std::filesystem::path& checkpoint, bool in_bfloat16) const;

  /// Once.
  Tokenizer tokenizer() { return tokenizer_.get_future().get(); }
  /// Once. Reads what is left on all threads.
  models::PackedReader& weights();

 private:
  void read();

  std::filesystem::path checkpoint_;
  bool in_bfloat16_;
  std::unique_ptr<models::PackedReader> reader_;
  std::promise<models::PackedReader*> opened_;
  std::promise<Tokenizer> tokenizer_;
  std::future<void> thread_;  // the last: it is waited for before the others go
};

/// Begins what the command of `words` will read first, if they name it and nothing stands in the way; else none. What
/// is wrong with the words is for the command to say.
std::unique_ptr<ReadAhead> read_ahead_of(const std::vector<std::string>& words);

}  // namespace cohort::cli
