#include <algorithm>

#include "rewards/math/characters.hpp"
#include "rewards/math/parser.hpp"
#include "rewards/math/unit.hpp"
#include "rewards/math/vocabulary.hpp"

namespace cohort::rewards::math {

namespace {

// 5 m is more often five metres than five times m; other letters are variables, but behind a decimal.
bool is_common_letter(std::string_view letter, bool is_behind_decimal) {
  if (letter == "mu" || letter == "Omega") return true;
  const std::string_view common = is_behind_decimal ? "mgshLNJWVCAKFT" : "mgshLNJWV";
  return letter.size() == 1 && common.find(letter[0]) != std::string_view::npos;
}

bool is_decimal(const Token& token) {
  return token.sign == Sign::number && token.text.find('.') != std::string_view::npos;
}

// What says of a number that it is none of the answers: 18 fails.
bool is_verdict(std::string_view word) {
  constexpr std::string_view words[] = {"fails",   "wrong",      "false",    "incorrect",
                                        "invalid", "impossible", "rejected", "excluded"};
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

// What stands behind π without being taken for a product of π with letters.
bool is_length(std::string_view symbol) {
  constexpr std::string_view lengths[] = {"mm", "cm", "km", "in", "ft", "yd", "mi", "rad"};
  return std::find(std::begin(lengths), std::end(lengths), symbol) != std::end(lengths);
}

}  // namespace

bool Parser::is_letter_unit(size_t index) const {
  constexpr size_t most_tokens = 200;  // of an answer that is looked through for each of its letters
  const Token& token = tokens_[index];
  if (token.sign != Sign::letter || index == 0 || tokens_.size() > most_tokens) return false;
  const bool is_kilo = token.text == "k" && tokens_[index + 1].text == "Omega";
  if (!is_kilo && !is_common_letter(token.text, token.is_spaced)) return false;
  const bool has_decimal = std::any_of(tokens_.begin(), tokens_.begin() + static_cast<ptrdiff_t>(index), is_decimal);
  if (!is_kilo && !is_common_letter(token.text, has_decimal && token.is_spaced)) return false;
  const bool is_power = index + 1 < scope_.stop && tokens_[index + 1].sign == Sign::caret;
  if (!token.is_spaced && !is_power && !is_decimal(tokens_[index - 1])) return false;
  const Token& before = tokens_[index - 1];
  const bool is_behind_pi = is_power && before.sign == Sign::constant && before.text == "pi";
  if (before.sign != Sign::number && before.sign != Sign::close && !is_behind_pi) return false;
  if (scope_.stop + 1 != tokens_.size()) return false;
  const auto is_variable = [](const Token& token) { return token.sign == Sign::letter && !token.is_text; };
  const auto here = tokens_.begin() + static_cast<ptrdiff_t>(index);
  // 6 m, 22 m, but neither 2 n m nor 3 m^2 - 2 m.
  for (auto other = tokens_.begin(); other != here; ++other)
    if (is_variable(*other) && !(other->text == token.text && other[1].sign == Sign::comma)) return false;
  // m^2, m/s, m s^{-1} or N·m, then the end
  for (auto other = here; other != tokens_.end() - 1; ++other) {
    const Sign next = other[1].sign, before = other[-1].sign;
    const bool is_sign = other->sign == Sign::slash || other->sign == Sign::caret ||
                         (other->sign == Sign::times && next == Sign::letter);
    const bool is_listed = other->sign == Sign::comma || (other->sign == Sign::number && before == Sign::comma);
    const bool is_brace = (other->sign == Sign::open || other->sign == Sign::close) && other->shape == '{';
    const bool is_in_exponent = before == Sign::caret || before == Sign::open || before == Sign::minus;
    const bool is_exponent = other->sign == Sign::number && is_in_exponent && other->text.size() == 1 &&
                             other->text[0] >= '1' && other->text[0] <= '3';
    const bool is_minus = other->sign == Sign::minus && (before == Sign::caret || before == Sign::open);
    const bool is_prefixed =
        other != here && (other[-1].text == "mu" || (other[-1].text == "k" && other->text == "Omega"));
    const bool is_prefix = other->text == "k" && other[1].text == "Omega";
    const bool is_unit =
        is_variable(*other) && (is_common_letter(other->text, has_decimal || is_prefixed) || is_prefix);
    if (other->run.size() > 1 && !unit_symbol(other->run).empty() && other != here) {  // kg of J/kg, min of m/min
      const bool is_spelled = other->sign == Sign::letter && other->text.size() == 1;  // a token for each letter
      if (is_spelled) other += static_cast<ptrdiff_t>(other->run.size()) - 1;
      continue;
    }
    if (!is_sign && !is_listed && !is_brace && !is_exponent && !is_minus && !is_unit) return false;
  }
  return true;
}

// The nm of 2nm + 6n^2m, whose letters are variables elsewhere, and the cm of 6cm + 2c, where one that is no unit is.
bool Parser::is_of_variables(size_t index) const {
  constexpr size_t most_tokens = 200;  // of an answer that is looked through for each of its runs
  const std::string_view run = tokens_[index].run;
  if (tokens_[index].is_text || tokens_.size() > most_tokens) return false;
  size_t num_found = 0;
  bool is_certain = false;
  for (const char& letter : run) {
    bool is_found = false;
    for (size_t i = 0; i < tokens_.size() && !is_found; ++i) {
      const bool is_same_run = tokens_[i].run == run;
      if (is_same_run) i += run.size() - 1;
      if (is_same_run || tokens_[i].sign != Sign::letter || tokens_[i].is_text) continue;
      is_found = tokens_[i].text == std::string_view(&letter, 1);
    }
    num_found += is_found ? 1 : 0;
    is_certain = is_certain || (is_found && !is_common_letter(std::string_view(&letter, 1), true));
  }
  const auto is_relation = [](const Token& token) { return token.sign == Sign::relation; };
  return num_found == run.size() || (is_certain && std::ranges::none_of(tokens_, is_relation));  // c = 5cm
}

// The h of 1h 20min and 1h 20m: a number of minutes follows.
bool Parser::is_hour(size_t index) const {
  if (index == 0 || index + 2 >= scope_.stop || tokens_[index].text != "h" || tokens_[index - 1].sign != Sign::number)
    return false;
  return tokens_[index + 1].sign == Sign::number &&
         (tokens_[index + 2].run == "min" || tokens_[index + 2].text == "min" || tokens_[index + 2].text == "m");
}

// The m of 1h 20m and 9m 22s: minutes follow hours, and seconds follow minutes.
bool Parser::is_minute(size_t index) const {
  if (index == 0 || tokens_[index].text != "m" || tokens_[index - 1].sign != Sign::number) return false;
  if (index >= 2 && is_hour(index - 2)) return true;
  return index + 2 < scope_.stop && tokens_[index + 1].sign == Sign::number && tokens_[index + 2].text == "s";
}

bool Parser::is_second(size_t index) const { return index >= 2 && tokens_[index].text == "s" && is_minute(index - 2); }

// The m of kg·m^{-3}, behind a unit.
bool Parser::has_negative_power(size_t index) const {
  index += std::max<size_t>(tokens_[index].run.size(), 1) - 1;
  if (index + 2 >= scope_.stop || tokens_[index + 1].sign != Sign::caret) return false;
  return tokens_[index + (tokens_[index + 2].sign == Sign::open ? 3 : 2)].sign == Sign::minus;
}

// μm, Ω and kΩ, whose signs are letters of mathematics too; empty of others.
std::string_view Parser::prefixed_unit(size_t index) const {
  const auto token_at = [&](size_t i) -> const Token& { return i < scope_.stop ? tokens_[i] : tokens_.back(); };
  const Token& token = token_at(index);
  const Token& next = token_at(index + 1);
  if (token.sign != Sign::letter) return {};
  const bool is_certain = token.is_text || next.is_text || reading_.letter_units;
  if (token.text == "Omega") return token.is_text || reading_.letter_units ? "Ω" : "";
  if (next.sign == Sign::letter && next.text == "Omega" && is_certain)
    return token.text == "k" ? "kΩ" : token.text == "M" ? "MΩ" : "";
  if (token.text != "mu" || !is_certain || (next.sign != Sign::letter && next.sign != Sign::word)) return {};
  const std::string_view unit = unit_symbol(next.text);
  return unit.empty() || unit.size() > 2 ? std::string_view() : arena_.copy("µ" + std::string(unit));
}

// One named unit with its power, from `index`; where it ends, 0 where it is none.
size_t Parser::unit_factor(size_t index, std::string& over, std::string& under, bool is_under) const {
  const auto token_at = [&](size_t i) -> const Token& { return i < scope_.stop ? tokens_[i] : tokens_.back(); };
  int power = 1;
  if (token_at(index).word == Word::square) power = 2, ++index;
  if (token_at(index).word == Word::cubic) power = 3, ++index;
  const Token& token = token_at(index);
  std::string_view symbol;
  size_t length = 1;
  if (token.sign == Sign::currency) {
    symbol = token.text;
  } else if (token.sign == Sign::word && (token.word == Word::none || token.text == "in")) {
    symbol = unit_symbol(token.text);
  } else if (token.sign == Sign::function && token.word == Word::none) {
    const bool is_call = token_at(index + 1).sign == Sign::open || token_at(index + 1).sign == Sign::caret;
    symbol = is_call ? std::string_view() : unit_symbol(token.run);
  } else if (token.run.size() > 1) {
    symbol = is_of_variables(index) ? std::string_view() : unit_symbol(token.run);
    length = token.run.size();
  } else if (const std::string_view name = prefixed_unit(index); !name.empty()) {
    symbol = name;
    length = token.text == "Omega" ? 1 : 2;
  } else if (is_minute(index) || is_second(index)) {
    symbol = token.text == "m" ? "min" : "s";
  } else if (token.sign == Sign::letter) {
    const bool is_known = token.is_text || is_under || reading_.letter_units || power > 1 || is_hour(index) ||
                          (!over.empty() && has_negative_power(index));
    symbol = is_known ? unit_symbol(token.text) : std::string_view();
  }
  if (symbol.empty() || index + length > scope_.stop) return 0;
  index += length;
  if (token_at(index).sign == Sign::caret) {
    const bool is_group = token_at(index + 1).sign == Sign::open;
    size_t at = index + (is_group ? 2 : 1);
    const bool is_negative = token_at(at).sign == Sign::minus;
    if (is_negative) ++at;
    const Token& number = token_at(at);
    if (number.sign != Sign::number || number.text.size() != 1 || !is_digit(number.text[0])) return 0;
    power = (number.text[0] - '0') * (is_negative ? -1 : 1);
    index = at + 1;
    if (is_group && token_at(index++).sign != Sign::close) return 0;
  } else if (token_at(index).word == Word::squared) {
    power = 2, ++index;
  } else if (token_at(index).word == Word::cubed) {
    power = 3, ++index;
  }
  if (power < 0) is_under = !is_under, power = -power;
  std::string& side = is_under ? under : over;
  if (is_under || !side.empty()) side += is_under ? '/' : '*';
  side += symbol;
  if (power != 1) (side += '^') += std::to_string(power);
  return index;
}

// The longest unit from `index`: cm, cm^2, km/h, square meters per second, \frac{\text{m}}{\text{s}}
Parser::UnitMatch Parser::unit_at(size_t index) const {
  if (index >= scope_.stop) return {};
  std::string over, under;
  const Token& first = tokens_[index];
  if (first.sign == Sign::fraction && index + 1 < scope_.stop && tokens_[index + 1].sign == Sign::open) {
    const size_t middle = partner(index + 1),
                 close = middle + 1 < scope_.stop && tokens_[middle + 1].sign == Sign::open ? partner(middle + 1) : 0;
    const bool is_text = tokens_[index + 2].is_text || tokens_[index + 2].sign == Sign::word;
    if (close == 0 || !is_text || unit_factor(index + 2, over, under, false) != middle) return {};
    if (unit_factor(middle + 2, over, under, true) != close) return {};
    return {std::min(close + 1, scope_.stop), over + under};
  }
  if (first.sign == Sign::open && first.shape == '(') return unit_in_brackets(index);
  size_t end = unit_factor(index, over, under, false);
  if (end == 0) return noun_at(index);
  constexpr size_t longest = 6;  // factors
  for (size_t count = 1; count < longest && end < scope_.stop; ++count) {
    const Token& token = tokens_[end];
    size_t next = 0;
    if (token.sign == Sign::slash || token.word == Word::per)
      next = unit_factor(end + 1, over, under, true);
    else if ((token.sign == Sign::times || token.sign == Sign::minus) && end + 1 < scope_.stop &&
             (tokens_[end + 1].is_text || (token.sign == Sign::times && has_negative_power(end + 1))))
      next = unit_factor(end + 1, over, under, false);
    else if (((token.is_text || reading_.letter_units || has_negative_power(end)) && token.sign == Sign::letter) ||
             (token.sign == Sign::word && token.word == Word::none))
      next = unit_factor(end, over, under, false);
    if (next == 0) break;
    end = next;
  }
  return {end, over + under};
}

// 5 (apples), 18 (cups of juice)
Parser::UnitMatch Parser::unit_in_brackets(size_t index) const {
  const size_t close = partner(index);
  const Token& first = tokens_[index + 1];
  if (close >= scope_.stop || (first.sign != Sign::word && first.run.size() < 2)) return {};
  std::string over, under;
  if (unit_factor(index + 1, over, under, false) == close) return {close + 1, over + under};
  constexpr size_t longest = 6;  // words
  if (close - index - 1 > longest) return {};
  over.clear();
  for (size_t i = index + 1; i < close; ++i) {
    if (tokens_[i].sign != Sign::word || tokens_[i].word == Word::base || tokens_[i].word == Word::modulo) return {};
    if (i > index + 1) over += ' ';
    for (const char c : tokens_[i].text) over += to_lower(c);
  }
  if (over.size() > 3 && over.back() == 's' && over[over.size() - 2] != 's') over.pop_back();
  return {close + 1, over};
}

// Things that are counted: 5 apples. One to three words that end the answer; none of them is one of grammar.
Parser::UnitMatch Parser::noun_at(size_t index) const {
  std::string text;
  size_t end = index;
  for (; end < scope_.stop && tokens_[end].sign == Sign::word; ++end) {
    const Token& token = tokens_[end];
    if (token.word != Word::none || number_of_word(token.text) >= 0 || end - index == 3 || is_verdict(token.text))
      break;
    if (end > index) text += ' ';
    const bool is_symbol = token.text.size() <= 3 && is_upper(token.text.back());  // MA is not mA
    for (const char c : token.text) text += is_symbol ? c : to_lower(c);
  }
  if (end == index) return {};
  const Sign next = end < scope_.stop ? tokens_[end].sign : Sign::end;
  const bool ends =
      next == Sign::end || next == Sign::comma || next == Sign::close ||
      (next == Sign::word && (tokens_[end].word == Word::conjunction || tokens_[end].word == Word::disjunction));
  if (!ends) return {};
  if (text.size() > 3 && text.back() == 's' && text[text.size() - 2] != 's') text.pop_back();
  return {end, text};
}

// Whether the value that ends here has a unit behind it. A variable is never one: 5t, 2m + 1, \sin t.
bool Parser::starts_unit() const {
  if (at_end() || position_ == 0) return false;
  switch (previous().sign) {
    case Sign::number:
    case Sign::repeating:
    case Sign::numeral:
    case Sign::vulgar:
    case Sign::close:
      break;
    case Sign::word:
      if (number_of_word(previous().text) >= 0) break;
      return false;
    case Sign::constant:
    case Sign::letter:
    case Sign::bang:
      if ((previous().text == "a" || previous().text == "A") && is(Sign::word) && unit_symbol(at().text).empty())
        return false;  // a parabola
      if ((is(Sign::word) || at().is_text) && !previous().is_text) break;
      if (previous().text == "pi" && at().is_spaced && is_length(unit_symbol(at().run))) break;
      if (is_letter_unit(position_)) break;
      return false;
    default:
      return false;
  }
  if (is(Sign::word) && (is_word(Word::conjunction) || is_word(Word::disjunction))) return false;
  const bool may_be = is(Sign::word) || is(Sign::currency) || is(Sign::fraction) || is_open('(') || at().is_text ||
                      at().run.size() > 1 || !prefixed_unit(position_).empty() || is_hour(position_) ||
                      is_minute(position_) || is_second(position_);
  if (may_be) return unit_at(position_).end != 0;
  if (!is_letter_unit(position_)) return false;
  doubt_.letter_units = true;
  return reading_.letter_units && unit_at(position_).end != 0;
}

}  // namespace cohort::rewards::math
