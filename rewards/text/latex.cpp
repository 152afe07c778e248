#include "rewards/text/latex.hpp"

#include <utility>
#include <vector>

#include "rewards/text/extract.hpp"

namespace cohort::rewards {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

using Spelling = std::pair<std::string_view, std::string_view>;

// Replaced wherever they stand, unless a letter follows a name.
constexpr Spelling spellings[] = {
    {"\\left", ""},
    {"\\right", ""},
    {"\\displaystyle", ""},
    {"\\limits", ""},
    {"\\dfrac", "\\frac"},
    {"\\tfrac", "\\frac"},
    {"\\cfrac", "\\frac"},
    {"\\!", ""},
    {"\\,", "\x01"},
    {"\\;", " "},
    {"\\:", " "},
    {"\\ ", " "},
    {"\\quad", " "},
    {"\\qquad", " "},
    {"~", " "},
    {"\\$", ""},
    {"$", ""},
    {"\\(", ""},
    {"\\)", ""},
    {"\\[", ""},
    {"\\]", ""},
    {"\\%", "%"},
    {"{,}", ","},
    {"^\\circ", ""},
    {"^{\\circ}", ""},
    {"\\circ", ""},
    {"\\degree", ""},
    {"\\degrees", ""},
    {"°", ""},
    {"−", "-"},
    {"–", "-"},
    {"×", "\\times"},
    {"÷", "/"},
    {"·", "\\cdot"},
    {"π", "\\pi"},
    {"√", "\\sqrt"},
    {"∞", "\\infty"},
    {"\\ne ", "\\neq "},
    {"\\le ", "\\leq "},
    {"\\ge ", "\\geq "},
    {"≤", "\\leq"},
    {"≥", "\\geq"},
    {"€", ""},
    {"£", ""},
    {"**", "\x02"},
    {"`", ""},
    {"\xc2\xa0", " "},
    {"\xe2\x80\x89", "\x01"},
    {"\xe2\x80\xaf", "\x01"},
    {"\t", " "},
    {"\n", " "},
    {"\r", " "},
    {"½", "\\frac{1}{2}"},
    {"\\infinity", "\\infty"},
};

// Commands whose braces go and whose content stays.
constexpr std::string_view wrappers[] = {"\\text",   "\\textbf",      "\\textit", "\\textrm", "\\textnormal",
                                         "\\mathrm", "\\mathbf",      "\\mathit", "\\mathsf", "\\mbox",
                                         "\\hbox",   "\\boldsymbol",  "\\bf",     "\\boxed",  "\\fbox",
                                         "\\bm",     "\\operatorname"};

bool is_name(std::string_view spelling) { return spelling.front() == '\\' && is_letter(spelling.back()); }

/// The spelling at the front of `text`, or nothing.
const Spelling* spelling_at(std::string_view text) {
  for (const Spelling& spelling : spellings) {
    if (!text.starts_with(spelling.first)) continue;
    const size_t size = spelling.first.size();
    if (is_name(spelling.first) && size < text.size() && is_letter(text[size])) continue;
    return &spelling;
  }
  return nullptr;
}

/// Bytes of a wrapper and its brace at the front of `text`; 0 if there is none.
size_t wrapper_at(std::string_view text) {
  if (!text.starts_with('\\')) return 0;
  for (const std::string_view wrapper : wrappers) {
    if (!text.starts_with(wrapper)) continue;
    size_t end = wrapper.size();
    while (end < text.size() && text[end] == ' ' && end < wrapper.size() + 4) ++end;
    if (end < text.size() && text[end] == '{') return end + 1;
  }
  return 0;
}

/// A thin space (\x01) is nothing between digits and a blank elsewhere; ** (\x02) is markdown at an end and a power
/// between.
std::string resolve_marks(std::string_view text) {
  std::string resolved;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool inside = i > 0 && i + 1 < text.size();
    if (text[i] == '\x01') {
      if (!(inside && is_digit(text[i - 1]) && is_digit(text[i + 1]))) resolved += ' ';
    } else if (text[i] == '\x02') {
      if (inside && (is_letter(text[i - 1]) || is_digit(text[i - 1]) || text[i - 1] == ')') &&
          (is_letter(text[i + 1]) || is_digit(text[i + 1]) || text[i + 1] == '('))
        resolved += '^';
    } else {
      resolved += text[i];
    }
  }
  return resolved;
}

/// 12,\!345 and 1, 234 keep their commas; the braces of {1}{2} stay.
std::string unwrap(std::string_view text) {
  std::string clean;
  std::vector<bool> is_wrapper;  // of each open brace
  for (size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    if (const size_t size = wrapper_at(rest)) {
      is_wrapper.push_back(true);
      i += size;
    } else if (const Spelling* spelling = spelling_at(rest)) {
      clean += spelling->second;
      i += spelling->first.size();
    } else if (rest.front() == '\\' && rest.size() > 1 && !is_letter(rest[1])) {
      clean += rest.substr(0, 2);  // \{ is no brace
      i += 2;
    } else {
      const bool closes_wrapper = rest.front() == '}' && !is_wrapper.empty() && is_wrapper.back();
      if (rest.front() == '{') is_wrapper.push_back(false);
      if (rest.front() == '}' && !is_wrapper.empty()) is_wrapper.pop_back();
      if (!closes_wrapper) clean += rest.front();
      ++i;
    }
  }
  return clean;
}

}  // namespace

std::string clean_latex(std::string_view text) {
  const std::string clean = resolve_marks(unwrap(trim(text)));
  return std::string(trim(clean));
}

}  // namespace cohort::rewards
