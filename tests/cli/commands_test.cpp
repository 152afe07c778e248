// The commands that load a model, on one that was made from scratch a moment ago.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "cli/tool.hpp"

namespace cohort::test {
namespace {

namespace fs = std::filesystem;

const std::string kAlphabet = "0123456789+-=abcdefghij ";

/// A model with random weights, made by `cohort new`.
class TinyModel {
 public:
  TinyModel() {
    const Result made = run({"new", "--config", scratch_.write("config.json", tiny_config()), "--out", path(), "--seed",
                             "3", "--alphabet", kAlphabet});
    REQUIRE_MESSAGE(made.code == 0, made.err);
    REQUIRE(made.out == "");
  }
  std::string path() const { return scratch_ / "model"; }
  const Scratch& scratch() const { return scratch_; }

 private:
  Scratch scratch_;
};

/// Runs a command on the model, expects success, and returns its lines.
std::vector<nlohmann::json> lines_of(const TinyModel& model, std::vector<std::string> words, const std::string& input) {
  words.insert(words.begin() + 1, {"--model", model.path()});
  const Result result = run(words, input);
  REQUIRE_MESSAGE(result.code == 0, result.err);
  return result.lines();
}

TEST_CASE("a new model is a function of its seed") {
  const TinyModel model;
  const auto weights = [&](const char* name, const char* seed) {
    const std::string out = model.scratch() / name;
    const Result made = run(
        {"new", "--config", model.scratch() / "config.json", "--out", out, "--seed", seed, "--alphabet", kAlphabet});
    REQUIRE_MESSAGE(made.code == 0, made.err);
    return read_text(out + "/model.safetensors");
  };
  const std::string three = read_text(model.path() + "/model.safetensors");
  CHECK(three.size() > 1000);
  CHECK(weights("again", "3") == three);
  CHECK(weights("other", "4") != three);
}

TEST_CASE("tokens and text turn into each other") {
  const TinyModel model;
  const auto lines = lines_of(model, {"tokenize"}, "{\"text\": \"12+7=\"}\n{\"tokens\": [1, 2, 10]}\n");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["tokens"] == nlohmann::json({1, 2, 10, 7, 12}));
  CHECK(lines[1]["text"] == "12+");
}

TEST_CASE("logprobs has one number for each token but the first") {
  const TinyModel model;
  const auto lines = lines_of(
      model, {"logprobs"}, "{\"text\": \"12+7=19\"}\n{\"tokens\": [5]}\n{\"tokens\": []}\n{\"tokens\": [1, 2, 10]}\n");
  REQUIRE(lines.size() == 4);
  CHECK(lines[0]["tokens"].size() == 7);
  REQUIRE(lines[0]["logprobs"].size() == 7);
  CHECK(lines[0]["logprobs"][0].is_null());
  for (int i = 1; i < 7; ++i) CHECK(lines[0]["logprobs"][i].get<double>() < 0);
  CHECK(lines[1]["logprobs"] == nlohmann::json::array({nullptr}));
  CHECK(lines[2]["logprobs"].empty());
  // A prefix is scored as it is alone: to the bit, whatever stands beside it.
  CHECK(lines[3]["logprobs"][1] == lines[0]["logprobs"][1]);
  CHECK(lines[3]["logprobs"][2] == lines[0]["logprobs"][2]);
}

TEST_CASE("a plan names the parts of a run's memory, for a machine that need not be this one") {
  const TinyModel model;
  const std::string file =
      model.scratch().write("plan.toml",
                            "[model]\npath = \"model\"\n[task]\nname = \"arithmetic\"\n"
                            "[rollout]\nproblems_per_step = 3\ngroup_size = 4\nmax_new_tokens = 20\n");
  const auto planned = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"plan", file});
    const Result result = run(words);
    REQUIRE_MESSAGE(result.code == 0, result.err);
    CHECK(contains(result.err, "gradients"));
    REQUIRE(result.lines().size() == 1);
    return result.lines().front();
  };
  const auto part = [](const nlohmann::json& plan, const std::string& name) {
    for (const auto& row : plan["parts"])
      if (row["name"] == name) return row;
    return nlohmann::json();
  };
  const auto cpu = planned({}), cuda = planned({"--device", "cuda:1", "--dtype", "bfloat16", "--set",
                                                "optimizer.offload=true", "--set", "rollout.release_cache=true"});
  CHECK(cpu["device"] == "cpu");
  CHECK(cpu["sequences"] == 12);
  CHECK(cpu["sequences_at_longest"] == 12);
  CHECK(cpu["host_bytes"] == 0);
  CHECK(!part(cpu, "weights as products read them").is_null());
  CHECK(part(cuda, "weights as products read them").is_null());
  CHECK(part(cuda, "master weights and moments")["where"] == "host");
  CHECK(part(cuda, "master weights and moments")["bytes"] == part(cpu, "master weights and moments")["bytes"]);
  CHECK(part(cuda, "keys and values")["update"] == false);
  CHECK(part(cpu, "keys and values")["update"] == false);
  CHECK(part(planned({"--device", "cuda:1"}), "keys and values")["update"] == true);
  for (const auto& plan : {cpu, cuda}) {
    int64_t rollout = 0, update = 0;
    for (const auto& row : plan["parts"])
      if (row["where"] == "device") {
        rollout += row["rollout"].get<bool>() ? row["bytes"].get<int64_t>() : 0;
        update += row["update"].get<bool>() ? row["bytes"].get<int64_t>() : 0;
      }
    CHECK(plan["rollout_bytes"] == rollout);
    CHECK(plan["update_bytes"] == update);
    CHECK(plan["peak_bytes"] == std::max(rollout, update));
  }
  CHECK(run({"plan", file, "--quiet"}).err == "");
}

