#include "src/cli/export.hpp"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "src/cli/model.hpp"

namespace cohort::cli {
namespace {

namespace fs = std::filesystem;

/// What a checkpoint says of its own weights. float16 and quantised ones become float32, which holds them exactly.
std::string dtype_of(const fs::path& checkpoint) {
  std::ifstream in(checkpoint / "config.json");
  const auto config = nlohmann::json::parse(in, nullptr, false);
  if (!config.is_object()) return "float32";
  for (const char* key : {"dtype", "torch_dtype"})
    if (config.contains(key) && config[key] == "bfloat16") return "bfloat16";
  return "float32";
}

}  // namespace

void export_model(const Arguments& arguments) {
  const fs::path source = model_path(arguments);
  const std::vector<std::string> dtypes = {"float32", "bfloat16"};
  const std::string dtype = arguments.choice("dtype", dtype_of(source), dtypes);
  if (!arguments.has("out")) throw UsageError("--out is missing: a directory to make, or a file that ends in .gguf");
  const fs::path target = arguments.text("out");
  if (fs::exists(target) && (!fs::is_directory(target) || !fs::is_empty(target)))
    throw UsageError(fmt::format("--out: {} exists and is not an empty folder", target.string()));
  const Model model = load_model(source, {.dtype = parse_dtype(dtype)});
  work([&] { save_policy(model.policy, model.tokenizer, target); });
  if (!arguments.has("quiet")) fmt::print(stderr, "wrote {} ({})\n", target.string(), dtype);
}

}  // namespace cohort::cli
