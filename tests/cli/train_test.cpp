// `cohort train` on a tiny character model: the run folder, resuming, signals, and what every key does.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <csignal>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "cli/tool.hpp"

namespace cohort::test {
namespace {

namespace fs = std::filesystem;

/// A folder with a configuration of a run of seconds, and what was run from it.
class Runs {
 public:
  Runs() {
    scratch_.write("small.json", tiny_config());
    scratch_.write("run.toml", R"(
[model]
config = "small.json"
alphabet = "0123456789+-*=<>/abcdefghiknrstw ,\n"
seed = 1
[task]
name = "arithmetic"
max_terms = 2
max_digits = 1
# Random weights end about a quarter of their texts in time, so that there is something to learn from.
[[reward]]
name = "length"
max_tokens = 11
[[reward]]
name = "chain_sum"
weight = 0.5
[rollout]
problems_per_step = 4
group_size = 4
max_new_tokens = 12
[optimizer]
lr = 1e-3
[train]
steps = 4
seed = 5
threads = 1
checkpoint_every = 2
keep_checkpoints = 8
)");
  }

  Result train(const std::string& name, std::vector<std::string> words = {}) const {
    words.insert(words.begin(), {"train", scratch_ / "run.toml", "--out", scratch_ / name});
    return run(words);
  }
  Result resume(const std::string& name, std::vector<std::string> words = {}) const {
    words.insert(words.begin(), {"train", "--resume", scratch_ / name});
    return run(words);
  }
  std::string operator/(const std::string& name) const { return scratch_ / name; }
  const Scratch& scratch() const { return scratch_; }

  /// metrics.jsonl without what no run has twice: times, speed and memory.
  std::vector<nlohmann::json> metrics(const std::string& name) const {
    std::vector<nlohmann::json> lines;
    for (const std::string& line : split_lines(read_text(scratch_ / (name + "/metrics.jsonl")))) {
      lines.push_back(nlohmann::json::parse(line));
      for (auto item = lines.back().begin(); item != lines.back().end();)
        item = item.key().starts_with("time/") || item.key().ends_with("_ms") || item.key() == "tokens_per_second" ||
                       item.key() == "memory/peak_bytes"
                   ? lines.back().erase(item)
                   : std::next(item);
    }
    return lines;
  }
  /// Summed over the steps; none where the run does not tell.
  std::optional<double> overlapped_seconds(const std::string& name) const {
    std::optional<double> seconds;
    for (const std::string& text : split_lines(read_text(scratch_ / (name + "/metrics.jsonl"))))
      if (const auto line = nlohmann::json::parse(text); line.contains("time/overlapped"))
        seconds = seconds.value_or(0) + line["time/overlapped"].get<double>();
    return seconds;
  }
  std::string weights(const std::string& name) const {
    return read_text(scratch_ / (name + "/final/model.safetensors"));
  }
  std::string completions(const std::string& name) const { return read_text(scratch_ / (name + "/completions.jsonl")); }

