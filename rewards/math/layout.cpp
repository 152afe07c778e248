#include "rewards/math/layout.hpp"

#include <algorithm>
#include <array>

#include "rewards/math/scan.hpp"
#include "rewards/math/sentence.hpp"
#include "rewards/text/extract.hpp"

namespace cohort::rewards::math {

std::string_view without_bullet(std::string_view line) {
  if (!line.starts_with("- ")) return line;
  for (size_t i = 0; i + 1 < line.size(); ++i) {
    const bool is_word = is_letter(line[i]) && is_letter(line[i + 1]);
    if (is_word && line[i - 1] != '\\') return line.substr(2);
    while (is_word && i + 1 < line.size() && is_letter(line[i + 1])) ++i;  // - \frac{1}{2}
  }
  return line;
}

bool is_heading(std::string_view bold, std::string_view behind) {
  if (behind.find_first_of("0123456789$\\") == behind.npos) return false;
  bold = trim(bold);
  if (bold.starts_with('('))
    return bold.ends_with(')') && word_at(cut_end(bold, ")").substr(bold.find_last_of(" (") + 1)) > 1;
  if (bold.empty()) return false;
  const bool is_entry =
      bold.find_first_not_of("0123456789") == bold.size() - 1 && (bold.back() == '.' || bold.back() == ')');
  if (is_entry) return true;  // "3." of a list
  const size_t word = word_at(bold);
  if (word < 3 || starts_with_word(bold, "answer") || starts_with_word(bold, "total")) return false;
  const std::string_view number = skip(bold.substr(word), " #(");
  const size_t end = std::min(number.find_first_not_of("0123456789."), number.size());
  const std::string_view title = skip(number.substr(end), " ");  // ": Conclusion", "(n even)"
  return end > 0 && (title.empty() || std::string_view(":()").find(title[0]) != title.npos || number[end - 1] == '.') &&
         title.find_first_of("0123456789$\\") == title.npos;
}

bool is_reference(std::string_view text, std::string_view where) {
  if (!is_part(text, where)) return false;
  where = trim(where);
  if (where.find_first_not_of("0123456789.()") != where.npos) return false;
  const std::string_view before = cut_end(line_before(text, where), " *_`(~#");
  return std::ranges::any_of(
      std::to_array<std::string_view>({"step", "equation", "equations", "eq.", "lemma", "theorem", "corollary",
                                       "proposition", "exercise", "appendix", "figure", "section", "example", "problem",
                                       "question", "note", "case"}),
      [&](std::string_view word) { return without_last(before, word).size() < before.size(); });
}

bool is_condition(std::string_view text, std::string_view where) {
  if (!is_part(text, where)) return false;
  where = trim(where);
  if (where.size() < 3 || !is_letter(where[0]) || skip(where.substr(1), " ")[0] != '=') return false;
  const std::string_view before = cut_end(line_before(text, where), " *_`$(");
  const std::string_view clause = before.substr(before.find_last_of(".!?;") + 1);
  const bool has_value = clause.find_first_of("0123456789") != clause.npos;
  return has_value &&
         std::ranges::any_of(std::to_array<std::string_view>({"at", "when", "where", "for", "if"}),
                             [&](std::string_view word) { return without_last(before, word).size() < before.size(); });
}

bool is_circumstance(std::string_view text, std::string_view where) {
  if (!is_part(text, where)) return false;
  const std::string_view before = cut_end(line_before(text, where), " $");
  const size_t word = before.rfind(" after ");
  if (word == before.npos || before.find_first_of("0123456789=$\\", word) != before.npos) return false;
  const std::string_view verb = before.substr(word + 7);
  if (!verb.substr(0, word_at(verb)).ends_with("ing")) return false;
  const std::string_view sentence = before.substr(0, word);
  const std::string_view clause = sentence.substr(sentence.find_last_of(".,!?;:") + 1);
  return clause.find_first_of("0123456789") != clause.npos;
}

}  // namespace cohort::rewards::math
