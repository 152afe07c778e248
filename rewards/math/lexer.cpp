#include "rewards/math/lexer.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "rewards/math/characters.hpp"

namespace cohort::rewards::math {

namespace {

// Whether some run of letters is neither a command nor a name: the text is prose, and "by" a word, not b times y.
bool has_prose(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (!is_letter(text[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < text.size() && is_letter(text[end])) ++end;
    const std::string_view run = text.substr(at, end - at);
    const bool is_command = at > 0 && text[at - 1] == '\\';
    if (run.size() >= 4 && !is_command && !find_name(run) && find_word(run) != Word::none) return true;
    if (run.size() >= 5 && !is_command && !find_name(run)) return true;
    at = end;
  }
  return false;
}

std::string_view opposite(std::string_view word) {
  constexpr std::string_view pairs[][2] = {{"=", "!="},
                                           {"in", "notin"},
                                           {"<", ">="},
                                           {">", "<="},
                                           {"<=", ">"},
                                           {">=", "<"},
                                           {"equiv", "notequiv"},
                                           {"subset", "notsubset"},
                                           {"subseteq", "notsubset"},
                                           {"divides", "ndivides"},
                                           {"parallel", "notparallel"}};
  for (const auto& [plain, negated] : pairs)
    if (word == plain) return negated;
  return {};
}

struct Spelled {
  std::string_view text;
  Sign sign;
  std::string_view meaning = {};
};

// Those that begin alike together, the longest first.
constexpr Spelled ascii_signs[] = {{"+/-", Sign::plus_minus},
                                   {"+", Sign::plus},
                                   {"...", Sign::ellipsis},
                                   {"<=>", Sign::equivalent},
                                   {"<=", Sign::relation, "<="},
                                   {"<", Sign::relation, "<"},
                                   {"==", Sign::relation, "="},
                                   {"=>", Sign::implies},
                                   {"=<", Sign::relation, "<="},
                                   {"=", Sign::relation, "="},
                                   {":=", Sign::relation, "="},
                                   {":", Sign::colon},
                                   {"!=", Sign::relation, "!="},
                                   {"!", Sign::bang},
                                   {">=", Sign::relation, ">="},
                                   {">", Sign::relation, ">"},
                                   {"->", Sign::relation, "maps"},
                                   {"-", Sign::minus},
                                   {"**", Sign::caret},
                                   {"*", Sign::times},
                                   {"/", Sign::slash},
                                   {"^", Sign::caret},
                                   {"_", Sign::underscore},
                                   {"%", Sign::percent},
                                   {"'", Sign::prime},
                                   {",", Sign::comma},
                                   {";", Sign::semicolon},
                                   {"&", Sign::ampersand},
                                   {"|", Sign::bar}};

/// The place of the first sign that begins with a character; the end where none does.
constexpr auto first_signs = [] {
  std::array<uint8_t, 128> places;
  places.fill(std::size(ascii_signs));
  for (size_t i = std::size(ascii_signs); i-- > 0;)
    places[static_cast<size_t>(ascii_signs[i].text[0])] = static_cast<uint8_t>(i);
  return places;
}();

/// The sign that an ASCII text begins with, null where there is none.
const Spelled* sign_at(std::string_view text) {
  for (size_t i = first_signs[static_cast<size_t>(text[0])]; i < std::size(ascii_signs); ++i) {
    const Spelled& sign = ascii_signs[i];
    if (sign.text[0] != text[0]) return nullptr;
    if (sign.text.size() == 1 || text.starts_with(sign.text)) return &sign;
  }
  return nullptr;
}

}  // namespace

Lexer::Lexer(std::string_view text, Arena& arena, const Reading& reading)
    : text_(text), arena_(arena), reading_(reading) {
  has_latex_ = text.find('\\') != text.npos;
  is_doubled_ = has_latex_ && text.find("\\\\begin{") != text.npos;
  has_rows_ = has_latex_ && text.find("\\begin") != text.npos;
  is_prose_ = has_prose(text);
  may_have_base_ = text.find('_') != text.npos || text.find("base") != text.npos;
}

std::span<Token> Lexer::tokens() {
  tokens_ = arena_.make<Token>(std::min(2 * text_.size(), max_tokens) + 1);  // an inch sign makes two
  while (at_ < text_.size() && problem_.empty()) next();
  if (!problem_.empty()) return {};
  tokens_[count_] = Token{};
  tokens_[count_].is_spaced = true;
  return tokens_.first(count_ + 1);
}

void Lexer::emit(Sign sign, std::string_view text, size_t start, char shape) {
  if (count_ + 1 == tokens_.size()) {
    problem_ = "too long";
    return;
  }
  Token& token = tokens_[count_++];
  token.sign = sign;
  token.text = text;
  token.shape = shape;
  token.source = text_.substr(start, at_ - start);
  token.is_spaced = is_spaced_;
  token.is_wide = is_wide_;
  token.is_text = in_text();
  token.side = side_;
  is_spaced_ = is_wide_ = false;
  side_ = 0;
}

void Lexer::emit(const Entry& entry, size_t start) {
  if (entry.sign == Sign::relation) return relation(entry.text, start);
  if (is_negated_) return entry.sign == Sign::middle ? relation("divides", start) : relation({}, start);
  has_integral_ = has_integral_ || entry.sign == Sign::integral;
  emit(entry.sign, entry.text, start, entry.shape);
}

void Lexer::relation(std::string_view word, size_t start) {
  const std::string_view text = is_negated_ ? opposite(word) : word;
  is_negated_ = false;
  emit(text.empty() ? Sign::garbage : Sign::relation, text, start);
}

void Lexer::next() {
  const char c = text_[at_];
  if (is_blank(c) || c == '~' || c == '`') {
    is_spaced_ = true;
    ++at_;
  } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
    number();
  } else if (is_letter(c) || is_foreign(c)) {
    letters();
  } else if (c == '\\') {
    backslash();
  } else {
    ascii_sign(c);
  }
}

// +- for ±: where no sum goes on, as in x = +-7, or before a blank, 1 +- sqrt(2). 5+-3 and 14 + -1 are sums.
bool Lexer::is_either_sign() const {
  if (is_blank(peek(2))) return true;
  const Token* before = last();
  return !before || before->sign == Sign::relation || before->sign == Sign::comma || before->sign == Sign::semicolon ||
         before->sign == Sign::word;
}

void Lexer::ascii_sign(char c) {
  const size_t start = at_;
  if (c == '^' && (raised_primes() || raised_fraction())) return;
  if (c == '$') return dollar();
  if (c == '{' && numeral(start)) return;
  if (c == '{') return open_brace();
  if (c == '}') return close_brace();
  if (c == '(' && numeral(start)) return;
  if (c == '(' || c == '[') return ++at_, emit(Sign::open, {}, start, c);
  if (c == ')' || c == ']') return ++at_, emit(Sign::close, {}, start, c);
  if (side_ && (c == '<' || c == '>'))
    return ++at_, emit(c == '<' ? Sign::open : Sign::close, {}, start, c == '<' ? '<' : '<');
  if (side_ && c == '.') return ++at_, emit(side_ == 'l' ? Sign::open : Sign::close, {}, start, '0');
  if (c == '+' && peek(1) == '-' && is_either_sign()) return at_ += 2, emit(Sign::plus_minus, {}, start);
  if (const Spelled* spelled = sign_at(text_.substr(at_))) {
    at_ += spelled->text.size();
    if (spelled->sign == Sign::relation) return relation(spelled->meaning, start);
    return emit(spelled->sign, spelled->meaning, start);
  }
  ++at_;
  if (c == '"') {  // inches and seconds, or a quotation
    if (last() && last()->sign == Sign::number && !is_spaced_) {
      emit(Sign::prime, {}, start);
      emit(Sign::prime, {}, start);
    }
    is_spaced_ = true;
  } else if (c == '.' && last() && (last()->sign == Sign::word || last()->is_text || in_text() || is_prose_)) {
    is_spaced_ = true;  // an abbreviation or the end of a sentence
  } else {
    emit(Sign::garbage, {}, start);
  }
}

// $5 is money and $x$ mathematics: a dollar before a digit whose partner is another such dollar, or none, is money.
void Lexer::dollar() {
  const size_t start = at_++;
  if (in_text() || dollar_in_text_) {
    const bool is_money = !dollar_in_text_ && is_digit(peek()) && text_.find('$', at_) == text_.npos;
    if (is_money) return emit(Sign::currency, "$", start);
    dollar_in_text_ = !dollar_in_text_;
    return;
  }
  if (peek() == '$' && !dollar_is_open_) {
    ++at_;
    return;
  }
  if (dollar_is_open_) {
    dollar_is_open_ = false;
    return;
  }
  const size_t partner = text_.find('$', at_);
  const bool has_partner = partner != text_.npos && !(is_digit(peek()) && is_digit(char_at(partner + 1)));
  if (has_partner)
    dollar_is_open_ = true;
  else if (is_digit(peek()) || peek() == '.' || (is_spaced_ && last() && last()->sign == Sign::number))
    emit(Sign::currency, "$", start);  // 5 $; but 5$ has lost its other dollar
}

// x^{\prime\prime} is x''.
bool Lexer::raised_primes() {
  const size_t start = at_;
  size_t at = blanks_end(at_ + 1), count = 0;
  const bool is_group = char_at(at) == '{';
  if (is_group) at = blanks_end(at + 1);
  for (;; at = blanks_end(at)) {
    const size_t length = starts(at, "\\prime") ? 6 : char_at(at) == '\'' ? 1 : 0;
    if (length == 0) break;
    at += length;
    ++count;
    if (!is_group) break;
  }
  if (count == 0 || (is_group && char_at(at) != '}')) return false;
  at_ = at + (is_group ? 1 : 0);
  for (; count > 0; --count) emit(Sign::prime, {}, start);
  return true;
}

// Whether what comes next is no argument: it stands first, or behind a sign between operands.
bool Lexer::begins_operand() const {
  if (!last()) return true;
  const Sign sign = last()->sign;
  return sign == Sign::plus || sign == Sign::minus || sign == Sign::times || sign == Sign::relation ||
         sign == Sign::comma;
}

void Lexer::open_brace() {
  const size_t start = at_++;
  if (braces_.size() > 2 * max_depth) {
    problem_ = "too deep";
    return;
  }
  for (const std::string_view sign : {"\\times}", "\\cdot}"})
    if (starts(at_, sign)) return at_ += sign.size(), emit(Sign::times, {}, start);
  constexpr std::pair<std::string_view, Sign> signs[] = {
      {"/}", Sign::slash}, {"+}", Sign::plus}, {"-}", Sign::minus}, {"*}", Sign::times}, {"!}", Sign::bang}};
  for (const auto& [text, sign] : signs)
    if (starts(at_, text)) return at_ += text.size(), emit(sign, {}, start);
  for (const std::string_view word : {"=", "<", ">"})
    if (starts(at_, word) && char_at(at_ + 1) == '}') return at_ += 2, relation(word, start);
  if (is_letter(char_at(at_)) && char_at(at_ + 1) == '}' && char_at(at_ + 2) == '_' && begins_operand()) {
    at_ += 2;  // {a}_3
    return emit(Sign::letter, text_.substr(at_ - 2, 1), start);
  }
  const size_t inside = blanks_end(at_);
  if (count_ == 0 && char_at(inside) == '}' && (char_at(inside + 1) == '-' || char_at(inside + 1) == '+')) {
    at_ = inside + 1;  // {}-3
    return;
  }
  if (starts(inside, "\\rm") && !is_letter(char_at(inside + 3))) {  // {\rm cm} is \mathrm{cm}
    at_ = inside + 3;
    braces_.push_back('r');
    ++num_text_;
    return;
  }
  braces_.push_back('g');
  emit(Sign::open, {}, start, side_ ? 's' : '{');
  if (is_wrapped_ && problem_.empty()) tokens_[count_ - 1].word = Word::plain;
  is_wrapped_ = false;
}

void Lexer::close_brace() {
  const size_t start = at_++;
  const char kind = braces_.empty() ? 'g' : braces_.back();
  if (!braces_.empty()) braces_.pop_back();
  if (kind == 'g') return emit(Sign::close, {}, start, side_ ? 's' : '{');
  --num_text_;
  is_spaced_ = is_spaced_ || kind == 't';
}

size_t Lexer::digits_end(size_t at) const {
  while (at < text_.size() && is_digit(text_[at])) ++at;
  return at;
}

size_t Lexer::letters_end(size_t at) const {
  while (at < text_.size() && is_letter(text_[at])) ++at;
  return at;
}

size_t Lexer::blanks_end(size_t at) const {
  while (at < text_.size() && is_blank(text_[at])) ++at;
  return at;
}

size_t Lexer::group_end(size_t at) const {
  size_t depth = 0;
  for (; at < text_.size(); ++at) {
    if (text_[at] == '{') ++depth;
    if (text_[at] == '}' && --depth == 0) return at + 1;
  }
  return at;
}

}  // namespace cohort::rewards::math
