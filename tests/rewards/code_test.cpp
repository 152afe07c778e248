#include "cohort/rewards/code.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "cohort/error.hpp"
#include "rewards/code/answer.hpp"
#include "rewards/code/output.hpp"
#include "rewards/code/value.hpp"
#include "rewards/hostile.hpp"
#include "rewards/text/code_blocks.hpp"
#include "support/messages.hpp"

using namespace cohort;
using namespace cohort::rewards;
using nlohmann::json;
using test::contains;

namespace {

const std::string_view kPython[] = {"python", "py"};

std::string block_of(std::string_view text) {
  const auto block = last_code_block(text, kPython);
  return block ? std::string(block->code) : "no block";
}

std::string complaint_of(const std::string& answer) {
  return test::message_of([&] { parse_code_answer(answer); });
}

bool same(std::string_view expected, std::string_view got, OutputComparison comparison = OutputComparison::lines,
          double tolerance = 0) {
  return equal_output(expected, got, comparison, tolerance);
}

bool returns(const std::string& expected, std::string_view encoded, double tolerance = 0) {
  CodeValue got;
  return decode_result(encoded, got) && equal_values(parse_json(expected, "expected"), got, {tolerance});
}

}  // namespace

TEST_CASE("the last block of the language is the program") {
  CHECK(block_of("```python\na\n```\nor\n```python\nb\n```\n") == "b\n");
  CHECK(block_of("```python\na\n```\n```cpp\nb\n```") == "a\n");
  CHECK(block_of("```PY\na\n```") == "a\n");
  CHECK(block_of("  ```python title=x\na\n  ```") == "a\n");
  CHECK(block_of("~~~python\na\n```\nb\n~~~") == "a\n```\nb\n");
  CHECK(block_of("````python\na\n```\nb\n````") == "a\n```\nb\n");
}

TEST_CASE("a block that is cut off goes on to the end; one without a language counts where none has it") {
  CHECK(block_of("```python\na\nb") == "a\nb");
  CHECK(block_of("```\na\n```") == "a\n");
  CHECK(block_of("```\na\n```\n```python\nb\n```\n```\nc\n```") == "b\n");
  CHECK(last_code_block("```\na\n```", kPython)->tag().empty());
  CHECK(last_code_block("```\na\n```", kPython)->is_closed);
  CHECK(!last_code_block("```python\na\nb", kPython)->is_closed);
}

TEST_CASE("what is no fence is no block") {
  for (const char* text : {"", "print(1)", "``python\na\n``", "```cpp\na\n```", "```python3x\na\n```", "`python`"})
    CHECK(block_of(text) == "no block");
  CHECK(block_of("```python") == "");
}

TEST_CASE("blocks are found in time linear in the text") {
  for (const std::string& part :
       {std::string("```\n"), std::string("```python\n"), std::string("`"), std::string("~~~x\n")}) {
    std::string text;
    while (text.size() < 4'000'000) text += part;
    const auto start = std::chrono::steady_clock::now();
    block_of(text);
    CHECK(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < 5);
  }
}

TEST_CASE("lines are compared without the blanks at their ends") {
  CHECK(same("1 2\n3\n", "1 2  \r\n3"));
  CHECK(same("1\n", "1\n\n \n"));
  CHECK(same("", "\n"));
  for (const char* wrong : {"1  2\n3", "1 2 3", "1 2\n3\n3", "1 2", "", "1 2\n\n3", "1 2\n3\n\f", "1 2\n\u06633"})
    CHECK(!same("1 2\n3\n", wrong));
  CHECK(!same("7", std::string_view("7\0", 2)));
  CHECK(!same("7", "7\x1b[0m"));
}

TEST_CASE("exact is to the byte and tokens are words") {
  CHECK(same("1\n", "1\n", OutputComparison::exact));
  CHECK(!same("1\n", "1", OutputComparison::exact));
  CHECK(same("1 2\n3", " 1\n2 3 ", OutputComparison::tokens));
  CHECK(!same("1 2", "1 2 3", OutputComparison::tokens));
  CHECK(!same("1 2 3", "1 2", OutputComparison::tokens));
}

TEST_CASE("a tolerance is for numbers that are no integers") {
  CHECK(same("0.333333", "0.3333334", OutputComparison::lines, 1e-6));
  CHECK(same("1e3", "1000", OutputComparison::lines, 1e-6));
  CHECK(same("-2.5 x", "-2.5000001 x", OutputComparison::tokens, 1e-6));
  CHECK(!same("0.333333", "0.3333334"));
  CHECK(!same("7", "7.0", OutputComparison::lines, 1e-6));
  CHECK(!same("7", "7.0000001", OutputComparison::lines, 1e-6));
  for (const char* wrong :
       {"nan", "inf", "0.34", "0.333333x", "0x0.55", "\u0660.333333", "0_0.333333", "+-0.333333", "--0.333333", ""})
    CHECK(!same("0.333333", wrong, OutputComparison::lines, 1e-6));
}

