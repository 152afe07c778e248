// The ways to write a reward in C++, what becomes of those that fail, and how terms make one total.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <functional>
#include <future>
#include <mutex>
#include <thread>

#include "cohort/error.hpp"
#include "cohort/reward.hpp"
#include "support/messages.hpp"

using namespace cohort;
using namespace std::chrono_literals;
using test::message_of;

namespace {

Group group_of(const std::vector<std::string>& texts, std::string answer = "4", int64_t index = 0) {
  Group group;
  group.problem.index = index;
  group.problem.prompt = "2+2?";
  group.problem.answer = std::move(answer);
  for (const std::string& text : texts) {
    group.completions.emplace_back();
    group.completions.back().text = text;
  }
  return group;
}

Grade correct(const Problem& problem, const Completion& completion) { return completion.text == problem.answer; }

/// 1 for the shortest of the group, 0 for the others.
std::vector<Grade> shortest(const Problem&, std::span<const Completion> completions) {
  size_t least = completions.front().text.size();
  for (const Completion& completion : completions) least = std::min(least, completion.text.size());
  std::vector<Grade> grades;
  for (const Completion& completion : completions) grades.push_back(completion.text.size() == least);
  return grades;
}

/// 1 for a text that was not seen before.
class Novelty : public StatefulReward {
 public:
  Grade grade(const Problem&, const Completion& completion) override {
    CHECK_FALSE(is_running_.exchange(true));
    const bool is_new = seen_.find("<" + completion.text + ">") == seen_.npos;
    if (is_new) seen_ += "<" + completion.text + ">";
    is_running_ = false;
    return is_new;
  }
  std::string state() const override { return seen_; }
  void restore(const std::string& state) override { seen_ = state; }

 private:
  std::string seen_;
  std::atomic<bool> is_running_ = false;
};

/// Holds calls until the test is over, so that a rule can hang and the test still end.
class Latch {
 public:
  ~Latch() { open(); }
  void wait() const { opened_.wait(); }
  void open() {
    if (!std::exchange(is_open_, true)) promise_.set_value();
  }

 private:
  std::promise<void> promise_;
  std::shared_future<void> opened_ = promise_.get_future().share();
  bool is_open_ = false;
};

bool starts_with(const std::string& text, const char* start) { return text.starts_with(start); }

bool same(const GroupArray& left, const GroupArray& right) {
  return ((left == right) || (left.isNaN() && right.isNaN())).all();
}

bool eventually(const std::function<bool()>& is_true) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!is_true() && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(1ms);
  return is_true();
}

Rewards score_one(const Group& group, const std::vector<RewardTerm>& terms, int64_t threads = 1) {
  return score(std::vector{group}, terms, threads);
}

}  // namespace

TEST_CASE("a group rule sees all completions of a problem at once") {
  const Rewards rewards = score_one(group_of({"aaa", "b", "cc", "d"}), {{"shortest", shortest}});
  CHECK(rewards.total(0, 0) == 0.0f);
  CHECK(rewards.total(0, 1) == 1.0f);
  CHECK(rewards.total(0, 3) == 1.0f);
  CHECK(rewards.logs.at("shortest").call_ms.size() == 1);
}

TEST_CASE("a group rule that returns too few grades is a fault of the whole group") {
  const GroupRule broken = [](const Problem&, auto) { return std::vector<Grade>{1.0}; };
  const Rewards rewards =
      score_one(group_of({"a", "b"}), {{.name = "broken", .rule = broken, .on_error = OnError::skip}});
  CHECK(rewards.logs.at("broken").num_failed() == 2);
  CHECK(starts_with(rewards.logs.at("broken").grades[1].error, "returned 1 grades for 2 completions"));
  CHECK(rewards.total.isNaN().all());
}

TEST_CASE("futures run side by side and take no thread") {
  std::vector<std::thread> servers;
  std::mutex mutex;
  const AsyncRule slow = with_callback([&](const Problem&, const Completion& completion, auto done) {
    const std::lock_guard lock(mutex);
    servers.emplace_back([done, text = completion.text] {
      std::this_thread::sleep_for(100ms);
      done(static_cast<double>(text.size()));
      done(7.0);  // only the first answer counts
    });
  });
  const auto start = std::chrono::steady_clock::now();
  const Rewards rewards = score_one(group_of(std::vector<std::string>(64, "abc")), {{"slow", slow}});
  CHECK(std::chrono::steady_clock::now() - start < 3s);  // 6.4 s one after another
  CHECK((rewards.total == 3.0f).all());
  for (std::thread& server : servers) server.join();
}

