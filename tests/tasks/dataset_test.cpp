#include "cohort/tasks/dataset.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "cohort/error.hpp"
#include "cohort/rewards/math.hpp"
#include "src/random/permutation.hpp"
#include "support/messages.hpp"

using namespace cohort;
using namespace cohort::tasks;
using test::contains;

namespace {

/// A file in the temporary folder, gone at the end of the test.
struct TemporaryFile {
  std::filesystem::path path;

  explicit TemporaryFile(const std::string& content) {
    static int number = 0;
    path = std::filesystem::temp_directory_path() / fmt::format("cohort_dataset_{}_{}.jsonl", getpid(), ++number);
    std::ofstream(path, std::ios::binary) << content;
  }
  ~TemporaryFile() { std::filesystem::remove(path); }
};

std::string lines(int first, int last) {
  std::string text;
  for (int i = first; i < last; ++i) text += fmt::format("{{\"prompt\": \"question {}\", \"answer\": \"{}\"}}\n", i, i);
  return text;
}

std::string message_of(const std::string& content, DatasetOptions options = {}) {
  const TemporaryFile file(content);
  try {
    dataset(file.path, std::move(options));
  } catch (const Error& error) {
    const std::string message = error.what();
    return message.substr(message.find(".jsonl") + 6);
  }
  return "no error";
}

std::filesystem::path data_folder() {
  if (const char* folder = std::getenv("COHORT_DATA")) return folder;
  return std::filesystem::path(COHORT_SOURCE_DIR) / "../shared/data";
}

}  // namespace

TEST_CASE("each shape of line becomes a problem") {
  const Problem plain =
      problem_from_json(R"({"prompt": "2+2=", "answer": "4", "level": 3, "tags": ["a"], "note": null})");
  CHECK(plain.prompt == "2+2=");
  CHECK(plain.answer == "4");
  CHECK(plain.fields == std::map<std::string, std::string>{{"level", "3"}, {"tags", "[\"a\"]"}, {"note", "null"}});
  const Problem chat = problem_from_json(
      R"({"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}], "answer": 4})");
  CHECK(chat.messages.size() == 2);
  CHECK(chat.messages[1].content == "u");
  CHECK(chat.answer == "4");
  CHECK(problem_from_json(R"({"prompt": [{"role": "user", "content": "u"}], "answer": ""})").messages.size() == 1);
  CHECK(problem_from_json(R"({"question": "q", "answer": "#### 4"})").messages.at(0).content == "q");
  CHECK(problem_from_json(R"({"prompt": "p", "answer": {"numbers": [1, 2], "target": 3}})").answer ==
        R"({"numbers":[1,2],"target":3})");
  const Problem large = problem_from_json(
      R"({"prompt" : "p", "answer": { "n": [123456789012345678901234567890, 0.10], "s": " \" } \\" }, "id": 99999999999999999999})");
  CHECK(large.answer == R"({"n":[123456789012345678901234567890,0.10],"s":" \" } \\"})");
  CHECK(large.fields.at("id") == "99999999999999999999");
  CHECK(problem_from_json(problem_to_json(large), {}).answer == large.answer);
  CHECK(problem_from_json(R"({"text": "p"})", {.prompt_key = "text", .answer_key = ""}).prompt == "p");
}

TEST_CASE("system and instruction are put where a chat needs them") {
  const LineOptions options{.system = "Be brief.", .instruction = "Think."};
  const Problem asked = problem_from_json(R"({"question": "q", "answer": "4"})", options);
  CHECK(asked.messages.at(0).role == "system");
  CHECK(asked.messages.at(1).content == "q\nThink.");
  const Problem has_system = problem_from_json(
      R"({"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}], "answer": 4})", options);
  CHECK(has_system.messages.size() == 2);
  CHECK(problem_from_json(R"({"prompt": "p", "answer": "4"})", options).prompt == "p\nThink.");
}

TEST_CASE("a problem written as a line reads back as itself") {
  for (const char* line :
       {R"({"prompt":"2+2=\n","answer":"4","level":"3"})", R"({"prompt":"p","answer":{"numbers":[1,2],"target":3}})",
        R"({"messages":[{"role":"user","content":"ü\"\\"}],"answer":["1/2","0.5"]})",
        R"j({"prompt":"p","answer":"[1,2)"})j"}) {
    const Problem problem = problem_from_json(line);
    CHECK(problem_to_json(problem) == line);
  }
  CHECK(problem_to_json({.prompt = "p", .answer = "[1,2]"}) == R"({"prompt":"p","answer":"[1,2]"})");
}

