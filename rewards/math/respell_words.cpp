#include <algorithm>
#include <array>

#include "rewards/math/respell.hpp"
#include "rewards/math/rewriter.hpp"
#include "rewards/math/scan.hpp"
#include "rewards/math/token.hpp"
#include "rewards/math/vocabulary.hpp"

namespace cohort::rewards::math {
namespace {

struct Joint {
  std::string_view word, meaning;
};

// "And" and "or" of the languages that claim_words.cpp reads; of one letter they count between blanks only. Dutch "of"
// is English too.
constexpr Joint joints[] = {{"und", "and"},    {"et", "and"},   {"y", "and"},  {"e", "and"},  {"ed", "and"},
                            {"i", "and"},      {"oraz", "and"}, {"en", "and"}, {"и", "and"},  {"和", "and"},
                            {"与", "and"},     {"且", "and"},   {"及", "and"}, {"と", "and"}, {"かつ", "and"},
                            {"그리고", "and"}, {"oder", "or"},  {"ou", "or"},  {"o", "or"},   {"oppure", "or"},
                            {"lub", "or"},     {"albo", "or"},  {"или", "or"}, {"或", "or"},  {"或者", "or"},
                            {"または", "or"},  {"또는", "or"}};

constexpr std::string_view relation_signs = "=<>";

bool ends_value(std::string_view text) {
  text = cut_end(text, " $,");
  return !text.empty() && (is_digit(text.back()) || is_letter(text.back()) || is_one_of(text.back(), ")]}"));
}

bool begins_value(std::string_view text) {
  if (text.empty()) return false;
  if (text[0] != '\\') return is_digit(text[0]) || is_letter(text[0]) || is_one_of(text[0], "-({[.");
  const Entry* entry = find_command(text.substr(1, word_at(text.substr(1))));
  return text.starts_with("\\left") || (entry && starts_operand(entry->sign));
}

/// Words in bold or slanted type: some word of four letters, or Yes or No. Neither {AB} nor {sin}.
bool is_of_words(std::string_view text) {
  bool has_word = text == "Yes" || text == "No" || text == "yes" || text == "no";
  for (size_t at = 0; at < text.size();) {
    const std::string_view word = text.substr(at, word_at(text.substr(at)));
    if (word.empty() && text[at] != ' ') return false;
    has_word = has_word || (word.size() > 3 && std::all_of(word.begin() + 1, word.end(), is_lower) && !find_name(word));
    at += std::max<size_t>(word.size(), 1);
  }
  return has_word;
}

/// What a phrase before its value names: "minimum value" of "The minimum value is"; empty where words could change the
/// value, or where no "is" follows.
std::string_view name_in(std::string_view phrase, bool& is_answer) {
  static constexpr auto harmless = std::to_array<std::string_view>(
      {"a",        "an",       "the",        "so",       "thus",     "hence",    "therefore", "of",      "final",
       "value",    "values",   "minimum",    "maximum",  "min",      "max",      "remainder", "area",    "perimeter",
       "volume",   "length",   "width",      "height",   "radius",   "diameter", "distance",  "sum",     "probability",
       "product",  "total",    "number",     "result",   "solution", "mean",     "median",    "average", "slope",
       "angle",    "measure",  "largest",    "smallest", "greatest", "common",   "possible",  "limit",   "integral",
       "function", "quotient", "difference", "ratio",    "required", "answer",   "expression"});
  phrase = cut_end(skip(phrase, " "), " ");
  const size_t length = phrase.size();
  for (const std::string_view verb : {" is", " are", " equals", " is:", ":", "="})
    if (phrase.ends_with(verb)) {
      phrase = cut_end(phrase.substr(0, phrase.size() - verb.size()), " ");
      break;
    }
  if (phrase.size() == length && phrase != "remainder" && phrase != "Remainder") return {};
  std::string_view name = phrase;
  for (size_t at = 0; at < phrase.size();) {
    const std::string_view word = phrase.substr(at, word_at(phrase.substr(at)));
    if (word.empty() && phrase[at] != ' ' && phrase[at] != ',') return {};
    const auto is_word = [&](std::string_view known) { return starts_with_word(word, known); };
    if (!word.empty() && std::ranges::none_of(harmless, is_word)) return {};
    const bool only_leads = is_word("so") || is_word("thus") || is_word("hence") || is_word("therefore") ||
                            is_word("the") || is_word("a") || is_word("an");
    at += std::max<size_t>(word.size(), 1);
    if (only_leads && word.data() == skip(name, " ,").data()) name = skip(phrase.substr(at), " ,");
  }
  is_answer = name == "answer" || name == "final answer" || name == "Answer" || name == "Final answer" ||
              name == "Final Answer" || name == "result" || name == "value" || name == "solution";
  return name;
}

class WordSpeller : Rewriter {
 public:
  explicit WordSpeller(std::string_view text) : Rewriter(text) {}

  std::optional<std::string> read() {
    lead();
    while (at_ < text_.size()) {
      if (text_[at_] == '\\' && wrapped(rest())) continue;
      if (text_[at_] == ' ' && bare_joint(rest())) continue;
      ++at_;
    }
    return result();
  }

