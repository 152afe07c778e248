#include "src/cli/run_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "cohort/error.hpp"
#include "src/cli/errors.hpp"
#include "src/cli/options.hpp"

namespace cohort::cli {
namespace {

namespace fs = std::filesystem;
using Phase = CheckpointPlace::Phase;

const char* prefix_of(Phase phase) { return phase == Phase::grpo ? "step-" : "sft-"; }

/// A folder name as checkpoint() makes it; anything else, a half-written one included, is no checkpoint.
std::optional<CheckpointPlace> parse_checkpoint(const fs::path& directory) {
  const std::string name = directory.filename().string();
  for (const Phase phase : {Phase::grpo, Phase::warm_start}) {
    const std::string prefix = prefix_of(phase);
    if (!name.starts_with(prefix)) continue;
    const std::string digits = name.substr(prefix.size());
    const bool is_number = digits.size() >= 6 && digits.find_first_not_of("0123456789") == std::string::npos;
    const auto step = is_number ? parse_integer(digits) : std::nullopt;
    if (step) return CheckpointPlace{phase, *step, directory};
  }
  return std::nullopt;
}

/// Oldest first.
std::vector<CheckpointPlace> list_checkpoints(const fs::path& folder) {
  std::vector<CheckpointPlace> places;
  if (!fs::is_directory(folder)) return places;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_directory())
      if (const auto place = parse_checkpoint(entry.path())) places.push_back(*place);
  std::sort(places.begin(), places.end(), [](const CheckpointPlace& a, const CheckpointPlace& b) {
    return std::pair(a.phase == Phase::grpo, a.step) < std::pair(b.phase == Phase::grpo, b.step);
  });
  return places;
}

}  // namespace

RunFolder RunFolder::create(const fs::path& directory) {
  if (fs::exists(directory) && (!fs::is_directory(directory) || !fs::is_empty(directory)))
    throw UsageError(
        fmt::format("{}: exists and is not an empty folder; go on in it with --resume, or choose another "
                    "with --out",
                    directory.string()));
  return RunFolder(directory);
}

RunFolder RunFolder::open(const fs::path& directory) {
  const RunFolder folder(directory);
  if (!fs::is_regular_file(folder.config()))
    throw UsageError(fmt::format("{}: no run to go on with: expected a folder with config.toml", directory.string()));
  return folder;
}

void RunFolder::write_config(const std::string& toml) const {
  fs::create_directories(directory_);
  write_file(config(), toml);
}

fs::path RunFolder::checkpoint(Phase phase, int64_t step) const {
  return directory_ / "checkpoints" / fmt::format("{}{:06}", prefix_of(phase), step);
}

fs::path RunFolder::reward_states(int64_t step) const {
  return checkpoint(Phase::grpo, step).string() + ".rewards.json";
}

std::optional<CheckpointPlace> RunFolder::latest() const {
  const auto places = list_checkpoints(directory_ / "checkpoints");
  return places.empty() ? std::nullopt : std::optional(places.back());
}

void RunFolder::prune(int64_t keep, std::optional<int64_t> pinned) const {
  const auto places = list_checkpoints(directory_ / "checkpoints");
  const auto of_grpo = std::count_if(places.begin(), places.end(), [](auto& p) { return p.phase == Phase::grpo; });
  int64_t grpo_to_drop = std::max<int64_t>(0, of_grpo - keep);
  for (const CheckpointPlace& place : places) {
    if (place.phase == Phase::warm_start) {
      const bool is_last = &place == &places.back();
      if (!is_last) fs::remove_all(place.directory);
    } else if (grpo_to_drop-- > 0 && place.step != pinned) {
      fs::remove_all(place.directory);
      fs::remove(reward_states(place.step));
    }
  }
}

void write_file(const fs::path& file, const std::string& text) {
  const fs::path beside = file.string() + ".tmp";
  std::ofstream out(beside, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  check(out.good(), "{}: could not be written", beside.string());
  fs::rename(beside, file);
}

}  // namespace cohort::cli
