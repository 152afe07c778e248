// The reward `code` with programs that run: languages by the table, functions by drivers, checkers.
#include <doctest/doctest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "cohort/error.hpp"
#include "cohort/rewards/code.hpp"
#include "rewards/code/language.hpp"
#include "support/messages.hpp"

using namespace cohort;
using namespace cohort::rewards;
using nlohmann::json;
using test::contains;

namespace {

bool has_sandbox() {
  static const std::string complaint = test::message_of([] { Sandbox sandbox; });
  if (complaint != "no error") MESSAGE("skipped: ", complaint);
  return complaint == "no error";
}

bool has_tool(const std::string& language) {
  const bool has = find_tool(find_language(language)).has_value();
  if (!has) MESSAGE("skipped: no tool for ", language, " is on this machine");
  return has;
}

Grade grade(const json& answer, const std::string& program, const CodeOptions& options = {}) {
  const std::string language = answer["language"];
  return code(options)({.answer = answer.dump()}, {.text = "```" + language + "\n" + program + "\n```"});
}

std::string verdict(const json& answer, const std::string& program, const CodeOptions& options = {}) {
  return grade(answer, program, options).verdict;
}

json stdin_tests(const std::string& language, const std::vector<std::pair<std::string, std::string>>& tests) {
  json answer = {{"language", language}, {"tests", json::array()}};
  for (const auto& [input, output] : tests) answer["tests"].push_back({{"stdin", input}, {"stdout", output}});
  return answer;
}

json function_tests(const std::string& language, const std::string& function, const std::vector<json>& tests) {
  json answer = {{"language", language}, {"function", function}, {"tests", json::array()}};
  for (const json& test : tests) answer["tests"].push_back({{"args", test[0]}, {"expected", test[1]}});
  return answer;
}

/// A program that reads two numbers and prints their sum, one that prints another, one that ends with 3.
struct Trio {
  std::string language, right, wrong, fails;
};

const std::vector<Trio> kTrios = {
    {"python", "print(sum(map(int, input().split())))", "print(8)", "raise SystemExit(3)"},
    {"c", "#include <stdio.h>\nint main() { int a, b; scanf(\"%d %d\", &a, &b); printf(\"%d\\n\", a + b); }",
     "#include <stdio.h>\nint main() { puts(\"8\"); }", "int main() { return 3; }"},
    {"cpp", "#include <iostream>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b << '\\n'; }",
     "#include <iostream>\nint main() { std::cout << 8; }", "int main() { return 3; }"},
    {"rust",
     "use std::io::*;\nfn main() { let mut s = String::new(); stdin().read_to_string(&mut s).unwrap();\n"
     "println!(\"{}\", s.split_whitespace().map(|w| w.parse::<i32>().unwrap()).sum::<i32>()); }",
     "fn main() { println!(\"8\"); }", "fn main() { std::process::exit(3); }"},
    {"go", "package main\nimport \"fmt\"\nfunc main() { var a, b int; fmt.Scan(&a, &b); fmt.Println(a + b) }",
     "package main\nfunc main() { println(8) }", "package main\nimport \"os\"\nfunc main() { os.Exit(3) }"},
    {"java",
     "import java.util.*;\npublic class Main { public static void main(String[] a) { Scanner s = new "
     "Scanner(System.in); System.out.println(s.nextInt() + s.nextInt()); } }",
     "public class Main { public static void main(String[] a) { System.out.println(8); } }",
     "public class Main { public static void main(String[] a) { System.exit(3); } }"},
    {"javascript", "const [a, b] = require('fs').readFileSync(0, 'utf8').split(' ').map(Number);\nconsole.log(a + b);",
     "console.log(8);", "process.exit(3);"},
    {"bash", "read a b\necho $((a + b))", "echo 8", "exit 3"},
    {"ruby", "puts gets.split.map(&:to_i).sum", "puts 8", "exit 3"},
    {"perl", "my ($a, $b) = split ' ', <STDIN>;\nprint $a + $b, \"\\n\";", "print 8;", "exit 3;"},
    {"php", "<?php [$a, $b] = explode(' ', fgets(STDIN)); echo $a + $b, PHP_EOL;", "<?php echo 8;", "<?php exit(3);"},
    {"lua", "local a, b = io.read('n', 'n')\nprint(a + b)", "print(8)", "os.exit(3)"},
};

}  // namespace

