#include "cohort/rewards/plugin.hpp"

#include <doctest/doctest.h>

#include "cohort/error.hpp"
#include "rewards/completions.hpp"
#include "support/messages.hpp"

using namespace cohort;
using namespace std::chrono_literals;
using test::completions_of;
using test::contains;
using test::message_of;
using test::problem_of;

namespace {

const std::string kFolder = COHORT_PLUGINS;

Rule isolated(const std::string& name, std::chrono::milliseconds deadline = 5s, int64_t processes = 1) {
  return rewards::plugin({.path = kFolder + "/" + name,
                          .host = COHORT_PLUGIN_HOST,
                          .processes = processes,
                          .deadline = deadline,
                          .memory_limit = int64_t{256} << 20});
}

}  // namespace

TEST_CASE("the example grades the same in this process and in its own") {
  const Settings settings = {{"target", "4"}};
  for (const std::string host : {"", COHORT_PLUGIN_HOST}) {
    const Rule rule = rewards::plugin({.path = kFolder + "/brevity.so", .settings = settings, .host = host});
    const auto grades = rule.grade(problem_of("4"), completions_of({"four", "123456", "12345678", ""}));
    CHECK(grades[0].score == 1.0);
    CHECK(grades[0].verdict == "brief");
    CHECK(grades[1].score == 0.5);
    CHECK(grades[2].score == 0.0);
    CHECK(grades[3].score == 1.0);
  }
}

TEST_CASE("what is no plugin is named with the reason") {
  const auto load = [](const std::string& name, Settings settings = {}) {
    return message_of([&] { rewards::plugin({.path = kFolder + "/" + name, .settings = std::move(settings)}); });
  };
  CHECK(contains(load("missing.so"), "there is no such file"));
  CHECK(contains(load("empty.so"), "exports no function cohort_reward_plugin"));
  CHECK(contains(load("old.so"), "made for version 42 of cohort/plugin.h, expected 1"));
  CHECK(contains(load("hostile.so", {{"sugar", "two"}}), "no settings please, least of all sugar"));
  CHECK(contains(message_of([] { rewards::plugin({.path = COHORT_SOURCE_DIR "/README.md"}); }), "invalid ELF header"));
  CHECK(contains(message_of([] { isolated("old.so"); }), "made for version 42"));
  CHECK(contains(message_of([] { isolated("memory.so"); }), "a memory, which several processes"));
  CHECK(contains(message_of([] { rewards::plugin({.path = "a.so", .host = "/no/such/host"}); }), "cannot run"));
}

TEST_CASE("what a plugin writes into a grade is checked") {
  const Rule rule = rewards::plugin({.path = kFolder + "/hostile.so"});
  const auto one = [&](const std::string& text) { return rule.grade(problem_of("4"), completions_of({text})).front(); };
  CHECK(one("fail").error == "the tea is cold");
  CHECK(contains(one("refuse").error, "returned 7"));
  CHECK(contains(one("status").error, "status 9"));
  CHECK(contains(one("columns").error, "1000 columns"));
  CHECK(one("endless").verdict == std::string(64, 'v'));
  CHECK_FALSE(one("none").score);
  CHECK(one("none").fault == Fault::none);
  const RewardTerm term{.name = "hostile", .rule = rule, .on_error = OnError::skip};
  Group group;
  group.completions = completions_of({"nan", "fine"});
  const Rewards rewards = score(std::vector{group}, std::span(&term, 1));
  CHECK(contains(rewards.logs.at("hostile").grades[0].error, "expected a finite score"));
  CHECK(rewards.total(0, 1) == 0.0f);
}

TEST_CASE("a plugin with a memory goes on from its state") {
  const auto load = [] { return rewards::plugin({.path = kFolder + "/memory.so"}); };
  const Rule first = load(), second = load();
  REQUIRE(first.stateful());
  CHECK(first.grade(problem_of("4"), completions_of({"a", "b"}))[1].score == 2.0);
  CHECK(first.stateful()->state() == "2");
  second.stateful()->restore("2");
  CHECK(second(problem_of("4"), {}).score == 3.0);
  CHECK(contains(message_of([&] { second.stateful()->restore("two"); }), "refused a state of 3 bytes"));
}

TEST_CASE("tokens reach an isolated plugin") {
  std::vector<Completion> completions = completions_of({"a", "b"});
  completions[1].tokens = {5, 6, 7};
  CHECK(isolated("hostile.so").grade(problem_of("4"), completions)[1].score == 3.0);
}

TEST_CASE("a plugin of its own process may crash, exit, hang, allocate or print: it costs that completion alone") {
  const Rule rule = isolated("hostile.so", 400ms);
  const std::vector<std::string> texts = {"fine", "crash", "fine", "allocate", "exit", "chatter", "hang", "fine"};
  const auto grades = rule.grade(problem_of("4"), completions_of(texts));
  for (size_t i = 0; i < texts.size(); ++i) {
    CAPTURE(texts[i]);
    CAPTURE(grades[i].error);
    const bool is_fault = texts[i] != "fine" && texts[i] != "chatter";
    CHECK((grades[i].fault != Fault::none) == is_fault);
    CHECK(grades[i].score.has_value() == !is_fault);
  }
  CHECK(contains(grades[1].error, "signal 11"));
  CHECK(contains(grades[4].error, "exited with status 0"));
  CHECK(grades[5].score == 0.0);  // not the 99 it printed
  CHECK(grades[6].fault == Fault::timeout);
}

TEST_CASE("a plugin that crashes each time is out of service, and says why") {
  const Rule rule = isolated("hostile.so");
  const auto grades = rule.grade(problem_of("4"), completions_of(std::vector<std::string>(12, "crash")));
  CHECK(grades[0].fault == Fault::error);
  CHECK(grades[11].fault == Fault::unavailable);
  CHECK(contains(grades[11].error, "out of service after 5 restarts in a row: the program was killed by signal 11"));
}
