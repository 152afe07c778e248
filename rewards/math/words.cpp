// Answers in words: what they mean, and whether two say the same.
#include "rewards/math/words.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <span>
#include <string>

#include "rewards/math/comparer.hpp"
#include "rewards/math/parse.hpp"
#include "rewards/math/scan.hpp"
#include "rewards/math/standing.hpp"
#include "rewards/math/word_list.hpp"
#include "rewards/math/word_number.hpp"

namespace cohort::rewards::math {
namespace {

bool is_letter_of_word(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) >= 0x80;
}
char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

/// "no real solutions", "there is no such number", "none".
bool means_nothing(const std::vector<std::string>& words) {
  static constexpr std::array things = std::to_array<std::string_view>(
      {"solution", "root", "value", "such", "zero", "intersection", "answer", "integer", "number"});
  static constexpr std::array frames = std::to_array<std::string_view>(
      {"there", "is", "are", "equation", "system", "inequality", "has", "have", "exists", "exist", "real", "for", "x"});
  if (words.size() == 1) return words[0] == "none";
  if (words.size() == 2 && words[0] == "empty" && words[1] == "set") return true;
  if (words.size() == 2 && words[0] == "null" && words[1] == "set") return true;
  const auto no = std::ranges::find(words, "no");
  if (no == words.end()) return false;
  const bool is_framed = std::all_of(words.begin(), no, [](const std::string& word) { return contains(frames, word); });
  return is_framed &&
         std::any_of(no, words.end(), [](const std::string& word) { return contains(things, stem(word)); });
}

bool means_undefined(const std::vector<std::string>& words) {
  const std::string text = joined(words);
  static constexpr std::array phrases = std::to_array<std::string_view>(
      {"dne", "doesnotexist", "doesntexist", "undefined", "notdefined", "isundefined", "itdoesnotexist",
       "limitdoesnotexist", "limitdoesntexist", "doenotexist", "limitdoenotexist", "itdoenotexist"});
  return contains(phrases, text);
}

bool means_all_reals(const std::vector<std::string>& words) {
  static constexpr std::array kept =
      std::to_array<std::string_view>({"set", "of", "all", "any", "every", "real", "reals", "number", "numbers",
                                       "value", "values", "x", "are", "solution", "solutions", "for", "is"});
  if (!std::ranges::all_of(words, [](const std::string& word) { return contains(kept, word); })) return false;
  const auto has = [&](std::string_view word) { return std::ranges::find(words, word) != words.end(); };
  return has("reals") || (has("real") && (has("all") || has("any") || has("every") || has("numbers")));
}

bool means_infinitely_many(const std::vector<std::string>& words) {
  static constexpr std::array kept = std::to_array<std::string_view>(
      {"infinitely", "many", "infinite", "solution", "number", "of", "there", "are", "is", "has", "have"});
  return !words.empty() &&
         std::ranges::all_of(words, [](const std::string& word) { return contains(kept, stem(word)); }) &&
         (words[0] == "infinite" || std::ranges::find(words, "infinitely") != words.end());
}

/// Letters of a product of single letters: "even" of E·v·e·n. Empty of anything else.
std::string spelled(const Node& node) {
  std::string result;
  if (node.kind != Kind::multiply) return result;
  for (const Node* factor : node.children) {
    const bool is_letter_node = (factor->kind == Kind::symbol || factor->kind == Kind::constant) &&
                                factor->text.size() == 1 && is_letter_of_word(factor->text[0]);
    if (!is_letter_node) return {};
    result += lower(factor->text[0]);
  }
  return result;
}

/// "abc" of the choices A, C, B; empty of anything else.
std::string ticked_letters(const Node& list) {
  std::string result;
  if (list.kind != Kind::list) return result;
  for (const Node* entry : list.children) {
    const bool is_choice =
        entry->kind == Kind::symbol && entry->text.size() == 1 && entry->text[0] >= 'A' && entry->text[0] <= 'H';
    if (!is_choice) return {};
    result += lower(entry->text[0]);
  }
  std::ranges::sort(result);
  return result;
}

/// The letter of a choice: of "A", "(A)", "A) 5", "A. text"; 0 of anything else.
char choice_letter(const Node& node) {
  const std::string_view text = node.text;
  if (node.kind == Kind::symbol && text.size() == 1 && is_letter_of_word(text[0])) return text[0];
  if (node.kind != Kind::text || text.empty()) return 0;
  const bool is_bracketed = text[0] == '(' && text.size() > 2 && text[2] == ')';
  const std::string_view rest = is_bracketed ? text.substr(1) : text;
  if (!is_letter_of_word(rest[0]) || static_cast<unsigned char>(rest[0]) >= 0x80) return 0;
  if (rest.size() == 1) return rest[0];
  return rest[1] == ')' || rest[1] == ':' || (rest[1] == '.' && (rest.size() == 2 || rest[2] == ' ')) ? rest[0] : 0;
}

/// Whether a word says which of two opposites is meant: 2 km north is no more 2 km than 2 km south is.
bool has_direction(const std::vector<std::string>& words) {
  static constexpr std::array directions = std::to_array<std::string_view>(
      {"north",    "south",  "east", "west", "left",    "right",  "up",    "down", "increase",
       "decrease", "profit", "loss", "gain", "earlier", "later",  "early", "late", "faster",
       "slower",   "bc",     "ad",   "bce",  "ce",      "before", "after"});
  return std::ranges::any_of(words, [](const std::string& word) { return contains(directions, word); });
}

/// "about 72 clips" as 72 clips: one number, before it only words that say nothing, after it at most four that name
/// what is counted. Null where the words could change the number.
const Node* value_in_words(std::string_view text, Arena& arena) {
  static constexpr std::array before =
      std::to_array<std::string_view>({"about", "approximately", "exactly", "around", "is", "answer", "total", "only",
                                       "just", "it", "there", "are", "will", "be", "of", "roughly", "costs", "cost"});
  static constexpr std::array changing = std::to_array<std::string_view>(
      {"or",    "not",     "less",  "than",       "least",      "most",       "to",       "minus",    "plus",
       "times", "over",    "and",   "but",        "nor",        "no",         "between",  "under",    "above",
       "below", "up",      "half",  "hundredths", "tenths",     "if",         "when",     "where",    "either",
       "both",  "squared", "cubed", "divided",    "multiplied", "raised",     "power",    "modulo",   "factorial",
       "fails", "wrong",   "false", "incorrect",  "invalid",    "impossible", "rejected", "excluded", "except",
       "are",   "was",     "were",  "has",        "have"});
  const size_t start = text.find_first_of("0123456789");
  const Node* number = nullptr;
  std::vector<std::string> left, right;
  bool is_money = false, is_percent = false;
  if (start != std::string_view::npos) {
    size_t first = start, end = start;
    if (first > 0 && text[first - 1] == '.') --first;
    while (end < text.size() && is_number_byte(text[end])) ++end;
    number = numeral(text.substr(first, end - first), arena);
    if (!number || text.find_first_of("0123456789", end) != std::string_view::npos) return nullptr;
    if (text.substr(end).starts_with("\\%")) ++end;
    is_percent = end < text.size() && text[end] == '%';
    if (is_percent) ++end;
    const std::string_view head = text.substr(0, first);
    is_money = !head.empty() && head.back() == '$';
    const bool is_negative = !head.empty() && head.back() == '-';
    // A number in a name or a formula: x2, 3x, 2-1.
    if (!head.empty() && !is_money && !is_negative && head.back() != ' ' && head.back() != ':') return nullptr;
    if (end < text.size() && text[end] != ' ') return nullptr;
    if (is_negative) number = &make_node(arena, Kind::negate, {number});
    left = words_of(head);
    right = words_of(text.substr(end));
  } else {
    right = words_of(text);
    const WordNumber found = read_number(right);
    if (found.num_words == 0 || found.num_words == right.size()) return nullptr;
    if (part_size(right[found.num_words]) != 0) return nullptr;
    number = &make_integer(arena, found.value);
    right.erase(right.begin(), right.begin() + static_cast<std::ptrdiff_t>(found.num_words));
  }
  for (size_t i = 0; i + 1 < right.size(); ++i)  // 63 point five
    if (right[i] == "point" && read_number(std::span(right).subspan(i + 1)).num_words > 0) return nullptr;
  const auto is_empty_word = [](const std::string& word) { return contains(before, word); };
  const auto is_changing = [](const std::string& word) {
    return contains(changing, word) || word.size() == 1 || std::isdigit(static_cast<unsigned char>(word[0]));
  };
  if (!std::ranges::all_of(left, is_empty_word) || right.size() > 4 || std::ranges::any_of(right, is_changing))
    return nullptr;
  const bool is_answer = right.size() == 2 && right[1] == "answer";  // "72 is the answer", but not "72 is even"
  if ((!right.empty() && right[0] == "is" && !is_answer) || is_remark_on_value(text)) return nullptr;
  const bool is_rate = right.size() > 1 && right[1] == "per";  // percent per year
  if (is_percent || ((right.size() == 1 || is_rate) && (right[0] == "percent" || right[0] == "pct")))
    return &make_node(arena, Kind::percent, {number});
  std::string unit = is_money ? "$" : "";
  for (const std::string& word : right) unit += (unit.empty() ? "" : " ") + word;
  return unit.empty() ? number : &make_node(arena, Kind::quantity, {number}, arena.copy(unit));
}

/// "true" for "yes", "It is true", "The statement is true"; empty where other words stand with it.
std::string_view truth_in(const std::vector<std::string>& words) {
  static constexpr std::array fillers = std::to_array<std::string_view>(
      {"statement", "it", "this", "that", "is", "claim", "proposition", "assertion", "answer", "so", "indeed"});
  std::string_view truth;
  for (const std::string& word : words) {
    const std::string_view named = word == "yes" || word == "true"   ? "true"
                                   : word == "no" || word == "false" ? "false"
                                                                     : "";
    if (named.empty() && !contains(fillers, word)) return {};
    if (!named.empty() && !truth.empty()) return {};
    if (!named.empty()) truth = named;
  }
  return truth;
}

/// The value that words name, null where they name none.
const Node* value_of(const std::vector<std::string>& words, Arena& arena) {
  const auto constant = [&](std::string_view name) { return &make_node(arena, Kind::constant, {}, name); };
  if (means_nothing(words)) return constant("emptyset");
  if (means_undefined(words)) return constant("undefined");
  if (means_all_reals(words)) return constant("R");
  if (words.size() == 1 && words[0] == "infinity") return constant("infinity");
  return number_in_words(words, arena);
}

/// The same of a text with its sign: "-infinity", "minus infinity".
const Node* signed_value_of(std::string_view text, std::vector<std::string> words, Arena& arena) {
  const bool is_infinity = words.size() == 2 && words[1] == "infinity";
  const bool is_minus = is_infinity && (words[0] == "minus" || words[0] == "negative");
  if (is_minus || (is_infinity && (words[0] == "plus" || words[0] == "positive"))) words.erase(words.begin());
  const Node* value = value_of(words, arena);
  const bool has_sign = is_minus || (text.starts_with('-') && text.size() > 1 && text[1] != ' ');
  const bool is_value = value && (value->kind != Kind::constant || value->text == "infinity");
  return is_value && has_sign ? &make_node(arena, Kind::negate, {value}) : value;
}

/// Of "Yes, because 5 > 3" and "No: it diverges"; empty where the other one is said too.
std::string_view leading_truth(std::string_view text) {
  constexpr size_t longest_word = 5;
  size_t end = 0;
  while (end < text.size() && end <= longest_word && !is_one_of(text[end], ",:;")) ++end;
  if (end == text.size() || end > longest_word) return {};
  const std::string_view truth = truth_in(words_of(text.substr(0, end)));
  const std::vector<std::string> behind = words_of(text.substr(end));
  const bool is_hedged = std::ranges::any_of(behind, [](const std::string& word) {
    return word == "yes" || word == "no" || word == "true" || word == "false" || word == "or";
  });
  return is_hedged ? std::string_view() : truth;
}

}  // namespace