TEST_CASE("generate answers each line in order, whatever the batch size") {
  const TinyModel model;
  std::string input;
  for (int i = 0; i < 9; ++i) input += "{\"prompt\": \"" + std::to_string(i) + "+1=\"}\n";
  input += "{\"tokens\": [3, 10, 4]}\n";
  const std::vector<std::string> words = {"generate", "--max-new-tokens", "12", "--num-completions",
                                          "2",        "--seed",           "7"};
  const auto with_batch = [&](const char* size) {
    auto all = words;
    all.insert(all.end(), {"--batch-size", size});
    return lines_of(model, all, input);
  };
  const auto one = with_batch("1");
  REQUIRE(one.size() == 10);
  CHECK(one == with_batch("7"));
  CHECK(one[3]["prompt_tokens"] == nlohmann::json({3, 10, 1, 12}));
  CHECK(one[9]["prompt_tokens"] == nlohmann::json({3, 10, 4}));
  for (const auto& line : one) {
    REQUIRE(line["completions"].size() == 2);
    for (const auto& completion : line["completions"]) {
      CHECK(completion["tokens"].size() == completion["logprobs"].size());
      CHECK(completion["tokens"].size() <= 12);
      const bool cut = completion["finish_reason"] == "length";
      CHECK((cut || completion["finish_reason"] == "stop"));
      if (cut) CHECK(completion["tokens"].size() == 12);
    }
  }
  CHECK(one[0]["completions"][0] != one[0]["completions"][1]);
}

TEST_CASE("what generate recorded is what logprobs computes, to the bit") {
  const TinyModel model;
  const auto line =
      lines_of(model, {"generate", "--max-new-tokens", "20", "--seed", "2"}, "{\"prompt\": \"1+1=\"}").at(0);
  nlohmann::json tokens = line["prompt_tokens"];
  const auto& sampled = line["completions"][0]["tokens"];
  tokens.insert(tokens.end(), sampled.begin(), sampled.end());
  const auto scored = lines_of(model, {"logprobs"}, nlohmann::json{{"tokens", tokens}}.dump()).at(0);
  for (size_t i = 0; i < sampled.size(); ++i)
    CHECK(scored["logprobs"][line["prompt_tokens"].size() + i] == line["completions"][0]["logprobs"][i]);
}

