#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <map>
#include <mutex>
#include <thread>

#include "cohort/error.hpp"
#include "cohort/reward.hpp"

using namespace cohort;

namespace {

Group group_of(std::string prompt, std::vector<std::string> texts, std::string answer = "4") {
  Group group{.problem = {.prompt = std::move(prompt), .messages = {}, .answer = std::move(answer), .fields = {}},
              .prompt_tokens = {},
              .completions = {},
              .sampling = {}};
  for (std::string& text : texts)
    group.completions.push_back({.tokens = {}, .logprobs = {}, .text = std::move(text), .finish = FinishReason::stop});
  return group;
}

Grade correct(const Problem& problem, const Completion& completion) { return completion.text == problem.answer; }
Grade length(const Problem&, const Completion& completion) { return completion.text.size(); }
Grade only_even(const Problem& problem, const Completion&) { return problem.answer == "4" ? Grade(1.0) : Grade(); }

std::string message_of(const std::vector<Group>& groups, const std::vector<RewardTerm>& terms, int64_t threads = 1) {
  try {
    score(groups, terms, threads);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

bool same(const GroupArray& left, const GroupArray& right) {
  return left.rows() == right.rows() && left.cols() == right.cols() &&
         ((left == right) || (left.isNaN() && right.isNaN())).all();
}

}  // namespace

TEST_CASE("the total is the weighted sum of the terms") {
  const std::vector<Group> groups = {group_of("2+2?", {"4", "five"})};
  const std::vector<RewardTerm> terms = {{"correct", correct}, {"length", length, -0.25f}};
  const Rewards rewards = score(groups, terms);
  CHECK(rewards.terms.at("correct")(0, 0) == 1.0f);
  CHECK(rewards.terms.at("length")(0, 1) == 4.0f);
  CHECK(rewards.total(0, 0) == 0.75f);
  CHECK(rewards.total(0, 1) == -1.0f);
}

TEST_CASE("a term that does not apply is NaN and leaves the total") {
  const std::vector<Group> groups = {group_of("2+2?", {"4", "5"}), group_of("2+3?", {"4", "5"}, "5")};
  const Rewards both = score(groups, std::vector<RewardTerm>{{"correct", correct}, {"even", only_even}});
  CHECK(std::isnan(both.terms.at("even")(1, 0)));
  CHECK(both.total(0, 0) == 2.0f);
  CHECK(both.total(1, 1) == 1.0f);
  const Rewards alone = score(groups, std::vector<RewardTerm>{{"even", only_even}});
  CHECK(alone.total(0, 0) == 1.0f);
  CHECK(std::isnan(alone.total(1, 0)));
}

TEST_CASE("results are equal for any number of threads and for rows that arrive out of order") {
  std::vector<Group> groups;
  for (int g = 0; g < 13; ++g) {
    std::vector<std::string> texts;
    for (int i = 0; i < 7; ++i) texts.push_back(std::string(static_cast<size_t>((g * 31 + i * 17) % 23), 'x'));
    groups.push_back(group_of("p", texts, g % 3 == 0 ? "4" : "5"));
  }
  const std::vector<RewardTerm> terms = {{"length", length, 0.1f}, {"correct", correct, 0.3f}, {"even", only_even}};
  const Rewards expected = score(groups, terms, 1);
  for (const int64_t threads : {2, 5, 64}) {
    CAPTURE(threads);
    CHECK(same(score(groups, terms, threads).total, expected.total));
    Scorer scorer(terms, threads);
    for (int step = 0; step < 3; ++step) {
      for (int64_t g = 12; g >= 0; --g) scorer.submit(g, groups[static_cast<size_t>(g)]);
      const Rewards collected = scorer.collect();
      CHECK(same(collected.total, expected.total));
      CHECK(same(collected.terms.at("even"), expected.terms.at("even")));
    }
  }
}

TEST_CASE("a rule that returns NaN or infinity is named with its problem") {
  const std::vector<Group> groups = {group_of("what is 2+2?", {"4"})};
  const std::string message = message_of(groups, {{"broken", [](auto&, auto&) { return NAN; }}});
  CHECK(message.find("reward \"broken\"") != message.npos);
  CHECK(message.find("what is 2+2?") != message.npos);
  CHECK(message.find("returned nan") != message.npos);
  CHECK(message_of(groups, {{"big", [](auto&, auto&) { return 1e300; }}}).find("returned 1e+300") != message.npos);
}

TEST_CASE("of many rules that throw, the first in order is reported, whatever the threads") {
  std::vector<Group> groups;
  for (int g = 0; g < 8; ++g) groups.push_back(group_of("problem-" + std::to_string(g), {"a", "b", "c", "d"}));
  const RewardRule throws = [](const Problem& problem, const Completion& completion) -> Grade {
    if (problem.prompt == "problem-2") std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (problem.prompt >= "problem-2" && completion.text >= "b") throw std::runtime_error("no such " + completion.text);
    return 1.0;
  };
  for (const int64_t threads : {1, 4}) {
    const std::string message = message_of(groups, {{"fine", correct}, {"fragile", throws}}, threads);
    CAPTURE(message);
    CHECK(message.find("\"fragile\"") != message.npos);
    CHECK(message.find("problem-2") != message.npos);
    CHECK(message.find("completion 1: no such b") != message.npos);
  }
  CHECK(message_of(groups, {{"odd", [](auto&, auto&) -> Grade { throw 7; }}}).find("\"odd\"") != std::string::npos);
}

TEST_CASE("a Scorer lives on after a rule threw") {
  std::atomic<bool> fail = true;
  Scorer scorer(
      {{"fragile", [&](auto&, auto&) -> Grade { return fail ? throw std::runtime_error("no") : Grade(2.0); }}}, 2);
  scorer.submit(0, group_of("p", {"a"}));
  CHECK_THROWS_AS(scorer.collect(), Error);
  fail = false;
  scorer.submit(0, group_of("p", {"a"}));
  CHECK(scorer.collect().total(0, 0) == 2.0f);
}

TEST_CASE("misuse is an error that says what was expected") {
  const std::vector<Group> one = {group_of("p", {"a"})};
  CHECK(message_of({}, {{"a", correct}}).find("no groups") != std::string::npos);
  CHECK(message_of(one, {}).find("no reward terms") != std::string::npos);
  CHECK(message_of(one, {{"a", correct}, {"a", length}}).find("two rewards are named \"a\"") != std::string::npos);
  CHECK(message_of(one, {{"a", {}}}).find("\"a\" has no rule") != std::string::npos);
  CHECK(message_of(one, {{"a", correct, NAN}}).find("weight nan") != std::string::npos);
  CHECK(message_of(one, {{"a", correct}}, 0).find("threads") != std::string::npos);
  CHECK(message_of({group_of("p", {"a"}), group_of("q", {"a", "b"})}, {{"a", correct}})
            .find("group 0 has 1 completions, group 1 has 2") != std::string::npos);
}

TEST_CASE("rows that are missing or given twice are an error of collect") {
  Scorer scorer({{"correct", correct}}, 2);
  scorer.submit(1, group_of("p", {"a"}));
  CHECK_THROWS_WITH_AS(scorer.collect(), doctest::Contains("expected row 0, got 1"), Error);
  scorer.submit(0, group_of("p", {"a"}));
  scorer.submit(0, group_of("p", {"a"}));
  CHECK_THROWS_WITH_AS(scorer.collect(), doctest::Contains("row 0 was submitted twice"), Error);
}

TEST_CASE("each row is told once, graded, with the totals that collect() gives, and before it does") {
  std::vector<Group> groups;
  for (int g = 0; g < 9; ++g) groups.push_back(group_of("p" + std::to_string(g), {"4", "five", ""}, g % 2 ? "4" : "5"));
  const RewardRule fails_at_times = [](const Problem& problem, const Completion& completion) -> Grade {
    if (problem.prompt == "p3" && completion.text == "five") throw std::runtime_error("no");
    return 1.0;
  };
  const std::vector<RewardTerm> terms = {{"length", length, 0.1f},
                                         {"even", only_even},
                                         {.name = "fragile", .rule = fails_at_times, .on_error = OnError::skip}};
  for (const int64_t threads : {1, 4}) {
    std::mutex mutex;
    std::map<int64_t, std::vector<float>> told;
    bool is_of_its_group = true;
    Scorer scorer(terms, {.threads = threads, .on_graded = [&](int64_t index, const Group& group, auto totals) {
                            const std::lock_guard lock(mutex);
                            is_of_its_group = is_of_its_group && group.problem.prompt == "p" + std::to_string(index);
                            CHECK(told.emplace(index, std::vector(totals.begin(), totals.end())).second);
                          }});
    for (int64_t g = 8; g >= 0; --g) scorer.submit(g, groups[static_cast<size_t>(g)]);
    const Rewards rewards = scorer.collect();
    REQUIRE(told.size() == 9);
    CHECK(is_of_its_group);
    for (const auto& [index, totals] : told)
      CHECK(same(rewards.total.row(index), Eigen::Map<const GroupArray>(totals.data(), 1, 3)));
    CHECK(std::isnan(told[3][1]));
  }
}

TEST_CASE("what a callback throws reaches collect(), and the next rows are told again") {
  std::atomic<bool> fails = true;
  Scorer scorer({{"length", length}}, {.threads = 2, .on_graded = [&](int64_t, const Group&, auto) {
                                         if (fails) throw std::runtime_error("no room");
                                       }});
  scorer.submit(0, group_of("p", {"a"}));
  CHECK_THROWS_WITH_AS(scorer.collect(), "no room", Error);
  fails = false;
  scorer.submit(0, group_of("p", {"a"}));
  CHECK(scorer.collect().total(0, 0) == 1.0f);
}

TEST_CASE("submit grades while later groups are still on their way") {
  std::atomic<int> graded = 0;
  Scorer scorer({{"count", [&](auto&, auto&) { return ++graded; }}}, 1);
  scorer.submit(0, group_of("p", {"a"}));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (graded == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  CHECK(graded == 1);  // before collect() was called
}

TEST_CASE("a Scorer destroyed with queued work does not wait for all of it") {
  std::atomic<int> graded = 0;
  {
    Scorer scorer({{"slow",
                    [&](auto&, auto&) {
                      std::this_thread::sleep_for(std::chrono::milliseconds(20));
                      return ++graded;
                    }}},
                  1);
    scorer.submit(0, group_of("p", std::vector<std::string>(1000, "a")));
  }
  CHECK(graded < 1000);
}
