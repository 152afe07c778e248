// `cohort score`, `rewards` and `tasks`: the commands that load no model.
#include <doctest/doctest.h>

#include <string>

#include "cli/tool.hpp"

namespace cohort::test {
namespace {

const std::string kRight = R"({"completion": "so it is \\boxed{7}", "answer": "7"})";
const std::string kWrong = R"({"completion": "so it is \\boxed{8}", "answer": "7"})";

TEST_CASE("a line in gives a line out, in order, with all fields") {
  const Result result = run({"score", "--reward", "math"}, kRight + "\n" + kWrong + "\n");
  CHECK(result.code == 0);
  CHECK(result.err == "");
  const auto lines = result.lines();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["score"] == 1.0);
  CHECK(lines[0]["verdict"] == "equal");
  CHECK(lines[0]["extracted"] == "7");
  CHECK(lines[0]["rule"] == "boxed");
  CHECK(lines[0]["microseconds"].get<double>() > 0);
  CHECK_FALSE(lines[0].contains("error"));
  CHECK(lines[1]["score"] == 0.0);
  CHECK(lines[1]["verdict"] == "different");
}

TEST_CASE("the number of threads changes nothing but the time") {
  std::string lines;
  for (int i = 0; i < 200; ++i) lines += i % 3 == 0 ? kRight + "\n" : kWrong + "\n";
  const auto verdicts = [&](const char* threads) {
    std::string all;
    for (const auto& line : run({"score", "--reward", "math", "--threads", threads}, lines).lines())
      all += line["verdict"].get<std::string>() + " ";
    return all;
  };
  CHECK(verdicts("1") == verdicts("4"));
}

TEST_CASE("a structured answer and a list of answers arrive as JSON") {
  const Result game =
      run({"score", "--reward", "countdown"},
          R"({"completion": "<answer>(3+5)*2</answer>", "answer": {"numbers": [2, 3, 5], "target": 16}})");
  CHECK(game.lines().at(0)["score"] == 1.0);
  const Result list = run({"score", "--reward", "math"}, R"({"completion": "\\boxed{2}", "answer": ["1", "2"]})");
  CHECK(list.lines().at(0)["score"] == 1.0);
  const Result number = run({"score", "--reward", "math"}, R"({"completion": "\\boxed{2}", "answer": 2})");
  CHECK(number.lines().at(0)["score"] == 1.0);
}

TEST_CASE("parameters follow the name of a reward") {
  const std::string line = R"({"completion": "no mark, 7", "answer": "7"})";
  CHECK(run({"score", "--reward", "gsm8k:extraction=flexible"}, line).lines().at(0)["score"] == 1.0);
  CHECK(run({"score", "--reward", "gsm8k:extraction=strict"}, line).lines().at(0)["score"] == 0.0);
}

TEST_CASE("several rewards of a configuration add their weighted sum") {
  const Scratch scratch;
  const std::string config = scratch.write("c.toml",
                                           "[[reward]]\nname = \"math\"\n[[reward]]\nname = \"think_answer_format\"\n"
                                           "weight = 0.5\n");
  const std::string line = R"({"completion": "<think>x</think><answer>7</answer>", "answer": "7"})";
  const auto out = run({"score", "--config", config}, line).lines().at(0);
  CHECK(out["score"] == 1.0);
  CHECK(out["total"] == 1.5);
  CHECK(out["rewards"]["think_answer_format"]["score"] == 1.0);
}

TEST_CASE("bad input is one line on stderr, code 2 and nothing on stdout") {
  const auto refuses = [](const std::vector<std::string>& words, const std::string& input, const std::string& part) {
    const Result result = run(words, input);
    CHECK_MESSAGE(result.code == 2, part);
    CHECK_MESSAGE(result.out == "", part);
    CHECK_MESSAGE(split_lines(result.err).size() == 1, result.err);
    CHECK_MESSAGE(contains(result.err, part), result.err);
    CHECK_MESSAGE(result.err.starts_with("cohort score: "), result.err);
  };
  refuses({"score"}, "", "--reward");
  refuses({"score", "--reward", "maths"}, "", "math");
  refuses({"score", "--reward", "gsm8k:extractoin=strict"}, "", "extraction");
  refuses({"score", "--reward", "math", "--thread", "2"}, "", "the nearest is --threads");
  refuses({"score", "--reward", "math"}, kRight + "\nnonsense\n", "standard input, line 2: not JSON");
  refuses({"score", "--reward", "math"}, kRight + "\n{\"answer\": \"7\"}\n", "line 2: key \"completion\" is missing");
  refuses({"score", "--reward", "math"}, kRight + "\n{\"completion\": \"\xff\"}\n", "line 2: not UTF-8");
  refuses({"score", "--reward", "math", "--input", "/nowhere"}, "", "/nowhere");
}

TEST_CASE("bad lines are skipped and counted on demand") {
  const Result result = run({"score", "--reward", "math", "--skip-bad-lines"}, "nonsense\n" + kRight + "\n\n");
  CHECK(result.code == 0);
  CHECK(result.lines().size() == 1);
  CHECK(contains(result.err, "skipped 2 bad of 3 lines"));
}

TEST_CASE("no command, an unknown one, and help at each level") {
  CHECK(run({}).code == 2);
  const Result unknown = run({"sccore"});
  CHECK(unknown.code == 2);
  CHECK(unknown.err == "cohort: unknown command sccore; the nearest is score\n");
  CHECK(contains(run({"--help"}).out, "score"));
  CHECK(contains(run({"score", "--help"}).out, "--skip-bad-lines"));
  CHECK(contains(run({"train", "--help"}).out, "group_size"));
}

TEST_CASE("rewards and tasks are listed with parameters and defaults") {
  CHECK(contains(run({"rewards"}).out, "extraction"));
  CHECK(contains(run({"tasks"}).out, "countdown"));
  CHECK(contains(run({"tasks", "show", "countdown"}).out, "max_numbers"));
  CHECK(contains(run({"tasks", "show", "countdwn"}).err, "the nearest is countdown"));
}

TEST_CASE("problems of a task are a function of level and seed") {
  const auto sample = [](const char* level, const char* seed) {
    const Result result = run({"tasks", "sample", "countdown", "--level", level, "--n", "3", "--seed", seed});
    CHECK(result.code == 0);
    CHECK(result.lines().size() == 3);
    return result.out;
  };
  CHECK(sample("1", "1") == sample("1", "1"));
  CHECK(sample("1", "1") != sample("1", "2"));
  CHECK(sample("1", "1") != sample("5", "1"));
}

TEST_CASE("a plugin, a program and what is none of them are graded by from the command line") {
  const std::string line = R"({"completion": "12345678", "answer": "7"})";
  const std::string plugin = COHORT_PLUGINS "/brevity.so";
  const auto score = [&](const std::string& reward) { return run({"score", "--reward", reward}, line); };
  CHECK(score("plugin:" + plugin).lines().at(0)["score"] == 1.0);
  CHECK(score("plugin:" + plugin + ",settings.target=6").lines().at(0)["score"].get<double>() ==
        doctest::Approx(2.0 / 3));
  CHECK(score("plugin:path=" + plugin + ",isolated=true,settings.target=4").lines().at(0)["score"] == 0.0);
  CHECK(contains(score("plugin:" + plugin + ",settings.goal=4").err, "expected target = a number above 0, got goal"));
  CHECK(contains(score("plugin:/nowhere.so").err, "there is no such file"));
  CHECK(contains(score("plugin:" + plugin + ",isolatd=true").err, "did you mean \"isolated\"?"));
  CHECK(contains(score("plugin").err, "path is required"));
  CHECK(contains(score("command:/nowhere/grader").err, "cannot run \"/nowhere/grader\""));
  CHECK(score("plugin:/nowhere.so").code == 2);
}

TEST_CASE("a reward that fails has no score, says why, and the command fails in the end") {
  const std::string lines = R"({"completion": "crash", "answer": ""})"
                            "\n"
                            R"({"completion": "fine", "answer": ""})"
                            "\n";
  const Result result = run({"score", "--reward", "plugin:" COHORT_PLUGINS "/hostile.so,isolated=true"}, lines);
  CHECK(result.code == 1);
  REQUIRE(result.lines().size() == 2);
  CHECK(result.lines()[0]["score"].is_null());
  CHECK(contains(result.lines()[0]["error"].get<std::string>(), "signal 11"));
  CHECK(result.lines()[1]["score"] == 0.0);
  CHECK_FALSE(result.lines()[1].contains("error"));
}

TEST_CASE("integers of any size reach the reward digit by digit") {
  const auto score = [](const std::string& printed, const std::string& argument) {
    return run({"score", "--reward", "math"},
               "{\"completion\": \"\\\\boxed{" + printed + "}\", \"answer\": " + argument + "}")
        .lines()
        .at(0)["score"];
  };
  CHECK(score("123456789012345678901234567890", "123456789012345678901234567890") == 1.0);
  CHECK(score("123456789012345678901234567891", "123456789012345678901234567890") == 0.0);
  const Result countdown = run(
      {"score", "--reward", "exact"},
      R"({"completion": "{\"n\":[123456789012345678901234567890]}", "answer": {"n" : [ 123456789012345678901234567890 ]}})");
  CHECK(countdown.lines().at(0)["score"] == 1.0);
}

TEST_CASE("gold answers are checked on demand") {
  const Result result = run({"score", "--reward", "math", "--check-gold"}, R"({"answer": "\\frac{1}{2}"})"
                                                                           "\n"
                                                                           R"({"answer": ""})"
                                                                           "\n"
                                                                           R"({"answer": {"a": 1}})"
                                                                           "\n");
  CHECK(result.code == 1);
  REQUIRE(result.lines().size() == 3);
  CHECK(result.lines()[0]["gold"] == true);
  CHECK(result.lines()[1]["gold"] == false);
  CHECK(result.lines()[2]["gold"].is_null());
}

}  // namespace
}  // namespace cohort::test
