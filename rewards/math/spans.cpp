#include "rewards/math/spans.hpp"

#include <algorithm>
#include <array>

#include "rewards/math/scan.hpp"
#include "rewards/math/vocabulary.hpp"

namespace cohort::rewards::math {
namespace {

constexpr size_t max_span_bytes = 2'000;
constexpr size_t max_tail_bytes = 4'000;  // of a text whose last span is looked for

enum class TokenKind : uint8_t { none, operand, postfix, sign, open, close, separator, word };

struct Token {
  TokenKind kind = TokenKind::none;
  size_t size = 0;
};

struct Symbol {
  std::string_view text;
  TokenKind kind;
};

constexpr Symbol symbols[] = {
    {"−", TokenKind::sign},    {"–", TokenKind::sign},    {"×", TokenKind::sign},      {"÷", TokenKind::sign},
    {"·", TokenKind::sign},    {"⋅", TokenKind::sign},    {"∗", TokenKind::sign},      {"±", TokenKind::sign},
    {"∓", TokenKind::sign},    {"≤", TokenKind::sign},    {"≥", TokenKind::sign},      {"≠", TokenKind::sign},
    {"≈", TokenKind::sign},    {"√", TokenKind::sign},    {"∪", TokenKind::sign},      {"∩", TokenKind::sign},
    {"∈", TokenKind::sign},    {"∖", TokenKind::sign},    {"π", TokenKind::operand},   {"∞", TokenKind::operand},
    {"∅", TokenKind::operand}, {"ℝ", TokenKind::operand}, {"θ", TokenKind::operand},   {"α", TokenKind::operand},
    {"β", TokenKind::operand}, {"γ", TokenKind::operand}, {"λ", TokenKind::operand},   {"μ", TokenKind::operand},
    {"φ", TokenKind::operand}, {"ω", TokenKind::operand}, {"°", TokenKind::postfix},   {"²", TokenKind::postfix},
    {"³", TokenKind::postfix}, {"¹", TokenKind::postfix}, {"⁰", TokenKind::postfix},   {"⁴", TokenKind::postfix},
    {"⁵", TokenKind::postfix}, {"⁶", TokenKind::postfix}, {"⁷", TokenKind::postfix},   {"⁸", TokenKind::postfix},
    {"⁹", TokenKind::postfix}, {"⁻", TokenKind::postfix}, {"ⁿ", TokenKind::postfix},   {"½", TokenKind::operand},
    {"⅓", TokenKind::operand}, {"⅔", TokenKind::operand}, {"¼", TokenKind::operand},   {"¾", TokenKind::operand},
    {"⅕", TokenKind::operand}, {"⅛", TokenKind::operand}, {"…", TokenKind::operand},   {"％", TokenKind::postfix},
    {"（", TokenKind::open},   {"）", TokenKind::close},  {"，", TokenKind::separator}};

size_t digits_at(std::string_view text) {
  size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end;
}

/// 1234, 1,234.5, .5, 3e-5, 0x1F stays 0: digits with points and commas between them.
size_t number_at(std::string_view text) {
  size_t end = text.starts_with('.') ? 0 : digits_at(text);
  while (end + 1 < text.size() && (text[end] == '.' || text[end] == ',') && is_digit(text[end + 1]))
    end += 1 + digits_at(text.substr(end + 1));
  if (end > 0 && end + 1 < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    const size_t sign = text[end + 1] == '-' || text[end + 1] == '+' ? 1 : 0;
    const size_t digits = digits_at(text.substr(std::min(end + 1 + sign, text.size())));
    const size_t after = end + 1 + sign + digits;
    if (digits > 0 && digits <= 6 && (after == text.size() || !is_letter(text[after]))) end = after;
  }
  return end;
}

/// Whether the bytes before `place` make what stands there the inside of a word: the 2 of AZY2.
bool continues_word(std::string_view text, size_t place) {
  return place > 0 && is_letter(text[place - 1]) && place > 1 && is_letter(text[place - 2]);
}

class SpanReader {
 public:
  SpanReader(std::string_view text, size_t from, SpanReach reach)
      : text_(text), begin_(from), at_(from), end_(from), reach_(reach) {}

  /// Reads as far as mathematics goes. Empty where none begins at `from`.
  std::string_view read() {
    while (at_ < text_.size() && at_ - begin_ < max_span_bytes && step()) {
    }
    return text_.substr(begin_, end_ - begin_);
  }
  /// Whether the text ends inside a bracket: what was read is the beginning of something.
  bool is_cut() const { return depth_ > 0 && at_ >= text_.size(); }
  bool has_digit() const { return has_digit_; }
  bool has_command() const { return has_command_; }