TEST_CASE("each sampling option has its effect") {
  const TinyModel model;
  const std::string input = "{\"prompt\": \"1+1=\"}";
  const auto completion = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"generate", "--max-new-tokens", "24"});
    return lines_of(model, options, input).at(0)["completions"][0];
  };
  const auto greedy = completion({"--temperature", "0"});
  CHECK(completion({"--temperature", "0", "--seed", "5"}) == greedy);
  CHECK(completion({"--seed", "1"}) != completion({"--seed", "2"}));
  // One token left to draw from: the greedy one, and certain.
  for (const std::string option : {"--top-k=1", "--top-p=0.0001", "--min-p=0.999"}) {
    const auto only = completion({option});
    CHECK_MESSAGE(only["tokens"] == greedy["tokens"], option);
    for (const auto& logprob : only["logprobs"]) CHECK(logprob == 0.0);
  }
  const std::string text = greedy["text"];
  REQUIRE(text.size() > 6);
  const std::string stop = text.substr(2, 2);
  const auto stopped = completion({"--temperature", "0", "--stop", stop});
  CHECK(stopped["finish_reason"] == "stop");
  CHECK(stopped["text"].get<std::string>() == text.substr(0, text.find(stop) + 2));
}

TEST_CASE("ignore-eos goes on to the limit") {
  const TinyModel model;
  const auto lines = lines_of(model, {"generate", "--num-completions", "40", "--max-new-tokens", "60", "--ignore-eos"},
                              "{\"prompt\": \"1\"}");
  for (const auto& completion : lines.at(0)["completions"]) CHECK(completion["tokens"].size() == 60);
  const auto stopping =
      lines_of(model, {"generate", "--num-completions", "40", "--max-new-tokens", "60"}, "{\"prompt\": \"1\"}");
  bool one_stopped = false;
  for (const auto& completion : stopping.at(0)["completions"]) one_stopped |= completion["finish_reason"] == "stop";
  CHECK(one_stopped);
}

TEST_CASE("a prompt on the command line streams the text that lines would have") {
  const TinyModel model;
  const Result text = run({"generate", "--model", model.path(), "--prompt", "1+1=", "--max-new-tokens", "16"});
  CHECK(text.code == 0);
  const auto line = lines_of(model, {"generate", "--max-new-tokens", "16"}, "{\"prompt\": \"1+1=\"}").at(0);
  CHECK(text.out == line["completions"][0]["text"].get<std::string>() + "\n");
}

TEST_CASE("export writes what loads again to the same log-probabilities") {
  const TinyModel model;
  const std::string input = "{\"text\": \"12+7=19\"}";
  const auto expected = lines_of(model, {"logprobs"}, input).at(0)["logprobs"];
  const std::string copy = model.scratch() / "copy", half = model.scratch() / "half";
  const Result exported = run({"export", "--model", model.path(), "--out", copy});
  REQUIRE_MESSAGE(exported.code == 0, exported.err);
  CHECK(run({"logprobs", "--model", copy}, input).lines().at(0)["logprobs"] == expected);
  REQUIRE(run({"export", "--model", model.path(), "--out", half, "--dtype", "bfloat16"}).code == 0);
  CHECK(fs::file_size(half + "/model.safetensors") < fs::file_size(copy + "/model.safetensors") * 6 / 10);
  // The dtype of a checkpoint is kept where none is asked for.
  REQUIRE(run({"export", "--model", half, "--out", model.scratch() / "again"}).code == 0);
  CHECK(read_text(model.scratch() / "again/model.safetensors") == read_text(half + "/model.safetensors"));
}

TEST_CASE("what GGUF cannot hold, such as a character tokenizer, fails and leaves nothing") {
  const TinyModel model;
  fs::create_directory(model.scratch() / "out");
  const Result exported = run({"export", "--model", model.path(), "--out", model.scratch() / "out/copy.gguf"});
  CHECK(exported.code == 1);
  CHECK(contains(exported.err, "pre_tokenizer"));
  CHECK(fs::is_empty(model.scratch() / "out"));
}

TEST_CASE("eval prints one object with intervals") {
  const TinyModel model;
  const Result result = run({"eval", "--model", model.path(), "--task", "arithmetic", "--n", "20", "--k", "2",
                             "--temperature", "1", "--max-new-tokens", "8"});
  REQUIRE_MESSAGE(result.code == 0, result.err);
  const auto object = result.lines().at(0);
  CHECK(result.lines().size() == 1);
  CHECK(object["n"] == 20);
  CHECK(object["accuracy"] == object["pass@1"]);
  CHECK(object["pass@2"] >= object["pass@1"]);
  CHECK(object["pass@1_interval"].size() == 2);
  CHECK(object["mean_length"].get<double>() <= 8);
  CHECK(object["time"].get<double>() > 0);
  const Result greedy = run({"eval", "--model", model.path(), "--task", "arithmetic", "--k", "2"});
  CHECK(greedy.code == 2);
}

