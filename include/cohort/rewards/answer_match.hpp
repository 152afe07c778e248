// How far an answer in words agrees with a gold answer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cohort/reward.hpp"
#include "cohort/rewards/exact.hpp"

namespace cohort::rewards {

struct AnswerMatchOptions {
  ExactSource source = ExactSource::answer_tag;
};

/// The words that SQuAD compares (Rajpurkar et al., arXiv:1606.05250): small letters, no punctuation, no "a", "an" or
/// "the". Where nothing would be left the articles stay, or else the punctuation: only a blank text has no words.
std::vector<std::string> answer_words(std::string_view text);

/// 1 if the answer has the words of a gold answer in their order, else 0. Search-R1's exact match. The gold answer is a
/// text, or a JSON list of texts of which any is right. Verdicts: equal, different, unparsed (no such part: 0),
/// gold_unparsed (no score).
RewardRule exact_match(AnswerMatchOptions options = {});

/// 2 p r / (p + r) over the words, those that occur twice counted twice: p is the share of the answer's words that are
/// the gold answer's, r the reverse; the best of several gold answers. "yes", "no" and "noanswer" agree only with
/// themselves, as in HotpotQA. Verdicts: equal, partial, different, unparsed (0), gold_unparsed (no score).
RewardRule f1(AnswerMatchOptions options = {});

}  // namespace cohort::rewards