TEST_CASE("a future that throws, is broken, deferred or missing is graded all the same") {
  const AsyncRule rule = [](const Problem&, const Completion& completion) -> std::future<Grade> {
    if (completion.text == "throws") return std::async([]() -> Grade { throw std::runtime_error("no such word"); });
    if (completion.text == "broken") return std::promise<Grade>().get_future();
    if (completion.text == "deferred") return std::async(std::launch::deferred, [] { return Grade(0.5); });
    return {};
  };
  const Rewards rewards = score_one(group_of({"throws", "broken", "deferred", "missing"}),
                                    {{.name = "rule", .rule = rule, .on_error = OnError::skip}});
  const std::vector<Grade>& grades = rewards.logs.at("rule").grades;
  CHECK(grades[0].error == "no such word");
  CHECK(grades[1].fault == Fault::error);
  CHECK(rewards.total(0, 2) == 0.5f);
  CHECK(starts_with(grades[3].error, "returned no future"));
}

TEST_CASE("a reward with a memory sees rows in order, however they arrive and whatever the threads") {
  std::vector<Group> groups;
  for (int g = 0; g < 40; ++g) groups.push_back(group_of({std::to_string(g % 7), std::to_string(g % 11), "x"}, "4", g));
  const Rewards expected = score(groups, std::vector<RewardTerm>{{"new", std::make_shared<Novelty>()}});
  CHECK(expected.total.sum() == 12);  // 0 … 10 and x
  for (const int64_t threads : {1, 4}) {
    Scorer scorer({{"new", std::make_shared<Novelty>()}, {"correct", correct, 0.0f}}, threads);
    for (int64_t g = 39; g >= 0; --g) scorer.submit(g, groups[static_cast<size_t>(g)]);
    CHECK(same(scorer.collect().total, expected.total));
    // The next step goes on with what is remembered.
    for (int64_t g = 0; g < 40; ++g) scorer.submit(g, groups[static_cast<size_t>(g)]);
    CHECK(scorer.collect().total.sum() == 0);
  }
}

TEST_CASE("a reward with a memory does not make collect wait for a row that never came") {
  Scorer scorer({{"new", std::make_shared<Novelty>()}}, 2);
  scorer.submit(1, group_of({"a"}));
  CHECK_THROWS_WITH_AS(scorer.collect(), doctest::Contains("expected row 0, got 1"), Error);
  scorer.submit(0, group_of({"b"}));
  CHECK(scorer.collect().total(0, 0) == 1.0f);
}

TEST_CASE("a memory goes on from its saved state") {
  const auto first = std::make_shared<Novelty>(), second = std::make_shared<Novelty>();
  score_one(group_of({"a", "b"}), {{"new", first}});
  second->restore(first->state());
  const Rewards rewards = score_one(group_of({"a", "c"}), {{"new", second}});
  CHECK(rewards.total(0, 0) == 0.0f);
  CHECK(rewards.total(0, 1) == 1.0f);
}

TEST_CASE("a rule of one kind can be called as the other") {
  const Group group = group_of({"4", "55"});
  CHECK(Rule(correct)(group.problem, group.completions[0]).score == 1.0);
  CHECK(Rule(shortest)(group.problem, group.completions[1]).score == 1.0);  // of a group of one
  CHECK(Rule(correct).grade(group.problem, group.completions)[1].score == 0.0);
  CHECK_THROWS_WITH_AS(Rule().grade(group.problem, group.completions), doctest::Contains("no rule"), Error);
}

TEST_CASE("faults follow the policy of their term and are never a silent 0") {
  const RewardRule fragile = [](const Problem&, const Completion& completion) -> Grade {
    if (completion.text == "bad") throw std::runtime_error("no");
    return std::stod(completion.text);
  };
  const Group group = group_of({"3", "bad", "5"});
  const auto with = [&](OnError on_error) {
    return std::vector<RewardTerm>{{"f", fragile, 2.0f, on_error}, {"one", [](auto&, auto&) { return 1; }}};
  };

  const Rewards skip = score_one(group, with(OnError::skip));
  CHECK(std::isnan(skip.total(0, 1)));  // not the 1 of the other term: nobody knows what it earned
  CHECK(skip.total(0, 0) == 7.0f);
  const Rewards zero = score_one(group, with(OnError::zero));
  CHECK(zero.total(0, 1) == 1.0f);
  CHECK(std::isnan(zero.terms.at("f")(0, 1)));  // the log says that there is no score
  CHECK(zero.logs.at("f").num_failed() == 1);
  CHECK(score_one(group, with(OnError::min)).total(0, 1) == 7.0f);
  CHECK(score_one(group_of({"bad", "bad"}), with(OnError::min)).total.isNaN().all());
  CHECK(starts_with(message_of([&] { score_one(group, with(OnError::abort)); }),
                    "score: reward \"f\", problem 0 \"2+2?\", completion 1: no"));

  std::vector<RewardTerm> only_logged = with(OnError::skip);
  only_logged[0].weight = 0;
  CHECK(score_one(group, only_logged).total(0, 1) == 1.0f);
}

