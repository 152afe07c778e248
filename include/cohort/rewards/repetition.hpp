#pragma once

#include <cstdint>
#include <span>

#include "cohort/reward.hpp"

namespace cohort::rewards {

struct TokenRepetitionOptions {
  int64_t ngram_tokens = 3;   // at least 1
  double max_penalty = -1.0;  // at most 0
};

struct WordRepetitionOptions {
  int64_t ngram_words = 3;    // at least 1
  double max_penalty = -1.0;  // at most 0
};

/// 1 − (different n-grams) / (all n-grams) of a sequence, compared exactly; 0 for one of fewer than `ngram_size` items.
/// Linear in the length, whatever the size.
double repeated_share(std::span<const int64_t> items, int64_t ngram_size);

/// max_penalty · repeated_share() of the sampled ids. "Demystifying Long Chain-of-Thought Reasoning"
/// (arXiv:2502.03373), appendix C.2, as TRL's get_repetition_penalty_reward. No score for a text without tokens.
/// Verdicts: fresh, repeated, no_tokens. Throws Error for options out of range.
RewardRule token_repetition(TokenRepetitionOptions options = {});

/// The same over the words of the text in small letters, as open-r1's get_repetition_penalty_reward. A character of a
/// script that is written without blanks (Chinese, Japanese, Thai, …) is a word.
RewardRule word_repetition(WordRepetitionOptions options = {});

}  // namespace cohort::rewards