 private:
  Scratch scratch_;
};

/// A section for a program of the shell that does `body` with each $line and its $id.
std::string shell_reward(const std::string& body) {
  return "[[reward]]\nname = \"fragile\"\nweight = 0.25\nprocesses = 1\ndeadline = 1\ncommand = [\"sh\", \"-c\", '''"
         "read line; echo \"{\\\"pong\\\":0}\"; while read -r line; do id=${line#*:}; id=${id%%,*}; " +
         body + "; done''']\n";
}

void check_ok(const Result& result) {
  CHECK_MESSAGE(result.code == 0, result.err);
  CHECK_MESSAGE(result.out == "", result.out);
}

TEST_CASE("a run leaves its configuration, metrics, completions, checkpoints, curves and model") {
  const Runs runs;
  check_ok(runs.train("a"));
  for (const char* name : {"config.toml", "metrics.jsonl", "completions.jsonl", "checkpoints/step-000002",
                           "checkpoints/step-000004", "final/config.json", "final/model.safetensors", "curves.svg"})
    CHECK_MESSAGE(fs::exists(runs / fmt::format("a/{}", name)), name);
  CHECK(contains(read_text(runs / "a/config.toml"), "group_size = 4"));

  const auto lines = split_lines(read_text(runs / "a/metrics.jsonl"));
  REQUIRE(lines.size() == 4);
  for (size_t i = 0; i < lines.size(); ++i) {
    const auto line = nlohmann::json::parse(lines[i]);
    CHECK(line["step"] == i + 1);
    for (const char* key : {"seed",
                            "reward/mean",
                            "reward/std",
                            "rewards/length/mean",
                            "rewards/chain_sum/std",
                            "frac_reward_zero_std",
                            "loss",
                            "grad_norm",
                            "entropy",
                            "clip_ratio/low_mean",
                            "clip_ratio/high_mean",
                            "completions/mean_length",
                            "completions/clipped_ratio",
                            "sampling/logp_difference_max",
                            "learning_rate",
                            "time/rollout",
                            "time/score",
                            "time/update",
                            "time/step",
                            "tokens/prompt",
                            "tokens/completion",
                            "tokens/recorded",
                            "tokens_per_second",
                            "memory/peak_bytes"})
      CHECK_MESSAGE(line.contains(key), key);
    CHECK(line["sampling/logp_difference_max"] == 0.0);
    CHECK(line["tokens/recorded"] > 0);
    CHECK_FALSE(line.contains("kl"));
  }
  const auto completions = split_lines(runs.completions("a"));
  REQUIRE(completions.size() == 4 * 4 * 4);
  const auto first = nlohmann::json::parse(completions[0]);
  for (const char* key : {"step", "problem", "prompt", "completion", "answer", "reward", "rewards", "advantage"})
    CHECK_MESSAGE(first.contains(key), key);
}

TEST_CASE("the same seed gives the same run, whatever the threads and the batch size") {
  const Runs runs;
  check_ok(runs.train("a"));
  check_ok(runs.train("b", {"--threads", "2", "--set", "train.reward_threads=3", "--set", "rollout.max_batch=3"}));
  check_ok(runs.train("other", {"--seed", "6"}));
  CHECK(runs.metrics("a") == runs.metrics("b"));
  CHECK(runs.weights("a") == runs.weights("b"));
  CHECK(runs.completions("a") == runs.completions("b"));
  CHECK(runs.completions("a") != runs.completions("other"));
}

TEST_CASE("a run that reads groups without advantage, too, has the same completions and weights") {
  const Runs runs;
  check_ok(runs.train("skip"));
  check_ok(runs.train("read", {"--set", "train.skip_zero_advantages=false"}));
  CHECK(runs.completions("skip") == runs.completions("read"));
  CHECK(runs.weights("skip") == runs.weights("read"));
  const auto skip = runs.metrics("skip"), read = runs.metrics("read");
  for (size_t i = 0; i < skip.size(); ++i) {
    CHECK(skip[i].size() == read[i].size());
    CHECK(skip[i]["entropy"].get<double>() == doctest::Approx(read[i]["entropy"].get<double>()));
  }
}

TEST_CASE("a run that computes activations again is the same run") {
  const Runs runs;
  check_ok(runs.train("keep"));
  for (const std::string what : {"attention", "mlp", "layer"}) {
    check_ok(runs.train(what, {"--set", "train.activation_checkpointing=" + what}));
    CHECK(runs.weights(what) == runs.weights("keep"));
    CHECK(contains(read_text(runs / (what + "/config.toml")), "activation_checkpointing = \"" + what + "\""));
  }
}

TEST_CASE("a run that computes again what its sampler recorded is the same run") {
  const Runs runs;
  const auto metrics_but_count = [&](const std::string& name) {
    auto metrics = runs.metrics(name);
    for (auto& line : metrics)
      for (const char* count : {"tokens/recorded", "tokens/recorded_activations"}) line.erase(count);
    return metrics;
  };
  int number = 0;
  for (const std::vector<std::string>& keys : {std::vector<std::string>{"train.micro_batch_tokens=80"},
                                               {"train.skip_zero_advantages=false", "model.dtype=bfloat16"},
                                               {"train.updates_per_rollout=2"},
                                               {"train.overlap_update=true", "loss.kl_coefficient=0.1"}}) {
    const std::string taken = fmt::format("taken{}", number), computed = fmt::format("computed{}", number++);
    std::vector<std::string> words;
    for (const std::string& key : keys) words.insert(words.end(), {"--set", key});
    check_ok(runs.train(taken, words));
    words.insert(words.end(), {"--set", "train.use_recorded_scores=false"});
    check_ok(runs.train(computed, words));
    CAPTURE(fmt::format("{}", fmt::join(keys, " ")));
    CHECK(metrics_but_count(taken) == metrics_but_count(computed));
    CHECK(runs.weights(taken) == runs.weights(computed));
    words.insert(words.end(), {"--set", "train.use_recorded_scores=true", "--set", "rollout.activation_tokens=0"});
    const std::string scores = taken + "_scores";
    check_ok(runs.train(scores, words));
    CHECK(runs.weights(scores) == runs.weights(computed));
    for (const auto& line : runs.metrics(taken)) {
      CHECK(line["tokens/recorded"] > 0);
      CHECK(line["tokens/recorded_activations"] > 0);
    }
    for (const auto& line : runs.metrics(scores)) {
      CHECK(line["tokens/recorded"] > 0);
      CHECK(line["tokens/recorded_activations"] == 0);
    }
    for (const auto& line : runs.metrics(computed)) {
      CHECK(line["tokens/recorded"] == 0);
      CHECK(line["tokens/recorded_activations"] == 0);
    }
  }
}

TEST_CASE("a run whose updates overlap its rollouts is the same run") {
  const Runs runs;
  int number = 0;
  double overlapped_seconds = 0;
  for (const std::vector<std::string>& keys : {std::vector<std::string>{},
                                               {"loss.name=dapo"},
                                               {"loss.name=dr_grpo", "train.skip_zero_advantages=false"},
                                               {"loss.kl_coefficient=0.1", "model.dtype=bfloat16"},
                                               {"train.updates_per_rollout=2"},
                                               {"rollout.precision=int8", "train.updates_per_rollout=2"},
                                               {"loss.aggregation=token_mean", "loss.entropy_coefficient=0.1"}}) {
    const std::string plain = fmt::format("plain{}", number), overlapped = fmt::format("overlapped{}", number++);
    // Groups end one after another, and each makes a micro-batch.
    std::vector<std::string> words = {"--set", "rollout.max_batch=4", "--set", "train.micro_batch_tokens=80"};
    for (const std::string& key : keys) words.insert(words.end(), {"--set", key});
    check_ok(runs.train(plain, words));
    words.insert(words.end(), {"--set", "train.overlap_update=true", "--threads", "2"});
    check_ok(runs.train(overlapped, words));
    CAPTURE(fmt::format("{}", fmt::join(keys, " ")));
    CHECK(runs.metrics(overlapped) == runs.metrics(plain));
    CHECK(runs.weights(overlapped) == runs.weights(plain));
    CHECK(runs.completions(overlapped) == runs.completions(plain));
    const bool is_exact = std::ranges::find(keys, "rollout.precision=int8") == keys.end();
    for (const auto& line : runs.metrics(overlapped)) CHECK((line["tokens/recorded_activations"] > 0) == is_exact);
    CHECK_FALSE(runs.overlapped_seconds(plain).has_value());
    overlapped_seconds += runs.overlapped_seconds(overlapped).value();
  }
  CHECK(overlapped_seconds > 0);  // a single run is short enough for its threads to come too late
  const std::vector<std::string> words = {"--set", "train.overlap_update=true", "--set", "train.micro_batch_tokens=80",
                                          "--set", "rollout.max_batch=4"};
  check_ok(runs.train("parts", [&] {
    auto two = words;
    two.insert(two.end(), {"--steps", "2"});
    return two;
  }()));
  check_ok(runs.resume("parts", {"--steps", "4"}));
  CHECK(runs.metrics("parts") == runs.metrics("plain0"));
  CHECK(runs.weights("parts") == runs.weights("plain0"));
}

TEST_CASE("an overlapped run ends with what a reward does wrong, as a plain one does") {
  const Runs runs;
  const std::string config = read_text(runs / "run.toml");
  for (const bool overlaps : {false, true}) {
    const std::string name = overlaps ? "overlapped" : "plain";
    runs.scratch().write("run.toml", config + shell_reward("exit 3") + "on_error = \"abort\"\n");
    const Result result = runs.train(name, {"--set", fmt::format("train.overlap_update={}", overlaps)});
    CHECK(result.code == 1);
    CHECK_MESSAGE(contains(result.err, "the program exited with status 3"), result.err);
  }
}

TEST_CASE("a run that ignores stop tokens gives every completion its whole length") {
  const Runs runs;
  check_ok(runs.train("long", {"--steps", "1", "--set", "rollout.ignore_eos=true"}));
  CHECK(runs.metrics("long")[0]["completions/min_length"] == 12);
  check_ok(runs.train("short", {"--steps", "1"}));
  CHECK(runs.metrics("short")[0]["completions/min_length"] < 12);
}

TEST_CASE("a resumed run is equal to one that was never stopped") {
  const Runs runs;
  check_ok(runs.train("whole"));
  check_ok(runs.train("parts", {"--steps", "2"}));
  CHECK(runs.metrics("parts").size() == 2);
  check_ok(runs.resume("parts", {"--steps", "4"}));
  CHECK(runs.metrics("parts") == runs.metrics("whole"));
  CHECK(runs.weights("parts") == runs.weights("whole"));
  CHECK(runs.completions("parts") == runs.completions("whole"));
}

TEST_CASE("a run that lost its last checkpoint repeats those steps to the bit") {
  const Runs runs;
  check_ok(runs.train("a"));
  const auto metrics = runs.metrics("a");
  const std::string weights = runs.weights("a");
  fs::remove_all(runs / "a/checkpoints/step-000004");
  check_ok(runs.resume("a"));
  CHECK(runs.metrics("a") == metrics);
  CHECK(runs.weights("a") == weights);
}

TEST_CASE("a warm start comes before GRPO and can be resumed") {
  const Runs runs;
  const std::vector<std::string> words = {
      "--set", "sft.steps=6", "--set", "sft.batch_size=4", "--set", "loss.kl_coefficient=0.1"};
  check_ok(runs.train("a", words));
  CHECK(split_lines(read_text(runs / "a/sft.jsonl")).size() == 6);
  for (const auto& line : runs.metrics("a")) CHECK(line.contains("kl"));
  const auto metrics = runs.metrics("a");
  CHECK(metrics[0]["kl"] == 0.0);
  CHECK(metrics[3]["kl"] != 0.0);
  // The reference is the policy after the warm start, also in a resumed run.
  fs::remove_all(runs / "a/checkpoints/step-000004");
  check_ok(runs.resume("a"));
  CHECK(runs.metrics("a") == metrics);
}

TEST_CASE("a signal ends a run after its step, saved, with 128 + signal") {
  const Runs runs;
  check_ok(runs.train("whole", {"--steps", "12"}));
  Process process({"train", runs / "run.toml", "--out", runs / "a", "--steps", "100000"});
  REQUIRE(wait_until([&] { return split_lines(read_text(runs / "a/metrics.jsonl")).size() >= 2; }));
  process.signal(SIGTERM);
  const Result result = process.wait();
  CHECK(result.code == 128 + SIGTERM);
  CHECK(contains(result.err, "--resume"));
  const auto metrics = runs.metrics("a");
  const auto whole = runs.metrics("whole");
  for (size_t i = 0; i < std::min(metrics.size(), whole.size()); ++i) CHECK(metrics[i] == whole[i]);
  const std::string steps = std::to_string(metrics.size() + 1);
  check_ok(runs.resume("a", {"--steps", steps}));
  CHECK(runs.metrics("a").size() == metrics.size() + 1);
}

TEST_CASE("held-out accuracy is measured before, every so often and at the end, and can end a run") {
  const Runs runs;
  check_ok(runs.train("a", {"--steps", "3", "--set", "train.eval_every=2", "--set", "eval.n=8"}));
  const auto lines = runs.metrics("a");
  CHECK(lines[0].contains("eval/accuracy_before"));
  CHECK_FALSE(lines[0].contains("eval/accuracy"));
  CHECK(lines[1].contains("eval/accuracy"));
  CHECK(lines[2].contains("eval/accuracy"));
  // Some of 40 random texts end in time: this target is reached before the first step.
  check_ok(runs.train("b", {"--set", "train.eval_every=2", "--set", "eval.n=40", "--set", "eval.temperature=1", "--set",
                            "train.target_accuracy=0.02"}));
  CHECK(runs.metrics("b").empty());
  CHECK(fs::exists(runs / "b/final/model.safetensors"));
}

TEST_CASE("every key that shapes the update changes it") {
  const Runs runs;
  check_ok(runs.train("a", {"--steps", "3", "--quiet"}));
  std::set<std::string> seen = {runs.weights("a")};
  int number = 0;
  for (const char* key : {"rollout.temperature=0.7",
                          "rollout.top_k=5",
                          "rollout.top_p=0.7",
                          "rollout.min_p=0.2",
                          "rollout.group_size=3",
                          "rollout.problems_per_step=3",
                          "rollout.max_new_tokens=9",
                          "rollout.stop=[\"1\"]",
                          "loss.aggregation=token_mean",
                          "loss.name=dr_grpo",
                          "loss.entropy_coefficient=0.1",
                          "advantage.scale_by_std=false",
                          "advantage.epsilon=0.1",
                          "optimizer.lr=2e-3",
                          "optimizer.warmup_steps=1",
                          "optimizer.decay=linear",
                          "optimizer.decay=cosine",
                          "optimizer.beta1=0.5",
                          "optimizer.beta2=0.9",
                          "optimizer.epsilon=1e-3",
                          "optimizer.weight_decay=0.1",
                          "optimizer.max_grad_norm=0.0001",
                          "train.updates_per_rollout=2",
                          "train.seed=9",
                          "model.seed=9",
                          "model.dtype=bfloat16",
                          "task.max_digits=2"}) {
    const std::string name = fmt::format("k{}", number++);
    const Result result = runs.train(name, {"--steps", "3", "--quiet", "--set", key});
    CHECK_MESSAGE(result.code == 0, key, ": ", result.err);
    CHECK_MESSAGE(seen.insert(runs.weights(name)).second, key, " changed nothing, or what another key did");
  }
}

TEST_CASE("clipping, KL and the ends of a schedule act where they should") {
  const Runs runs;
  int number = 0;
  const auto weights = [&](const std::vector<std::string>& keys) {
    const std::string name = fmt::format("k{}", number++);
    std::vector<std::string> words = {"--steps", "2", "--quiet"};
    for (const std::string& key : keys) words.insert(words.end(), {std::string("--set"), key});
    const Result result = runs.train(name, words);
    CHECK_MESSAGE(result.code == 0, result.err);
    return runs.weights(name);
  };
  const std::string several = "train.updates_per_rollout=4", fast = "optimizer.lr=1e-2";
  const std::string base = weights({several, fast});
  CHECK(weights({several, fast, "loss.clip_low=0.01"}) != base);
  CHECK(weights({several, fast, "loss.clip_high=0.01"}) != base);
  CHECK(weights({several, fast, "loss.kl_coefficient=1"}) != base);
  const std::string linear = weights({"optimizer.decay=linear"});
  CHECK(weights({"optimizer.decay=linear", "optimizer.final_lr=5e-4"}) != linear);
  CHECK(weights({"optimizer.decay=linear", "optimizer.decay_steps=50"}) != linear);
  const std::string sft = weights({"sft.steps=3", "sft.batch_size=4"});
  CHECK(weights({"sft.steps=4", "sft.batch_size=4"}) != sft);
  CHECK(weights({"sft.steps=3", "sft.batch_size=5"}) != sft);
  CHECK(weights({"sft.steps=3", "sft.batch_size=4", "sft.lr=2e-3"}) != sft);
  CHECK(weights({"sft.steps=3", "sft.batch_size=4", "sft.warmup_steps=2"}) != sft);
  CHECK(weights({"sft.steps=3", "sft.batch_size=4", "sft.decay=linear"}) != sft);
}

TEST_CASE("samples are shown on demand, and nothing is in a quiet run") {
  const Runs runs;
  CHECK(contains(runs.train("a", {"--steps", "1", "--samples", "2"}).err, "completion"));
  CHECK(runs.train("b", {"--steps", "1", "--quiet"}).err == "");
}

TEST_CASE("old checkpoints are deleted") {
  const Runs runs;
  check_ok(runs.train("a", {"--set", "train.checkpoint_every=1", "--set", "train.keep_checkpoints=1"}));
  CHECK_FALSE(fs::exists(runs / "a/checkpoints/step-000003"));
  CHECK(fs::exists(runs / "a/checkpoints/step-000004"));
  check_ok(runs.train("b", {"--set", "train.checkpoint_every=0"}));
  CHECK_FALSE(fs::exists(runs / "b/checkpoints/step-000002"));
  CHECK(fs::exists(runs / "b/checkpoints/step-000004"));
}

TEST_CASE("a bad configuration is one line on stderr and code 2, and makes no run folder") {
  const Runs runs;
  const auto refuses = [&](const std::string& key, const std::string& part) {
    const Result result = runs.train("bad", {"--set", key});
    CHECK_MESSAGE(result.code == 2, key, " ", result.err);
    CHECK_MESSAGE(result.err.starts_with("cohort train: "), result.err);
    CHECK_MESSAGE(split_lines(result.err).size() == 1, result.err);
    CHECK_MESSAGE(contains(result.err, part), result.err);
    CHECK_FALSE(fs::exists(runs / "bad"));
  };
  refuses("train.stepz=4", "train.steps");
  refuses("train.steps=four", "an integer");
  refuses("rollout.group_size=1", "at least 2");
  refuses("model.path=nowhere", "no such file");
  refuses("task.name=arithmetik", "arithmetic");
  refuses("task.max_term=3", "max_terms");
  refuses("model.device=cuda:99", "cuda:99");
  refuses("train.micro_batch_tokens=8", "micro_batch_tokens");
  refuses("model.alphabet=abc", "character");
  runs.scratch().write("broken.json", "{\"architectures\": [\"MambaForCausalLM\"]}");
  refuses("model.config=" + (runs / "broken.json"), "MambaForCausalLM");
}

TEST_CASE("a folder with something in it is left alone") {
  const Runs runs;
  fs::create_directory(runs / "a");
  runs.scratch().write("a/notes.txt", "mine");
  const Result result = runs.train("a");
  CHECK(result.code == 2);
  CHECK(contains(result.err, "--resume"));
  CHECK(read_text(runs / "a/notes.txt") == "mine");
  CHECK(run({"train", "--resume", runs / "nowhere"}).code == 2);
  check_ok(runs.train("b", {"--steps", "1"}));
  CHECK(contains(runs.resume("b", {"--set", "optimizer.lr=1"}).err, "another run"));
}

TEST_CASE("a data set that is empty, torn or too long for the context is refused before anything is written") {
  const Runs runs;
  const std::string file = runs.scratch().write("data.jsonl", "");
  const auto refuses = [&](const std::string& lines, const std::string& part) {
    runs.scratch().write("data.jsonl", lines);
    runs.scratch().write("data.toml",
                         "[model]\nconfig = \"small.json\"\nalphabet = \"0123456789+=\"\n[task]\nname = "
                         "\"dataset\"\nfile = \"data.jsonl\"\n[[reward]]\nname = \"math\"\n");
    const Result result = run({"train", runs / "data.toml", "--out", runs / "bad"});
    CHECK_MESSAGE(result.code == 2, result.err);
    CHECK_MESSAGE(split_lines(result.err).size() == 1, result.err);
    CHECK_MESSAGE(contains(result.err, part), result.err);
    CHECK_FALSE(fs::exists(runs / "bad"));
  };
  refuses("", "data.jsonl");
  refuses("{\"prompt\": \"1+1=\", \"answer\": \"2\"}\n{\"prompt\"\n", "2");
  refuses("{\"prompt\": \"\xff\", \"answer\": \"2\"}\n", "UTF-8");
  refuses("{\"prompt\": \"" + std::string(200, '1') + "\", \"answer\": \"2\"}\n", "context of 128");
}

TEST_CASE("a reward that crashes, hangs and fails costs those completions, and the run goes on") {
  const Runs runs;
  const std::string ok = "echo \"{\\\"id\\\":$id,\\\"score\\\":1,\\\"columns\\\":{\\\"two\\\":2}}\"";
  const std::string section = shell_reward(
      "case $id in 2) kill -9 $$;; 5) sleep 60;; 7) echo \"{\\\"id\\\":$id,\\\"error\\\":\\\"no ink\\\"}\";; *) " + ok +
      ";; esac");
  runs.scratch().write("run.toml", read_text(runs / "run.toml") + section);
  const Result result = runs.train("a");
  check_ok(result);
  CHECK_MESSAGE(
      contains(result.err, "warning: step 1: reward \"fragile\" failed on 3 of 16 completions, 1 of them late"),
      result.err);
  const auto metrics = runs.metrics("a");
  REQUIRE(metrics.size() == 4);
  CHECK(metrics[0]["rewards/fragile/failed"] == 3);
  CHECK(metrics[0]["rewards/fragile/timeouts"] == 1);
  CHECK(metrics[0]["rewards/fragile/two/mean"] == 2.0);
  CHECK(metrics[0]["rewards/fragile/mean"] == 1.0);  // of the 13 that were graded
  CHECK(metrics[0]["rewards/length/failed"] == 0);
  CHECK(metrics[3]["rewards/fragile/failed"] == 0);
  int errors = 0;
  for (const std::string& text : split_lines(runs.completions("a"))) {
    const auto line = nlohmann::json::parse(text);
    if (!line.contains("errors")) continue;
    ++errors;
    CHECK(line["reward"].is_null());
    CHECK(line["rewards"]["fragile"].is_null());
    CHECK(line["advantage"] == 0.0);
  }
  CHECK(errors == 3);
}

TEST_CASE("with on_error = abort the first failure ends the run and is named") {
  const Runs runs;
  runs.scratch().write("run.toml", read_text(runs / "run.toml") + shell_reward("exit 3") + "on_error = \"abort\"\n");
  const Result result = runs.train("a");
  CHECK(result.code == 1);
  CHECK_MESSAGE(contains(result.err, "reward \"fragile\", problem"), result.err);
  CHECK_MESSAGE(contains(result.err, "the program exited with status 3"), result.err);
}

TEST_CASE("a reward with a memory goes on from its checkpoint") {
  const Runs runs;
  const std::string section = "[[reward]]\nplugin = \"" COHORT_PLUGINS "/memory.so\"\nweight = 0.001\n";
  runs.scratch().write("run.toml", read_text(runs / "run.toml") + section);
  check_ok(runs.train("whole"));
  check_ok(runs.train("parts", {"--steps", "2"}));
  CHECK(nlohmann::json::parse(read_text(runs / "parts/checkpoints/step-000002.rewards.json"))["memory"] == "32");
  check_ok(runs.resume("parts", {"--steps", "4"}));
  CHECK(runs.metrics("parts") == runs.metrics("whole"));
  CHECK(runs.completions("parts") == runs.completions("whole"));
  CHECK(runs.metrics("whole")[3]["rewards/memory/mean"] == 48 + 8.5);
}

TEST_CASE("64 rewards of 50 ms wait side by side, beside the decode, without a word about threads") {
  const Runs runs;
  runs.scratch().write("run.toml", read_text(runs / "run.toml") + "[[reward]]\nplugin = \"" COHORT_PLUGINS
                                                                  "/slow.so\"\nweight = 0.001\n");
  check_ok(runs.train("slow", {"--steps", "1", "--set", "rollout.problems_per_step=16"}));
  const auto step = nlohmann::json::parse(split_lines(read_text(runs / "slow/metrics.jsonl")).at(0));
  CHECK(step["rewards/slow/mean"] == 1.0);
  CHECK(step["rewards/slow/p50_ms"].get<double>() > 190);  // a call is of the four completions of a problem
  CHECK(step["time/score"].get<double>() < 1.0);           // one after another they would take 3.2 s
}

TEST_CASE("gold answers that a reward does not find right keep a run from starting") {
  const Runs runs;
  const std::string section = "[[reward]]\nname = \"choice\"\n";  // the answers are numbers, not letters
  runs.scratch().write("run.toml", read_text(runs / "run.toml") + section);
  const Result result = runs.train("a");
  CHECK(result.code == 2);
  CHECK_MESSAGE(contains(result.err, "reward \"choice\" does not find 16 of 16 gold answers right"), result.err);
  CHECK_MESSAGE(contains(result.err, "train.max_bad_gold"), result.err);
  CHECK_FALSE(fs::exists(runs / "a"));
  check_ok(runs.train("a", {"--set", "train.check_gold=0", "--steps", "1"}));
}

}  // namespace
}  // namespace cohort::test
