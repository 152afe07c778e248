// What the words around a value say of it, in a dozen languages.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace cohort::rewards::math {

enum class Claim : uint8_t {
  word,         // says nothing of a value
  filler,       // may stand between a phrase and its value: "is", "the answer"
  value,        // a number or a formula
  comma,        // also ; : and a dash
  stop,         // of a sentence
  question,     // its mark or its particle
  negation,     // "not", right before a value
  disbelief,    // "I doubt that"
  fault,        // "wrong"
  denial,       // behind a value: "is not the answer"
  retraction,   // "scratch that": what stands before it is withdrawn
  objection,    // "no", "wait": the same, where another value or a fault follows
  other,        // "or", "maybe": before a second value
  rival,        // "is also possible", behind a second value
  bound,        // "at least", before a value
  beyond,       // "or more", behind it
  between,      // "between", "from": before the first of two ends
  range,        // "to": between them
  replaced,     // "instead of"
  supposition,  // "if it were"
  hearsay,      // "some people say"
  property,     // "the answer has": what follows is no answer
  ignorance,    // "cannot be determined"
  contrast,     // "but", "so": what follows is claimed again
  others,       // "the other ones": no longer the value
  place,        // "chapter": what follows is its number
  page,         // the same, where the sentence refers to it; a person may be on page 5
  look,         // "see", "is given in"
  affirmation,  // "that is right"
  page_behind,  // "쪽": what stands before is its number
};

/// A part of a text, and what it says.
struct Said {
  Claim claim;
  std::string_view text;
};

/// The words, marks and values of a text; the longest phrase of the table goes before its parts. Linear.
std::vector<Said> said_in(std::string_view text);

/// Phrases that say one thing in one language, parted by '|', in lower case. ' stands for ’ too, a blank for any blanks
/// and marks of emphasis.
struct ClaimWords {
  Claim claim;
  std::string_view language;
  std::string_view phrases;
};

std::span<const ClaimWords> claim_words();

}  // namespace cohort::rewards::math
