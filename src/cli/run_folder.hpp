// A run on disk: config.toml, metrics.jsonl, completions.jsonl, checkpoints/ and final/.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace cohort::cli {

/// Where GRPO, or the warm start before it, can go on.
struct CheckpointPlace {
  enum class Phase { warm_start, grpo } phase;
  int64_t step;  // done
  std::filesystem::path directory;
};

class RunFolder {
 public:
  /// A new run. Throws UsageError if `directory` exists and is not an empty folder. Makes nothing yet.
  static RunFolder create(const std::filesystem::path& directory);

  /// A run to go on with. Throws UsageError unless it has a config.toml.
  static RunFolder open(const std::filesystem::path& directory);

  /// Makes the folder and writes config.toml beside its place, then renames it.
  void write_config(const std::string& toml) const;

  const std::filesystem::path& path() const { return directory_; }
  std::filesystem::path config() const { return directory_ / "config.toml"; }
  std::filesystem::path metrics() const { return directory_ / "metrics.jsonl"; }
  std::filesystem::path warm_start_metrics() const { return directory_ / "sft.jsonl"; }
  std::filesystem::path completions() const { return directory_ / "completions.jsonl"; }
  std::filesystem::path curves() const { return directory_ / "curves.svg"; }
  std::filesystem::path final_model() const { return directory_ / "final"; }
  std::filesystem::path checkpoint(CheckpointPlace::Phase phase, int64_t step) const;

  /// What rewards with a memory remember after a step of GRPO: beside its checkpoint, and written before it.
  std::filesystem::path reward_states(int64_t step) const;

  /// The furthest complete checkpoint, if there is one: any of GRPO is further than any of the warm start.
  std::optional<CheckpointPlace> latest() const;

  /// Deletes all but the newest `keep` checkpoints of GRPO, and those of the warm start once GRPO has one.
  /// `pinned`, a step of GRPO, stays: the reference of a KL.
  void prune(int64_t keep, std::optional<int64_t> pinned = {}) const;

 private:
  /// "runs/a/" is the folder "runs/a".
  explicit RunFolder(const std::filesystem::path& directory)
      : directory_(directory.has_filename() ? directory : directory.parent_path()) {}
  std::filesystem::path directory_;
};

/// Writes `text` beside `file` and renames it into place. Throws Error.
void write_file(const std::filesystem::path& file, const std::string& text);

}  // namespace cohort::cli