TEST_CASE("a file is read in a shuffled order that depends on the seed alone, each line once") {
  const TemporaryFile file(lines(0, 200));
  const Task task = dataset(file.path, {.seed = 4}), again = dataset(file.path, {.seed = 4});
  const Task other = dataset(file.path, {.seed = 5}), ordered = dataset(file.path, {.shuffle = false});
  CHECK(task.size == 200);
  std::set<std::string> seen;
  int num_moved = 0, num_different = 0;
  for (int64_t i = 0; i < 200; ++i) {
    seen.insert(task.problem(i).prompt);
    CHECK(task.problem(i).index == i);
    CHECK(task.problem(i).prompt == again.problem(i).prompt);
    CHECK(ordered.problem(i).answer == std::to_string(i));
    num_moved += task.problem(i).answer != std::to_string(i);
    num_different += task.problem(i).prompt != other.problem(i).prompt;
  }
  CHECK(seen.size() == 200);
  CHECK(num_moved > 180);
  CHECK(num_different > 180);
  CHECK_THROWS_WITH_AS(task.problem(200), doctest::Contains("got index 200"), Error);
}

TEST_CASE("a held-out share is taken out of training, and copies of a problem stay together") {
  const TemporaryFile file(lines(0, 1000) + lines(0, 1000));
  const Task task = dataset(file.path, {.held_out_fraction = 0.2});
  CHECK(task.size + task.held_out_size == 2000);
  CHECK(task.held_out_size > 320);  // 400 ± 5 standard deviations of 2·√(1000·0.2·0.8)
  CHECK(task.held_out_size < 480);
  std::set<std::string> train;
  for (const Problem& problem : take(task, 0, task.size)) train.insert(problem.prompt);
  for (const Problem& problem : take_held_out(task, 0, task.held_out_size)) CHECK(!train.contains(problem.prompt));
  const Task asked = dataset(file.path, {.line = {.instruction = "Think."}, .held_out_fraction = 0.2, .seed = 7});
  CHECK(asked.held_out_size == task.held_out_size);
}

TEST_CASE("training problems that also stand in the held-out file are left out") {
  const TemporaryFile train(lines(0, 10)), held_out(lines(8, 12));
  const Task task = dataset(train.path, {.held_out_file = held_out.path.string()});
  CHECK(task.size == 8);
  CHECK(task.held_out_size == 4);
  CHECK(contains(message_of(lines(8, 10), {.held_out_file = held_out.path.string()}), "2 left out"));
}

TEST_CASE("blank lines, CRLF, a missing last line end and a byte order mark do no harm") {
  const TemporaryFile file(
      "\xef\xbb\xbf{\"prompt\": \"a\", \"answer\": \"1\"}\r\n\r\n  \n{\"prompt\": \"b\", \"answer\": \"2\"}");
  const Task task = dataset(file.path, {.shuffle = false});
  CHECK(task.size == 2);
  CHECK(task.problem(0).prompt == "a");
  CHECK(task.problem(1).prompt == "b");
}

TEST_CASE("a bad line is an error with its number, what was expected and what was found") {
  const std::string good = R"({"prompt": "a", "answer": "1"})"
                           "\n";
  CHECK(contains(message_of(good + "\n{\"prompt\": \"a\", \"answer\": "), ":3: expected a JSON object"));
  CHECK(contains(message_of(good + "[1]\n"), ":2: expected a JSON object, got a value of type array"));
  CHECK(contains(message_of(good + "{\"answer\": \"1\", \"x\": 2}"),
                 ":2: expected a key \"prompt\", \"messages\" or \"question\", got answer, x"));
  CHECK(contains(message_of("{\"prompt\": \"a\", \"gold\": 1}"), ":1: expected a key \"answer\", got prompt, gold"));
  CHECK(contains(message_of("{\"prompt\": 7, \"answer\": \"1\"}"), "\"prompt\" to be a string, got a number"));
  CHECK(contains(message_of("{\"messages\": [], \"answer\": \"1\"}"), "got an empty one"));
  CHECK(contains(message_of("{\"messages\": [{\"role\": \"user\"}], \"answer\": \"1\"}"), "message 0 of \"messages\""));
  CHECK(contains(message_of("{\"messages\": [{\"role\": \"bot\", \"content\": \"\"}], \"answer\": \"1\"}"),
                 "got \"bot\""));
  CHECK(contains(message_of("{\"prompt\": \"a\", \"messages\": [], \"answer\": \"1\"}"), "got both"));
  CHECK(
      contains(message_of(good + "{\"prompt\": \"\xff\", \"answer\": \"1\"}"), ":2: expected a JSON object in UTF-8"));
  CHECK(contains(message_of(good + "{\"prompt\": \"" + std::string(200'000, 'x') + "\"}", {.max_line_bytes = 100'000}),
                 ":2: expected a line of at most 100000 bytes"));
  CHECK(contains(message_of("{\"prompt\": \"a\", \"answer\": " + std::string(64, '[') + std::string(64, ']') + "}"),
                 "at most 64 levels, got 65"));
  CHECK(message_of("{\"prompt\": \"[[[[{{\\\"[\", \"answer\": " + std::string(63, '[') + std::string(63, ']') + "}") ==
        "no error");
  CHECK(contains(message_of(std::string(1'000'000, '[')), "at most 64 levels"));
}

