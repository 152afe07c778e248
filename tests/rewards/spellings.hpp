// One gold answer beside ways to write it and beside what only looks like it.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "cohort/rewards/math.hpp"

namespace spellings {

struct Spellings {
  const char* gold;
  std::vector<const char*> equal, different;
};

inline void check(const std::vector<Spellings>& table) {
  for (const Spellings& row : table) {
    CAPTURE(std::string(row.gold));
    for (const char* text : row.equal) {
      CAPTURE(std::string(text));
      const auto result = cohort::rewards::grade_math(row.gold, text);
      CHECK_MESSAGE(result.verdict == cohort::rewards::MathVerdict::equal, cohort::rewards::to_string(result.verdict));
    }
    for (const char* text : row.different) {
      CAPTURE(std::string(text));
      CHECK(cohort::rewards::grade_math(row.gold, text).verdict != cohort::rewards::MathVerdict::equal);
    }
  }
}

}  // namespace spellings
