#include "rewards/text/unicode.hpp"

#include <doctest/doctest.h>

using namespace cohort::rewards;

namespace {

std::u32string decode(std::string_view text) {
  std::u32string characters;
  for (size_t i = 0; i < text.size();) characters += next_code_point(text, i);
  return characters;
}

}  // namespace

TEST_CASE("every code point comes back from its UTF-8") {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string text;
    append_code_point(c, text);
    size_t place = 0;
    REQUIRE(next_code_point(text, place) == c);
    REQUIRE(place == text.size());
  }
}

TEST_CASE("each byte that is not UTF-8 is one replacement character") {
  CHECK(decode("a\xff\x80z") == U"a\uFFFD\uFFFDz");
  CHECK(decode("\xc0\xaf") == U"\uFFFD\uFFFD");                      // overlong
  CHECK(decode("\xe0\x80\xaf") == U"\uFFFD\uFFFD\uFFFD");            // overlong
  CHECK(decode("\xed\xa0\x80") == U"\uFFFD\uFFFD\uFFFD");            // a surrogate
  CHECK(decode("\xf4\x90\x80\x80") == U"\uFFFD\uFFFD\uFFFD\uFFFD");  // above U+10FFFF
  CHECK(decode("\xe2\x82") == U"\uFFFD\uFFFD");                      // cut
  CHECK(decode("\xe2\x82\xac") == U"€");
}

TEST_CASE("the last characters of a text are whole ones") {
  CHECK(last_characters("aé🤖", 2) == "é🤖");
  CHECK(last_characters("aé🤖", 9) == "aé🤖");
  CHECK(last_characters("aé", 0).empty());
  CHECK(last_characters(std::string(1000, '\x80'), 10).size() == 40);
}

TEST_CASE("capitals become small letters and everything else stays") {
  CHECK(to_lower("ABC ÀÉÎÕÜ ĄĆĘŁŃŚŹŻ ĞİŞ ŐŰ ŘŠŽ ȘȚ ƠƯ ẠẮỀỮ") == "abc àéîõü ąćęłńśźż ğiş őű řšž șț ơư ạắềữ");
  CHECK(to_lower("ΑΒΓΩ ΆΈΉΊΌΎΏ АБВЯ ЁЂЏ ҐӘӨ ԱՖ") == "αβγω άέήίόύώ абвя ёђџ ґәө աֆ");
  CHECK(to_lower("ß × ÷ 你 ſ 1 \xff") == "ß × ÷ 你 ſ 1 \xff");
  for (char32_t c = 0; c < 0x3000; ++c) REQUIRE(to_lower(to_lower(c)) == to_lower(c));
}

TEST_CASE("letters have their script and signs have none") {
  const std::pair<char32_t, Script> letters[] = {
      {U'a', Script::latin},  {U'Z', Script::latin},      {U'é', Script::latin},     {U'ữ', Script::latin},
      {U'α', Script::greek},  {U'ж', Script::cyrillic},   {U'ա', Script::armenian},  {U'ש', Script::hebrew},
      {U'ع', Script::arabic}, {U'ह', Script::devanagari}, {U'ক', Script::bengali},   {U'த', Script::tamil},
      {U'ก', Script::thai},   {U'한', Script::hangul},    {U'ひ', Script::hiragana}, {U'カ', Script::katakana},
      {U'汉', Script::han},   {U'々', Script::han},       {U'𠮷', Script::han},      {U'ქ', Script::georgian}};
  for (const auto& [letter, script] : letters) CHECK(script_of(letter) == script);
  for (const char32_t sign : {U'1', U' ', U'_', U'×', U'€', U'∑', U'𝑥', U'。', U'ー', U'\u0301', U'🤖', U'\0'})
    CHECK(script_of(sign) == Script::none);
}
