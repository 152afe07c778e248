// The rooms of ARCHITECTURE.md and which of them each may include, read from the #include lines.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace {

using Rooms = std::set<std::string>;

// Each room stands below the rooms it may include: the table cannot hold a cycle. Some of the first are open to all.
const std::vector<std::pair<std::string, Rooms>> kRooms = {
    {"error", {}},
    {"random", {}},
    {"parameter", {}},
    {"text", {"parameter"}},
    {"threads", {}},
    {"trace", {}},
    {"problem", {}},
    {"group", {"problem"}},
    {"sandbox", {}},
    {"rewards/text", {}},
    {"rewards", {"group", "problem", "rewards/text", "sandbox"}},
    {"tasks", {"rewards", "group", "problem"}},
    {"advantage", {"group"}},
    {"kernels", {"threads"}},
    {"ops", {"kernels"}},
    {"device", {"ops"}},
    {"model_config", {}},
    {"models", {"model_config", "kernels"}},
    {"tokenizer", {"models", "problem"}},
    {"batch", {"group"}},
    {"loss", {"ops", "kernels"}},
    {"policy", {"batch", "group", "model_config", "models", "ops", "kernels", "threads", "tokenizer"}},
    {"rollout", {"policy", "ops", "kernels", "tokenizer", "group", "problem"}},
    {"optim", {"policy", "ops", "kernels"}},
    {"update", {"optim", "policy", "batch", "loss", "ops", "tokenizer", "group", "problem"}},
    {"checkpoint", {"optim", "policy", "models"}},
    {"memory_plan", {"policy", "rollout", "optim", "models", "model_config", "ops", "kernels"}},
    {"metrics", {}},
    {"cohort",
     {"advantage", "checkpoint", "loss", "optim", "policy", "rewards", "rollout", "tasks", "threads", "tokenizer",
      "update"}},
    // Public headers only; but for the kernels, whose body --version names, and models, read while LibTorch starts.
    {"cli", {"kernels", "models",  "advantage",   "batch",   "checkpoint",   "cohort",    "device",
             "group",   "loss",    "memory_plan", "metrics", "model_config", "optim",     "policy",
             "problem", "rewards", "rollout",     "tasks",   "threads",      "tokenizer", "update"}},
};
const Rooms kOpenToAll = {"error", "random", "parameter", "text", "trace"};
const Rooms kWithoutLibTorch = {"error",   "random",    "parameter",    "text",        "trace", "threads",
                                "problem", "group",     "rewards",      "sandbox",     "tasks", "kernels",
                                "models",  "tokenizer", "model_config", "rewards/text"};

/// Files whose room is not the first word of their path below include/cohort, src, or the project.
const std::vector<std::pair<std::string, std::string>> kElsewhere = {
    {"cohort/reward.", "rewards"},
    {"cohort/plugin.", "rewards"},
    {"rewards/sandbox/", "sandbox"},
    {"rewards/text/", "rewards/text"},
    {"cohort/task.", "tasks"},
    {"cohort/verifier.", "rewards"},
    {"kernels/ops.", "ops"},
    {"kernels/ops_experts.", "ops"},
    {"kernels/ops_head.", "ops"},
    {"kernels/ops_optim.", "ops"},
    {"kernels/ops_quantised.", "ops"},
    {"kernels/launch.", "ops"},
    {"kernels/memory.", "ops"},
    {"kernels/cuda_", "ops"},
    {"src/models/transformer.", "policy"},
    {"src/models/transformer_experts.", "policy"},
    {"src/models/transformer_weights.", "policy"},
    {"src/models/policy_state.", "policy"},
    {"src/models/lay_out.", "policy"},
    {"src/models/recorded_activations.", "policy"},
    {"src/models/saved_activations.", "policy"},
    {"src/models/load.", "policy"},
    {"src/models/save.", "policy"},
    {"src/optim_state.", "optim"},
    {"src/optim_offload.", "optim"},
};

/// The room of a file, from its path below the project, or below include/ as #include lines have it.
std::string room_of(std::string path) {
  if (path.starts_with("include/")) path = path.substr(8);
  for (const auto& [start, room] : kElsewhere)
    if (path.starts_with(start)) return room;
  for (const std::string folder : {"cohort/", "src/"})
    if (path.starts_with(folder)) path = path.substr(folder.size());
  return path.substr(0, path.find_first_of("/."));
}

}  // namespace

TEST_CASE("a room includes only rooms below it") {
  std::map<std::string, Rooms> allowed;
  for (const auto& [room, below] : kRooms) {
    for (const std::string& other : below) CHECK_MESSAGE(allowed.contains(other), room, " stands before ", other);
    allowed[room] = below;
  }
  const std::filesystem::path project = COHORT_SOURCE_DIR;
  int files = 0;
  for (const std::string top : {"include", "kernels", "rewards", "src"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(project / top)) {
      const std::string extension = entry.path().extension();
      if (!Rooms{".hpp", ".cpp", ".cu", ".cuh", ".c"}.contains(extension)) continue;
      const std::string path = std::filesystem::relative(entry.path(), project);
      const std::string room = room_of(path);
      CHECK_MESSAGE(allowed.contains(room), path, " is in a room that the table does not know: ", room);
      std::ifstream lines(entry.path());
      for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("#include ")) continue;
        const std::string what = line.substr(10, line.find_last_of("\">") - 10);
        if (line[9] == '<') {
          const bool torch = what.starts_with("ATen/") || what.starts_with("torch/") || what.starts_with("c10/");
          CHECK_MESSAGE(!(torch && kWithoutLibTorch.contains(room)), path, " includes LibTorch's ", what);
          continue;
        }
        const std::string other = what.find('/') == std::string::npos ? room : room_of(what);
        const bool fine = other == room || allowed[room].contains(other) ||
                          (kOpenToAll.contains(other) && extension != ".cu" && extension != ".cuh");
        CHECK_MESSAGE(fine, path, " of room ", room, " includes ", what, " of room ", other);
      }
      ++files;
    }
  CHECK(files > 50);
}
