#include "src/cli/options.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "cli/scratch.hpp"
#include "src/cli/commands.hpp"

namespace cohort::cli {
namespace {

using test::contains;
using test::message_of;

const std::vector<Option> kOptions = {{"steps", "N", ""}, {"stop", "STR", "", true}, {"quiet", "", ""}};

Arguments parse(std::vector<std::string> words) { return parse_arguments(words, kOptions); }

TEST_CASE("a value follows its option or an equals sign") {
  CHECK(parse({"--steps", "5"}).integer("steps", 0, 0) == 5);
  CHECK(parse({"--steps=5"}).integer("steps", 0, 0) == 5);
  CHECK(parse({"--stop=--a=b"}).text("stop") == "--a=b");
}

TEST_CASE("a repeatable option keeps all its values in order") {
  CHECK(parse({"--stop", "a", "--stop", "b"}).texts("stop") == std::vector<std::string>{"a", "b"});
}

TEST_CASE("words after two dashes are no options") {
  CHECK(parse({"a", "--", "--steps"}).positional == std::vector<std::string>{"a", "--steps"});
}

TEST_CASE("an unknown option is an error that names the nearest") {
  CHECK(contains(message_of([] { parse({"--step", "5"}); }), "unknown option --step; the nearest is --steps"));
  CHECK(contains(message_of([] { parse({"-q"}); }), "unknown option -q"));
}

TEST_CASE("an option without its value, a flag with one, and a second time are errors") {
  CHECK(contains(message_of([] { parse({"--steps"}); }), "--steps needs a value"));
  CHECK(contains(message_of([] { parse({"--steps", "--quiet"}); }), "--steps needs a value"));
  CHECK(contains(message_of([] { parse({"--quiet=1"}); }), "--quiet takes no value"));
  CHECK(contains(message_of([] { parse({"--steps=1", "--steps=2"}); }), "--steps is given twice"));
}

TEST_CASE("numbers are whole, finite and in range") {
  for (const char* word : {"", "5x", " 5", "0x5", "5.0", "99999999999999999999"})
    CHECK(
        contains(message_of([&] { parse({std::string("--steps=") + word}).integer("steps", 0, 0); }), "whole number"));
  CHECK(contains(message_of([] { parse({"--steps=-1"}).integer("steps", 0, 0); }),
                 "--steps: expected at least 0, got -1"));
  for (const char* word : {"nan", "inf", "1e999", "1,5"})
    CHECK(contains(message_of([&] { parse({std::string("--steps=") + word}).number("steps", 0, 0, 9); }), "a number"));
  CHECK(parse({"--steps=1e-3"}).number("steps", 0, 0, 9) == 1e-3);
}

TEST_CASE("an unknown command names the nearest") {
  CHECK(contains(message_of([] { find_command("tokenise"); }), "unknown command tokenise; the nearest is tokenize"));
}

TEST_CASE("help names every option of every command") {
  for (const Command& command : commands())
    for (const Option& option : command.options)
      CHECK_MESSAGE(contains(help_of(command), "--" + option.name), command.name, " ", option.name);
}

}  // namespace
}  // namespace cohort::cli
