#include "src/cli/jsonl.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "cli/scratch.hpp"

namespace cohort::cli {
namespace {

using test::contains;
using test::message_of;
using test::Scratch;

std::vector<std::string> texts(const std::string& lines, bool skip_bad_lines = false) {
  const Scratch scratch;
  std::vector<std::string> found;
  for_each_line({.path = scratch.write("in.jsonl", lines), .skip_bad_lines = skip_bad_lines},
                [&](const auto& object) { found.push_back(required_string(object, "text")); });
  return found;
}

TEST_CASE("lines arrive in order, with and without a last line break") {
  CHECK(texts("{\"text\": \"a\"}\n{\"text\": \"é\"}\r\n") == std::vector<std::string>{"a", "é"});
  CHECK(texts("{\"text\": \"a\"}") == std::vector<std::string>{"a"});
  CHECK(texts("").empty());
}

TEST_CASE("a bad line is an error with its number and reason") {
  const std::string good = "{\"text\": \"a\"}\n";
  const auto error = [&](const std::string& bad) { return message_of([&] { texts(good + bad + "\n" + good); }); };
  CHECK(contains(error("{\"text\": \"\xff\"}"), "line 2: not UTF-8 at byte 11"));
  CHECK(contains(error("{\"text\": "), "line 2: not JSON"));
  CHECK(contains(error("[1]"), "line 2: expected a JSON object, got array"));
  CHECK(contains(error(""), "line 2: expected a JSON object, got nothing"));
  CHECK(contains(error("{}"), "line 2: key \"text\" is missing"));
  CHECK(contains(error("{\"text\": 1}"), "line 2: key \"text\": expected a string, got number"));
  CHECK(contains(error("{\"text\": " + std::string(100'000, '[')), "line 2: nested deeper than 64"));
}

TEST_CASE("bad lines are left out on demand") {
  CHECK(texts("nonsense\n{\"text\": \"a\"}\n\n", /*skip_bad_lines=*/true) == std::vector<std::string>{"a"});
}

TEST_CASE("a missing file is an error that names it") {
  CHECK(contains(message_of([] { for_each_line({.path = "/nowhere.jsonl"}, [](const auto&) {}); }), "/nowhere.jsonl"));
}

TEST_CASE("UTF-8 is what RFC 3629 says") {
  for (const char* good : {"", "a", "é", "€", "😀", "\U0010FFFF"}) CHECK(first_bad_utf8(good) == std::string::npos);
  // A lone continuation, a long form of /, a surrogate, beyond U+10FFFF, a cut character.
  for (const char* bad : {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"}) {
    CHECK(first_bad_utf8(bad) == 0);
    CHECK(first_bad_utf8(std::string("ab") + bad) == 2);
  }
}

TEST_CASE("integers are integers") {
  CHECK(required_integers({{"tokens", {1, 2}}}, "tokens") == std::vector<int64_t>{1, 2});
  CHECK(contains(message_of([] {
                   required_integers({{"tokens", {1, 2.5}}}, "tokens");
                 }),
                 "expected integers, got 2.5"));
  CHECK(contains(message_of([] { required_integers({{"tokens", "1"}}, "tokens"); }), "list of integers"));
}

}  // namespace
}  // namespace cohort::cli
