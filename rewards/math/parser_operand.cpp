#include <algorithm>

#include "rewards/math/characters.hpp"
#include "rewards/math/parser.hpp"

namespace cohort::rewards::math {

// Tokens of the "out of" between two numbers, 0 where it does not stand here.
size_t Parser::out_of() const {
  const size_t size = at().run == "out" ? 3 : is(Sign::word) && at().text == "out" ? 1 : 0;
  const bool is_whole = size > 0 && is(Sign::word, size) && at(size).text == "of" && is(Sign::number, size + 1);
  return is_whole ? size + 1 : 0;
}

// Whether what stands between a number and this one is a label or a word, not a factor: 12 R 3, 4N 3E, (a) 1 (b) 2.
bool Parser::is_behind_label() const {
  const auto behind = [&](size_t count) { return position_ >= count ? tokens_[position_ - count].sign : Sign::end; };
  if (behind(1) == Sign::letter) {
    const bool is_word_like = is_upper(previous().text[0]) || at().is_spaced;  // 3d 4h too
    return is_word_like && behind(2) == Sign::number;
  }
  const bool is_bracketed = behind(1) == Sign::close && behind(3) == Sign::open && behind(4) == Sign::number;
  return is_bracketed && (behind(2) == Sign::letter || (behind(2) == Sign::number && at().is_spaced));
}

bool Parser::opens_bar() const {
  if (at().side) return at().side == 'l';
  const Token& stop = tokens_[scope_.stop];
  const size_t behind_stop = stop.sign == Sign::close ? 0 : stop.bars_behind + (stop.sign == Sign::bar);
  const size_t num_bars = 1 + at().bars_behind - std::min<size_t>(at().bars_behind, behind_stop);
  // "a | b": a bar without partner divides.
  if (scope_.bars == 0) return num_bars > 1;
  // ||x||y|| and |2|x| - 1|: a bar behind a value mostly closes.
  const bool is_behind_factor = previous().sign == Sign::bar || (previous().sign == Sign::number && position_ > 1 &&
                                                                 tokens_[position_ - 2].sign == Sign::bar);
  return num_bars > scope_.bars && is_behind_factor && starts_operand(1) && !is(Sign::bar, 1);
}

// Whether an operand follows without a sign between: 2x, 2(x + 1), x sin x.
bool Parser::starts_factor(bool in_argument) const {
  const Token& token = at();
  if (token.is_wide) return false;
  switch (token.sign) {
    case Sign::number:
    case Sign::repeating:
    case Sign::numeral:
      return previous().sign != Sign::number && previous().sign != Sign::numeral && !(in_argument && token.is_spaced) &&
             !is_behind_label();
    case Sign::vulgar:
      return true;
    case Sign::letter:
      if (token.text == "U" && previous().sign == Sign::close && position_ + 1 < scope_.stop &&
          (token.is_spaced || is_open('(', 1) || is_open('[', 1)) && !is(Sign::caret, 1) && !is(Sign::underscore, 1))
        return false;  // (0, 1) U (2, 3)
      return out_of() == 0 && !is_trailing_quantifier() && !starts_unit();
    case Sign::constant:
      return !starts_unit();
    case Sign::function:
      return !in_argument && !starts_unit();
    case Sign::open:
      if (token.shape == '(' && (is_word(Word::modulo, 1) || is(Sign::modulo, 1) || is_word(Word::base, 1)))
        return false;
      if (token.shape == '(' && (is(Sign::word, 1) || at(1).run.size() > 1) && starts_unit()) return false;
      if (starts_reason()) return false;
      // sin 2(x + 1), but ln x (x + 1) is a product.
      return !in_argument || (token.shape != '(' && token.shape != '[') || previous().sign == Sign::number;
    case Sign::bar:
      return !in_argument && opens_bar();
    case Sign::double_bar:
      return !in_argument && scope_.double_bars == 0;
    case Sign::fraction:
      return !starts_unit();
    case Sign::root:
    case Sign::accent:
    case Sign::binomial:
      return true;
    case Sign::sum:
    case Sign::integral:
    case Sign::limit:
    case Sign::begin:
    case Sign::partial:
      return !in_argument;
    default:
      return false;
  }
}

}  // namespace cohort::rewards::math