const Node* spoken_value(std::string_view text, Arena& arena) {
  constexpr size_t longest_text = 100, most_words = 12, most_words_of_prose = 6;
  if (text.size() > longest_text) return nullptr;
  static constexpr auto wrappers =
      std::to_array<std::string_view>({"\\text{", "\\textbf{", "\\textit{", "\\mathrm{", "\\mathbf{", "\\mathit{",
                                       "\\boldsymbol{", "\\bm{", "\\underline{"});
  static constexpr auto signs = std::to_array<std::string_view>({"minus ", "negative ", "Minus ", "Negative "});
  for (const std::string_view wrapper : wrappers)
    if (text.ends_with('}') && text.starts_with(wrapper))
      text = text.substr(wrapper.size(), text.size() - wrapper.size() - 1);
  for (const std::string_view sign : signs) {
    if (text.empty() || text[0] != sign[0] || !text.starts_with(sign) || text.size() == sign.size()) continue;
    const std::string_view amount_text = text.substr(sign.size());
    const bool is_formula = is_number_byte(amount_text[0]) || amount_text[0] == '\\' || amount_text[0] == '$';
    if (!is_formula) continue;
    const Node* amount =
        std::ranges::all_of(amount_text, is_number_byte) ? numeral(amount_text, arena) : parse(amount_text, arena).root;
    return amount ? &make_node(arena, Kind::negate, {amount}) : nullptr;
  }
  if (const std::string_view truth = leading_truth(text); !truth.empty())
    return &make_node(arena, Kind::constant, {}, truth);
  const auto is_of_words = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == ' ' || c == '-'; };
  if (text.empty() || !std::ranges::all_of(text, is_of_words)) return nullptr;
  const std::vector<std::string> words = words_of(text);
  if (words.size() > most_words) return nullptr;
  if (const std::string_view truth = truth_in(words); !truth.empty())
    return &make_node(arena, Kind::constant, {}, truth);
  return words.size() > most_words_of_prose ? number_in_words(words, arena) : signed_value_of(text, words, arena);
}

