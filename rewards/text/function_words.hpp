// Languages, by their scripts and by the small words that nearly every sentence of them has.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "rewards/text/unicode.hpp"

namespace cohort::rewards {

struct Language {
  std::string_view code;            // ISO 639-1
  std::vector<Script> scripts;      // of its letters
  std::string_view function_words;  // of a language in Latin letters: small letters, composed, one blank between
};

/// All of them, by code.
std::span<const Language> known_languages();

/// The place of a code in known_languages(); -1 if it is not there.
int language_index(std::string_view code);

/// Places in known_languages() of the languages that have this function word, in small letters; mostly none.
std::span<const int> languages_of_word(std::string_view word);

}  // namespace cohort::rewards