TEST_CASE("floats are numbers that are near, integers too, and words that are equal") {
  const auto near = [](std::string_view expected, std::string_view got, double tolerance) {
    return same(expected, got, OutputComparison::floats, tolerance);
  };
  CHECK(near("7 0.5\nyes", "7.0000001 0.50000001 yes\n", 1e-6));
  CHECK(near("1e6", "1000000.5", 1e-6));
  CHECK(!near("7", "7.1", 1e-6));
  CHECK(!near("7", "7.0 7.0", 1e-6));
  for (const char* wrong : {"", "yes", "nan", "inf", "7x", "0x7", "7_0", "\u0667"}) CHECK(!near("7", wrong, 1e-6));
  CHECK(tolerance_of(OutputComparison::floats, 0) == 1e-6);
  CHECK(tolerance_of(OutputComparison::floats, 0.5) == 0.5);
  CHECK(tolerance_of(OutputComparison::lines, 0) == 0);
  CHECK(contains(test::message_of([] { tolerance_of(OutputComparison::unordered, 0.1); }), "takes no tolerance"));
}

TEST_CASE("unordered lines are the same lines as often, in any order") {
  const auto unordered = [](std::string_view got) { return same("b 1\na 2\na 2\n", got, OutputComparison::unordered); };
  CHECK(unordered("a 2\nb 1 \r\n a 2"));
  for (const char* wrong : {"a 2\nb 1", "a 2\nb 1\nb 1", "a 2\na 2\na 2\nb 1", "2 a\n2 a\n1 b", "a 2\n\nb 1\na 2", ""})
    CHECK(!unordered(wrong));
}

TEST_CASE("the items of a list may be in any order, those of its lists may not") {
  const auto unordered = [](const std::string& expected, std::string_view encoded) {
    CodeValue got;
    return decode_result(encoded, got) && equal_values(parse_json(expected, "expected"), got, {.in_any_order = true});
  };
  CHECK(unordered("[2, 1, \"a\"]", "l3:s1:ai1;i2;"));
  CHECK(unordered("[[1, 2], [3]]", "l2:l1:i3;l2:i1;i2;"));
  CHECK(unordered("[{\"a\": 1, \"b\": 2}, {}]", "l2:d0:d2:s1:bi2;s1:ai1;"));
  CHECK(!unordered("[[1, 2], [3]]", "l2:l1:i3;l2:i2;i1;"));
  CHECK(!unordered("[1, 1, 2]", "l3:i1;i2;i2;"));
  CHECK(!unordered("[1, 2]", "l3:i1;i2;i2;"));
  CHECK(!unordered("[1, true]", "l2:i1;i1;"));
  CHECK(!unordered("[1]", "l1:s1:1"));
}

TEST_CASE("where a language has one type of numbers, 1.0 is 1 but neither is true") {
  const auto mixed = [](const std::string& expected, std::string_view encoded, double tolerance = 0) {
    CodeValue got;
    return decode_result(encoded, got) &&
           equal_values(parse_json(expected, "expected"), got, {tolerance, /*mixes_numbers=*/true});
  };
  CHECK(mixed("1.0", "i1;"));
  CHECK(mixed("1", "f1;"));
  CHECK(mixed("1000000000000000000000", "f1e+21;"));
  CHECK(mixed("7", "i8;", 0.2));
  CHECK(!mixed("1", "f1.5;"));
  CHECK(!mixed("7", "i8;"));
  CHECK(!mixed("1", "T"));
  CHECK(!mixed("1.5", "fnan;"));
  CHECK(!mixed("1.5", "finf;", 0.5));
}

TEST_CASE("a function's value is compared with its type") {
  CHECK(returns("7", "i7;"));
  CHECK(returns("[1, [true, null], \"é\"]", "l3:i1;t2:TNs2:é"));
  CHECK(returns("{\"a\": 1, \"b\": 2}", "d2:s1:bi2;s1:ai1;"));
  CHECK(returns("0.1", "f0x1.999999999999ap-4;"));
  CHECK(returns("0.5", "f0x1.0000000000001p-1;", 1e-9));
  CHECK(returns("123456789012345678901234567890", "i123456789012345678901234567890;"));
  CHECK(!returns("0.5", "f0x1.0000000000001p-1;"));
  for (const char* wrong :
       {"f0x1.cp+2;", "T", "s1:7", "l1:i7;", "x3:Yes", "N", "i8;", "i7;i7;", "i7", "i07;", "i+7;", ""})
    CHECK(!returns("7", wrong));
  CHECK(!returns("1", "T"));
  CHECK(!returns("true", "i1;"));
  CHECK(!returns("2.0", "i2;"));
  CHECK(!returns("{\"1\": 2}", "d1:i1;i2;"));
}