std::string_view only_number_in_words(std::string_view text) {
  struct Place {
    size_t begin, end;
  };
  std::vector<std::string> words;
  std::vector<Place> places;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && is_letter_of_word(text[end])) ++end;
    if (end > i) {
      std::string word(text.substr(i, end - i));
      std::ranges::transform(word, word.begin(), lower);
      words.push_back(std::move(word));
      places.push_back({i, end});
    }
    i = std::max(end, i + 1);
  }
  std::string_view found;
  for (size_t i = 0; i < words.size();) {
    const size_t count = read_number(std::span(words).subspan(i)).num_words;
    const bool is_pronoun = count == 1 && words[i] == "one";
    if (count == 0 || is_pronoun) {
      ++i;
      continue;
    }
    if (!found.empty()) return {};
    found = text.substr(places[i].begin, places[i + count - 1].end - places[i].begin);
    i += count;
    static constexpr std::string_view changing[] = {"and",   "point",  "or",      "to",   "hundred",
                                                    "dozen", "dozens", "squared", "cubed"};
    const bool is_changed =
        i < words.size() && (part_size(words[i]) != 0 || std::ranges::find(changing, words[i]) != std::end(changing));
    if (is_changed) return {};
  }
  return found;
}

const Node& Comparer::meaning(const Node& text) {
  if (text.kind != Kind::text) return text;
  if (!budget.spend(static_cast<int64_t>(text.text.size() / 16) + 1)) return text;
  const std::vector<std::string> words = words_of(text.text);
  if (means_infinitely_many(words)) return make_node(arena, Kind::text, {}, "infinitely many");
  if (words.size() == 1 && (words[0] == "yes" || words[0] == "true"))
    return make_node(arena, Kind::constant, {}, "true");
  if (words.size() == 1 && (words[0] == "no" || words[0] == "false"))
    return make_node(arena, Kind::constant, {}, "false");
  const Node* value = signed_value_of(text.text, words, arena);
  return value ? *value : text;
}