 private:
  char next(size_t offset) const { return at_ + offset < text_.size() ? text_[at_ + offset] : '\0'; }

  Token token() const {
    const std::string_view rest = text_.substr(at_);
    const char c = rest.front();
    if (is_digit(c) || (c == '.' && rest.size() > 1 && is_digit(rest[1]))) {
      if (continues_word(text_, at_)) return {};
      return {TokenKind::operand, number_at(rest)};
    }
    if (is_membership(text_, at_)) return {TokenKind::sign, 2};
    if (is_letter(c)) return letters(rest);
    switch (c) {
      case '\\':
        return command(rest);
      case '>':
        // At the beginning of a line it marks what is quoted.
        if (!has_operand_ && (at_ == 0 || text_[at_ - 1] == '\n')) return {};
        return {TokenKind::sign, 1};
      case '+':
      case '/':
      case '=':
      case '<':
      case '^':
      case '~':
        return {TokenKind::sign, 1};
      case '-':
        if (rest.starts_with("--")) return {};
        return {TokenKind::sign, 1};
      case '*':
        if (rest.starts_with("**")) {
          const bool is_power = has_operand_ && end_ == at_ && rest.size() > 2 &&
                                (is_digit(rest[2]) || is_letter(rest[2]) || rest[2] == '(' || rest[2] == '-');
          return is_power ? Token{TokenKind::sign, 2} : Token{};
        }
        return has_operand_ ? Token{TokenKind::sign, 1} : Token{};
      case '(':
      case '[':
      case '{':
        return {TokenKind::open, 1};
      case ')':
      case ']':
      case '}':
        return {TokenKind::close, 1};
      case '|':
        return {TokenKind::postfix, 1};
      case '_':
        return end_ == at_ && has_operand_ && rest.size() > 1 && rest[1] != '_' && !is_blank(rest[1])
                   ? Token{TokenKind::sign, 1}
                   : Token{};
      case '%':
      case '\'':
        return has_operand_ ? Token{TokenKind::postfix, 1} : Token{};
      case '!':
        if (rest.starts_with("!=")) return {TokenKind::sign, 2};
        return has_operand_ && end_ == at_ && rest.size() > 1 && !is_blank(rest[1]) && rest[1] != '*'
                   ? Token{TokenKind::postfix, 1}
                   : Token{};
      case ':':
        return end_ == at_ && has_operand_ && rest.size() > 1 && is_digit(rest[1]) ? Token{TokenKind::sign, 1}
                                                                                   : Token{};
      case '.':
        return rest.starts_with("...") ? Token{TokenKind::operand, 3} : Token{};
      case ',':
      case ';':
        return {TokenKind::separator, 1};
      case '&':
        return depth_ > 0 ? Token{TokenKind::separator, 1} : Token{};
      case '$':
        return !has_operand_ && rest.size() > 1 && is_digit(rest[1]) ? Token{TokenKind::sign, 1} : Token{};
      default:
        break;
    }
    if (static_cast<unsigned char>(c) >= 0x80)
      for (const auto& [text, kind] : symbols)
        if (rest.starts_with(text)) return {kind, text.size()};
    return {};
  }