TEST_CASE("each language of the table that is on this machine runs right and wrong programs") {
  if (!has_sandbox()) return;
  CHECK(kTrios.size() == languages().size());
  for (const Trio& trio : kTrios) {
    if (!has_tool(trio.language)) continue;
    CAPTURE(trio.language);
    const json answer = stdin_tests(trio.language, {{"3 4\n", "7\n"}});
    CHECK(verdict(answer, trio.right) == "accepted");
    CHECK(verdict(answer, trio.wrong) == "wrong_answer");
    CHECK(verdict(answer, trio.fails) == "runtime_error");
    if (!find_language(trio.language).compile.empty()) CHECK(verdict(answer, "no program at all (") == "compile_error");
  }
}

TEST_CASE("a language that is not on this machine is an error that names its tools") {
  for (const CodeLanguage& language : languages()) {
    if (find_tool(language)) continue;
    const std::string complaint = test::message_of([&] {
      grade(stdin_tests(std::string(language.name), {{"", ""}}), "x");
    });
    CHECK(contains(complaint, "is on this machine"));
    CHECK(contains(complaint, language.tools.front()));
  }
}

TEST_CASE("a function of C++ gets its arguments by the types of its parameters, and its value comes back by its type") {
  if (!has_sandbox() || !has_tool("cpp")) return;
  const std::string head = "#include <bits/stdc++.h>\nusing namespace std;\n#define int long long\n#define f first\n";
  const auto calls = [&](const std::string& program, const std::vector<json>& tests) {
    return verdict(function_tests("cpp", "f2", tests), head + program);
  };
  CHECK(calls("int f2(int a, int b) { return a + b; }\nsigned main() { return 1; }",
              {{{2, 3}, 5}, {{-4'000'000'000, 1}, -3'999'999'999}}) == "accepted");
  CHECK(calls("int f2(int a, int b) { return a - b; }", {{{2, 3}, 5}}) == "wrong_answer");
  CHECK(calls("double f2(double a) { return a / 2; }", {{{3}, 1.5}, {{-0.5}, -0.25}}) == "accepted");
  CHECK(calls("string f2(const string& s, char c) { return s + c; }", {{{"é\n\"", "x"}, "é\n\"x"}}) == "accepted");
  CHECK(calls("vector<vector<int>> f2(vector<vector<int>>& v) { v.push_back({9}); return v; }",
              {{{{{1, 2}, json::array()}}, {{1, 2}, json::array(), {9}}}}) == "accepted");
  CHECK(calls("map<string, vector<bool>> f2(map<string, vector<bool>> m) { m[\"b\"] = {false}; return m; }",
              {{{{{"a", {true}}}}, {{"a", {true}}, {"b", {false}}}}}) == "accepted");
  CHECK(
      calls("pair<int, optional<string>> f2(tuple<int, string> t, optional<int> none) { return {get<0>(t), nullopt}; }",
            {{{{7, "x"}, nullptr}, {7, nullptr}}}) == "accepted");
  CHECK(calls("void f2(vector<int>& v) { v.clear(); }", {{{{1}}, nullptr}}) == "accepted");
  CHECK(calls("struct Solution { int n = 1; int f2(int a) { return a + n; } };", {{{1}, 2}}) == "accepted");
  CHECK(calls("class Solution { public: int f2(int a) const { return a + 1; } };", {{{1}, 2}}) == "accepted");
}

TEST_CASE("a C++ function of other types, or none of that name, is not accepted") {
  if (!has_sandbox() || !has_tool("cpp")) return;
  const auto calls = [](const std::string& program, const json& args, const json& expected) {
    return verdict(function_tests("cpp", "f", {{args, expected}}),
                   "#include <stdlib.h>\n#include <stdio.h>\n" + program);
  };
  CHECK(calls("bool f(int) { return true; }", {1}, 1) == "wrong_answer");
  CHECK(calls("double f(int) { return 1; }", {1}, 1) == "wrong_answer");
  CHECK(calls("int f(int a) { return a; }", {1.5}, 1) == "runtime_error");
  CHECK(calls("int f(int a) { return a; }", {5'000'000'000}, 705'032'704) == "runtime_error");
  CHECK(calls("int f(int a) { return a; }", {1, 2}, 1) == "runtime_error");
  CHECK(calls("int g(int a) { return a; }", {1}, 1) == "compile_error");
  CHECK(calls("int f(int* a) { return *a; }", {{1}}, 1) == "compile_error");
  CHECK(calls("int f(int) { exit(0); }", {1}, 1) == "wrong_answer");
  CHECK(calls("int f(int) { throw 1; }", {1}, 1) == "runtime_error");
  // What it writes itself is a guess like any other.
  CHECK(calls("int f(int) { FILE* r = fopen(\"result\", \"w\"); fputs(\"i2;\", r); fclose(r); _Exit(0); }", {1}, 1) ==
        "wrong_answer");
}

TEST_CASE("a function of JavaScript is found where programs have them, and its value comes back by its type") {
  if (!has_sandbox() || !has_tool("javascript")) return;
  const auto calls = [](const std::string& program, const json& args, const json& expected) {
    return verdict(function_tests("javascript", "f", {{args, expected}}), program);
  };
  CHECK(calls("function f(a, b) { return a + b; }", {2, 3}, 5) == "accepted");
  CHECK(calls("const f = (a) => a / 2;", {3}, 1.5) == "accepted");
  CHECK(calls("var f = async function (a) { return a.map((x) => [x, null]); }", json::array({json::array({"é", true})}),
              {{"é", nullptr}, {true, nullptr}}) == "accepted");
  CHECK(calls("class Solution { f(a) { return this.g(a); } g(a) { return {a}; } }", {1}, {{"a", 1}}) == "accepted");
  CHECK(calls("module.exports = {f: (a) => new Map([['k', a]])}; exports.f = module.exports.f;", {2}, {{"k", 2}}) ==
        "accepted");
  CHECK(calls("function f() { return 12345678901234567890n; }", json::array(), 12345678901234567890u) == "accepted");
  CHECK(calls("function f() { return 2; }", json::array(), 2.0) == "accepted");  // there is one type of numbers
  CHECK(calls("function f() { return '2'; }", json::array(), 2) == "wrong_answer");
  CHECK(calls("function f() { return true; }", json::array(), 1) == "wrong_answer");
  CHECK(calls("function f() { return {valueOf: () => 2, toJSON: () => 2}; }", json::array(), 2) == "wrong_answer");
  CHECK(calls("function f() { return new (class Number {})(); }", json::array(), 2) == "wrong_answer");
  CHECK(calls("function f() { require('fs').writeFileSync('result', 'i3;'); process.exit(0); }", json::array(), 2) ==
        "wrong_answer");
  CHECK(calls("function g() { return 2; }", json::array(), 2) == "runtime_error");
  CHECK(calls("function f() { throw 2; }", json::array(), 2) == "runtime_error");
  CHECK(calls("let f = 2 +;", json::array(), 2) == "runtime_error");
}

TEST_CASE("an answer says how its outputs are compared, before the options do") {
  if (!has_sandbox()) return;
  json answer = stdin_tests("python", {{"", "b\na\n"}});
  CHECK(verdict(answer, "print('a\\nb')") == "wrong_answer");
  CHECK(verdict(answer, "print('a\\nb')", {.comparison = OutputComparison::unordered}) == "accepted");
  answer["checker"] = "unordered";
  CHECK(verdict(answer, "print('a\\nb')", {.comparison = OutputComparison::exact}) == "accepted");
  CHECK(verdict(answer, "print('a\\na\\nb')") == "wrong_answer");
  answer = stdin_tests("python", {{"", "3 0.5"}});
  answer["checker"] = "floats";
  CHECK(verdict(answer, "print(3.0000001)\nprint('0.5')") == "accepted");
  CHECK(verdict(answer, "print(3.01)\nprint('0.5')") == "wrong_answer");
  answer["tolerance"] = 0.01;
  CHECK(verdict(answer, "print(3.01)\nprint('0.5')") == "accepted");
  answer = function_tests("python", "f", {{json::array(), {1, 2, 3}}});
  answer["checker"] = "unordered";
  CHECK(verdict(answer, "def f(): return [3, 1, 2]") == "accepted");
  CHECK(verdict(answer, "def f(): return [3, 1, 2, 2]") == "wrong_answer");
  answer = function_tests("python", "f", {{json::array(), 2}});
  answer["checker"] = "floats";
  CHECK(verdict(answer, "def f(): return 2.0000001") == "accepted");
  CHECK(verdict(answer, "def f(): return True") == "wrong_answer");
}

TEST_CASE("a checker sees input, output and answer, and its exit status is the verdict") {
  if (!has_sandbox()) return;
  // Any two numbers with the sum of the input; the answer says how many are wanted.
  const char* checker = R"(
import sys
want, got, count = (open(path).read().split() for path in sys.argv[1:4])
if len(got) != int(count[0]):
    sys.exit(2)
sys.exit(0 if sum(map(int, got)) == int(want[0]) else 1)
)";
  json answer = stdin_tests("python", {{"10", "2"}, {"7", "2"}});
  answer["checker"] = {{"language", "python"}, {"source", checker}};
  CHECK(verdict(answer, "n = int(input())\nprint(1, n - 1)") == "accepted");
  CHECK(verdict(answer, "n = int(input())\nprint(n - 3)\nprint(3)") == "accepted");
  CHECK(verdict(answer, "print(5, 5)") == "wrong_answer");
  CHECK(grade(answer, "print(5, 5)", {.score = CodeScore::fraction}).score == 0.5);
  CHECK(verdict(answer, "print(input())") == "wrong_answer");
  CHECK(verdict(answer, "n = int(input())\nprint(1, n - 1)\nexit(1)") == "runtime_error");
  // The checker's files are not where the program is.
  CHECK(verdict(answer,
                "import os\nassert not os.path.exists('answer.txt') and len(os.listdir('/tmp')) == 1\n"
                "n = int(input())\nprint(1, n - 1)") == "accepted");
}

TEST_CASE("a checker in C++ gives points, as one of testlib does") {
  if (!has_sandbox() || !has_tool("cpp")) return;
  json answer = stdin_tests("python", {{"", "10"}, {"", "5"}});
  answer["checker"] = {{"language", "cpp"}, {"source", R"(
#include <fstream>
#include <iostream>
int main(int, char** names) {
  double got = -1, best = 1;
  std::ifstream(names[2]) >> got;
  std::ifstream(names[3]) >> best;
  if (got < 0) return 2;
  std::cerr << "points " << got / best << " of the best\n";
  return 7;
})"}};
  const auto graded = [&](const char* program, CodeScore score) { return grade(answer, program, {.score = score}); };
  CHECK(graded("print(5)", CodeScore::fraction).score == doctest::Approx(0.75));
  CHECK(graded("print(5)", CodeScore::all).score == doctest::Approx(0.5));
  CHECK(graded("print(5)", CodeScore::all).verdict == "partial");
  CHECK(graded("print(0)", CodeScore::all).verdict == "wrong_answer");
  CHECK(graded("print('none')", CodeScore::fraction).score == 0.0);
  CHECK(contains(test::message_of([&] { graded("print(20)", CodeScore::all); }), "expected points in [0, 1]"));
}

TEST_CASE("a checker of a function sees JSON") {
  if (!has_sandbox()) return;
  json answer = function_tests("python", "f", {{{10}, 2}});
  answer["checker"] = {{"language", "python"}, {"source", R"(
import json, sys
(n,), got, count = (json.load(open(path)) for path in sys.argv[1:4])
sys.exit(0 if isinstance(got, list) and len(got) == count and sum(got) == n else 1)
)"}};
  CHECK(verdict(answer, "def f(n): return [n - 1, 1]") == "accepted");
  CHECK(verdict(answer, "def f(n): return n") == "wrong_answer");
  CHECK(verdict(answer, "class L(list):\n  def __len__(self): return 2\ndef f(n): return L([10])") == "wrong_answer");
}

TEST_CASE("a checker that fails is an error, never a verdict") {
  if (!has_sandbox()) return;
  json answer = stdin_tests("python", {{"", ""}});
  const auto complaint = [&](const char* language, const char* source) {
    answer["checker"] = {{"language", language}, {"source", source}, {"time_limit", 0.5}};
    return test::message_of([&] { grade(answer, "print(1)"); });
  };
  CHECK(contains(complaint("python", "import sys\nsys.exit(3)"), "the checker failed: exit status 3"));
  CHECK(contains(complaint("python", "while True: pass"), "the checker failed: its time limit"));
  CHECK(contains(complaint("python", "import os\nos.abort()"), "the checker failed: signal 6"));
  CHECK(contains(complaint("python", "import sys\nprint('points many', file=sys.stderr)\nsys.exit(7)"),
                 "expected points in [0, 1] on its stderr, got \"points many\""));
  CHECK(contains(complaint("klingon", ""), "there is no language"));
  if (has_tool("cpp")) CHECK(contains(complaint("cpp", "int main("), "the checker does not compile"));
  for (const char* source : {"syntax error", "1 / 0", "import no_such_module", "raise KeyboardInterrupt"})
    CHECK(contains(complaint("python", source), "the checker failed: exit status 3"));
  CHECK(contains(complaint("bash", "exit 0"), "in python, c or cpp, got \"bash\""));
}

TEST_CASE("a completion whose tests take too long together is late, not wrong") {
  if (!has_sandbox()) return;
  const json answer = stdin_tests("python", {{"", "1"}, {"", "1"}, {"", "1"}});
  const char* sleeper = "import time\ntime.sleep(0.4)\nprint(1)";
  CHECK(verdict(answer, sleeper) == "accepted");
  const Grade late = grade(answer, sleeper, {.deadline = 0.6});
  CHECK(late.fault == Fault::timeout);
  CHECK(!late.score);
  CHECK(contains(late.error, "no answer within 0.6 s"));
}

TEST_CASE("no more programs run at a time than there are processors, and waiting for one is not being late") {
  if (!has_sandbox()) return;
  const auto processors = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const RewardTerm term{.name = "code", .rule = code({.deadline = 20}), .deadline = std::chrono::seconds(1)};
  const json answer = stdin_tests("python", {{"", "1"}});
  Group group{.problem = {.answer = answer.dump()}};
  for (int i = 0; i < 4 * processors; ++i)
    group.completions.push_back({.text = "```python\nimport time\ntime.sleep(0.5)\nprint(1)\n```"});
  const auto start = std::chrono::steady_clock::now();
  const Rewards rewards = score({&group, 1}, {&term, 1}, 4 * processors);
  CHECK(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() > 1.9);
  CHECK(rewards.total.minCoeff() == 1.0f);
}
