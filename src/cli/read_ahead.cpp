#include "src/cli/read_ahead.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "cohort/threads.hpp"
#include "kernels/cpu/threads.hpp"
#include "src/cli/commands.hpp"

namespace cohort::cli {

ReadAhead::ReadAhead(std::filesystem::path checkpoint, bool in_bfloat16)
    : checkpoint_(std::move(checkpoint)),
      in_bfloat16_(in_bfloat16),
      thread_(std::async(std::launch::async, [this] { read(); })) {}

bool ReadAhead::is_of(const std::filesystem::path& checkpoint, bool in_bfloat16) const {
  return checkpoint == checkpoint_ && in_bfloat16 == in_bfloat16_;
}

void ReadAhead::read() {
  const kernels::SerialKernels serial;  // the other cores have LibTorch to start
  try {
    reader_ = std::make_unique<models::PackedReader>(checkpoint_, in_bfloat16_);
    opened_.set_value(reader_.get());
  } catch (...) {
    opened_.set_exception(std::current_exception());
  }
  try {
    tokenizer_.set_value(Tokenizer::load(checkpoint_));
  } catch (...) {
    tokenizer_.set_exception(std::current_exception());
  }
  if (reader_) reader_->read();
}

models::PackedReader& ReadAhead::weights() {
  models::PackedReader& reader = *opened_.get_future().get();
  kernels::parallel_for(num_threads(), 1, [&](int64_t, int64_t) { reader.read(); });
  thread_.get();
  return reader;
}

std::unique_ptr<ReadAhead> read_ahead_of(const std::vector<std::string>& words) try {
  constexpr std::array<std::string_view, 3> kCommands = {"eval", "generate", "logprobs"};
  if (words.empty() || std::ranges::find(kCommands, words.front()) == kCommands.end()) return {};
  if (std::ranges::find(words, "--help") != words.end()) return {};
  const Arguments arguments = parse_arguments(std::span(words).subspan(1), find_command(words.front()).options);
  const std::string dtype = arguments.text("dtype", "float32");
  const bool is_read = arguments.positional.empty() && arguments.text("device", "cpu") == "cpu" &&
                       arguments.text("precision", "exact") == "exact" && (dtype == "float32" || dtype == "bfloat16") &&
                       std::filesystem::exists(arguments.text("model"));
  return is_read ? std::make_unique<ReadAhead>(arguments.text("model"), dtype == "bfloat16") : nullptr;
} catch (const std::exception&) {
  return {};
}

}  // namespace cohort::cli