TEST_CASE("alarms name the terms that fail too often, with the first reason") {
  const RewardRule fragile = [](const Problem&, const Completion& completion) -> Grade {
    return completion.text == "bad" ? Grade::failed("the well is dry", Fault::unavailable) : Grade(1.0);
  };
  RewardTerm term{.name = "f", .rule = fragile, .on_error = OnError::skip, .max_failure_rate = 0.25};
  const Group quarter = group_of({"a", "bad", "b", "c"}), half = group_of({"a", "bad", "bad", "c"});
  CHECK(alarms(score_one(quarter, {term}), std::span(&term, 1)).empty());
  const auto lines = alarms(score_one(half, {term}), std::span(&term, 1));
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] == "reward \"f\" failed on 2 of 4 completions, 0 of them late; the first: the well is dry");
}

TEST_CASE("a rule that hangs is given up, and the others go on") {
  auto latch = std::make_shared<Latch>();
  std::atomic<int> calls = 0;
  const RewardRule hangs = [latch, &calls](const Problem&, const Completion& completion) -> Grade {
    ++calls;
    if (completion.text == "hang") latch->wait();
    return 1.0;
  };
  Scorer scorer({{.name = "hangs", .rule = hangs, .on_error = OnError::skip, .deadline = 50ms}, {"correct", correct}},
                {.threads = 2, .max_abandoned = 3});
  scorer.submit(0, group_of({"4", "hang", "4", "5"}));
  const Rewards rewards = scorer.collect();
  CHECK(rewards.logs.at("hangs").num_timeouts() == 1);
  CHECK(rewards.logs.at("hangs").grades[1].error == "no answer within 50 ms");
  CHECK(std::isnan(rewards.total(0, 1)));
  CHECK(rewards.terms.at("correct")(0, 1) == 0.0f);  // the terms after the hanging one were graded too
  CHECK(rewards.total(0, 2) == 2.0f);
  CHECK(scorer.num_abandoned() == 1);

  SUBCASE("with as many hanging calls as allowed, the term is not called any more") {
    scorer.submit(0, group_of({"hang", "hang", "hang", "hang"}));
    CHECK(scorer.collect().logs.at("hangs").num_failed() == 4);
    const int so_far = calls;
    scorer.submit(0, group_of({"hang", "4", "4", "4"}));
    const Rewards unavailable = scorer.collect();
    CHECK(unavailable.logs.at("hangs").num_failed() == 4);
    CHECK(unavailable.logs.at("hangs").grades[1].fault == Fault::unavailable);
    CHECK(calls == so_far);
  }
  SUBCASE("once it returns it is called again, and what it said too late is not counted") {
    latch->open();
    CHECK(eventually([&] { return scorer.num_abandoned() == 0; }));
    scorer.submit(0, group_of({"hang", "4"}));
    CHECK(scorer.collect().total(0, 0) == 1.0f);
  }
  latch->open();
  CHECK(eventually([&] { return scorer.num_abandoned() == 0; }));
}

TEST_CASE("a Scorer ends although a rule hangs") {
  auto latch = std::make_shared<Latch>();
  {
    Scorer scorer({{.name = "hangs", .rule = [latch](auto&, auto&) { return latch->wait(), 1; }, .deadline = 30ms}}, 1);
    scorer.submit(0, group_of({"a", "b", "c"}));
  }
  {
    Scorer scorer({{.name = "never",
                    .rule =
                        [latch](auto&, auto&) {
                          return std::async(std::launch::async, [latch] {
                            latch->wait();
                            return Grade(1);
                          });
                        },
                    .on_error = OnError::skip,
                    .deadline = 30ms}},
                  1);
    scorer.submit(0, group_of({"a"}));
    CHECK(scorer.collect().logs.at("never").num_timeouts() == 1);
  }
  latch->open();
}

TEST_CASE("a reward with a memory that hangs is not called while it does") {
  struct Hangs : StatefulReward {
    std::shared_ptr<Latch> latch;
    Grade grade(const Problem&, const Completion& completion) override {
      if (completion.text == "hang") latch->wait();
      return 1.0;
    }
    std::string state() const override { return ""; }
    void restore(const std::string&) override {}
  };
  auto latch = std::make_shared<Latch>();
  auto reward = std::make_shared<Hangs>();
  reward->latch = latch;
  Scorer scorer({{.name = "hangs", .rule = reward, .on_error = OnError::zero, .deadline = 30ms}}, 2);
  for (int64_t g = 0; g < 3; ++g) scorer.submit(g, group_of({g == 1 ? "hang" : "a"}));
  const Rewards rewards = scorer.collect();
  CHECK(rewards.total(0, 0) == 1.0f);
  CHECK(rewards.logs.at("hangs").grades[1].fault == Fault::timeout);
  CHECK(rewards.logs.at("hangs").grades[2].fault == Fault::unavailable);
  latch->open();
  CHECK(eventually([&] { return scorer.num_abandoned() == 0; }));
}

