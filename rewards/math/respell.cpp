#include "rewards/math/respell.hpp"

#include <algorithm>

#include "rewards/math/rewriter.hpp"
#include "rewards/math/scan.hpp"
#include "rewards/math/vocabulary.hpp"

namespace cohort::rewards::math {
namespace {

constexpr std::string_view upright[] = {"\\text{",   "\\mathrm{", "\\textrm{", "\\mathtt{",
                                        "\\texttt{", "\\mathsf{", "\\textsf{"};

/// Blanks, \, and \! taken away at both ends.
std::string_view without_space(std::string_view text) {
  for (bool again = true; again;) {
    again = false;
    text = cut_end(skip(text, " "), " ");
    for (const std::string_view space : {"\\,", "\\!", "\\;", "\\:"}) {
      if (text.starts_with(space)) text.remove_prefix(2), again = true;
      if (text.ends_with(space)) text.remove_suffix(2), again = true;
    }
  }
  return text;
}

/// Whether a sign stands between operands or behind one, so that braces around it only change the space beside it.
bool is_infix(Sign sign) {
  switch (sign) {
    case Sign::times:
    case Sign::slash:
    case Sign::plus_minus:
    case Sign::minus_plus:
    case Sign::percent:
    case Sign::colon:
    case Sign::relation:
    case Sign::cup:
    case Sign::cap:
    case Sign::set_minus:
      return true;
    default:
      return false;
  }
}

/// Whether a command takes no argument, so that {} behind it only ends its name.
bool is_complete(const Entry& entry) {
  if (entry.wrapper != Wrapper::none) return false;
  return is_infix(entry.sign) || entry.sign == Sign::letter || entry.sign == Sign::constant ||
         entry.sign == Sign::function || entry.sign == Sign::degree || entry.sign == Sign::ellipsis ||
         entry.sign == Sign::implies || entry.sign == Sign::middle || entry.sign == Sign::currency;
}

/// Digits, in a group or in \text, and nothing else.
bool is_of_digits(std::string_view text) {
  for (const std::string_view wrapper : upright)
    if (text.starts_with(wrapper) && text.ends_with('}'))
      text = text.substr(wrapper.size(), text.size() - wrapper.size() - 1);
  if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

/// {12}, {\text{16}}, (12): of two digits, as digits that are letters need.
bool is_large_base(std::string_view index) {
  index = skip(index, "{( ");
  for (const std::string_view wrapper : upright)
    if (index.starts_with(wrapper)) index = skip(index.substr(wrapper.size()), "{( ");
  if (index.starts_with("base")) index = skip(index.substr(4), " }");
  return index.size() > 1 && is_digit(index[0]) && is_digit(index[1]);
}

class Respeller : Rewriter {
 public:
  explicit Respeller(std::string_view text) : Rewriter(text) {}

  std::optional<std::string> read() {
    while (at_ < text_.size())
      if (!step()) ++at_;
    return result();
  }

 private:
  bool step() {
    const char c = text_[at_];
    if (c == '{') return braces();
    if (c == '\\') return command();
    return is_letter(c) && (at_ == 0 || !(is_letter(text_[at_ - 1]) || text_[at_ - 1] == '\\')) && lost_backslash();
  }

  /// Whether a group here is the argument of a command or of a sign: behind \frac, ^ and _.
  bool is_argument() const {
    const std::string_view before = cut_end(text_.substr(0, at_), " ");
    if (before.empty()) return false;
    if (before.back() == '^' || before.back() == '_' || before.back() == ']') return true;
    size_t name = before.size();
    while (name > 0 && is_letter(before[name - 1])) --name;
    if (name == 0 || name == before.size() || before[name - 1] != '\\') return false;
    const Entry* entry = find_command(before.substr(name));
    return !entry || !is_complete(*entry);
  }

  bool braces() {
    const size_t close = group_end(0);
    if (close == 0 || is_argument()) return false;
    const std::string_view inside = without_space(rest().substr(1, close - 2)), behind = rest().substr(close);
    const char before = last();
    if (inside == "%" || inside == ":") return write(close, inside);
    // a{g}_{k}, but not bar{g}_{k}, whose backslash is lost
    const bool is_behind_word = is_letter(before) && at_ > 1 && is_letter(text_[at_ - 2]);
    if (inside.size() == 1 && is_letter(inside[0]) && behind.starts_with('_') && !is_behind_word)
      return write(close, " ", inside);
    if (inside == "." && is_digit(before) && !behind.empty() && is_digit(behind[0])) return write(close, inside);
    if (inside == "^\\circ" || inside == "^{\\circ}" || inside == "\\degree") return write(close, "^{\\circ}");
    if (inside.starts_with('\\') && inside.size() > 1) {
      const Entry* sign = find_command(inside.substr(1));
      if (sign && sign->wrapper == Wrapper::none && is_infix(sign->sign))
        return write(close, inside, is_letter(inside.back()) ? " " : "");
    }
    if (is_digit(before) || before == '.')
      if (is_repetend(inside, before == '.')) return write(close, inside);
    // 45{}^\circ
    return inside.empty() && (is_digit(before) || is_letter(before)) &&
           (behind.starts_with("^\\circ") || behind.starts_with("^{\\circ}")) && write(close, "");
  }

  /// \overline{34}, \bar 6, \dot{6}: behind a decimal point also with digits before it.
  static bool is_repetend(std::string_view text, bool may_have_digits) {
    if (may_have_digits)
      while (!text.empty() && is_digit(text[0])) text.remove_prefix(1);
    for (const std::string_view line : {"\\overline", "\\bar", "\\dot"})
      if (text.starts_with(line)) return is_of_digits(skip(text.substr(line.size()), " "));
    return false;
  }

  bool command() {
    const std::string_view name = rest().substr(1, word_at(rest().substr(1)));
    if (name.empty()) {
      const bool is_ended = rest().starts_with("\\%{}");
      if (is_ended) return write(4, "\\%");
      return at_ += std::min<size_t>(2, rest().size()), true;  // of \\ the second begins no command
    }
    if (digits_of_numeral()) return true;
    if (const Entry* entry = find_command(name); entry && is_complete(*entry)) {
      const std::string_view behind = rest().substr(1 + name.size());
      const size_t size = behind.starts_with("{}") ? 2 : behind.starts_with("{ }") ? 3 : 0;
      if (size == 0) return false;
      const bool is_raised = behind.substr(size).starts_with('_') || behind.substr(size).starts_with('^');
      return write(1 + name.size() + size, rest().substr(0, 1 + name.size()), is_raised ? "" : " ");
    }
    if (rest().starts_with("\\textsuperscript{")) return write(16, "^");
    if (rest().starts_with("\\textsubscript{")) return write(14, "_");
    return false;
  }

  /// \text{163B}_{12}, (\text{163B})_{12} and 163\text{B}_{12} without the command.
  bool digits_of_numeral() {
    for (const std::string_view wrapper : upright) {
      if (!rest().starts_with(wrapper)) continue;
      const size_t close = group_end(wrapper.size() - 1);
      if (close == 0) return false;
      const std::string_view inside = rest().substr(wrapper.size(), close - wrapper.size() - 1);
      const auto is_numeral_digit = [](char c) { return is_digit(c) || is_upper(c); };
      if (inside.empty() || !std::ranges::all_of(inside, is_numeral_digit)) return false;
      std::string_view behind = rest().substr(close);
      const char before = last();
      const std::string_view more = skip(behind, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
      const bool has_digits = is_digit(before) || std::ranges::any_of(inside, is_digit) || more.size() < behind.size();
      const bool has_several = has_digits || inside.size() > 1;
      behind = more;
      const bool is_bracketed = behind.starts_with(')') || behind.starts_with("\\right)");
      if (is_bracketed) behind.remove_prefix(behind[0] == ')' ? 1 : 7);
      // The lexer knows \text{AB}_{12}, which may not be AB_{12}; and 2\text{H}_2 is no numeral.
      if (!has_several || (!has_digits && !is_bracketed) || !behind.starts_with('_')) return false;
      if (std::ranges::any_of(inside, is_upper) && !is_large_base(behind.substr(1))) return false;
      return write(close, inside);
    }
    return false;
  }

  /// frac{1}{2}: the backslash is gone, as no name of mathematics stands before a brace.
  bool lost_backslash() {
    const std::string_view name = rest().substr(0, word_at(rest()));
    for (const std::string_view known : {"frac", "dfrac", "tfrac", "cfrac", "sqrt", "binom", "dbinom", "tbinom", "text",
                                         "mathrm", "mathbb", "overline"})
      if (name == known && rest().substr(name.size()).starts_with('{')) return write(name.size(), "\\", name);
    return false;
  }

  /// Behind the } of the { at `place` of the rest; 0 where there is none near.
  size_t group_end(size_t place) const {
    constexpr size_t longest = 100;
    const std::string_view group = rest().substr(place, longest);
    size_t depth = 0;
    for (size_t i = 0; i < group.size(); ++i) {
      if (group[i] == '\\') {
        ++i;
        continue;
      }
      if (group[i] == '{') ++depth;
      if (group[i] == '}' && --depth == 0) return place + i + 1;
    }
    return 0;
  }
};

}  // namespace

std::string_view respelled(std::string_view text, Arena& arena) {
  if (text.find('{') == text.npos) return text;
  const std::optional<std::string> result = Respeller(text).read();
  return result ? arena.copy(*result) : text;
}

}  // namespace cohort::rewards::math
