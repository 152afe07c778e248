#include "rewards/math/html.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

#include "rewards/math/characters.hpp"
#include "rewards/math/vocabulary.hpp"
#include "rewards/text/unicode.hpp"

namespace cohort::rewards::math {
namespace {

struct Mark {
  std::string_view name, meaning;
};

constexpr Mark tags[] = {{"b", ""},       {"/b", ""},     {"i", ""},       {"/i", ""},    {"em", ""},
                         {"/em", ""},     {"strong", ""}, {"/strong", ""}, {"p", ""},     {"/p", ""},
                         {"u", ""},       {"/u", ""},     {"span", ""},    {"/span", ""}, {"br", " "},
                         {"br/", " "},    {"br /", " "},  {"math", ""},    {"/math", ""}, {"center", ""},
                         {"/center", ""}, {"sup", "^{"},  {"/sup", "}"},   {"sub", "_{"}, {"/sub", "}"}};

// Signs as characters of Unicode, which the rest knows; other entities are called as commands are.
constexpr Mark entities[] = {
    {"lt", "<"},     {"gt", ">"},     {"amp", "&"},    {"nbsp", " "},   {"ensp", " "},   {"emsp", " "},
    {"thinsp", " "}, {"minus", "−"},  {"ndash", "-"},  {"radic", "√"},  {"deg", "°"},    {"middot", "·"},
    {"sdot", "⋅"},   {"times", "×"},  {"divide", "÷"}, {"infin", "∞"},  {"isin", "∈"},   {"notin", "∉"},
    {"cup", "∪"},    {"cap", "∩"},    {"empty", "∅"},  {"plusmn", "±"}, {"le", "≤"},     {"ge", "≥"},
    {"ne", "≠"},     {"asymp", "≈"},  {"equiv", "≡"},  {"pi", "π"},     {"theta", "θ"},  {"alpha", "α"},
    {"beta", "β"},   {"gamma", "γ"},  {"lambda", "λ"}, {"mu", "μ"},     {"phi", "φ"},    {"omega", "ω"},
    {"frac12", "½"}, {"frac14", "¼"}, {"frac34", "¾"}, {"sup1", "¹"},   {"sup2", "²"},   {"sup3", "³"},
    {"hellip", "…"}, {"rarr", "→"},   {"percnt", "%"}, {"plus", "+"},   {"equals", "="}, {"lpar", "("},
    {"rpar", ")"},   {"comma", ","},  {"period", "."}, {"colon", ":"},  {"ast", "*"},    {"sol", "/"},
    {"apos", "'"},   {"prime", "'"},  {"quot", "\""},  {"dollar", "$"}, {"lbrace", "{"}, {"rbrace", "}"}};

const Mark* find(const Mark* begin, const Mark* end, std::string_view name) {
  const Mark* mark = std::find_if(begin, end, [&](const Mark& other) { return other.name == name; });
  return mark == end ? nullptr : mark;
}

/// Reads the tag at the front of `text` into `result`; its length, 0 where it is a sign of inequality.
size_t read_tag(std::string_view text, std::string& result) {
  constexpr size_t longest = 10;
  const size_t end = text.substr(0, longest).find('>');
  if (end == text.npos) return 0;
  const Mark* tag = find(std::begin(tags), std::end(tags), text.substr(1, end - 1));
  if (!tag) return 0;
  result += tag->meaning;
  return end + 1;
}

/// The lt of &lt;, empty where no entity begins.
std::string_view name_of_entity(std::string_view text) {
  constexpr size_t longest = 10;
  const size_t end = text.substr(0, longest).find(';');
  return end == text.npos || end < 3 ? std::string_view() : text.substr(1, end - 1);
}

/// The code point of #8804 or #x2264; 0 of what is none.
char32_t code_point(std::string_view name) {
  const bool is_hexadecimal = name.starts_with("#x") || name.starts_with("#X");
  if (!name.starts_with('#')) return 0;
  name.remove_prefix(is_hexadecimal ? 2 : 1);
  uint32_t code = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), code, is_hexadecimal ? 16 : 10);
  const bool is_character = error == std::errc() && end == name.data() + name.size() && code >= 0x20 &&
                            code < 0x110000 && (code < 0xD800 || code > 0xDFFF);
  return is_character ? code : 0;
}

}  // namespace

size_t character_of_entity(std::string_view text, std::string& result) {
  const std::string_view name = name_of_entity(text);
  const char32_t code = code_point(name);
  const Mark* entity = find(std::begin(entities), std::end(entities), name);
  if (code == 0 && !entity) return 0;
  if (entity)
    result += entity->meaning;
  else
    append_code_point(code, result);
  return name.size() + 2;
}

namespace {

/// The same for an entity: &lt; or, by the name of its command, &sum;.
size_t read_entity(std::string_view text, std::string& result) {
  if (const size_t size = character_of_entity(text, result); size > 0) return size;
  const std::string_view name = name_of_entity(text);
  if (!std::ranges::all_of(name, is_letter) || !find_command(name)) return 0;
  ((result += '\\') += name) += ' ';
  return name.size() + 2;
}

}  // namespace

std::string_view without_html(std::string_view text, Arena& arena) {
  const bool has_tag = text.find('<') != text.npos && text.find('>') != text.npos;
  const bool has_entity = text.find('&') != text.npos && text.find(';') != text.npos;
  if (!has_tag && !has_entity) return text;
  // b<a>c might be a chain: tags of one letter come in pairs.
  const bool has_pairs = text.find("</") != text.npos || text.find("<br") != text.npos || text.find("<p>") == 0;
  std::string result;
  while (!text.empty()) {
    const size_t size = text[0] == '<' && has_pairs ? read_tag(text, result)
                        : text[0] == '&'            ? read_entity(text, result)
                                                    : 0;
    if (size == 0) result += text[0];
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  return arena.copy(result);
}

}  // namespace cohort::rewards::math
