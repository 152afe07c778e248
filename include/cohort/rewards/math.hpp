// Whether the answer of a response is the gold answer, as mathematics. docs/verifier.md says what is equal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cohort/reward.hpp"

namespace cohort::rewards {

/// What counts as an answer.
enum class MathStrictness : uint8_t {
  boxed_only,  // \boxed{…} or \fbox{…}
  formula,     // also what the text sets apart as mathematics: $…$, \(…\), \[…\]
  anchored,    // \boxed{…}, <answer>…</answer>, "#### …", "the answer is …"
  any,         // also the last thing that can be one: a short line, **bold**, a formula, a number
};

enum class MathPercent : uint8_t {
  strict,  // 50% is 1/2 and nothing else
  either,  // 50% is 1/2 and 50
};

enum class MathUnits : uint8_t {
  ignore,   // 5 cm is 5 and 5 m
  require,  // a unit of the gold answer must be there
  convert,  // a unit may be missing; two are converted: 100 cm is 1 m and is not 1 cm
};

struct MathOptions {
  MathStrictness strictness = MathStrictness::any;
  MathPercent percent = MathPercent::either;
  MathUnits units = MathUnits::convert;
  bool ordered_lists = false;           // 1, 2 is not 2, 1
  bool inequality_for_interval = true;  // 1 < x < 2 is (1, 2)
  bool decimal_comma = false;           // 3,5 is 7/2
  bool rename_symbols = false;          // x + 1 is t + 1: only the order in which names appear counts
  bool polynomial_gcd = false;          // gcd(x, y) is 1 and lcm(2, √3) is 2√3, as of polynomials; not for numbers
  double relative_tolerance = 0;        // decimals that differ by less are equal; integers stay exact
  int64_t rounded_places = 0;           // 0.67 is 2/3 where two places are enough; 0: six significant digits are
  int64_t max_answer_bytes = 2'000;     // a longer answer is not read
  int64_t budget = 120'000;             // steps of one comparison, about 50 ns each
};

enum class MathVerdict : uint8_t {
  equal,
  different,
  unparsed,         // no answer was found, or it cannot be read
  gold_unparsed,    // the gold answer cannot be read: no score
  budget_exceeded,  // the comparison ended undecided: no score
};

/// The word for a verdict, as it stands in a Grade: "equal".
std::string_view to_string(MathVerdict verdict);

struct MathResult {
  MathVerdict verdict = MathVerdict::unparsed;
  std::optional<double> score;  // 1 for equal, 0 for different and unparsed, none where the machine failed
  bool is_probable = false;     // decided by agreement at many points, not by proof
  std::string extracted;        // the answer as it was read
  std::string_view rule;        // how it was found: "boxed", "answer_tag", "####", …; static
  size_t begin = 0, end = 0;    // where it stands: bytes [begin, end) of the response
  std::string_view reason;      // what decided: "rational", "polynomial", "set", …; static
};

/// Grades a response against gold answers, any of which is right: text, LaTeX or plain, with or without dollars or a
/// box; a whole solution that ends in one will do. The answer is looked for behind the last closing think tag; a
/// response whose <think> is never closed has none. Of what is longer than 256 KiB only the end is searched. Never
/// throws for what a text holds, and never hangs: linear in the length of the response, and `budget` bounds the rest.
/// Thread-safe.
MathResult grade_math(std::span<const std::string_view> golds, std::string_view response,
                      const MathOptions& options = {});
MathResult grade_math(std::string_view gold, std::string_view response, const MathOptions& options = {});

/// The same for an answer that was extracted already.
MathResult compare_math(std::span<const std::string_view> golds, std::string_view answer,
                        const MathOptions& options = {});
MathResult compare_math(std::string_view gold, std::string_view answer, const MathOptions& options = {});

/// The gold answers of a problem: the strings of a JSON list of strings, else the text itself.
std::vector<std::string> math_golds(std::string_view answer);

/// Throws Error for an option out of range.
void check_math_options(const MathOptions& options);

/// 1 if the answer of a completion is the gold answer, else 0. The gold answer of a problem is a text, or a JSON list
/// of texts of which any is right. Verdicts as above. Throws Error for options out of range.
RewardRule math_reward(MathOptions options = {});

/// math_reward() with its defaults.
Grade math_answer(const Problem& problem, const Completion& completion);

}  // namespace cohort::rewards
