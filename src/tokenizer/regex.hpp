// Regular expressions written for Oniguruma (tokenizer.json), run by PCRE2.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cohort::tokenizer {

struct Span {
  size_t begin = 0, end = 0;  // [begin, end) in bytes
};

/// A compiled pattern. Immutable: any number of threads may search with it.
class Regex {
 public:
  /// Throws Error naming the construct, where the pattern means something else in PCRE2 or nothing at all.
  explicit Regex(std::string_view pattern);

  /// Matches from left to right, none overlapping, as Oniguruma's find_iter lists them. `text` is valid UTF-8.
  std::vector<Span> find_all(std::string_view text) const;

 private:
  std::shared_ptr<void> code_;
  std::string pattern_;
};

/// The pattern as PCRE2 must read it: \s spelled out (PCRE2 counts U+180E in), scripts without their extensions.
std::string translate_oniguruma(std::string_view pattern);

}  // namespace cohort::tokenizer
