// Gold answers: what one says, and what kind of answer it wants.
#include <algorithm>

#include "rewards/math/anchors.hpp"
#include "rewards/math/boxes.hpp"
#include "rewards/math/chemistry.hpp"
#include "rewards/math/dates.hpp"
#include "rewards/math/environments.hpp"
#include "rewards/math/grade.hpp"
#include "rewards/math/letters.hpp"
#include "rewards/math/parse.hpp"
#include "rewards/math/parts.hpp"
#include "rewards/math/scan.hpp"
#include "rewards/math/spans.hpp"
#include "rewards/math/words.hpp"
#include "rewards/text/extract.hpp"

namespace cohort::rewards::math {
namespace {

Wanted wanted_for(const Node& root) {
  switch (root.kind) {
    case Kind::text:
      return Wanted::words;
    case Kind::list:
    case Kind::bracketed:
    case Kind::set:
    case Kind::set_union:
    case Kind::matrix:
    case Kind::plus_minus:
      return Wanted::collection;
    case Kind::relation:
    case Kind::conjunction:
    case Kind::disjunction:
      return Wanted::statement;
    default:
      return Wanted::scalar;
  }
}

/// The letter of a gold answer that is a choice: "C", "(C)", "\textbf{(C)}", "C. Paris", "(C) Paris".
std::optional<std::string_view> choice_of(std::string_view gold) {
  if (gold.size() > 200 || !labelled_parts(gold).empty() || has_second_label(gold)) return std::nullopt;
  const auto letter = leading_letter(gold);
  if (!letter || letter->front() < 'A' || letter->front() > 'J') return std::nullopt;
  const size_t place = static_cast<size_t>(letter->data() - gold.data());
  const std::string_view behind = gold.substr(place + 1);
  if (skip(behind, " \t)]}*$.:").empty()) return letter;
  const std::string_view mark = skip(behind, "}*");  // \textbf{C.} 5, **C**) 5
  const std::string_view apart = mark.empty() ? mark : skip(mark.substr(1), "}*");
  const bool is_apart = apart.starts_with(' ') || apart.starts_with('~') || apart.starts_with('$') ||
                        apart.starts_with("\\ ") || apart.starts_with("\\quad") || apart.starts_with("\\,") ||
                        apart.starts_with("\\;");
  const bool is_marked = mark.starts_with(')') || ((mark.starts_with('.') || mark.starts_with(':')) && is_apart);
  const bool before_a_name = behind.size() > 1 && behind[0] == ' ' && behind[1] >= 'A' && behind[1] <= 'Z';
  return is_marked || before_a_name ? letter : std::nullopt;
}

Gold gold_of(const Node* root, std::string_view text) {
  Gold gold;
  gold.root = root;
  gold.text = text;
  if (root) gold.wanted = wanted_for(*root);
  gold.date = date_of(text);
  gold.formula = chemical_formula(text);
  if (!gold.date.empty()) gold.wanted = Wanted::words;
  return gold;
}

/// Whether what stands behind the formula of a gold answer only explains it: "for all real numbers $t$", "miles".
bool only_explains(std::string_view rest) {
  return std::none_of(rest.begin(), rest.end(), [](char c) {
    return is_digit(c) || c == '=' || c == '<' || c == '>' || c == '\\' || c == ':' || c == ';';
  });
}

class GoldReader {
 public:
  GoldReader(Arena& arena, const MathOptions& options) : arena_(arena), options_(options) {}

  Gold read(std::string_view text) {
    if (text.empty()) return {};
    if (const auto letter = choice_of(text)) return choice(text, *letter);
    if (text.find(" and ") != text.npos)  // two hundred and five are no two values
      if (const Node* number = spoken_value(text, arena_); number && number->kind != Kind::constant)
        return gold_of(number, text);
    const bool is_box = last_boxes(text).has_value();
    if (!is_box) {
      const auto environment = first_environment(text, arena_);
      const std::string_view rest = environment ? text.substr(environment->where.size()) : text;
      if (environment && skip(rest, " .").empty()) {
        if (const auto letter = choice_of(environment->content)) return choice(text, *letter);
        if (const Node* root = answer(environment->content)) return gold_of(root, environment->content);
      }
      if (const Node* root = answer(text)) return gold_of(root, text);
      if (!is_solution(text)) {
        if (environment && only_explains(rest))
          if (const Node* root = answer(environment->content)) return gold_of(root, environment->content);
        return gold_of(words_, text);  // words; or nothing that can be read
      }
    }
    Gold found = from_solution(text);
    return found.root || is_box ? found : gold_of(words_, text);
  }

 private:
  Gold choice(std::string_view text, std::string_view letter) {
    Gold gold;
    gold.wanted = Wanted::letter;
    gold.text = text;
    gold.letter = to_upper(letter.front());
    if (letter.data() >= text.data() && letter.data() < text.data() + text.size())
      gold.words = skip(text.substr(static_cast<size_t>(letter.data() - text.data()) + 1), " \t)]}*$.:");
    gold.root = parse(letter, arena_).root;
    return gold;
  }

  const Node* answer(std::string_view text) {
    if (text.empty() || text.size() > static_cast<size_t>(options_.max_answer_bytes)) return nullptr;
    const Node* root = parse(text, arena_, {.decimal_comma = options_.decimal_comma}).root;
    if (is_words(root) && !words_) words_ = root;
    return is_words(root) || (text.size() > 40 && is_prose(text)) ? nullptr : root;
  }

  static bool is_solution(std::string_view text) {
    return text.size() > 400 || text.find('\n') != text.npos || text.find("####") != text.npos ||
           !find_anchors(text).empty();
  }

  Gold from_solution(std::string_view text) {
    Gold found;
    offer_candidates(text, Wanted::scalar, MathStrictness::any, arena_, [&](const Candidate& candidate) {
      if (candidate.is_flood || candidate.is_verbatim) return false;
      const bool is_stated =
          !candidate.is_fragment || candidate.rule == "final_answer" || candidate.rule == "answer_phrase";
      const auto letter = is_stated ? choice_of(candidate.text) : std::nullopt;
      const Node* root = letter ? nullptr : answer(candidate.text);
      if (letter)
        found = choice(candidate.text, *letter);
      else if (root)
        found = gold_of(root, candidate.text);
      else if (!candidate.is_fragment)
        found = gold_of(words_, candidate.text);
      return !found.text.empty();
    });
    return found;
  }

  Arena& arena_;
  const MathOptions& options_;
  const Node* words_ = nullptr;  // the first reading as words
};

}  // namespace

Gold read_gold(std::string_view text, Arena& arena, const MathOptions& options) {
  text = trim(text);
  Gold gold = GoldReader(arena, options).read(text);
  const auto max_bytes = static_cast<size_t>(options.max_answer_bytes);
  if (text.size() <= max_bytes) gold.whole = text;
  if (gold.text.size() > max_bytes) gold.text = {};
  return gold;
}

}  // namespace cohort::rewards::math
