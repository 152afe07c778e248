// The words of a text in natural language, without its mathematics and its code.
#pragma once

#include <functional>
#include <string_view>

#include "rewards/text/unicode.hpp"

namespace cohort::rewards {

struct ProseWord {
  std::string_view text;  // letters of one script with their marks; one character of a script without blanks
  Script script = Script::none;
  size_t num_letters = 0;
};

struct ProseReader {
  std::function<void(const ProseWord&)> word;
  std::function<void()> sentence_end;
};

/// Reads a text once, from front to back. Left out are Latin and Greek letters in `…`, in closed fences of three
/// backticks, in $…$ on one line, $$…$$, \(…\) and \[…\], and commands such as \frac. Letters of other scripts are
/// words wherever they stand. Linear.
void read_prose(std::string_view text, const ProseReader& reader);

}  // namespace cohort::rewards
