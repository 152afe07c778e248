#include "rewards/text/unicode.hpp"

#include <algorithm>

namespace cohort::rewards {

char32_t next_code_point(std::string_view text, size_t& position) {
  constexpr char32_t replacement = 0xFFFD;
  const auto byte = [&](size_t place) { return static_cast<unsigned char>(text[place]); };
  const unsigned char lead = byte(position);
  if (lead < 0x80) return text[position++];
  const size_t size = lead > 0xF4 ? 0 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
  if (size == 0 || text.size() - position < size) {
    ++position;
    return replacement;
  }
  char32_t code_point = lead & (0xFF >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(position + i) & 0xC0) != 0x80) {
      ++position;
      return replacement;
    }
    code_point = code_point << 6 | (byte(position + i) & 0x3F);
  }
  const bool is_overlong = (size == 3 && code_point < 0x800) || (size == 4 && code_point < 0x10000);
  const bool is_surrogate = code_point >= 0xD800 && code_point < 0xE000;
  if (is_overlong || is_surrogate || code_point > 0x10FFFF) {
    ++position;
    return replacement;
  }
  position += size;
  return code_point;
}

void append_code_point(char32_t code_point, std::string& text) {
  if (code_point < 0x80) {
    text += static_cast<char>(code_point);
    return;
  }
  const int num_tail_bytes = code_point < 0x800 ? 1 : code_point < 0x10000 ? 2 : 3;
  constexpr unsigned char leads[] = {0, 0xC0, 0xE0, 0xF0};
  text += static_cast<char>(leads[num_tail_bytes] | code_point >> (6 * num_tail_bytes));
  for (int i = num_tail_bytes - 1; i >= 0; --i) text += static_cast<char>(0x80 | ((code_point >> (6 * i)) & 0x3F));
}

std::string_view last_characters(std::string_view text, size_t num_characters) {
  const size_t max_bytes = std::min(text.size(), 4 * num_characters);  // bytes that are no UTF-8 may have no lead
  size_t num_bytes = 0;
  while (num_bytes < max_bytes && num_characters > 0) {
    ++num_bytes;
    const bool is_lead = (static_cast<unsigned char>(text[text.size() - num_bytes]) & 0xC0) != 0x80;
    if (is_lead) --num_characters;
  }
  return text.substr(text.size() - num_bytes);
}

char32_t to_lower(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 32;
  if (c >= 0x100 && c <= 0x177) {
    if (c == 0x130) return 'i';
    if (c == 0x131 || c == 0x138 || c == 0x149) return c;
    const bool is_odd_capital = (c >= 0x139 && c <= 0x148);
    return (c % 2 == 1) == is_odd_capital ? c + 1 : c;
  }
  if (c == 0x178) return 0xFF;
  if (c >= 0x179 && c <= 0x17E) return c % 2 == 1 ? c + 1 : c;
  if (c == 0x1A0 || c == 0x1AF) return c + 1;  // Vietnamese Ơ and Ư
  if (c >= 0x1CD && c <= 0x1DC) return c % 2 == 1 ? c + 1 : c;
  if (c >= 0x218 && c <= 0x21B) return c % 2 == 0 ? c + 1 : c;  // Romanian Ș and Ț
  if (c >= 0x391 && c <= 0x3AB && c != 0x3A2) return c + 32;
  if (c == 0x386) return 0x3AC;
  if (c >= 0x388 && c <= 0x38A) return c + 37;
  if (c == 0x38C) return 0x3CC;
  if (c == 0x38E || c == 0x38F) return c + 63;
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  if (c >= 0x410 && c <= 0x42F) return c + 32;
  if (c >= 0x48A && c <= 0x4BF) return c % 2 == 0 ? c + 1 : c;
  if (c >= 0x4D0 && c <= 0x52F) return c % 2 == 0 ? c + 1 : c;
  if (c >= 0x531 && c <= 0x556) return c + 48;
  if (c >= 0x1C90 && c <= 0x1CBA) return c - 0xBC0;  // Georgian Mtavruli
  if (c >= 0x1E00 && c <= 0x1E95) return c % 2 == 0 ? c + 1 : c;
  if (c >= 0x1EA0 && c <= 0x1EFF) return c % 2 == 0 ? c + 1 : c;
  if (c >= 0xFF21 && c <= 0xFF3A) return c + 32;
  return c;
}

std::string to_lower(std::string_view text) {
  std::string lower;
  lower.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    const char32_t code_point = next_code_point(text, i);
    const char32_t small = to_lower(code_point);
    if (small == code_point)
      lower.append(text.substr(begin, i - begin));  // bytes that are no UTF-8 stay what they are
    else
      append_code_point(small, lower);
  }
  return lower;
}

bool is_blank(char32_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_punctuation(char32_t c) {
  if (c < 0x80)
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
  return c == 0xA1 || c == 0xA7 || c == 0xAB || c == 0xB6 || c == 0xB7 || c == 0xBB || c == 0xBF ||
         (c >= 0x2010 && c <= 0x2027) || (c >= 0x2030 && c <= 0x205E) || (c >= 0x3001 && c <= 0x3003) ||
         (c >= 0x3008 && c <= 0x3011) || (c >= 0x3014 && c <= 0x301F) || c == 0x30FB || (c >= 0xFF01 && c <= 0xFF0F) ||
         (c >= 0xFF1A && c <= 0xFF20) || (c >= 0xFF3B && c <= 0xFF40) || (c >= 0xFF5B && c <= 0xFF65);
}

bool is_written_without_blanks(Script script) {
  switch (script) {
    case Script::han:
    case Script::hiragana:
    case Script::katakana:
    case Script::thai:
    case Script::lao:
    case Script::khmer:
    case Script::myanmar:
    case Script::tibetan:
      return true;
    default:
      return false;
  }
}

bool continues_word(char32_t c) {
  return (c >= 0x300 && c <= 0x36F) || c == 0x640 || (c >= 0x64B && c <= 0x655) || c == 0x670 || c == 0x951 ||
         c == 0x952 || c == 0x200C || c == 0x200D || c == 0x30FC || (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFF70;
}

}  // namespace cohort::rewards
