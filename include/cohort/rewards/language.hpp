#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cohort/reward.hpp"

namespace cohort::rewards {

enum class LanguagePart {
  thinking,  // what stands between <think> and </think>; the whole text without them
  whole,
};

struct LanguageConsistencyOptions {
  std::string language = "en";  // ISO 639-1, one of languages()
  std::string field;            // a column of the data set that names the language of each problem; empty: none
  LanguagePart part = LanguagePart::thinking;
};

/// The codes that a language may have, in alphabetical order.
std::vector<std::string> languages();

/// The share of a text's words that are of a language, 0 to 1; nothing for a text without words. A word counts by its
/// script; words in Latin letters by the sentence they stand in, which is of the language most of whose function words
/// it has. A character of a script without blanks is half a word. Mathematics, code and single letters do not count.
/// Throws Error for a code that is not one of languages().
std::optional<double> language_share(std::string_view text, std::string_view language);

/// language_share() of the chain of thought. DeepSeek-R1 (arXiv:2501.12948), section 2.3.2. No score without words, and
/// where `field` names no known language. Verdicts: consistent (1), mixed, other (0), no_words, unknown_language.
/// Throws Error for an unknown language.
RewardRule language_consistency(LanguageConsistencyOptions options = {});

}  // namespace cohort::rewards