/// Decides where one side is words, or the gold may be the letter of a choice.
Answer Comparer::words(const Node& gold, const Node& prediction) {
  const char gold_letter = choice_letter(gold), letter = choice_letter(prediction);
  // A and a are two variables, but a gold answer that is a capital of the first few is a choice.
  const bool is_choice = gold_letter >= 'A' && gold_letter <= 'J';
  const bool one_is_text = gold.kind == Kind::text || prediction.kind == Kind::text;
  if (gold_letter != 0 && letter != 0 && (is_choice || one_is_text) && lower(gold_letter) == lower(letter))
    return equal("choice");
  // \text{e} is read as a letter, e as the number.
  const bool are_leaves = (bit(gold.kind) | bit(prediction.kind)) == (bit(Kind::symbol) | bit(Kind::constant));
  if (are_leaves && gold.text == prediction.text) return equal("letter");
  if (!one_is_text) return {};
  const Node& other = gold.kind == Kind::text ? prediction : gold;
  if (const std::string ticked = ticked_letters(other);
      !ticked.empty() && ticked == (&other == &gold ? prediction : gold).text)
    return equal("choices");
  // "II only" and "only II" say no more than II; "p only if q" is not "p if q".
  const auto is_label = [](const std::string& word) {
    return word == "only" || word == "and" || (word.size() == 1 && word[0] <= 'e') ||
           word.find_first_not_of("ivx") == word.npos;
  };
  const auto words_in = [&](std::string_view text) {
    std::vector<std::string> words = words_of(text);
    const bool is_of_labels = words.size() > 1 && std::ranges::all_of(words, is_label);
    if (is_of_labels && words.back() == "only") words.pop_back();
    if (is_of_labels && words.size() > 1 && words[0] == "only") words.erase(words.begin());
    return words;
  };
  const std::string gold_spelled = spelled(gold), prediction_spelled = spelled(prediction);
  const auto text_of = [&](const Node& node, const std::string& letters) {
    if (node.kind == Kind::text) return joined(words_in(node.text));
    return node.kind == Kind::symbol || node.kind == Kind::constant ? joined(words_of(node.text)) : letters;
  };
  const std::string left = text_of(gold, gold_spelled), right = text_of(prediction, prediction_spelled);
  const bool are_texts = gold.kind == Kind::text && prediction.kind == Kind::text;
  if (are_texts && has_same_parts(gold.text, prediction.text)) return equal("parts");
  if (are_texts && signs_of(gold.text) != signs_of(prediction.text)) return different("words");
  if (!left.empty() && (left == right || left == stem(right) || stem(left) == right)) return equal("words");
  if (gold.kind == Kind::text && prediction.kind == Kind::text) return different("words");
  if (gold.kind == Kind::text && has_direction(words_of(gold.text))) return different("type");
  const Node* value = value_in_words(gold.kind == Kind::text ? gold.text : prediction.text, arena);
  if (!value) return different("type");
  return gold.kind == Kind::text ? answers(*value, prediction) : answers(gold, *value);
}

}  // namespace cohort::rewards::math