 private:
  /// What the text begins with: "the" before an ordinal, or words before the value that they name.
  void lead() {
    if (ordinal()) return;
    for (const std::string_view wrapper : {"\\text{", "\\textrm{", "\\mathrm{"}) {
      if (!text_.starts_with(wrapper)) continue;
      const size_t close = text_.find('}');
      if (close == text_.npos) return;
      const std::string_view behind = skip(text_.substr(close + 1), " ~$");
      bool is_answer = false;
      std::string_view phrase = text_.substr(wrapper.size(), close - wrapper.size()), value;
      if (behind.empty()) {  // \text{The area is 4}
        value = phrase.substr(phrase.find_last_of(' ') + 1);
        const std::string_view digits = value.starts_with('-') ? value.substr(1) : value;
        const bool is_number = !digits.empty() && is_digit(digits[0]) && skip(digits, "0123456789./").empty();
        if (!is_number) return;
        phrase.remove_suffix(value.size());
      } else if (!(is_digit(behind[0]) || is_one_of(behind[0], "-(.") || behind.starts_with("\\frac") ||
                   behind.starts_with("\\dfrac") || behind.starts_with("\\sqrt") || behind.starts_with("\\pi"))) {
        return;
      }
      const std::string_view name = name_in(phrase, is_answer);
      if (name.empty()) return;
      if (!is_answer) write(0, "\\text{", name, "} = ");
      write(close + 1, value);
      return;
    }
  }

  /// The 23rd, alone.
  bool ordinal() {
    const bool is_text = text_.starts_with("\\text{");
    const std::string_view open = is_text ? "\\text{" : "";
    const std::string_view inside = skip(text_.substr(open.size()), " ");
    if (!starts_with_word(inside, "the")) return false;
    const std::string_view number = skip(inside.substr(3), " ");
    size_t end = 0;
    while (end < number.size() && is_digit(number[end])) ++end;
    std::string_view ending = number.substr(end);
    if (is_text && ending.ends_with('}')) ending.remove_suffix(1);
    const bool is_ordinal =
        end > 0 && (ending == "st" || ending == "nd" || ending == "rd" || ending == "th" || ending == "^{st}" ||
                    ending == "^{nd}" || ending == "^{rd}" || ending == "^{th}");
    if (!is_ordinal) return false;
    return write(static_cast<size_t>(number.data() - text_.data()), open);
  }

  bool wrapped(std::string_view rest) {
    const size_t open = 1 + word_at(rest.substr(1));
    if (open == 1 || open >= rest.size() || rest[open] != '{') {
      if (open == 1 && rest.size() > 1) return at_ += 2, true;  // \\text is no \text
      return false;
    }
    const std::string_view name = rest.substr(1, open - 1);
    const size_t close = rest.substr(0, 80).find('}', open);
    if (close == rest.npos) return false;
    const std::string_view inside = rest.substr(open + 1, close - open - 1);
    const bool is_text = name == "text" || name == "textrm" || name == "mathrm" || name == "mbox" || name == "textit";
    if (is_text) {
      const std::string_view word = cut_end(skip(inside, " ,"), " ");
      const bool is_apart = inside.starts_with(' ') && inside.ends_with(' ');
      const std::string_view meaning = joint(word, rest.substr(close + 1), is_apart);
      return !meaning.empty() && write(close + 1, "\\text{ ", meaning, " }");
    }
    const bool is_type = name == "mathbf" || name == "boldsymbol" || name == "bm" || name == "pmb" ||
                         name == "mathit" || name == "underline";
    return is_type && is_of_words(inside) && write(close + 1, "\\text{", inside, "}");
  }

  /// 2 und 3, without \text.
  bool bare_joint(std::string_view rest) {
    if (rest.size() < 4) return false;
    constexpr size_t longest = 12;
    const size_t end = rest.substr(0, longest).find(' ', 1);
    if (end == rest.npos) return false;
    const std::string_view word = rest.substr(1, end - 1);
    if (word.size() < 3) return false;
    const bool is_behind_value = last() != '\0' && last() != ' ' && !is_letter(last());
    const std::string_view meaning = is_behind_value ? joint(word, rest.substr(end), true) : std::string_view();
    if (meaning.empty()) return false;
    return write(end, " ", meaning);
  }

  std::string_view joint(std::string_view word, std::string_view behind, bool is_apart) {
    const auto* found = std::ranges::find(joints, word, &Joint::word);
    behind = skip(behind, " $,");
    const bool is_known = found != std::end(joints) || word == "of";
    if (!is_known || !begins_value(behind)) return {};
    const std::string_view written = this->written();
    if (!ends_value(written)) return {};
    constexpr size_t reach = 200;  // of a statement on either side
    behind = behind.substr(0, reach);
    const std::string_view before = written.substr(written.size() - std::min(written.size(), reach));
    const bool joins_statements =
        behind.find_first_of(relation_signs) != behind.npos && before.find_first_of(relation_signs) != before.npos;
    // 5 \text{ y } 3 \text{ months}
    const bool joins_numbers = (is_digit(behind[0]) || behind[0] == '-') && behind.find("\\text") == behind.npos;
    const bool is_certain = word.size() > 1 || (is_apart && (joins_statements || joins_numbers));
    if (found != std::end(joints)) return is_certain ? found->meaning : std::string_view();
    return word == "of" && joins_statements ? "or" : "";
  }
};

}  // namespace

std::string_view with_plain_words(std::string_view text, Arena& arena) {
  const bool may_have_words = text.find("\\") != text.npos || text.find(' ') != text.npos;
  if (!may_have_words) return text;
  const std::optional<std::string> result = WordSpeller(text).read();
  return result ? arena.copy(*result) : text;
}

}  // namespace cohort::rewards::math
