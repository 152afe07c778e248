#include "cohort/rewards/table.hpp"

#include <doctest/doctest.h>

#include <set>

#include "cohort/error.hpp"
#include "rewards/hostile.hpp"
#include "src/text/nearest.hpp"
#include "support/messages.hpp"

using namespace cohort;
using test::contains;

namespace {

std::string message_of(const std::string& name, const Settings& settings) {
  try {
    rewards::make_rule(name, settings);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("every reward of the table is made from its own defaults and says what it is") {
  std::set<std::string> names;
  for (const rewards::RewardSpec& spec : rewards::table()) {
    CAPTURE(spec.name);
    CHECK(names.insert(spec.name).second);
    CHECK(!spec.description.empty());
    CHECK(!spec.answer.empty());
    Settings defaults;
    for (const Setting& parameter : spec.parameters) {
      CHECK(!parameter.type.empty());
      CHECK(!parameter.description.empty());
      defaults[parameter.name] = parameter.default_value;
    }
    if (spec.required.empty()) {
      CHECK(rewards::make_rule(spec.name, defaults));
    } else {
      CHECK(defaults.contains(spec.required));
      CHECK(contains(message_of(spec.name, defaults), (spec.required + " is required").c_str()));
    }
  }
  for (const char* name : {"math", "gsm8k", "countdown", "choice", "exact", "length", "chain_sum", "think_format",
                           "think_answer_format", "plugin", "subprocess", "http", "sandbox_fusion", "piston"})
    CHECK(names.contains(name));
}

TEST_CASE("settings reach the rule") {
  const RewardRule strict = rewards::make_rule("gsm8k", {{"extraction", "strict"}});
  CHECK(test::grade_text(strict, "72", "so 72").verdict == "unparsed");
  const RewardRule brief = rewards::make_rule("length", {{"max_tokens", "2"}});
  CHECK(brief({}, {.tokens = {1, 2, 3}}).score == 0.0);
}

TEST_CASE("an unknown reward, parameter, choice or a value of a wrong type is an error that helps") {
  CHECK(contains(message_of("maht", {}), "no reward \"maht\"; did you mean \"math\"?"));
  CHECK(contains(message_of("length", {{"max_token", "3"}}), "did you mean \"max_tokens\"?"));
  CHECK(
      contains(message_of("length", {{"max_tokens", "many"}}), "max_tokens must be an integer in range, got \"many\""));
  CHECK(contains(message_of("length", {{"max_tokens", "99999999999999999999"}}), "integer"));
  CHECK(contains(message_of("exact", {{"ignore_case", "yes"}}), "true or false, got \"yes\""));
  CHECK(contains(message_of("gsm8k", {{"extraction", "strikt"}}), "strict, flexible, got \"strikt\""));
  CHECK(contains(message_of("math", {{"unit", "ignore"}}), "did you mean \"units\"?"));
  CHECK(contains(message_of("chain_sum", {{"anything", "1"}}), "reward \"chain_sum\" has no parameters"));
}

TEST_CASE("name:key=value,key=value is split, and what cannot be split is an error") {
  const auto [name, settings] = parse_named_settings("length:min_tokens=1,max_tokens=5");
  CHECK(name == "length");
  CHECK(settings == Settings{{"min_tokens", "1"}, {"max_tokens", "5"}});
  CHECK(parse_named_settings("math").second.empty());
  CHECK(parse_named_settings("dataset:file=a=b.jsonl").second.at("file") == "a=b.jsonl");
  CHECK_THROWS_WITH_AS(parse_named_settings("length:5"), doctest::Contains("got \"5\""), Error);
  CHECK_THROWS_WITH_AS(parse_named_settings(":a=1"), doctest::Contains("NAME"), Error);
  CHECK_THROWS_WITH_AS(parse_named_settings("length:a=1,a=2"), doctest::Contains("\"a\" is set twice"), Error);
}

TEST_CASE("the nearest name is the one with the fewest edits, a swap of neighbours being one") {
  const std::vector<std::string> names = {"choice", "countdown", "math"};
  CHECK(text::nearest("mtah", names) == "math");
  CHECK(text::nearest("countdwon", names) == "countdown");
  CHECK(text::nearest("", {}) == "");
  CHECK(text::edit_distance("kitten", "sitting") == 3);
  CHECK(text::edit_distance("ab", "ba") == 1);
}