TEST_CASE("version names the versions, the CPU body and the devices") {
  const Result result = run({"--version"});
  CHECK(result.code == 0);
  for (const char* part : {"cohort 0.", "LibTorch 2.", "CPU kernels: ", "devices: cpu"})
    CHECK_MESSAGE(contains(result.out, part), part);
}

TEST_CASE("bad input is one line on stderr, code 2, nothing on stdout and nothing on disk") {
  const TinyModel model;
  const Scratch& scratch = model.scratch();
  const auto refuses = [](const std::vector<std::string>& words, const std::string& input, const std::string& part) {
    const Result result = run(words, input);
    CHECK_MESSAGE(result.code == 2, part, " ", result.err);
    CHECK_MESSAGE(result.out == "", part);
    CHECK_MESSAGE(split_lines(result.err).size() == 1, result.err);
    CHECK_MESSAGE(contains(result.err, part), result.err);
    CHECK_MESSAGE(result.err.starts_with("cohort " + words[0] + ": "), result.err);
  };
  const std::string path = model.path();
  refuses({"generate"}, "", "--model is missing");
  refuses({"generate", "--model", scratch / "nowhere"}, "", "no such file");
  refuses({"generate", "--model", path, "--top-p", "2"}, "", "--top-p");
  refuses({"generate", "--model", path, "--device", "tpu"}, "", "cpu, cuda or cuda:N");
  refuses({"generate", "--model", path, "--device", "cuda:99"}, "", "cuda:99");
  refuses({"generate", "--model", path, "--dtype", "float16"}, "", "float32 or bfloat16");
  refuses({"generate", "--model", path, "--prompt", "1", "--chat", "1"}, "", "give one");
  refuses({"generate", "--model", path, "--prompt", "!"}, "", "!");
  refuses({"generate", "--model", path}, "{\"prompt\": \"1\"}\n{\"text\": \"1\"}\n", "line 2");
  refuses({"generate", "--model", path}, "{\"prompt\": \"" + std::string(128, '1') + "\"}\n", "context of 128");
  refuses({"generate", "--model", path}, "{\"tokens\": [40]}\n", "token 40: expected 0 to 39");
  refuses({"logprobs", "--model", path}, "{\"tokens\": [-1]}\n", "line 1: token -1");
  refuses({"logprobs", "--model", path}, "{\"text\": \"\xff\"}\n", "not UTF-8");
  refuses({"tokenize", "--model", path}, "{\"messages\": [{\"role\": \"user\"}]}\n", "\"content\"");
  refuses({"export", "--model", path}, "", "--out is missing");
  refuses({"export", "--model", path, "--out", path}, "", "not an empty folder");
  refuses({"new", "--config", scratch / "config.json"}, "", "--out is missing");
  refuses({"new", "--config", scratch / "config.json", "--out", scratch / "n", "--alphabet",
           std::string(1, '0') + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"},
          "", "too small");
  refuses({"eval", "--model", path, "--task", "arithmetik"}, "", "arithmetic");
  CHECK_FALSE(fs::exists(scratch / "n"));

  const std::string plan = scratch.write("plan.toml", "[model]\npath = \"model\"\n[task]\nname = \"arithmetic\"\n");
  refuses({"plan"}, "", "expected CONFIG.toml");
  refuses({"plan", plan, "--device", "tpu"}, "", "cpu, cuda or cuda:N");
  refuses({"plan", plan, "--set", "rollout.graph=off"}, "", "rollout.graphs");
  refuses({"generate", "--model", path, "--prompt", "1", "--precision", "fast"}, "", "policies on a GPU, got cpu");
  refuses({"generate", "--model", path, "--prompt", "1", "--precision", "fp8"}, "", "compute capability 9.0");

  std::string weights = read_text(path + "/model.safetensors");
  scratch.write("model/model.safetensors", weights.substr(0, weights.size() / 2));
  refuses({"logprobs", "--model", path}, "", "model.safetensors");
  refuses({"export", "--model", path, "--out", scratch / "broken"}, "", "model.safetensors");
  CHECK_FALSE(fs::exists(scratch / "broken"));
}

}  // namespace
}  // namespace cohort::test
