// Text of an answer to tokens.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rewards/math/node.hpp"
#include "rewards/math/token.hpp"
#include "rewards/math/vocabulary.hpp"

namespace cohort::rewards::math {

inline constexpr size_t max_tokens = 4'096;
inline constexpr size_t max_depth = 200;

/// One pass over ASCII with LaTeX, left to right. Brackets are not paired yet: see pair_brackets.
class Lexer {
 public:
  /// `text` has to outlive the tokens, which point into it and into the arena.
  Lexer(std::string_view text, Arena& arena, const Reading& reading);

  /// The tokens and one of Sign::end; none where there is a problem().
  std::span<Token> tokens();
  std::string_view problem() const { return problem_; }
  const Doubt& doubt() const { return doubt_; }

 private:
  struct Separator {
    size_t length = 0;
    enum { none, comma, blank, firm } kind = none;
  };

  // lexer.cpp: signs
  void next();
  void ascii_sign(char c);
  void dollar();
  bool raised_primes();
  bool is_either_sign() const;
  void open_brace();
  void close_brace();
  void emit(Sign sign, std::string_view text, size_t start, char shape = 0);
  void emit(const Entry& entry, size_t start);
  void relation(std::string_view word, size_t start);

  // lexer_command.cpp: commands, wrappers, environments
  void backslash();
  void command(std::string_view name);
  void wrapped(const Entry& entry, std::string_view name);
  void named_operator(size_t start);
  void blackboard(size_t start);
  void environment(Sign sign, size_t start);

  // lexer_word.cpp: runs of letters
  void letters();
  void letters_in_text(std::string_view run, size_t start);
  bool is_word(std::string_view run, size_t start) const;
  bool grammatical_word(std::string_view run, size_t start);
  bool numbered_label(std::string_view letter, size_t start);
  void emit_numbered(std::string_view letter, size_t end, size_t start);
  bool numbered_letter(std::string_view letter, size_t start);
  Word foreign_joint(size_t place) const;
  std::string_view number_below() const;
  bool glued_names(std::string_view run, size_t start);
  void single_letters(std::string_view run, size_t start);
  void single_letter(std::string_view letter, size_t start);
  bool is_per_cent(std::string_view run) const;
  void per_cent(size_t start);
  bool is_times(std::string_view letter, size_t start) const;
  bool is_imaginary_unit(std::string_view letter, size_t start);
  bool is_euler_number(std::string_view letter);

  // lexer_number.cpp: numbers
  void number();
  bool raised_fraction();
  Separator separator(size_t at) const;
  size_t grouped_digits(size_t at, std::string& digits);
  size_t dotted_groups(size_t at, std::string& digits) const;
  size_t repetend(size_t at, std::string_view before, std::string& period);
  size_t lakh_groups(size_t at, std::string& digits);
  bool exponent(int32_t& value);
  bool may_be_decimal_comma(size_t at) const;

  // lexer_numeral.cpp: numerals in other bases
  bool numeral(size_t start);
  bool numeral(size_t start, size_t begin, char closing);
  bool is_group_of_bits(size_t at) const;
  int base_at(size_t at, size_t& end) const;
  int base_in_words(size_t at, size_t& end) const;

  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  char char_at(size_t at) const { return at < text_.size() ? text_[at] : '\0'; }
  size_t digits_end(size_t at) const;
  size_t letters_end(size_t at) const;
  size_t blanks_end(size_t at) const;
  bool begins_operand() const;
  size_t group_end(size_t at) const;                     // behind the } of the { at `at`
  bool starts(size_t at, std::string_view what) const {  // mostly the first character tells
    return at < text_.size() && text_[at] == what[0] && text_.substr(at).starts_with(what);
  }
  bool in_text() const { return num_text_ > 0 && !dollar_in_text_; }
  const Token* last() const { return count_ > 0 ? &tokens_[count_ - 1] : nullptr; }

  std::string_view text_;
  Arena& arena_;
  const Reading& reading_;
  std::span<Token> tokens_;
  size_t at_ = 0, count_ = 0;
  std::vector<char> braces_;  // 'g' a group, 't' of \text, 'r' of \mathrm
  size_t num_text_ = 0;       // how many of them are not groups
  bool is_spaced_ = false, is_wide_ = false, is_negated_ = false, is_wrapped_ = false, dollar_is_open_ = false,
       dollar_in_text_ = false;
  char side_ = 0;
  bool has_latex_ = false, has_rows_ = false, is_doubled_ = false, is_prose_ = false, has_integral_ = false,
       may_have_base_ = false;
  std::optional<bool> has_factor_e_;  // whether an E stands beside a *; nothing before it was asked
  Doubt doubt_;
  std::string_view problem_;
};

/// kπ (k ∈ ℤ) at the end of a text as kπ, k ∈ ℤ: the tokens that are left.
std::span<Token> with_condition_apart(std::span<Token> tokens);

/// Finds for each bracket its partner (`value`), decides which of ] and [ open, and closes braces left open at the
/// end. What is wrong, or empty.
std::string_view pair_brackets(std::span<Token> tokens);

}  // namespace cohort::rewards::math