  Token letters(std::string_view rest) const {
    const size_t size = word_at(rest);
    const std::string_view word = rest.substr(0, size);
    if (size > 1) {
      if (is_known(word)) return {TokenKind::operand, size};
      if (word == "or" || word == "and") return {TokenKind::word, size};
      return {};
    }
    if (at_ > 0 && (is_letter(text_[at_ - 1]) || text_[at_ - 1] == '\'' || ends_in_foreign_letter(at_))) return {};
    if (begins_foreign_letter(rest.substr(1))) return {};  // the n of "não"
    const bool is_verb = rest[0] == 'a' && rest.size() > 2 && rest[1] == ' ' && is_digit(rest[2]) &&
                         at_ > 1 &&  // "Tom a 5"
                         text_[at_ - 1] == ' ' && is_letter(text_[at_ - 2]);
    if (is_verb && !has_operand_) return {};
    if (rest.starts_with("i.e.") || rest.starts_with("e.g.")) return {};
    // A letter alone is a variable, but "a" and "I" between words are English, and "5 s later" has a unit.
    const bool touches_left = at_ > begin_ && end_ == at_;
    const std::string_view after = skip(rest.substr(1), " ");
    const bool before_a_word = after.size() > 1 && rest.size() > 1 && rest[1] == ' ' && is_letter(after[0]) &&
                               is_letter(after[1]) && !is_known(after.substr(0, word_at(after)));
    if (!touches_left && before_a_word && (c_is_article(word[0]) || has_operand_)) return {};
    if (static_cast<unsigned char>(rest.size() > 1 ? rest[1] : ' ') >= 0x80 && c_is_article(word[0])) return {};
    return {TokenKind::operand, 1};
  }
  /// Whether a letter of a European word ends at `place`: ä, ł, я, but neither α nor a Chinese character.
  bool ends_in_foreign_letter(size_t place) const {
    if (place < 2) return false;
    const auto lead = static_cast<unsigned char>(text_[place - 2]), last = static_cast<unsigned char>(text_[place - 1]);
    const bool is_latin = lead >= 0xC3 && lead <= 0xCA && !(lead == 0xC3 && (last == 0x97 || last == 0xB7));
    return last >= 0x80 && last < 0xC0 && (is_latin || (lead >= 0xD0 && lead <= 0xD4));
  }
  static bool begins_foreign_letter(std::string_view text) {
    if (text.size() < 2) return false;
    const auto lead = static_cast<unsigned char>(text[0]), last = static_cast<unsigned char>(text[1]);
    return lead >= 0xC3 && lead <= 0xCA && !(lead == 0xC3 && (last == 0x97 || last == 0xB7));
  }
  static bool c_is_article(char c) { return c == 'a' || c == 'A' || c == 'I' || c == 'y' || c == 'o' || c == 'e'; }

  Token command(std::string_view rest) const {
    if (rest.size() < 2) return {};
    if (!is_letter(rest[1])) {
      if (std::string_view("([)]").find(rest[1]) != std::string_view::npos) return {};
      if (rest[1] == '$') return !has_operand_ ? Token{TokenKind::sign, 2} : Token{};
      if (rest[1] == '{') return {TokenKind::open, 2};
      if (rest[1] == '}') return {TokenKind::close, 2};
      if (rest[1] == '%') return {TokenKind::postfix, 2};
      if (is_blank(rest[1]) || rest[1] == ',' || rest[1] == '!' || rest[1] == ';' || rest[1] == ':' || rest[1] == '|')
        return {TokenKind::sign, 2};
      if (rest[1] == '\\') return depth_ > 0 || has_command_ ? Token{TokenKind::sign, 2} : Token{};
      return {};
    }
    const size_t size = 1 + word_at(rest.substr(1));
    // \text{ cm} is one token with its braces, so that the words in it are not read as such.
    const std::string_view name = rest.substr(1, size - 1);
    for (const std::string_view textual : {"text", "mbox", "textbf", "mathrm", "textit", "operatorname", "mathbf",
                                           "begin", "end", "textnormal", "mathbb"}) {
      if (name != textual || size >= rest.size() || rest[size] != '{') continue;
      const size_t close = rest.substr(0, 200).find('}', size);
      return close == rest.npos ? Token{} : Token{TokenKind::operand, close + 1};
    }
    return {TokenKind::operand, size};
  }

  /// Reads one token. False where the span ends.
  bool step() {
    const char c = text_[at_];
    if (is_blank(c)) {
      if (c == '\n' && depth_ == 0 && !has_command_) return false;
      if (c == '\n' && next(1) == '\n') return false;
      ++at_;
      return true;
    }
    const Token found = token();
    if (found.kind == TokenKind::none) return false;
    const bool is_after_blank = at_ > end_;
    switch (found.kind) {
      case TokenKind::operand: {
        // "3 18" are two numbers, "1 000" and "2 1/2" are one.
        if (is_digit(c) && last_ == TokenKind::operand && is_after_blank && last_is_digit_ && depth_ == 0) {
          const size_t digits = digits_at(text_.substr(at_));
          const bool is_group = digits == 3 && !is_digit(next(3));
          if (!is_group && next(digits) != '/') return false;
        }
        has_operand_ = true;
        has_digit_ = has_digit_ || is_digit(c) || is_digit(next(1));
        has_command_ = has_command_ || c == '\\';
        last_is_digit_ = is_digit(c);
        break;
      }
      case TokenKind::sign:
        if (c == '-' && !has_operand_ && next(1) == ' ') return false;  // a bullet
        if (!has_operand_ && ++num_leading_signs_ > 3) return false;
        break;
      case TokenKind::open:
        if (depth_ == max_depth) return false;
        ++depth_;
        break;
      case TokenKind::close:
        if (depth_ == 0) return false;
        --depth_;
        if (depth_ == 0) has_operand_ = true;
        break;
      case TokenKind::separator:
      case TokenKind::word:
        if (depth_ == 0 && (!has_operand_ || reach_ == SpanReach::prose)) return false;
        if (depth_ > 0 && found.kind == TokenKind::word && !has_command_) return false;
        break;
      default:
        break;
    }
    at_ += found.size;
    // Digits that end in the letters of a word, as in 18th, are read; the letters are not.
    const bool ends_something =
        found.kind == TokenKind::operand || found.kind == TokenKind::postfix || found.kind == TokenKind::close;
    last_ = found.kind;
    if (ends_something && depth_ == 0) end_ = at_;
    return true;
  }