TEST_CASE("no bytes of a result crash its reader") {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "l1:";
  CodeValue value;
  CHECK(!decode_result(deep, value));
  for (const char* bytes : {"l99999999999999999999:", "l18446744073709551615:", "s18446744073709551615:a", "d4:", "f;",
                            "f0x;", "i;", "i-;", "x", "s-1:"}) {
    CodeValue other;
    CHECK(!decode_result(bytes, other));
  }
}

TEST_CASE("an answer without tests, or with a field that nobody reads, is an error") {
  CHECK(contains(complaint_of(R"({"language": "python", "tests": []})"), "no tests"));
  CHECK(contains(complaint_of(R"({"language": "python"})"), "\"tests\""));
  CHECK(contains(complaint_of(R"({"tests": [{"stdin": "", "stdout": ""}]})"), "\"language\""));
  CHECK(contains(complaint_of(R"({"language": "python", "test": []})"), "\"test\""));
  CHECK(contains(complaint_of(R"({"language": "python", "tests": [{"stdin": "1"}]})"), "test 0 needs \"stdout\""));
  CHECK(contains(complaint_of(R"({"language": "python", "function": "f", "tests": [{"args": 1, "expected": 1}]})"),
                 "\"args\""));
  CHECK(contains(complaint_of(R"({"language": "python", "function": "f", "tests": [{"args": []}]})"), "\"expected\""));
  CHECK(contains(complaint_of(R"({"language": "python", "tests": [{"stdin": "", "stdout": ""}], "time_limit": -1})"),
                 "time_limit"));
  const auto with = [](const std::string& fields) {
    return complaint_of(R"({"language": "python", "tests": [{"stdin": "", "stdout": ""}], )" + fields + "}");
  };
  CHECK(contains(with(R"("checker": "tokenz")"), "must be exact, lines, tokens, floats, unordered or a program"));
  CHECK(contains(with(R"("checker": 1)"), "the checker must be an object"));
  CHECK(contains(with(R"("checker": {"language": "python"})"), "the checker needs \"source\""));
  CHECK(contains(with(R"("checker": {"language": "python", "source": "", "tolerance": 1})"), "\"tolerance\""));
  CHECK(contains(with(R"("checker": {"language": "python", "source": ""}, "tolerance": 0.1)"), "does not read"));
  CHECK(contains(with(R"("checker": "floats", "tolerance": 1.5)"), "[0, 1)"));
  CHECK(contains(with(R"("function": "f(); g")"), "must be a name"));
  CHECK(with(R"("checker": "floats", "tolerance": 1e-3)") == "no error");
  CHECK(contains(complaint_of("nonsense"), "not JSON"));
  CHECK(contains(complaint_of(std::string(100'000, '[')), "nested"));
  CHECK(complaint_of(R"({"language": "python", "tests": [{"stdin": "", "stdout": ""}], "time_limit": 2})") ==
        "no error");
}

TEST_CASE("arguments reach the function as they are, integers of any size too") {
  const CodeAnswer answer = parse_code_answer(
      R"({"language": "python", "function": "f", "tests": [{"args": [123456789012345678901234567890, 0.1, 2.0, "é\n", {"a": [null, true]}], "expected": 1}]})");
  CHECK(answer.tests[0].arguments == R"([123456789012345678901234567890,0.1,2.0,"é\n",{"a":[null,true]}])");
}

TEST_CASE("a language that is not known, or that has no functions, is an error that says so") {
  const Rule rule = code();
  const auto complaint = [&](const json& answer) -> std::string {
    try {
      rule({.answer = answer.dump()}, {.text = "```python\nprint(1)\n```"});
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  CHECK(contains(complaint({{"language", "pyton"}, {"tests", {{{"stdin", ""}, {"stdout", "1"}}}}}),
                 "did you mean \"python\"?"));
  CHECK(contains(complaint({{"language", "c"}, {"function", "f"}, {"tests", {{{"args", {1}}, {"expected", 1}}}}}),
                 "for python, cpp and javascript, got \"c\""));
}

TEST_CASE("a text without a program is no_code") {
  const json answer = {{"language", "python"}, {"tests", {{{"stdin", ""}, {"stdout", "1"}}}}};
  for (const char* text : {"", "print(1)", "```python\n```", "```python\n \n```", "```cpp\nint main() {}\n```",
                           "<think>\n```python\nprint(1)\n```\n</think>\nso 1"}) {
    const Grade grade = code()({.answer = answer.dump()}, {.text = text});
    CHECK(grade.score == 0.0);
    CHECK(grade.verdict == "no_code");
  }
}
