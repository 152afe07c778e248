#include <algorithm>

#include "rewards/math/characters.hpp"
#include "rewards/math/lexer.hpp"

namespace cohort::rewards::math {

namespace {

constexpr size_t longest_command = 24;

}  // namespace

// Two backslashes are a new row, or one backslash that was escaped once too often.
void Lexer::backslash() {
  const size_t start = at_;
  // \\\frac of a text that was escaped twice
  if (!has_rows_ && starts(at_, "\\\\\\") && find_command(text_.substr(at_ + 3, letters_end(at_ + 3) - at_ - 3)))
    at_ += 2;
  if (peek(1) == '\\') {
    const size_t behind = at_ + 2;
    const size_t end = letters_end(behind);
    const bool is_escaped =
        is_doubled_ || (!has_rows_ && (end > behind + 1 ? find_command(text_.substr(behind, end - behind)) != nullptr
                                                        : std::string_view("{}%$,;!()[]|").find(char_at(behind)) !=
                                                                  std::string_view::npos &&
                                                              char_at(behind) != '\0'));
    if (is_escaped && !(is_doubled_ && starts(at_, "\\\\\\\\"))) {
      ++at_;
    } else {
      at_ += is_doubled_ && starts(at_, "\\\\\\\\") ? 4 : 2;
      if (peek() == '[' && letters_end(digits_end(at_ + 1)) > digits_end(at_ + 1) && digits_end(at_ + 1) > at_ + 1)
        at_ = std::min(text_.find(']', at_), text_.size() - 1) + 1;  // \\[2pt]
      return emit(Sign::newline, {}, start);
    }
  }
  ++at_;
  const size_t end = letters_end(at_);
  if (end == at_) {
    // R \ {0}: a blank of LaTeX between a set and a group has no other use.
    const bool is_difference =
        peek() == ' ' && char_at(at_ + 1) == '{' && last() && (last()->text == "R" || last()->text == "Z");
    if (is_difference) return ++at_, emit(Sign::set_minus, {}, start);
    if (at_ < text_.size()) ++at_;
    return command(text_.substr(at_ - 1, 1));
  }
  const std::string_view name = text_.substr(at_, end - at_);
  if (name == "vulgar") {  // \vulgar12, from spell_unicode
    at_ = digits_end(end);
    return command(text_.substr(start + 1, at_ - start - 1));
  }
  // \sinx and \cdotx are \sin x and \cdot x.
  const size_t shortest = std::max<size_t>(name.size() - std::min<size_t>(name.size(), 3),
                                           name.starts_with("pi") || name.starts_with("ln") ? 2 : 3);
  for (size_t length = std::min(name.size(), longest_command); length >= std::min(shortest, name.size()); --length) {
    if (!find_command(name.substr(0, length))) continue;
    at_ += length;
    return command(name.substr(0, length));
  }
  at_ = end;
  command(name);
}

void Lexer::command(std::string_view name) {
  const size_t start = at_ - std::min(at_, name.size() + 1);
  const Entry* entry = find_command(name);
  if (!entry) {
    const bool is_name = name.size() > 1 && is_letter(name[0]);  // a macro: some symbol
    emit(is_name ? Sign::letter : Sign::garbage, is_name ? name : std::string_view(), start);
  } else if ((name == "bigcup" || name == "bigcap") && char_at(blanks_end(at_)) != '_') {
    emit(*find_command(name.substr(3)), start);  // between two sets, without an index
  } else if (name == "bullet" && count_ == 0) {
    is_spaced_ = true;  // of a list
  } else if (entry->wrapper != Wrapper::none) {
    wrapped(*entry, name);
  } else if (entry->sign == Sign::begin || entry->sign == Sign::finish) {
    environment(entry->sign, start);
  } else {
    emit(*entry, start);
  }
}

void Lexer::wrapped(const Entry& entry, std::string_view name) {
  const size_t start = at_ - name.size() - 1;
  switch (entry.wrapper) {
    case Wrapper::skip:
      is_spaced_ = is_spaced_ || name != "!";
      break;
    case Wrapper::wide:
      is_spaced_ = is_wide_ = true;
      break;
    case Wrapper::skip_argument:
      at_ = blanks_end(at_);
      if (peek() == '{') at_ = group_end(at_);
      is_wrapped_ = name == "textcolor" || name == "color";
      break;
    case Wrapper::text:
      at_ = blanks_end(at_);
      if (peek() != '{') break;
      if (numeral(start, at_ + 1, '}')) return;   // \text{204}_5
      if (has_integral_ && starts(at_, "{d}")) {  // \mathrm{d}x
        at_ += 3;
        return emit(Sign::letter, text_.substr(at_ - 2, 1), start);
      }
      ++at_;
      if (braces_.size() > 2 * max_depth) problem_ = "too deep";
      braces_.push_back(name == "mathrm" || name == "mathsf" || name == "mathtt" ? 'r' : 't');
      ++num_text_;
      is_spaced_ = is_spaced_ || braces_.back() == 't';
      break;
    case Wrapper::bold:
      emit(Sign::accent, "bold", start);
      break;
    case Wrapper::math:
      if (name.starts_with("math") && peek() == '{' && is_letter(peek(1)) && peek(2) == '}') {  // \mathcal{N}
        at_ += 3;
        return emit(Sign::letter, text_.substr(at_ - 2, 1), start);
      }
      if (name.starts_with("math") && starts(at_, "{:}")) {  // 2 \mathbin{:} 3
        at_ += 3;
        return emit(Sign::colon, {}, start);
      }
      is_wrapped_ = true;
      break;
    case Wrapper::left:
    case Wrapper::right:
      side_ = entry.wrapper == Wrapper::left ? 'l' : 'r';
      at_ = blanks_end(at_);
      break;
    case Wrapper::name:
      named_operator(start);
      break;
    case Wrapper::blackboard:
      blackboard(start);
      break;
    case Wrapper::negation:
      is_negated_ = true;
      break;
    case Wrapper::row:
      emit(Sign::newline, {}, start);
      break;
    case Wrapper::circled:
      if (peek() == '{' && peek(1) >= '1' && peek(1) <= '9' && peek(2) == '}') {
        std::string sign = "\xE2\x91\xA0";  // ①
        sign.back() = static_cast<char>(sign.back() + (peek(1) - '1'));
        at_ += 3;
        emit(Sign::word, arena_.copy(sign), start);
      }
      break;
    case Wrapper::none:
      break;
  }
}

void Lexer::named_operator(size_t start) {
  if (peek() == '*') ++at_;
  at_ = blanks_end(at_);
  if (peek() != '{') return emit(Sign::garbage, {}, start);
  const size_t begin = blanks_end(at_ + 1), end = letters_end(begin), close = blanks_end(end);
  if (begin == end || char_at(close) != '}') return emit(Sign::garbage, {}, start);
  const std::string_view name = text_.substr(begin, end - begin);
  at_ = close + 1;
  if (name == "e" || name == "i") return single_letter(name, start);
  const Entry* command = find_command(name);
  if (command && command->sign == Sign::function)
    emit(*command, start);
  else if (const Entry* known = find_name(name))
    emit(*known, start);
  else if (const Word word = find_word(name); word == Word::none)
    emit(Sign::function, name, start);
  else
    emit(Sign::word, name, start), tokens_[count_ - 1].word = word;
}

void Lexer::blackboard(size_t start) {
  at_ = blanks_end(at_);
  const bool is_group = peek() == '{';
  if (is_group) at_ = blanks_end(at_ + 1);
  const std::string_view letter = text_.substr(at_, 1);
  if (letter.empty() || !is_letter(letter[0])) return emit(Sign::garbage, {}, start);
  ++at_;
  if (is_group) at_ = blanks_end(at_);
  if (is_group && peek() != '}') return emit(Sign::garbage, {}, start);
  if (is_group) ++at_;
  emit(std::string_view("RQZNC").find(letter) != std::string_view::npos ? Sign::constant : Sign::letter, letter, start);
}

void Lexer::environment(Sign sign, size_t start) {
  at_ = blanks_end(at_);
  const size_t end = letters_end(at_ + 1);
  if (peek() != '{') return emit(Sign::garbage, {}, start);
  const std::string_view name = text_.substr(at_ + 1, end - at_ - 1);
  at_ = end;
  if (peek() == '*') ++at_;
  if (peek() == '}') ++at_;
  if (sign == Sign::begin && (name == "array" || name == "tabular")) {
    at_ = blanks_end(at_);
    if (peek() == '[') at_ = std::min(text_.find(']', at_), text_.size() - 1) + 1;
    at_ = blanks_end(at_);
    if (peek() == '{') at_ = group_end(at_);
  }
  emit(sign, name, start);
}

}  // namespace cohort::rewards::math
