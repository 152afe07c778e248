#include "rewards/math/html.hpp"

#include <algorithm>
#include <string>

#include "rewards/math/characters.hpp"
#include "rewards/math/vocabulary.hpp"

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

constexpr Mark entities[] = {{"lt", "<"},
                             {"gt", ">"},
                             {"amp", "&"},
                             {"nbsp", " "},
                             {"minus", "-"},
                             {"ndash", "-"},
                             {"radic", "\\sqrt "},
                             {"deg", "\\degree "},
                             {"middot", "\\cdot "},
                             {"sdot", "\\cdot "},
                             {"infin", "\\infty "},
                             {"isin", "\\in "},
                             {"cup", "\\cup "},
                             {"cap", "\\cap "},
                             {"plusmn", "\\pm "},
                             {"frac12", "\\vulgar12 "},
                             {"frac14", "\\vulgar14 "},
                             {"frac34", "\\vulgar34 "},
                             {"sup2", "^2"},
                             {"sup3", "^3"}};

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

/// The same for an entity: &lt; or, by the name of its command, &pi;.
size_t read_entity(std::string_view text, std::string& result) {
  constexpr size_t longest = 10;
  const size_t end = text.substr(0, longest).find(';');
  if (end == text.npos || end < 3) return 0;
  const std::string_view name = text.substr(1, end - 1);
  if (const Mark* entity = find(std::begin(entities), std::end(entities), name))
    result += entity->meaning;
  else if (std::all_of(name.begin(), name.end(), is_letter) && find_command(name))
    ((result += '\\') += name) += ' ';
  else
    return 0;
  return end + 1;
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
