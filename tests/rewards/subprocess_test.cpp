#include "cohort/rewards/subprocess.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "cohort/error.hpp"
#include "rewards/completions.hpp"
#include "support/messages.hpp"

using namespace cohort;
using namespace std::chrono_literals;
using rewards::subprocess;
using test::completions_of;
using test::contains;
using test::message_of;
using test::problem_of;

namespace {

/// A program of the shell that is ready, then does `body` with each $line and its $id.
rewards::SubprocessOptions shell(const std::string& body) {
  return {.command = {"sh", "-c",
                      "read line; echo '{\"pong\":0}'; while read -r line; do id=${line#*:}; id=${id%%,*}; " + body +
                          "; done"},
          .processes = 1,
          .deadline = 5s};
}

bool has_python() { return std::system("python3 -c 'import json' 2>/dev/null") == 0; }

}  // namespace

TEST_CASE("the example in Python grades") {
  if (!has_python()) {
    MESSAGE("skipped: no python3 here");
    return;
  }
  const Rule rule = subprocess({.command = {"python3", COHORT_SOURCE_DIR "/examples/rewards/subprocess.py"}});
  const auto grades =
      rule.grade(problem_of("Paris"), completions_of({"it is paris I think", "London", "\xff\xfe paris", ""}));
  CHECK(grades[0].score == 1.0);
  CHECK(grades[0].columns.front() == std::pair<std::string, double>{"words", 5.0});
  CHECK(grades[1].score == 0.0);
  CHECK(grades[2].score == 1.0);  // bytes that are no UTF-8 arrive as U+FFFD
  CHECK(grades[3].score == 0.0);
}

TEST_CASE("each completion gets the answer to its own line, from any number of callers and processes") {
  rewards::SubprocessOptions options =
      shell("n=${line#*completion\\\":\\\"}; echo \"{\\\"id\\\":$id,\\\"score\\\":${n%%\\\"*}}\"");
  options.processes = 3;
  const Rule rule = subprocess(options);
  std::vector<std::string> texts;
  for (int i = 0; i < 50; ++i) texts.push_back(std::to_string(i));
  std::vector<std::thread> callers;
  std::atomic<int> right = 0;
  for (int caller = 0; caller < 3; ++caller)
    callers.emplace_back([&] {
      const auto grades = rule.grade({}, completions_of(texts));
      for (int i = 0; i < 50; ++i) right += grades[static_cast<size_t>(i)].score == i;
    });
  for (std::thread& caller : callers) caller.join();
  CHECK(right == 150);
}

TEST_CASE("a program that does not work is an error at once, with what it wrote to stderr") {
  CHECK(contains(message_of([] { subprocess({.command = {"/no/such/program"}}); }), "No such file or directory"));
  CHECK(contains(message_of([] { subprocess({.command = {}}); }), "no command to run"));
  CHECK(contains(message_of([] {
                   subprocess({.command = {"sh", "-c", "echo missing library >&2; exit 3"}});
                 }),
                 "exited with status 3; it wrote to stderr: missing library"));
  CHECK(contains(message_of([] {
                   subprocess({.command = {"sh", "-c", "echo hello; sleep 5"}});
                 }),
                 "expected {\"pong\": 0}, got \"hello\""));
  CHECK(contains(message_of([] {
                   subprocess({.command = {"sleep", "60"}, .start_deadline = 100ms});
                 }),
                 "did not answer the first line within 100 ms"));
  CHECK(contains(message_of([] { subprocess({.command = {"sh"}, .directory = "/no/such/folder"}); }),
                 "in /no/such/folder"));
  CHECK(contains(message_of([] { subprocess({.command = {"sh"}, .processes = 0}); }), "processes must be at least 1"));
}

TEST_CASE("settings come with the first line") {
  const Rule rule = subprocess({.command = {"sh", "-c",
                                            "read first; echo '{\"pong\":0}'; read line; n=${first#*size\\\":\\\"}; "
                                            "echo \"{\\\"id\\\":1,\\\"score\\\":${n%%\\\"*}}\"; cat"},
                                .settings = {{"size", "17"}},
                                .processes = 1});
  CHECK(rule({}, {}).score == 17.0);
}