TEST_CASE("a term behind a gate counts only where the other term passes") {
  const RewardRule format = [](const Problem&, const Completion& completion) -> Grade {
    if (completion.text == "fails") throw std::runtime_error("no");
    return completion.text.starts_with("<");
  };
  std::vector<RewardTerm> terms = {
      {.name = "size", .rule = [](auto&, auto& completion) { return completion.text.size(); }, .gate = Gate{"format"}},
      {.name = "format", .rule = format, .weight = 0.5f, .on_error = OnError::skip}};
  const Rewards rewards = score_one(group_of({"<ab", "abc", "fails"}), terms);
  CHECK(rewards.total(0, 0) == 3.5f);
  CHECK(rewards.total(0, 1) == 0.0f);
  CHECK(rewards.terms.at("size")(0, 1) == 3.0f);  // the log has it all the same
  CHECK(std::isnan(rewards.total(0, 2)));
  terms[1].on_error = OnError::zero;
  CHECK(score_one(group_of({"fails"}), terms).total(0, 0) == 0.0f);
  terms[0].gate = Gate{"formt"};
  CHECK(starts_with(message_of([&] { score_one(group_of({"a"}), terms); }),
                    "score: the gate of reward \"size\" names \"formt\", expected another reward"));
}

TEST_CASE("a score is clipped before it is weighed") {
  const RewardRule size = [](const Problem&, const Completion& completion) { return completion.text.size(); };
  const Rewards rewards = score_one(group_of({"a", "abcdefgh", "abc"}),
                                    {{.name = "size", .rule = size, .weight = -2.0f, .clip = Bounds{2, 5}}});
  CHECK(rewards.total(0, 0) == -4.0f);
  CHECK(rewards.total(0, 1) == -10.0f);
  CHECK(rewards.total(0, 2) == -6.0f);
  CHECK(rewards.terms.at("size")(0, 1) == 5.0f);
  CHECK(rewards.logs.at("size").grades[1].score == 8.0);  // as the rule gave it
}

TEST_CASE("columns and verdicts of a grade reach the log") {
  const RewardRule rule = [](const Problem&, const Completion& completion) {
    Grade grade(1.0, "fine");
    grade.columns = {{"size", static_cast<double>(completion.text.size())}};
    return grade;
  };
  const Rewards rewards = score_one(group_of({"a", "abc"}), {{"rule", rule}});
  CHECK(rewards.logs.at("rule").grades[1].columns.front() == std::pair<std::string, double>{"size", 3.0});
  CHECK(rewards.logs.at("rule").grades[0].verdict == "fine");
}

TEST_CASE("64 rewards of 50 ms cost only the last group's own time beyond the decode they overlap with") {
  const RewardRule slow = [](const Problem&, const Completion&) {
    std::this_thread::sleep_for(50ms);
    return 1.0;
  };
  Scorer scorer({{"slow", slow}}, 8);
  const auto start = std::chrono::steady_clock::now();
  for (int64_t g = 0; g < 8; ++g) {
    std::this_thread::sleep_for(100ms);  // the decode of a group
    scorer.submit(g, group_of(std::vector<std::string>(8, "a")));
  }
  const auto decode = std::chrono::steady_clock::now() - start;
  const Rewards rewards = scorer.collect();
  const auto beyond = std::chrono::steady_clock::now() - start - decode;
  const auto ms = [](auto time) { return std::chrono::duration_cast<std::chrono::milliseconds>(time).count(); };
  MESSAGE("decode ", ms(decode), " ms, beyond it ", ms(beyond), " ms; one after another 3200 ms");
  CHECK((rewards.total == 1.0f).all());
  CHECK(beyond < 1s);
}

TEST_CASE("submit waits while the queue is full") {
  auto latch = std::make_shared<Latch>();
  std::atomic<int> submitted = 0;
  Scorer scorer({{"waits", [latch](auto&, auto&) { return latch->wait(), 1; }}}, {.threads = 1, .max_queued = 4});
  std::thread owner([&] {
    for (int64_t g = 0; g < 6; ++g) scorer.submit(g, group_of({"a", "b"})), ++submitted;
  });
  std::this_thread::sleep_for(100ms);
  CHECK(submitted < 6);
  latch->open();
  owner.join();
  CHECK(scorer.collect().total.sum() == 12);
}
