#include "rewards/math/grade.hpp"

#include <algorithm>

#include "rewards/math/chemistry.hpp"
#include "rewards/math/compare.hpp"
#include "rewards/math/comparer.hpp"
#include "rewards/math/dates.hpp"
#include "rewards/math/letters.hpp"
#include "rewards/math/scan.hpp"
#include "rewards/math/spans.hpp"
#include "rewards/math/standing.hpp"
#include "rewards/math/word_list.hpp"
#include "rewards/math/words.hpp"
#include "rewards/text/extract.hpp"

namespace cohort::rewards::math {
namespace {

/// \text{mean} = 4, \text{median} = 5, and 5 boys, 7 girls: values whose names are words.
bool has_named_values(const Node* root) {
  if (!root) return false;
  if (root->kind == Kind::list)
    return std::ranges::all_of(root->children, [](const Node* entry) { return entry->kind == Kind::quantity; });
  const auto is_text = [](const Node* node) { return node->kind == Kind::text; };
  if (root->kind == Kind::relation)  // also (length, width) = (3, 2)
    return is_text(root->children[0]) ||
           ((*root)[0].kind == Kind::bracketed && std::ranges::any_of((*root)[0].children, is_text));
  return root->kind == Kind::conjunction && std::any_of(root->children.begin(), root->children.end(), has_named_values);
}

Policy policy_of(const MathOptions& options) {
  Policy policy;
  policy.percent = options.percent == MathPercent::strict ? PercentPolicy::strict : PercentPolicy::either;
  policy.units = options.units == MathUnits::ignore    ? UnitPolicy::ignore
                 : options.units == MathUnits::require ? UnitPolicy::require
                                                       : UnitPolicy::convert;
  policy.ordered_lists = options.ordered_lists;
  policy.inequality_for_interval = options.inequality_for_interval;
  policy.rename_symbols = options.rename_symbols;
  policy.polynomial_gcd = options.polynomial_gcd;
  policy.relative_tolerance = options.relative_tolerance;
  policy.rounded_places = options.rounded_places;
  return policy;
}

/// The place behind blanks, dollars, \left and \right from `at` on.
size_t skip_nothing(std::string_view text, size_t at) {
  static constexpr std::string_view delimiters[] = {"\\left", "\\right"};
  for (;;) {
    while (at < text.size() && (is_blank(text[at]) || text[at] == '$')) ++at;
    size_t size = 0;
    if (at < text.size() && text[at] == '\\')
      for (const std::string_view command : delimiters)
        if (text.substr(at).starts_with(command)) size = command.size();
    if (size == 0 || (at + size < text.size() && is_letter(text[at + size]))) return at;
    at += size;
  }
}

/// Whether two texts differ in what says nothing. A blank between two digits says something, and one between two
/// letters: 3 1/2 is not 31/2, nor \sin hx \sinh x.
bool is_same_text(std::string_view left, std::string_view right) {
  const auto parts = [](std::string_view text, size_t begin, size_t end) {
    if (end == begin || begin == 0 || end >= text.size()) return false;
    const char before = text[begin - 1], behind = text[end];
    return (is_digit(before) && is_digit(behind)) || (is_letter(before) && is_letter(behind));
  };
  size_t i = 0, j = 0;
  for (;; ++i, ++j) {
    const size_t next_left = skip_nothing(left, i), next_right = skip_nothing(right, j);
    if (parts(left, i, next_left) != parts(right, j, next_right)) return false;
    i = next_left, j = next_right;
    if (i == left.size() || j == right.size()) return i == left.size() && j == right.size() && i > 0;
    if (left[i] != right[j]) return false;
  }
}

/// Words, or a list with some in it: "Alice and Bob".
bool has_words(const Node* root) {
  if (!root) return false;
  const bool is_list = root->kind == Kind::list || root->kind == Kind::set || root->kind == Kind::conjunction ||
                       root->kind == Kind::either;
  return is_words(root) || (is_list && std::any_of(root->children.begin(), root->children.end(), has_words));
}

bool has_symbol(const Node& node) {
  return has_kind(node, Kind::symbol) || has_kind(node, Kind::text) || has_kind(node, Kind::function);
}

/// Whether a unit of the prediction could be compared with one, or with a letter that is read as one.
bool may_have_unit(const Gold& gold) {
  return !gold.root || (kinds_in(*gold.root) & (bit(Kind::quantity) | bit(Kind::degrees))) != 0 ||
         has_symbol(*gold.root);
}

/// What is also said in words: "no solution", "all real numbers", "undefined".
bool has_name_in_words(const Node* root) {
  return root && root->kind == Kind::constant &&
         (root->text == "emptyset" || root->text == "R" || root->text == "Z" || root->text == "undefined");
}

/// x in "where x is the number of apples": a fragment that names the answer and does not say it.
bool only_names(const Node& root, std::span<const Gold> golds) {
  if (root.kind == Kind::ellipsis) return true;
  if (root.kind != Kind::symbol) return false;
  return std::all_of(golds.begin(), golds.end(), [](const Gold& gold) { return gold.root && !has_symbol(*gold.root); });
}

MathResult decided(MathVerdict verdict, const Candidate& candidate) {
  MathResult result;
  result.verdict = verdict;
  result.extracted = std::string(candidate.text.substr(0, 4'000));
  result.rule = candidate.rule;
  return result;
}

std::optional<MathResult> judge_letter(const Gold& gold, const Candidate& candidate) {
  if (const auto letter = leading_letter(candidate.text)) {
    const bool right = to_upper(letter->front()) == gold.letter;
    MathResult result = decided(right ? MathVerdict::equal : MathVerdict::different, candidate);
    result.reason = "choice";
    return result;
  }
  return std::nullopt;
}

/// Boxes that all hold the gold answer, in forms of their own, are one answer.
std::optional<MathResult> judge_one_in_many_forms(std::span<const Gold> golds, const Candidate& candidate, Arena& arena,
                                                  const MathOptions& options) {
  if (candidate.parts.size() < 2 || candidate.parts.size() > 4) return std::nullopt;
  for (const std::string_view part : candidate.parts) {
    const auto result = judge(golds, {part, candidate.where, candidate.rule, false}, arena, options);
    if (!result || result->verdict != MathVerdict::equal) return std::nullopt;
  }
  return decided(MathVerdict::equal, candidate);
}

/// Whether words name the gold answer: words in running text are no answer otherwise.
bool is_spoken(std::span<const Gold> golds, const Candidate& candidate, Arena& arena, const MathOptions& options) {
  const Node* value = spoken_value(candidate.text, arena);
  constexpr size_t shortest_number = 3;
  if (!value && word_at(candidate.text) >= shortest_number) {  // "forty-two apples"
    const std::string_view number = only_number_in_words(candidate.text);
    const std::string_view rest = candidate.text.substr(std::min(number.size(), candidate.text.size()));
    constexpr size_t longest_noun = 30;
    const bool is_counted = !number.empty() && number.data() == candidate.text.data() && rest.size() < longest_noun &&
                            std::ranges::count(rest, ' ') < 3 &&
                            std::ranges::all_of(rest, [](char c) { return is_letter(c) || c == ' '; });
    if (is_counted && !is_remark_on_value(candidate.text)) value = spoken_value(number, arena);
  }
  return value && std::ranges::any_of(golds, [&](const Gold& gold) {
           if (!gold.root || gold.wanted == Wanted::letter) return false;
           Budget budget(options.budget);
           return compare(*gold.root, *value, policy_of(options), arena, budget).decision == Decision::equal;
         });
}

/// \ce{CO}, which is nothing but chemistry: case counts.
bool is_written_as_formula(const Gold& gold) {
  if (gold.formula.empty()) return false;
  const auto is_plain = [](char c) { return is_letter(c) || is_digit(c); };
  size_t num_capitals = 0, num_counts = 0;  // H2O, which no product looks like
  for (size_t i = 0; i < gold.text.size(); ++i) {
    num_capitals += is_upper(gold.text[i]);
    num_counts += i > 0 && is_digit(gold.text[i]) && is_letter(gold.text[i - 1]);
  }
  const bool has_charge = gold.formula.size() > 3 && gold.formula.find('^') != std::string::npos;
  const bool has_shells = gold.formula.ends_with(' ');                             // 1s^2 2s^2
  const bool is_upright = gold.text.starts_with("\\mathrm{") && num_capitals > 1;  // CO is not Co
  return has_shells || has_charge || is_upright || gold.text.find("\\ce{") != std::string_view::npos ||
         (num_capitals > 1 && num_counts > 0 && std::ranges::all_of(gold.text, is_plain));
}

/// Dates, formulas of chemistry and extremes: 2020-10-12 is no difference, and H₂O no product.
std::optional<MathResult> judge_notation(std::span<const Gold> golds, const Candidate& candidate) {
  const auto has = [&](auto member) {
    return std::ranges::any_of(golds, [&](const Gold& gold) { return !(gold.*member).empty(); });
  };
  const auto is_one = [&](auto member, const std::string& text) {
    return std::ranges::any_of(golds, [&](const Gold& gold) { return !text.empty() && gold.*member == text; });
  };
  const auto equal = [&](std::string_view reason) {
    MathResult result = decided(MathVerdict::equal, candidate);
    result.reason = reason;
    return result;
  };
  if (std::ranges::any_of(golds, [&](const Gold& gold) { return has_same_extremes(gold.whole, candidate.text); }))
    return equal("parts");
  if (has(&Gold::formula) && is_one(&Gold::formula, chemical_formula(candidate.text))) return equal("formula");
  if (!has(&Gold::date)) return std::nullopt;
  std::string date = date_of(candidate.text);
  for (const std::string_view lead : {" is ", " was ", " on "})  // "So the date is March 22, 1974"
    if (const size_t place = candidate.text.rfind(lead); date.empty() && place != std::string_view::npos)
      date = date_of(candidate.text.substr(place + lead.size()));
  if (is_one(&Gold::date, date)) return equal("date");
  return golds.size() == 1 && !date.empty() && !candidate.is_verbatim
             ? std::optional(decided(MathVerdict::different, candidate))
             : std::nullopt;
}

}  // namespace

std::optional<MathResult> judge(std::span<const Gold> golds, const Candidate& candidate, Arena& arena,
                                const MathOptions& options) {
  if (candidate.is_flood) return decided(MathVerdict::different, candidate);
  if (candidate.is_measured && std::ranges::none_of(golds, may_have_unit)) return std::nullopt;
  if (candidate.text.size() > static_cast<size_t>(options.max_answer_bytes)) {
    if (candidate.is_fragment) return std::nullopt;
    return decided(MathVerdict::unparsed, candidate);
  }
  for (const Gold& gold : golds)
    if (is_same_text(gold.text, candidate.text) ||
        (gold.whole != gold.text && is_same_text(gold.whole, candidate.text))) {
      MathResult result = decided(MathVerdict::equal, candidate);
      result.reason = "text";
      return result;
    }
  if (auto result = judge_notation(golds, candidate)) return result;
  if (candidate.is_verbatim) return std::nullopt;
  if (const auto one = judge_one_in_many_forms(golds, candidate, arena, options)) return one;
  if (is_spoken(golds, candidate, arena, options)) return decided(MathVerdict::equal, candidate);
  const Parsed parsed = parse(candidate.text, arena, {.decimal_comma = options.decimal_comma});
  const bool fits_words = std::any_of(golds.begin(), golds.end(), [](const Gold& gold) {
    return gold.wanted == Wanted::words || has_words(gold.root) || has_name_in_words(gold.root) ||
           (gold.wanted == Wanted::letter && !gold.words.empty());
  });
  const bool may_be_named =
      std::any_of(golds.begin(), golds.end(), [](const Gold& gold) { return has_named_values(gold.root); });
  const bool is_words_only =
      is_words(parsed.root) || (candidate.is_fragment && !may_be_named && is_prose(candidate.text));
  const bool is_readable = parsed.root && (!candidate.is_fragment || !is_words_only || fits_words);

  // What is cut out of running text may have lost its beginning: the 3 = 15 of "5 kg * 3 = 15 kg".
  const bool is_cut = candidate.rule == "last_number" || candidate.rule == "environment";
  Budget look(options.budget);
  if (parsed.root && !is_cut && contradicts_itself(*parsed.root, look))
    return decided(MathVerdict::different, candidate);

  std::optional<MathResult> best;
  const Policy policy = policy_of(options);
  for (const Gold& gold : golds) {
    std::optional<MathResult> result;
    if (!gold.date.empty() || is_written_as_formula(gold)) {  // whatever could be equal has been
      if (!candidate.is_fragment && !best) best = decided(MathVerdict::different, candidate);
      continue;
    }
    if (gold.wanted == Wanted::letter) {
      result = judge_letter(gold, candidate);
      if (!result && is_readable && !gold.words.empty()) {
        Budget budget(options.budget);
        const Node* words = parse(gold.words, arena).root;
        if (words && compare(*words, *parsed.root, policy, arena, budget).decision == Decision::equal)
          result = decided(MathVerdict::equal, candidate);
      }
      if (!result && !candidate.is_fragment) result = decided(MathVerdict::different, candidate);
      if (!result) continue;
    } else {
      if (!gold.root || !is_readable || (candidate.is_fragment && only_names(*parsed.root, golds))) continue;
      Budget budget(options.budget);
      const Comparison comparison = compare(*gold.root, *parsed.root, policy, arena, budget);
      MathVerdict verdict = comparison.decision == Decision::equal ? MathVerdict::equal : MathVerdict::different;
      if (comparison.decision == Decision::unknown && budget.is_spent()) verdict = MathVerdict::budget_exceeded;
      result = decided(verdict, candidate);
      result->is_probable = comparison.is_probable || comparison.decision == Decision::unknown;
      result->reason = comparison.reason;
    }
    if (result->verdict == MathVerdict::equal) return result;
    // Words in running text are the answer only if they are the gold answer.
    if (candidate.is_fragment && is_words_only && gold.wanted != Wanted::letter) continue;
    if (!best || result->verdict == MathVerdict::budget_exceeded) best = std::move(result);
  }
  return best;
}

}  // namespace cohort::rewards::math