TEST_CASE("a file that is missing, empty or no file is an error that names it") {
  CHECK_THROWS_WITH_AS(dataset("/no/such/file.jsonl"), doctest::Contains("there is no file /no/such/file.jsonl"),
                       Error);
  CHECK_THROWS_WITH_AS(dataset("/"), doctest::Contains("/ is not a regular file"), Error);
  CHECK(contains(message_of(""), "has no problems"));
  CHECK(contains(message_of("\n \n"), "has no problems"));
  CHECK_THROWS_WITH_AS(dataset("x", {.held_out_fraction = 1.0}), doctest::Contains("[0, 1), got 1"), Error);
  CHECK_THROWS_WITH_AS(dataset("x", {.held_out_file = "y", .held_out_fraction = 0.1}), doctest::Contains("got both"),
                       Error);
}

TEST_CASE("a line longer than a read block is read whole") {
  const TemporaryFile file(lines(0, 3) + "{\"prompt\": \"" + std::string(200'000, 'x') + "\", \"answer\": \"1\"}\n" +
                           lines(4, 6));
  const Task task = dataset(file.path, {.shuffle = false});
  CHECK(task.problem(3).prompt.size() == 200'000);
  CHECK(task.problem(5).prompt == "question 5");
}

TEST_CASE("a shuffle of any size is a permutation") {
  for (const uint64_t size : {1, 2, 3, 5, 16, 17, 1000, 4097}) {
    std::set<uint64_t> places;
    for (uint64_t i = 0; i < size; ++i) places.insert(random::permute(i, size, 11));
    CHECK(places.size() == size);
    CHECK(*places.rbegin() == size - 1);
  }
}

TEST_CASE("the demonstration of a GSM8K line has no calculator marks") {
  const TemporaryFile file("{\"question\": \"q\", \"answer\": \"48/2 = <<48/2=24>>24\\n#### 24\"}\n");
  const Task task = gsm8k(file.path);
  CHECK(task.demonstration(task.problem(0)) == "48/2 = 24\n#### 24");
  CHECK(task.problem(0).messages.at(0).content == "q\nThink step by step. End with the answer as \"#### <number>\".");
}

TEST_CASE("every gold answer of GSM8K is equal to itself and to its number") {
  const auto folder = data_folder() / "gsm8k";
  if (!std::filesystem::exists(folder / "train.jsonl")) {
    MESSAGE("skipped: no GSM8K in " << folder.string() << "; set COHORT_DATA to a folder with gsm8k/train.jsonl");
    return;
  }
  const Task task = gsm8k(folder / "train.jsonl", {.held_out_file = (folder / "test.jsonl").string()});
  CHECK(task.size == 7'473);
  CHECK(task.held_out_size == 1'319);
  int64_t num_equal = 0, num_number_equal = 0, num_math_equal = 0;
  const auto grade = [&](const Problem& problem) {
    Completion worked, number;
    worked.text = task.demonstration(problem);
    number.text = "The answer is " + problem.answer.substr(problem.answer.rfind("####") + 4) + ".";
    num_equal += task.rewards[0].rule(problem, worked).verdict == "equal";
    num_number_equal += task.rewards[0].rule(problem, number).verdict == "equal";
    num_math_equal += rewards::math_answer(problem, number).verdict == "equal";
  };
  for (const Problem& problem : take(task, 0, task.size)) grade(problem);
  for (const Problem& problem : take_held_out(task, 0, task.held_out_size)) grade(problem);
  const int64_t num_problems = task.size + task.held_out_size;
  CHECK(num_equal == num_problems);
  CHECK(num_number_equal == num_problems);
  CHECK(num_math_equal == num_problems);
}
