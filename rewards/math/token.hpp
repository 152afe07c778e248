// Tokens of an answer, and the readings that one text allows.
#pragma once

#include <cstdint>
#include <string_view>

namespace cohort::rewards::math {

/// What a token is; after the dash, what `text` holds where it holds something.
enum class Sign : uint8_t {
  end,
  number,     // digits and at most one point; `value` is the power of ten behind an e
  repeating,  // as Kind::repeating
  numeral,    // digits of base `value`
  vulgar,     // ½: "1/2"
  letter,     // the name of a symbol; `run` is the whole run of letters where it starts one of several
  constant,   // its name
  function,   // its name
  word,       // as written; `word` says which, where the grammar knows it
  plus,
  minus,
  plus_minus,
  minus_plus,
  times,
  slash,
  modulo,                // \bmod \mod
  parenthesised_modulo,  // \pmod
  caret,
  underscore,
  bang,
  percent,
  degree,
  prime,
  comma,
  semicolon,
  colon,
  newline,
  ampersand,
  middle,    // \mid
  relation,  // its word in Node::relations
  bar,
  double_bar,
  open,   // `shape` says which
  close,  // `shape` says which
  fraction,
  binomial,
  root,    // \sqrt; "3" for a cube root
  choose,  // {n \choose k}
  over,    // {a \over b}
  accent,  // "bar" "hat" "vec" "bold"
  sum,     // "sum" "product"
  integral,
  limit,
  partial,
  begin,   // environment
  finish,  // \end
  cup,
  cap,
  set_minus,
  logic_and,
  logic_or,
  logic_not,
  implies,
  equivalent,
  ellipsis,
  currency,  // "$" "€" …
  garbage,
};

/// Words that mean something to the grammar.
enum class Word : uint8_t {
  none,
  conjunction,
  disjunction,
  condition,  // if, when, for
  otherwise,
  percent,
  degree,
  per,
  modulo,
  base,
  scale,    // million
  squared,  // 2
  cubed,
  square,
  cubic,
  ordinal,  // th
  clock,    // am, pm
  label,    // option, choice, answer
  plain,    // the, of, is: certainly prose
};

/// Whether an operand may begin with the sign; not + and −, which stand between two as well.
constexpr bool starts_operand(Sign sign) {
  switch (sign) {
    case Sign::number:
    case Sign::repeating:
    case Sign::numeral:
    case Sign::vulgar:
    case Sign::letter:
    case Sign::constant:
    case Sign::function:
    case Sign::open:
    case Sign::fraction:
    case Sign::root:
    case Sign::accent:
    case Sign::binomial:
    case Sign::sum:
    case Sign::integral:
    case Sign::limit:
    case Sign::begin:
    case Sign::bar:
    case Sign::currency:
      return true;
    default:
      return false;
  }
}

struct Token {
  Sign sign = Sign::end;
  Word word = Word::none;
  char shape = 0;          // of brackets: ( [ { for groups, s for \{, < f c for floor and ceiling, | and 0 for \right.
  char side = 0;           // 'l' after \left, 'r' after \right
  bool is_spaced = false;  // blanks before
  bool is_wide = false;    // \quad before
  bool is_text = false;    // within \text{}
  uint16_t bars_behind = 0;  // bars behind it in the same bracket
  int32_t value = 0;         // power of ten, base; of brackets the index of the partner
  std::string_view text, run;
  std::string_view source;
};

/// One of the ways to read a text. Each field is a question that the text alone cannot answer.
struct Reading {
  bool comma_groups = true;    // 1,234 is one number
  bool decimal_comma = false;  // 3,5 is one number
  bool scientific = true;      // 2e-5 is a number, not 2e − 5
  bool loose_slash = false;    // 1/2x is (1/2)x, not 1/(2x)
  bool wide_argument = false;  // sin x/2 is sin(x/2), not (sin x)/2
  bool letter_units = false;   // 5 m is a length, not a product
  bool repetend = false;       // 4.5(8) repeats its 8, and is no product
  bool lakhs = false;          // 12,34,567 is one number
  bool plain_i = false;        // the I of 1 + mI is a variable, not the imaginary unit
};

/// Which of the questions came up.
struct Doubt {
  bool comma_groups = false, decimal_comma = false, scientific = false, loose_slash = false, wide_argument = false,
       letter_units = false, repetend = false, lakhs = false, plain_i = false;
};

}  // namespace cohort::rewards::math
