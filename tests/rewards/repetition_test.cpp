#include "cohort/rewards/repetition.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>

#include "cohort/error.hpp"
#include "rewards/completions.hpp"
#include "rewards/hostile.hpp"

using namespace cohort;
using namespace cohort::rewards;
using doctest::Approx;

namespace {

/// The definition, word for word.
double share_by_definition(const std::vector<int64_t>& items, size_t n) {
  if (items.size() < n) return 0;
  std::set<std::vector<int64_t>> different;
  const size_t total = items.size() - n + 1;
  for (size_t i = 0; i < total; ++i)
    different.emplace(items.begin() + static_cast<ptrdiff_t>(i), items.begin() + static_cast<ptrdiff_t>(i + n));
  return 1.0 - static_cast<double>(different.size()) / static_cast<double>(total);
}

double token_score(std::vector<int64_t> tokens, TokenRepetitionOptions options = {}) {
  Completion completion;
  completion.tokens = std::move(tokens);
  return *token_repetition(options)({}, completion).score;
}

double word_score(const std::string& text, WordRepetitionOptions options = {}) {
  return *test::grade_text(word_repetition(options), "", text).score;
}

}  // namespace

TEST_CASE("one token n times has one n-gram") {
  CHECK(token_score({5, 5, 5, 5, 5}, {.ngram_tokens = 2}) == Approx(-3.0 / 4));
  CHECK(token_score({5, 5, 5, 5, 5}) == Approx(-2.0 / 3));
  CHECK(token_score({5, 5, 5, 5, 5}, {.ngram_tokens = 1}) == Approx(-4.0 / 5));
  CHECK(token_score({1, 2, 1, 2, 1, 2}, {.ngram_tokens = 2}) == Approx(-3.0 / 5));
  CHECK(token_score({1, 2, 1, 2, 1, 2}, {.ngram_tokens = 2, .max_penalty = -0.5}) == Approx(-3.0 / 10));
}

TEST_CASE("a sequence without a repeated n-gram, or shorter than one, costs nothing") {
  for (const std::vector<int64_t>& tokens : std::vector<std::vector<int64_t>>{{}, {1}, {1, 1}, {1, 1, 1}, {1, 2, 1, 2}})
    CHECK(token_score(tokens) == 0.0);
}

TEST_CASE("the share is the one of the definition for every n") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<int64_t> items(random() % 60);
    const uint32_t num_kinds = 1 + random() % 5;
    for (int64_t& item : items) item = static_cast<int64_t>(random() % num_kinds) - 2;
    for (size_t n = 1; n < 20; ++n) {
      const double share = repeated_share(items, static_cast<int64_t>(n));
      CHECK(share == share_by_definition(items, n));
      CHECK(share >= 0.0);
      CHECK(share < 1.0);
    }
  }
}

TEST_CASE("words are compared in small letters, of accented alphabets too") {
  CHECK(word_score("this this this this this", {.ngram_words = 2}) == Approx(-3.0 / 4));
  CHECK(word_score("This THIS this", {.ngram_words = 1}) == Approx(-2.0 / 3));
  CHECK(word_score("État état", {.ngram_words = 1}) == Approx(-1.0 / 2));
  CHECK(word_score("ДА да ΝΑΙ ναι", {.ngram_words = 1}) == Approx(-1.0 / 2));
  CHECK(word_score("a b c a b c", {.ngram_words = 3}) == Approx(-1.0 / 4));
  CHECK(word_score("a\tb\n\na  b", {.ngram_words = 2}) == Approx(-1.0 / 3));
  CHECK(word_score("a\u00a0b\u3000a\u00a0b", {.ngram_words = 2}) == Approx(-1.0 / 3));
  CHECK(word_score("a. a", {.ngram_words = 1}) == 0.0);
  CHECK(word_score("", {}) == 0.0);
  CHECK(word_score(" \n ", {}) == 0.0);
}

TEST_CASE("a Chinese, Japanese or Thai character is a word, and a Korean word is one") {
  CHECK(word_score("你好你好", {.ngram_words = 2}) == Approx(-1.0 / 3));
  CHECK(word_score("ababab你", {.ngram_words = 1}) == 0.0);
  CHECK(word_score("ああ", {.ngram_words = 1}) == Approx(-1.0 / 2));
  CHECK(word_score("안녕 안녕", {.ngram_words = 1}) == Approx(-1.0 / 2));
  CHECK(word_score("안안", {.ngram_words = 1}) == 0.0);
}

TEST_CASE("a text without tokens has no token score and still a word score") {
  CHECK(!test::grade_text(token_repetition(), "", "a a a a").score);
  CHECK(test::grade_text(token_repetition(), "", "a a a a").verdict == "no_tokens");
  CHECK(test::grade_text(word_repetition(), "", "a a a a").verdict == "repeated");
  CHECK(test::grade_text(word_repetition(), "", "a b c d").verdict == "fresh");
}

TEST_CASE("a penalty above 0 and an n below 1 are errors") {
  CHECK_THROWS_WITH_AS(token_repetition({.max_penalty = 1}), doctest::Contains("at most 0, got 1"), Error);
  CHECK_THROWS_WITH_AS(word_repetition({.ngram_words = 0}), doctest::Contains("ngram_words must be at least 1, got 0"),
                       Error);
}

TEST_CASE("hostile texts and long sequences take linear time, whatever n") {
  for (const int64_t n : {1, 3, 50'000})
    CHECK(test::slowest(word_repetition({.ngram_words = n}), {}) < test::linear_seconds);
  double score = 0;
  CHECK(test::processor_seconds([&] {
          score = token_score(std::vector<int64_t>(1'000'000, 3), {.ngram_tokens = 300'000});
        }) < test::linear_seconds);
  CHECK(score < -0.99);
}