  static constexpr int max_depth = 64;
  std::string_view text_;
  size_t begin_, at_, end_;
  SpanReach reach_;
  int depth_ = 0, num_leading_signs_ = 0;
  TokenKind last_ = TokenKind::none;
  bool has_operand_ = false, has_digit_ = false, has_command_ = false, last_is_digit_ = false;
};

}  // namespace

bool is_known(std::string_view word) {
  for (const std::string_view known : {"percent", "degrees", "choose", "mod", "union", "inf", "oo"})
    if (word == known) return true;
  return find_name(word) != nullptr;
}

std::optional<std::string_view> next_span(std::string_view text, size_t from, SpanReach reach) {
  text = text.substr(0, from + max_tail_bytes);
  for (size_t i = from; i < text.size();) {
    SpanReader reader(text, i, reach);
    const std::string_view span = reader.read();
    if (!span.empty() && span != "." && span != "|") return span;
    // A word is passed as a whole, so that no letter of it is a variable.
    const size_t word = word_at(text.substr(i));
    i += std::max<size_t>(word, 1);
  }
  return std::nullopt;
}

std::optional<std::string_view> last_span(std::string_view text) {
  size_t end = text.size();
  while (end > 0 && !is_digit(text[end - 1]) && text[end - 1] != '\\') --end;
  if (end == 0) return std::nullopt;
  size_t begin = end > max_tail_bytes ? end - max_tail_bytes : 0;
  if (begin > 0) begin = std::min(text.find_first_of(" \n", begin), end);
  const std::string_view tail = text.substr(begin);
  std::optional<std::string_view> last;
  for (size_t i = 0; i < tail.size();) {
    SpanReader reader(tail, i, SpanReach::prose);
    const std::string_view span = reader.read();
    if (reader.is_cut()) return std::nullopt;                                    // (2^(2^(2
    const bool is_argument = i > 0 && tail[i] == '(' && is_letter(tail[i - 1]);  // of a function: foo(5+5)
    if (!span.empty() && !is_argument && (reader.has_digit() || reader.has_command())) last = span;
    i = span.empty() ? i + std::max<size_t>(word_at(tail.substr(i)), 1) : i + span.size();
  }
  if (last) last = with_numeral(tail, *last);
  return last;
}

std::optional<std::string_view> last_list(std::string_view text) {
  text = text.substr(text.rfind('\n') + 1);
  if (text.size() > max_tail_bytes) return std::nullopt;
  std::optional<std::string_view> last;
  for (size_t from = 0; const auto span = next_span(text, from, SpanReach::stated);) {
    if (span->find_first_of("0123456789") != span->npos) last = span;
    from = static_cast<size_t>(span->data() - text.data()) + span->size();
  }
  if (!last) return std::nullopt;
  const bool is_list =
      last->find(',') != last->npos || last->find(" or ") != last->npos || last->find(" and ") != last->npos;
  return is_list ? last : std::nullopt;
}

std::string_view first_sentence(std::string_view text) {
  text = text.substr(0, max_span_bytes);
  bool in_dollars = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '$' && !is_escaped(text, i)) in_dollars = !in_dollars && text.find('$', i + 1) != text.npos;
    if (c == '\n') return text.substr(0, i);
    if (in_dollars) continue;
    if (c == '.' && (i + 1 == text.size() || is_blank(text[i + 1])) && text.substr(0, i + 1).ends_with("...")) continue;
    if (c == '.' && (text.substr(0, i).ends_with("\\right") || text.substr(0, i).ends_with("\\left"))) continue;
    if ((c == '.' || c == '?') && (i + 1 == text.size() || is_blank(text[i + 1]) || text[i + 1] == '*'))
      return text.substr(0, i);
    for (const std::string_view stop : {"。", "؟", "।"})
      if (text.substr(i).starts_with(stop)) return text.substr(0, i);
  }
  return text;
}

}  // namespace cohort::rewards::math