TEST_CASE("lines that are no grade are faults of their completion") {
  const auto answer_to = [](const std::string& body) { return subprocess(shell(body))({}, {}); };
  CHECK(contains(answer_to("echo \"{\\\"id\\\":$id}\"").error, "neither score nor error"));
  CHECK(contains(answer_to("echo \"{\\\"id\\\":$id,\\\"scor\\\":1}\"").error,
                 "unknown key \"scor\"; the nearest is score"));
  CHECK(contains(answer_to("echo \"{\\\"id\\\":$id,\\\"score\\\":\\\"one\\\"}\"").error, "expected a number"));
  CHECK(answer_to("echo \"{\\\"id\\\":$id,\\\"error\\\":\\\"no ink\\\"}\"").error == "no ink");
  CHECK(answer_to("echo \"{\\\"id\\\":$id,\\\"score\\\":null}\"").fault == Fault::none);
  CHECK(contains(answer_to("echo debugging; cat").error, "wrote \"debugging\" to stdout"));
  CHECK(contains(answer_to("echo '{\"id\":4711,\"score\":1}'; cat").error, "answered id 4711, which was not asked"));
  CHECK(contains(answer_to("head -c 3000000 /dev/zero; cat").error, "a line of more than 1048576 bytes"));
}

TEST_CASE("a crash, a hang and a flood of stderr cost one completion each; those behind it are graded") {
  const std::string ok = "echo \"{\\\"id\\\":$id,\\\"score\\\":1}\"";
  rewards::SubprocessOptions options = shell(
      "case $line in *die*) echo last words >&2; kill -9 $$;; *hang*) sleep 60;; *flood*) head -c 3000000 /dev/zero "
      ">&2; " +
      ok + ";; *) " + ok + ";; esac");
  options.deadline = 700ms;
  const auto grades = subprocess(options).grade({}, completions_of({"a", "die", "b", "hang", "flood", "c"}));
  CHECK(grades[0].score == 1.0);
  CHECK(contains(grades[1].error, "was killed by signal 9 (Killed); it wrote to stderr: last words"));
  CHECK(grades[2].score == 1.0);
  CHECK(grades[3].fault == Fault::timeout);
  CHECK(grades[3].error == "no answer within 700 ms");
  CHECK(grades[4].score == 1.0);
  CHECK(grades[5].score == 1.0);
}

TEST_CASE("memory beyond the limit costs one completion") {
  if (!has_python()) {
    MESSAGE("skipped: no python3 here");
    return;
  }
  const std::string program =
      "import json, sys\n"
      "for line in sys.stdin:\n"
      "    sample = json.loads(line)\n"
      "    if 'ping' in sample: print('{\"pong\": 0}', flush=True); continue\n"
      "    if sample['completion'] == 'allocate': kept = [bytearray(1 << 24) for i in range(10**6)]\n"
      "    print(json.dumps({'id': sample['id'], 'score': 1}), flush=True)\n";
  const Rule rule = subprocess(
      {.command = {"python3", "-c", program}, .processes = 1, .deadline = 20s, .memory_limit = int64_t{512} << 20});
  const auto grades = rule.grade({}, completions_of({"a", "allocate", "b"}));
  CHECK(grades[0].score == 1.0);
  CHECK(contains(grades[1].error, "MemoryError"));
  CHECK(grades[2].score == 1.0);
}

TEST_CASE("no process is left when the reward is gone, not even one a program started itself") {
  {
    const Rule rule = subprocess(shell("sleep 987654 & echo \"{\\\"id\\\":$id,\\\"score\\\":1}\""));
    CHECK(rule({}, {}).score == 1.0);
    CHECK(std::system("ps -eo args | grep -q '^sleep 98765[4]'") == 0);
  }
  CHECK(std::system("ps -eo args | grep -q '^sleep 98765[4]'") != 0);
  CHECK(waitpid(-1, nullptr, WNOHANG) == -1);  // all were waited for
}

TEST_CASE("64 slow lines in 8 processes take as long as 8") {
  rewards::SubprocessOptions options = shell("sleep 0.05; echo \"{\\\"id\\\":$id,\\\"score\\\":1}\"");
  options.processes = 8;
  const Rule rule = subprocess(options);
  rule.grade({}, completions_of(std::vector<std::string>(16, "warm up")));
  const auto start = std::chrono::steady_clock::now();
  rule.grade({}, completions_of(std::vector<std::string>(64, "a")));
  CHECK(std::chrono::steady_clock::now() - start < 2500ms);  // 3.2 s one after another
}
