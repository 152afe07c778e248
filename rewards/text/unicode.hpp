// What a rule needs to know about characters: UTF-8 that may be broken, case, blanks, punctuation, scripts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cohort::rewards {

/// The code point at `position`, which moves past it. A byte that is not part of UTF-8 is U+FFFD and moves by one.
char32_t next_code_point(std::string_view text, size_t& position);

/// Appends `code_point`, which is not above U+10FFFF, as UTF-8.
void append_code_point(char32_t code_point, std::string& text);

/// The last `num_characters` code points of `text`.
std::string_view last_characters(std::string_view text, size_t num_characters);

/// The small letter of a capital of the Latin, Greek, Cyrillic, Armenian or Georgian alphabet with a one-to-one pair;
/// anything else as it is.
char32_t to_lower(char32_t code_point);

/// The same for each character of a text.
std::string to_lower(std::string_view text);

bool is_blank(char32_t code_point);        // what separates words: White_Space and the ASCII separators
bool is_punctuation(char32_t code_point);  // of ASCII, Latin-1, the General Punctuation and CJK blocks

/// Scripts of letters and their marks; `none` is anything else: digits, signs, what several scripts share.
enum class Script : uint8_t {
  none,
  latin,
  greek,
  cyrillic,
  armenian,
  hebrew,
  arabic,
  devanagari,
  bengali,
  gurmukhi,
  gujarati,
  oriya,
  tamil,
  telugu,
  kannada,
  malayalam,
  sinhala,
  thai,
  lao,
  tibetan,
  myanmar,
  georgian,
  hangul,
  ethiopic,
  khmer,
  mongolian,
  hiragana,
  katakana,
  han,
};

Script script_of(char32_t code_point);

/// Whether words of the script stand together without blanks.
bool is_written_without_blanks(Script script);

/// Marks and joiners without a script of their own, which go on with the word before them: U+0301, Arabic vowels, ー.
bool continues_word(char32_t code_point);

}  // namespace cohort::rewards
