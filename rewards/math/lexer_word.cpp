#include <algorithm>

#include "rewards/math/characters.hpp"
#include "rewards/math/lexer.hpp"
#include "rewards/math/unit.hpp"

namespace cohort::rewards::math {

namespace {

// abcd and wxyz are products, and ABCD a figure.
bool is_letter_series(std::string_view run) {
  bool is_consecutive = true, is_capital = true;
  for (size_t i = 0; i < run.size(); ++i) {
    is_consecutive = is_consecutive && (i == 0 || run[i] == run[i - 1] + 1);
    is_capital = is_capital && is_upper(run[i]);
  }
  return is_consecutive || (is_capital && run.size() <= 4);
}

// 1st 2nd 3rd 4th 11th
bool is_ordinal_of(std::string_view number, std::string_view ending) {
  if (number.empty() || !is_digit(number.back())) return false;
  const bool is_teen = number.size() > 1 && number[number.size() - 2] == '1';
  const char last = is_teen ? '0' : number.back();
  return ending == (last == '1' ? "st" : last == '2' ? "nd" : last == '3' ? "rd" : "th");
}

}  // namespace

void Lexer::letters() {
  const size_t start = at_;
  bool is_foreign_word = false;
  if (const Word joint = foreign_joint(start); joint != Word::none) {
    at_ += 3;
    emit(Sign::word, text_.substr(start, 3), start);
    if (problem_.empty()) tokens_[count_ - 1].word = joint;
    return;
  }
  for (; at_ < text_.size() && (is_letter(text_[at_]) || is_foreign(text_[at_])); ++at_) {
    if (at_ > start && foreign_joint(at_) != Word::none) break;
    is_foreign_word = is_foreign_word || is_foreign(text_[at_]);
  }
  // 1orW(x) is 1 or W(x).
  if (const size_t joint = glued_joint(text_.substr(start, at_ - start))) at_ = start + joint;
  const std::string_view run = text_.substr(start, at_ - start);
  if (is_foreign_word) return emit(Sign::word, run, start);
  const bool is_quotient = run.size() == 2 && run[0] == 'd' && is_lower(run[1]) && starts(at_, "/d") &&
                           is_lower(char_at(at_ + 2)) && letters_end(at_ + 2) == at_ + 3 && run[1] != char_at(at_ + 2);
  if (is_quotient) {  // dy/dx
    at_ += 3;
    return emit(Sign::letter, text_.substr(start, 5), start);
  }
  const bool is_half_of_day = run.size() == 1 && (to_lower(run[0]) == 'a' || to_lower(run[0]) == 'p');
  if (is_half_of_day && last() && last()->sign == Sign::number && (starts(at_, ".m") || starts(at_, ".M"))) {
    at_ += char_at(at_ + 2) == '.' ? 3 : 2;
    emit(Sign::word, to_lower(run[0]) == 'a' ? "am" : "pm", start);
    tokens_[count_ - 1].word = Word::clock;
    return;
  }
  if (in_text() && run == "Rs") {  // \text{Rs. } 500
    at_ += peek() == '.';
    return emit(Sign::currency, "₹", start);
  }
  if (run.size() == 1 && is_upper(run[0]) && numbered_label(run, start)) return;
  if (in_text()) return letters_in_text(run, start);
  if ((run == "bar" || run == "hat" || run == "vec") && peek() == '{') return emit(Sign::accent, run, start);
  if (run == "US" && (peek() == '$' || starts(at_, "\\$"))) return;
  if (run == "Rs" && (peek() == '.' || peek() == ' ') && is_digit(char_at(blanks_end(at_ + 1)))) {
    at_ += peek() == '.';
    return emit(Sign::currency, "₹", start);
  }
  // 500 Rs, but 2Rs is a product.
  const bool is_amount = is_spaced_ && last() && last()->sign == Sign::number && at_ == text_.size();
  if (is_amount && (run == "Rs" || run == "INR")) return emit(Sign::currency, "₹", start);
  if (run == "USD" && is_digit(char_at(blanks_end(at_)))) return emit(Sign::currency, "$", start);
  const bool is_era = (run == "AD" || run == "BC" || run == "BCE" || run == "CE") && is_spaced_ && at_ == text_.size();
  if (is_era && last() && last()->sign == Sign::number && last()->text.size() > 2 && count_ == 1)  // 559 BC
    return emit(Sign::word, run, start);
  const bool may_be_hexadecimal = is_upper(run[0]) || (run[0] <= 'f' && is_digit(peek()));
  if (may_be_hexadecimal && numeral(start)) return;
  if (run.size() == 1 && numbered_letter(run, start)) return;
  if (run.size() == 1) return single_letter(run, start);
  const bool are_verdicts =
      start == 0 && at_ == text_.size() && run.size() > 2 && run.find_first_not_of("TF") == run.npos;
  if (are_verdicts) return emit(Sign::word, run, start);  // TTF is not TFT
  const bool is_roman = start == 0 && at_ == text_.size() && run.find_first_not_of("IVX") == run.npos &&
                        run.find('I') != run.npos && run.find_first_of("VX") != run.npos;
  if (is_roman) return emit(Sign::word, run, start);  // IV is not VI
  if (is_per_cent(run) && last() && last()->sign == Sign::number) return per_cent(start);
  if (grammatical_word(run, start)) return;
  if (run == "Interval")
    for (const std::string_view ends : {".open", ".Lopen", ".Ropen"})
      if (starts(at_, ends) && char_at(at_ + ends.size()) == '(')
        return at_ += ends.size(), emit(Sign::function, text_.substr(start, at_ - start), start);
  const Entry* name = find_name(run);
  const bool is_bare_name = name && name->sign == Sign::function && run.size() > 2 && is_upper(run[0]) &&
                            is_lower(run[1]) && !is_lower(name->text[0]) && peek() != '(';  // Rational, Matrix
  if (name && !is_bare_name) {
    emit(*name, start);
    tokens_[count_ - 1].run = run;
    return;
  }
  if (peek() == '[')
    if (const std::string_view name = bracketed_function(run); !name.empty()) return emit(Sign::function, name, start);
  if (run == "root" && peek() == '(') return emit(Sign::function, run, start);
  if (glued_names(run, start)) return;
  if (is_word(run, start)) return emit(Sign::word, run, start);
  single_letters(run, start);
}

// A letter and the digits up to `end`, as one name.
void Lexer::emit_numbered(std::string_view letter, size_t end, size_t start) {
  std::string name(letter);
  name += '_';
  name += text_.substr(at_, end - at_);
  at_ = end;
  emit(Sign::letter, arena_.copy(name), start);
}

// x1 = 5, as programs name the first root; x1 elsewhere is a product.
bool Lexer::numbered_letter(std::string_view letter, size_t start) {
  constexpr std::string_view starts_of_items = " ,;($&{[";
  if (!is_digit(peek()) || (start > 0 && starts_of_items.find(text_[start - 1]) == starts_of_items.npos)) return false;
  size_t end = at_;
  while (end < at_ + 2 && is_digit(char_at(end))) ++end;
  const size_t sign = blanks_end(end);
  if (char_at(sign) != '=' || char_at(sign + 1) == '=') return false;
  emit_numbered(letter, end, start);
  return true;
}

// A1, a point, a cell or a place, alone or in a list: nobody writes the number behind a factor that is a capital.
bool Lexer::numbered_label(std::string_view letter, size_t start) {
  if (!is_digit(peek()) || (last() && last()->sign != Sign::comma && last()->sign != Sign::semicolon &&
                            last()->sign != Sign::word && !(last()->sign == Sign::open && last()->shape == '(')))
    return false;
  size_t end = at_;
  while (end < at_ + 3 && is_digit(char_at(end))) ++end;
  const size_t next = blanks_end(end);
  constexpr std::string_view ends_of_items = ",;)}$";
  if (next < text_.size() && ends_of_items.find(text_[next]) == ends_of_items.npos && !starts(next, "and "))
    return false;
  emit_numbered(letter, end, start);
  return true;
}

// x < 1或x > 2: alone between formulas, not a part of a word.
Word Lexer::foreign_joint(size_t place) const {
  constexpr size_t size = 3;
  if (place > 0 && is_foreign(text_[place - 1])) return Word::none;
  if (is_foreign(char_at(place + size))) return Word::none;
  const std::string_view character = text_.substr(place, size);
  if (character == "或") return Word::disjunction;
  return character == "且" || character == "和" || character == "与" ? Word::conjunction : Word::none;
}

void Lexer::letters_in_text(std::string_view run, size_t start) {
  if (run.size() == 1) {
    if (braces_.back() == 'r' || run == "e" || run == "i") return single_letter(run, start);
    return emit(Sign::letter, run, start);
  }
  if (is_per_cent(run)) return per_cent(start);
  const Word word = find_word(run);
  const Entry* name = word == Word::none && unit_symbol(run).empty() ? find_name(run) : nullptr;
  if (name) return emit(*name, start);
  emit(Sign::word, run, start);
  if (problem_.empty()) tokens_[count_ - 1].word = word;
}

// "per cent", of which `run` is the first word.
bool Lexer::is_per_cent(std::string_view run) const {
  const size_t at = blanks_end(at_);
  return run == "per" && at > at_ && text_.substr(at, letters_end(at) - at) == "cent";
}

void Lexer::per_cent(size_t start) {
  at_ = letters_end(blanks_end(at_));
  emit(Sign::word, "percent", start);
  if (problem_.empty()) tokens_[count_ - 1].word = Word::percent;
}

// Words of two or three letters may be products: "by" is a word only where the text has real words.
bool Lexer::grammatical_word(std::string_view run, size_t start) {
  const bool after_number = last() && last()->sign == Sign::number;
  const bool has_blanks =
      (start == 0 || is_spaced_) && (at_ == text_.size() || !(is_letter(peek()) || is_digit(peek())));
  if (run == "in" && has_blanks && is_blank(peek()) && last() &&
      (last()->sign == Sign::letter || last()->sign == Sign::close || last()->sign == Sign::constant)) {
    relation("in", start);
    return true;
  }
  if (run == "in" && after_number && has_blanks && starts(blanks_end(at_), "base ")) return is_spaced_ = true;
  Word word = find_word(run);
  const bool is_short = run.size() <= 2;
  const bool is_by = run == "by" && after_number && is_spaced_ && is_digit(char_at(blanks_end(at_)));  // 2 by 3
  const bool is_apart =
      has_blanks && is_blank(peek()) && (is_by || run == "of" || run == "is" || run == "to" || run == "at");
  if (word == Word::plain && is_short && !is_prose_ && !is_apart &&
      !(run == "no" || run == "No" || (run == "NO" && !has_latex_)))
    return false;
  if (word == Word::ordinal && (is_spaced_ || !is_ordinal_of(number_below(), run))) return false;
  if (word == Word::clock && !after_number) return false;
  if ((run == "cu" || run == "sq") && !after_number) return false;
  if (word == Word::none) return false;
  emit(Sign::word, run, start);
  if (problem_.empty()) tokens_[count_ - 1].word = word;
  return true;
}

// sinx, 2cosx, pir: names without blanks behind them, and at most one variable after each.
bool Lexer::glued_names(std::string_view run, size_t start) {
  constexpr std::string_view glued[] = {"sin", "cos", "tan", "cot", "sec", "csc", "ln", "log", "sqrt", "pi", "theta"};
  constexpr std::string_view variables = "xyzr";
  constexpr size_t longest = 16;
  if (run.size() > longest) return false;
  size_t ends[longest];
  size_t num_pieces = 0, num_names = 0;
  for (size_t at = 0; at < run.size();) {
    const auto* name = std::find_if(std::begin(glued), std::end(glued),
                                    [&](std::string_view prefix) { return run.substr(at).starts_with(prefix); });
    if (name == std::end(glued) && variables.find(run[at]) == variables.npos) return false;
    num_names += name != std::end(glued);
    at += name != std::end(glued) ? name->size() : 1;
    ends[num_pieces++] = at;
  }
  if (num_names == 0 || num_pieces > 2 * num_names + 1) return false;
  for (size_t i = 0, begin = 0; i < num_pieces; begin = ends[i++]) {
    const std::string_view piece = run.substr(begin, ends[i] - begin);
    const Entry* name = piece.size() > 1 ? find_name(piece) : nullptr;
    if (name)
      emit(*name, start + begin);
    else
      emit(Sign::letter, piece, start + begin);
  }
  return true;
}

// The number that ends here, or that what stands here is raised over: 118 of 118^{th}. Empty where there is none.
std::string_view Lexer::number_below() const {
  size_t index = count_;
  if (index > 1 && tokens_[index - 1].sign == Sign::open && tokens_[index - 1].shape == '{') --index;
  if (index < count_ && tokens_[index - 1].sign != Sign::caret) return {};
  if (index > 1 && tokens_[index - 1].sign == Sign::caret) --index;
  return index > 0 && tokens_[index - 1].sign == Sign::number ? tokens_[index - 1].source : std::string_view();
}

bool Lexer::is_word(std::string_view run, size_t start) const {
  const bool touches_digit = start > 0 && is_digit(text_[start - 1]);
  if (number_of_word(run) >= 0 && !touches_digit) return true;
  const bool is_proper_name = run.size() >= 3 && is_upper(run[0]) && std::all_of(run.begin() + 1, run.end(), is_lower);
  if (is_proper_name && !has_latex_) return true;
  if (run.size() < 4)
    return is_prose_ && run.size() > 1 && is_lower(run.back()) && unit_symbol(run).empty() && !has_latex_;
  const bool touches = (start > 0 && is_digit(text_[start - 1])) || peek() == '^' || peek() == '_';
  if (touches && unit_symbol(run).empty()) return run.size() > 6;
  if (has_integral_ && run.size() == 4 && run.find('d') != run.npos) return false;  // dxdy
  return !is_letter_series(run);
}

void Lexer::single_letters(std::string_view run, size_t start) {
  const size_t first = count_;
  for (size_t i = 0; i < run.size() && problem_.empty(); ++i) {
    single_letter(run.substr(i, 1), start + i);
    if (problem_.empty()) tokens_[count_ - 1].source = run.substr(i, 1);
  }
  if (problem_.empty()) tokens_[first].run = run;
}

void Lexer::single_letter(std::string_view letter, size_t start) {
  if (is_times(letter, start)) return emit(Sign::times, {}, start);
  const bool is_constant = letter == "e" || letter == "i";
  const bool is_imaginary = is_imaginary_unit(letter, start), is_euler = is_euler_number(letter);
  emit(is_constant || is_imaginary || is_euler ? Sign::constant : Sign::letter,
       is_imaginary ? "i"
       : is_euler   ? "e"
                    : letter,
       start);
}

// The x of 1.5 x 10^{-7}, 2^3 x 5 and 3x10^8: nobody writes a variable so before a number.
bool Lexer::is_times(std::string_view letter, size_t start) const {
  if ((letter != "x" && letter != "X") || in_text() || !last()) return false;
  if (last()->sign != Sign::number && last()->sign != Sign::close) return false;
  const size_t behind = start + 1, next = blanks_end(behind);
  if (!is_digit(char_at(next))) return false;
  const bool is_apart = is_spaced_ && next > behind;
  const size_t power = blanks_end(next + 2);
  const bool is_power_of_ten = starts(next, "10") && (char_at(power) == '^' || starts(power, "**"));
  return is_apart || (is_power_of_ten && last()->sign == Sign::number);
}

// The E of computer algebra, in 2*E and then wherever it stands; no formula of physics is written so.
bool Lexer::is_euler_number(std::string_view letter) {
  if (letter != "E" || has_latex_ || in_text()) return false;
  if (!has_factor_e_) {
    const auto is_factor = [&](size_t at) {
      const bool is_word = (at > 0 && is_letter(text_[at - 1])) || is_letter(char_at(at + 1));
      size_t before = at;
      while (before > 0 && is_blank(text_[before - 1])) --before;
      return !is_word && ((before > 0 && text_[before - 1] == '*') || char_at(blanks_end(at + 1)) == '*');
    };
    size_t at = text_.find('E');
    while (at != text_.npos && !is_factor(at)) at = text_.find('E', at + 1);
    has_factor_e_ = at != text_.npos;
  }
  return *has_factor_e_;
}

// The I of computer algebra, in 3 + 4*I or e^{I\pi}; not a name or a numeral: I = 5, I_0, II.
bool Lexer::is_imaginary_unit(std::string_view letter, size_t start) {
  if (letter != "I" || in_text()) return false;
  const auto next = [&](size_t at) { return char_at(blanks_end(at)); };
  size_t before = start;
  while (before > 0 && is_blank(text_[before - 1])) --before;
  const char operation = before > 0 ? text_[before - 1] : '\0', right = next(start + 1);
  const char touching = start > 0 ? text_[start - 1] : '\0';
  if (right == '=' || right == '_' || right == '\'' || right == '(') return false;
  if (operation == '*' || right == '*') return true;
  const bool may_be = is_digit(touching) || is_lower(touching) || is_lower(char_at(start + 1)) ||
                      (operation != '\0' && std::string_view("+-^{").find(operation) != std::string_view::npos);
  doubt_.plain_i = doubt_.plain_i || may_be;
  return may_be && !reading_.plain_i;
}

}  // namespace cohort::rewards::math
