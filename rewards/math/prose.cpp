// What is running text, and what only looks like it.
#include <algorithm>

#include "rewards/math/scan.hpp"
#include "rewards/math/spans.hpp"
#include "rewards/math/unit.hpp"
#include "rewards/math/vocabulary.hpp"

namespace cohort::rewards::math {
namespace {

/// Whether a word is of running text and neither mathematics, a name such as AB, nor a unit.
bool is_plain_word(std::string_view word) {
  if (word.size() < 2 || word == "and" || word == "or" || is_known(word)) return false;
  if (word.size() <= 4 && std::all_of(word.begin(), word.end(), is_upper)) return false;
  if (word.size() > 2) return unit_symbol(word).empty() && !is_scale(word);
  constexpr std::string_view short_words =
      "so we is it of to in on at be by as if an he my no do go up us am la le de es";
  for (size_t i = 0; i < short_words.size(); i += 3)
    if (starts_with_ignoring_case(word, short_words.substr(i, 2))) return true;
  return false;
}

/// Behind a command at `i`, and behind the braces of \text{…} and \begin{…}, whose words are not prose.
size_t command_end(std::string_view text, size_t i) {
  const size_t name = word_at(text.substr(i + 1));
  const std::string_view command = text.substr(i + 1, name);
  i += 1 + std::max<size_t>(name, 1);
  for (const std::string_view textual : {"text", "mbox", "mathrm", "mathbf", "mathbb", "operatorname", "textbf",
                                         "textrm", "textit", "begin", "end", "hspace"})
    if (command == textual && i < text.size() && text[i] == '{') i = std::min(text.find('}', i), text.size());
  // The columns of \begin{array}{ccc}
  if (command == "begin" && text.substr(std::min(i, text.size())).starts_with("}{"))
    i = std::min(text.find('}', i + 1), text.size());
  return i;
}

/// Behind a notation that begins with the word of `size` bytes at `i`: 8bca_{16}, 0xac0d, 2521 base 6, 3 out of 5. `i`
/// where it begins none.
size_t notation_end(std::string_view text, size_t i, size_t size) {
  const std::string_view word = text.substr(i, size), behind = text.substr(i + size);
  if (i == 0) return i;
  const char before = text[i - 1];
  const bool is_behind_number = i > 1 && before == ' ' && is_digit(text[i - 2]);
  if (is_digit(before) && behind.starts_with('_')) return std::min(text.find(' ', i + size), text.size());
  if (before == '0' && word[0] == 'x' && size > 1) {
    while (i < text.size() && (is_letter(text[i]) || is_digit(text[i]))) ++i;
    return i;
  }
  constexpr std::string_view in_base = " base ";  // 2521 in base 6
  if (word == "in" && behind.starts_with(in_base) && is_behind_number && behind.size() > in_base.size() &&
      is_digit(behind[in_base.size()]))
    return i + size + in_base.size();
  if (word == "base" && behind.size() > 1 && behind[0] == ' ' && is_digit(behind[1]) &&
      (is_behind_number || before == '('))
    return i + size + 2;
  if (word == "out" && behind.starts_with(" of ") && behind.size() > 4 && is_digit(behind[4]) && is_behind_number)
    return i + size + 4;
  return i;
}

/// Whether a run of letters stands between operators, as a product does: 2xyz + 1, (abc), = pqr.
bool is_operand(std::string_view text, size_t begin, size_t size) {
  if (size > 4) return false;
  constexpr std::string_view signs = "+-*/^=<>(){}[]&";
  const std::string_view before = cut_end(text.substr(0, begin), " "), after = skip(text.substr(begin + size), " ");
  const bool is_factor = begin > 0 && is_digit(text[begin - 1]);
  return (is_factor || before.empty() || signs.find(before.back()) != signs.npos) &&
         (after.empty() || signs.find(after.front()) != signs.npos);
}

/// Whether a word stands as one does in mathematics: 3 to 4, x in [2, 3), ArcTan[x], 5 in^3.
bool is_notation(std::string_view text, size_t i, size_t size) {
  const std::string_view word = text.substr(i, size), behind = text.substr(i + size);
  if (is_operand(text, i, size) || is_membership(text, i)) return true;
  if (word == "to" && i > 1 && is_digit(text[i - 2]) && behind.size() > 1 && is_digit(behind[1])) return true;
  if (word == "base" && i > 0 && skip(behind, " -$").find_first_of("0123456789") == 0) return true;  // 26E in base 16
  if (word == "in" && i > 0 && skip(behind, " ").starts_with("base")) return true;
  if (behind.starts_with('{') && word.ends_with("frac")) return true;  // a backslash is gone
  if (behind.starts_with('[') && !bracketed_function(word).empty()) return true;
  if (behind.starts_with('(') && (word == "root" || text.substr(0, i).ends_with("Interval."))) return true;
  return (behind.starts_with('^') || behind.starts_with("}^")) && !unit_symbol(word).empty();
}

/// Whether a text begins with a word that is not Latin and goes on to a number: "Итак, x = 5", "よって、5個です".
bool begins_with_foreign_word(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.empty() ? ' ' : text[0]);
  const bool is_word = (lead >= 0xD0 && lead < 0xE0) || (lead >= 0xE3 && lead <= 0xED);
  return is_word && text.find_first_of("0123456789") != text.npos;
}

}  // namespace

bool is_membership(std::string_view text, size_t at) {
  if (!text.substr(at).starts_with("in ") || at < 2 || text[at - 1] != ' ' || !is_letter(text[at - 2])) return false;
  if (at > 2 && (is_letter(text[at - 3]) || is_digit(text[at - 3]))) return false;
  const std::string_view set = skip(text.substr(at + 3), " ");
  return !set.empty() && (set[0] == '[' || set[0] == '(' || set[0] == '{');
}

bool is_prose(std::string_view text) {
  if (begins_with_foreign_word(text)) return true;
  constexpr size_t longest_tag = 10, longest_index = 20;
  int num_words = 0;
  for (size_t i = 0; i < text.size();) {
    if (text.substr(i).starts_with("\\\\")) {  // a row ends, or every backslash was doubled
      ++i;
    } else if (text[i] == '\\') {
      i = command_end(text, i);
    } else if (text[i] == '<' && i + 1 < text.size() && (is_letter(text[i + 1]) || text[i + 1] == '/')) {  // <strong>
      const size_t end = text.substr(i, longest_tag).find('>');
      i += end == text.npos ? 1 : end + 1;
    } else if (text.substr(i).starts_with("_{")) {  // 204_{base 5}
      const size_t end = text.substr(i, longest_index).find('}');
      i += end == text.npos ? 2 : end + 1;
    } else if (!is_letter(text[i])) {
      // Behind a word of running text, a number or a formula is no unit of it.
      if (num_words > 0 && (is_digit(text[i]) || text[i] == '=' || text[i] == '$')) return true;
      ++i;
    } else {
      size_t size = word_at(text.substr(i));
      if (const size_t joint = glued_joint(text.substr(i, size)); joint > 0 && i > 0 && is_digit(text[i - 1]))
        size = joint;
      if (const size_t end = notation_end(text, i, size); end != i) {
        i = end;
        continue;
      }
      const bool is_plain = !is_notation(text, i, size) && is_plain_word(text.substr(i, size));
      if (is_plain && (i == 0 || ++num_words > 3)) return true;
      i += size;
    }
  }
  return false;
}

}  // namespace cohort::rewards::math
