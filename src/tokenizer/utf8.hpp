// UTF-8, and the few character classes that tokenizer.json takes from the Unicode database.
#pragma once

#include <string>
#include <string_view>

namespace cohort::tokenizer {

/// The code point at `position`, which moves past it. `text` is valid UTF-8.
char32_t next_code_point(std::string_view text, size_t& position);

/// Bytes of the code point that starts with `lead`. Valid UTF-8 only.
size_t code_point_size(unsigned char lead);

void append_code_point(char32_t code_point, std::string& text);

/// Offset of the first byte that does not belong to valid UTF-8; npos where there is none.
size_t find_invalid_utf8(std::string_view bytes);

/// The same text with one U+FFFD for each maximal invalid subpart (Unicode 15, section 3.9, as Rust and Python do).
std::string lossy_utf8(std::string_view bytes);

bool is_space(char32_t code_point);    // White_Space
bool is_numeric(char32_t code_point);  // Nd, Nl, No
bool is_word(char32_t code_point);     // what \w matches in Rust's regex: letters, marks, digits, connectors, joiners

}  // namespace cohort::tokenizer
