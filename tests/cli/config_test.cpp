#include "src/cli/config.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "cli/scratch.hpp"

namespace cohort::cli {
namespace {

using test::contains;
using test::message_of;
using test::Scratch;

RunConfig parse(const std::string& toml, const std::vector<Override>& overrides = {}) {
  return parse_config(toml, "run.toml", overrides).config;
}

std::string error(const std::string& toml, const std::vector<Override>& overrides = {}) {
  return message_of([&] { parse(toml, overrides); });
}

Override set(const std::string& key, const std::string& value) { return {key, value, "--set " + key + "=" + value}; }

TEST_CASE("an empty configuration has the defaults that help shows") {
  CHECK(to_toml(parse("")) == to_toml(RunConfig()));
}

TEST_CASE("every key can be written, read back and overridden") {
  const std::string toml = to_toml(parse("[task]\nname = \"arithmetic\"\n[loss]\nname = \"dapo\"\n"));
  CHECK(to_toml(parse(toml)) == toml);
  for (const KeyHelp& key : config_keys())
    CHECK_MESSAGE(error("", {set(key.name, key.fallback)}) == "no error", key.name);
}

TEST_CASE("values of each type arrive") {
  const RunConfig config = parse(R"(
[task]
name = "countdown"
max_numbers = 3
chat = true
[[reward]]
name = "math"
weight = 2
[[reward]]
name = "length"
max_tokens = 100
[rollout]
group_size = 4
temperature = 1
stop = ["\n\n", "END"]
[advantage]
scale_by_std = false
[optimizer]
lr = 3e-4
)");
  CHECK(config.task.name == "countdown");
  CHECK(config.task.options.at("max_numbers") == "3");
  CHECK(config.task.options.at("chat") == "true");
  REQUIRE(config.rewards.size() == 2);
  CHECK(config.rewards[0].weight == 2.0);
  CHECK(config.rewards[1].rule.options.at("max_tokens") == "100");
  CHECK(config.rollout.group_size == 4);
  CHECK(config.rollout.temperature == 1.0);
  CHECK(config.rollout.stop == std::vector<std::string>{"\n\n", "END"});
  CHECK_FALSE(config.advantage.scale_by_std);
  CHECK(config.optimizer.lr == 3e-4);
}

TEST_CASE("an unknown key is an error with its line and the nearest key") {
  CHECK(contains(error("[rollout]\n\ngroup_sise = 4\n"),
                 "run.toml:3: unknown key rollout.group_sise; the nearest is rollout.group_size"));
  CHECK(contains(error("[train]\ngroup_size = 4\n"), "the nearest is rollout.group_size"));
  CHECK(contains(error("group_size = 4\n"), "unknown key group_size; the nearest is rollout.group_size"));
  CHECK(
      contains(error("[rolout]\ngroup_size = 4\n"), "run.toml:1: unknown section [rolout]; the nearest is [rollout]"));
  CHECK(contains(error("", {set("train.stepz", "4")}), "--set train.stepz=4: unknown key train.stepz"));
}

TEST_CASE("a value of a wrong type is an error that says what was expected and found") {
  CHECK(contains(error("[train]\nsteps = \"5\"\n"),
                 "run.toml:2: train.steps: expected an integer, got the string \"5\""));
  CHECK(contains(error("[train]\nsteps = 5.0\n"), "expected an integer, got 5"));
  CHECK(contains(error("[optimizer]\nlr = true\n"), "expected a number, got true"));
  CHECK(contains(error("[rollout]\nstop = \"a\"\n"), "expected a list of strings"));
  CHECK(contains(error("[rollout]\nstop = [1]\n"), "expected a list of strings, got 1"));
  CHECK(contains(error("[advantage]\nscale_by_std = 1\n"), "expected true or false, got 1"));
  CHECK(contains(error("model = 1\n"), "model: expected a section, got 1"));
  CHECK(contains(error("[reward]\nname = \"math\"\n"), "two brackets"));
}

TEST_CASE("a value out of range is an error") {
  CHECK(contains(error("[rollout]\ngroup_size = 1\n"), "rollout.group_size: expected a number at least 2, got 1"));
  CHECK(contains(error("[rollout]\ntop_p = 0.0\n"), "above 0 and at most 1"));
  CHECK(contains(error("[rollout]\ntemperature = 0.0\n"), "above 0"));
  CHECK(contains(error("[optimizer]\nlr = nan\n"), "optimizer.lr"));
  CHECK(contains(error("[loss]\nname = \"gspo\"\n"),
                 "expected one of grpo, dapo, dr_grpo, got \"gspo\"; the nearest is"));
}

TEST_CASE("text that is not TOML is an error with its line") {
  CHECK(contains(error("[train]\nsteps = \n"), "run.toml:2: not TOML"));
  CHECK(contains(error("[train]\nsteps = 1\nsteps = 2\n"), "run.toml:3: not TOML"));
}

TEST_CASE("keys that contradict each other are errors that name both") {
  const Scratch scratch;
  scratch.write("c.json", "{}");
  const std::string beside = scratch / "run.toml";
  const auto conflict = [&](const std::string& toml) { return message_of([&] { parse_config(toml, beside); }); };
  CHECK(contains(conflict("[model]\npath = \"c.json\"\nconfig = \"c.json\"\n"), "model.path and model.config"));
  CHECK(contains(conflict("[model]\npath = \"c.json\"\nalphabet = \"ab\"\n"), "model.alphabet belongs to a new model"));
  CHECK(contains(conflict("[optimizer]\nfinal_lr = 1e-9\n"), "optimizer.final_lr has no effect"));
  CHECK(contains(conflict("[train]\ntarget_accuracy = 0.9\n"), "set train.eval_every"));
  const std::string overlaps = "[train]\noverlap_update = true\n";
  CHECK(conflict(overlaps) == "no error");
  CHECK(contains(conflict("[model]\ndevice = \"cuda\"\n" + overlaps),
                 "train.overlap_update runs on a CPU only, model.device is \"cuda\""));
  CHECK(contains(conflict("[rollout]\nrelease_cache = true\n" + overlaps),
                 "train.overlap_update and rollout.release_cache"));
  const std::string bonus = "entropy_coefficient = 0.1\n";
  CHECK(contains(conflict("[loss]\n" + bonus + overlaps), "train.overlap_update with loss.entropy_coefficient 0.1"));
  CHECK(conflict("[loss]\nname = \"dapo\"\n" + bonus + overlaps) == "no error");
  CHECK(contains(conflict("[eval]\nk = 4\n"), "eval.k 4 with eval.temperature 0"));
}

TEST_CASE("a preset sets its keys, and a key that is given wins and is reported") {
  CHECK(parse("[loss]\nname = \"dapo\"\n").loss.clip_high == 0.28);
  CHECK(parse("[loss]\nname = \"dapo\"\n").loss.aggregation == "token_mean");
  CHECK(parse("[loss]\nname = \"grpo\"\n").loss.aggregation == "sequence_mean");
  CHECK_FALSE(parse("[loss]\nname = \"dr_grpo\"\n").advantage.scale_by_std);
  const LoadedConfig loaded = parse_config("[loss]\nname = \"dapo\"\nclip_high = 0.3\n", "run.toml");
  CHECK(loaded.config.loss.clip_high == 0.3);
  CHECK(loaded.notes == std::vector<std::string>{"loss.clip_high = 0.3 wins over 0.28 of preset dapo"});
}

TEST_CASE("an override wins over the file, and bare words are strings") {
  CHECK(parse("[train]\nsteps = 5\n", {set("train.steps", "7")}).train.steps == 7);
  CHECK(parse("", {set("model.device", "cuda:0")}).model.device == "cuda:0");
  CHECK(parse("", {set("rollout.stop", "[\"a\"]")}).rollout.stop == std::vector<std::string>{"a"});
  CHECK(parse("", {set("task.name", "countdown"), set("task.level", "3")}).task.options.at("level") == "3");
  CHECK(contains(error("", {set("train.steps", "many")}), "--set train.steps=many: train.steps: expected an integer"));
}

TEST_CASE("an override reaches a reward by its name") {
  const std::string toml = "[[reward]]\nname = \"math\"\n[[reward]]\nname = \"length\"\n";
  const RunConfig config = parse(toml, {set("reward.length.weight", "0.5"), set("reward.length.max_tokens", "9")});
  CHECK(config.rewards[1].weight == 0.5);
  CHECK(config.rewards[1].rule.options.at("max_tokens") == "9");
  CHECK(contains(error(toml, {set("reward.weight", "1")}), "expected reward.NAME.key"));
  CHECK(contains(error(toml, {set("reward.maths.weight", "1")}), "[[reward]]: math, length"));
}

TEST_CASE("a reward is a name, a rule, a plugin, a command or a URL, and how it counts") {
  const Scratch scratch;
  const std::string library = scratch.write("libsweet.so", "");
  const auto read = [&](const std::string& section) {
    return parse_config("[[reward]]\n" + section, scratch / "run.toml").config.rewards.at(0);
  };
  const RewardConfig plugin = read("plugin = \"libsweet.so\"\nisolated = true\nsettings = {sugar = 2}\n");
  CHECK(plugin.name == "sweet");
  CHECK(plugin.rule.name == "plugin");
  CHECK(plugin.rule.options.at("path") == library);
  CHECK(plugin.rule.options.at("settings.sugar") == "2");
  CHECK(plugin.on_error == OnError::skip);
  const RewardConfig program = read("command = [\"python3\", \"my grader.py\"]\nname = \"mine\"\n");
  CHECK(program.name == "mine");
  CHECK(program.rule.options.at("command") == R"(["python3", "my grader.py"])");
  CHECK(program.rule.options.contains("directory"));
  CHECK(read("url = \"http://a:1\"\n").rule.name == "http");
  CHECK(read("url = \"http://a:1\"\nname = \"piston\"\n").rule.name == "piston");
  const RewardConfig all = read(
      "rule = \"math\"\nname = \"right\"\nweight = 2\non_error = \"min\"\ngate = \"form >= 0.5\"\nclip = [0, 0.5]\n"
      "deadline = 3\nmax_failure_rate = 0.25\n");
  CHECK(all.rule.name == "math");
  CHECK(all.on_error == OnError::min);
  CHECK(all.gate->term == "form");
  CHECK(all.gate->at_least == 0.5f);
  CHECK(all.clip->high == 0.5f);
  CHECK(all.deadline == 3.0);
  CHECK(all.max_failure_rate == 0.25);
}

TEST_CASE("sections of rewards that are read back are the same") {
  const Scratch scratch;
  scratch.write("libsweet.so", "");
  const RunConfig config = parse_config(
                               "[[reward]]\nname = \"math\"\ngate = \"sweet\"\nclip = [-1, 1]\ndeadline = 2\n"
                               "[[reward]]\nplugin = \"libsweet.so\"\non_error = \"abort\"\nsettings = {sugar = 2}\n"
                               "[[reward]]\ncommand = [\"sh\", \"-c\", \"echo \\\"a\\\"\"]\n",
                               scratch / "run.toml")
                               .config;
  CHECK(to_toml(parse(to_toml(config))) == to_toml(config));
}

TEST_CASE("what a reward cannot be is an error that names the nearest") {
  CHECK(contains(error("[[reward]]\nweight = 1\n"), "reward.name is missing"));
  CHECK(contains(error("[[reward]]\nname = \"math\"\nwieght = 1\n"), "did you mean \"weight\"?"));
  CHECK(contains(error("[[reward]]\nname = \"math\"\non_error = \"skipp\"\n"), "got \"skipp\"; the nearest is skip"));
  CHECK(contains(error("[[reward]]\nname = \"math\"\ngate = \"a >= b\"\n"), "expected \"NAME\" or \"NAME >= number\""));
  CHECK(contains(error("[[reward]]\nname = \"math\"\nclip = [1, 0]\n"), "expected low ≤ high"));
  CHECK(contains(error("[[reward]]\nname = \"math\"\ndeadline = 0\n"), "reward.deadline: expected a number from"));
  CHECK(contains(error("[[reward]]\nrule = \"math\"\ncommand = \"a\"\n"), "got subprocess and math"));
  CHECK(contains(error("[[reward]]\ncommand = 7\n"), "words or a list of strings, got 7"));
  CHECK(contains(error("[[reward]]\nplugin = \"nowhere.so\"\n"), "no such file"));
  CHECK(contains(error("[[reward]]\nname = \"piston\"\nurl = \"http://a\"\nsettings = {a = 1}\n"),
                 "no parameter \"settings.a\""));
}

TEST_CASE("a path is looked for beside the configuration and becomes absolute") {
  const Scratch scratch;
  const std::string data = scratch.write("data.jsonl", "");
  const auto config = parse_config("[task]\nname = \"dataset\"\nfile = \"data.jsonl\"\n", scratch / "run.toml").config;
  CHECK(config.task.options.at("file") == data);
  const std::string missing = message_of([&] { parse_config("[model]\npath = \"nowhere\"\n", scratch / "run.toml"); });
  CHECK(contains(missing, "model.path: no such file or directory: " + (scratch / "nowhere")));
}

TEST_CASE("a path that an override replaces need not exist, the one that replaces it must") {
  const Scratch scratch;
  const std::string toml = "[model]\npath = \"nowhere\"\n[task]\nname = \"gsm8k\"\nfile = \"nowhere.jsonl\"\n";
  const std::string here = scratch.write("here", "");
  const LoadedConfig loaded =
      parse_config(toml, scratch / "run.toml", {{"model.path", here, "--set"}, {"task.file", here, "--set"}});
  CHECK(loaded.config.model.path == here);
  CHECK(loaded.config.task.options.at("file") == here);
  CHECK(contains(message_of([&] {
                   parse_config(toml, scratch / "run.toml", {{"model.path", here, "--set"}});
                 }),
                 "task.file: no such file or directory"));
  CHECK(contains(
      message_of([&] {
        parse_config(toml, scratch / "run.toml", {{"model.path", "absent", "--set"}, {"task.file", here, "--set"}});
      }),
      "model.path: no such file or directory"));
}

TEST_CASE("strings survive the written configuration") {
  RunConfig config;
  config.rollout.stop = {"a\"b\\c\n\t\x01é"};
  CHECK(parse(to_toml(config)).rollout.stop == config.rollout.stop);
}

}  // namespace
}  // namespace cohort::cli
