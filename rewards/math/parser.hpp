// Tokens to a tree: recursive descent for statements, collections and functions, precedence for arithmetic.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rewards/math/node.hpp"
#include "rewards/math/token.hpp"

namespace cohort::rewards::math {

/// One reading of one text. Every function that returns a node returns null after fail().
class Parser {
 public:
  /// Takes digits from tokens as it goes (\frac12), so that tokens serve one parser only.
  Parser(std::span<Token> tokens, Arena& arena, const Reading& reading, Doubt& doubt);

  /// The whole text, null where it is none; then problem().
  const Node* answer();
  std::string_view problem() const { return problem_; }

 private:
  using Nodes = std::span<const Node* const>;

  /// Children that are being collected: a stretch of one stack, given back at the end of the scope. The stack never
  /// moves, so that nodes() stays valid while others are collected; only the youngest may change.
  class Gather {
   public:
    explicit Gather(Parser& parser) : parser_(parser), base_(parser.stack_size_) {}
    ~Gather() { parser_.stack_size_ = base_; }
    Gather(const Gather&) = delete;
    Gather& operator=(const Gather&) = delete;
    bool push(const Node* node) {
      if (node && parser_.stack_size_ == parser_.stack_.size()) node = parser_.fail("too long");
      if (node) parser_.stack_[parser_.stack_size_++] = node;
      return node != nullptr;
    }
    void replace_all(const Node* node) {
      parser_.stack_size_ = base_;
      push(node);
    }
    size_t size() const { return parser_.stack_size_ - base_; }
    const Node*& back() { return parser_.stack_[parser_.stack_size_ - 1]; }
    void pop() { --parser_.stack_size_; }
    const Node* operator[](size_t i) const { return parser_.stack_[base_ + i]; }
    Nodes nodes() const { return parser_.stack_.subspan(base_, size()); }

   private:
    Parser& parser_;
    size_t base_;
  };

  /// What holds until the end of a bracket, and comes back behind it.
  struct Scope {
    size_t stop = 0;                   // tokens from here on are out of sight
    size_t bars = 0, double_bars = 0;  // open ones
    bool has_ratio = true;             // a colon is a ratio
    bool in_congruence = false;        // mod belongs to the relation
    bool in_environment = false;       // rows and cells end here
  };
  class Enter;
  class Level;

  struct Integral {
    size_t level;
    const Node* variable = nullptr;
  };
  struct UnitMatch {
    size_t end = 0;  // 0: none
    std::string text;
  };
  struct Fraction {
    std::string_view numerator, denominator;
    size_t end = 0;
  };

  // parser.cpp: tokens and nodes
  const Token& at(size_t ahead = 0) const {
    return position_ + ahead < scope_.stop ? tokens_[position_ + ahead] : end_token;
  }
  const Token& previous() const;
  bool is(Sign sign, size_t ahead = 0) const { return at(ahead).sign == sign; }
  bool is_word(Word word, size_t ahead = 0) const { return is(Sign::word, ahead) && at(ahead).word == word; }
  bool is_open(char shape, size_t ahead = 0) const { return is(Sign::open, ahead) && at(ahead).shape == shape; }
  bool is_letter(std::string_view letter, size_t ahead = 0) const;
  bool accept(Sign sign);
  bool at_end() const { return is(Sign::end); }
  size_t partner(size_t index) const { return static_cast<size_t>(tokens_[index].value); }
  std::nullptr_t fail(std::string_view problem);
  Node* make(Kind kind, Nodes children, std::string_view text = {});
  Node* make(Kind kind, std::initializer_list<const Node*> children, std::string_view text = {});
  Node* leaf(Kind kind, std::string_view text) { return make(kind, Nodes(), text); }
  Node* integer(std::string_view digits) { return leaf(Kind::integer, digits); }
  Node* named(std::string_view name, Nodes arguments) { return make(Kind::function, arguments, name); }
  const Node* product(Nodes factors);

  // parser_statement.cpp
  const Node* statement();
  const Node* rows();
  const Node* sequence();
  const Node* item();
  const Node* equivalence();
  const Node* implication();
  const Node* logic_or();
  const Node* logic_and();
  const Node* logic_not();
  const Node* relation();
  const Node* relation_of(std::span<const Node* const> operands, std::span<const std::string_view> words);
  const Node* extreme();
  std::string_view relation_word();
  const Node* modulus();
  const Node* combine(Nodes items);
  const Node* congruences(Nodes items);
  const Node* combine_alternatives(Nodes items);
  const Node* assignment_of_many(Nodes items, std::string_view joint);
  bool accept_or();
  bool starts_gap() const;

  // parser_domain.cpp
  const Node* domain_in_words();
  bool skip_quantifier(const Node& value);
  bool is_trailing_quantifier() const;
  bool starts_reason() const;

  // parser_arithmetic.cpp
  const Node* ratio();
  const Node* set_union();
  const Node* set_intersection();
  const Node* sum();
  const Node* signed_term();
  const Node* term();
  const Node* factor_behind_sign();
  const Node* divisor();
  bool are_vectors(const Node& left, const Node& right, bool has_accent) const;
  const Node* cross(const Node& left, const Node* right);
  const Node* implicit_product(const Node* first, bool in_argument);

  // parser_operand.cpp
  bool starts_factor(bool in_argument) const;
  bool starts_operand(size_t ahead) const { return math::starts_operand(at(ahead).sign); }
  size_t out_of() const;
  bool is_behind_label() const;
  bool opens_bar() const;

  // parser_power.cpp
  const Node* power();
  const Node* postfix(const Node* base);
  const Node* exponent();
  const Node* exponent_between(size_t begin, size_t end);
  const Node* scripted(const Node* base);
  const Node* degrees(const Node* base, bool in_group = false);
  const Node* scientific(const Node* mantissa, const Node* factor);

  // parser_atom.cpp
  const Node* atom();
  const Node* number();
  const Node* number_node(const Token& token);
  std::optional<Fraction> fraction_literal(size_t ahead) const;
  const Node* approximate(const Token& token);
  const Node* phrase();
  const Node* money();
  const Node* prescript();
  const Node* fraction();
  const Node* root();
  const Node* argument();

  // parser_symbol.cpp
  const Node* symbol(std::string name, size_t start);
  const Node* combinations();
  bool is_application(std::string_view name, size_t start) const;
  bool has_comma(size_t close) const;
  const Node* constant();
  const Node* part_of_numbers(std::string_view name);
  const Node* nabla();
  bool takes_order(std::string_view name) const;
  std::string order_text();
  const Node* accented();
  std::string script_text();

  // parser_bracket.cpp
  const Node* bracket();
  const Node* bracket_of(char open, char close, const Node* inside);
  const Node* interval_of(char open, char close, const Node* inside);
  const Node* braces();
  const Node* inside_of(size_t open, size_t stop);
  void leave(size_t close) { position_ = close + 1 < tokens_.size() ? close + 1 : close; }
  const Node* absolute();
  const Node* norm();
  const Node* set_builder(size_t middle, size_t close);
  const Node* as_set(const Node* node);
  const Node* as_number_set(const Node* node);
  bool is_group(const Node* node) const;
  const Node* environment();
  const Node* matrix();
  const Node* matrix_of(Nodes entries, size_t rows, size_t columns);
  const Node* plain_matrix(Nodes rows);
  const Node* cases();
  const Node* chain_with(const Node& before, const Node* last);
  size_t builder_bar(size_t begin, size_t end) const;

  // parser_function.cpp
  const Node* function();
  const Node* function_of(std::string_view name, Nodes arguments, const Node* index);
  const Node* call(std::string_view name, const Node* index);
  const Node* interval(std::string_view name, const Node* low, const Node* high);
  const Node* gamma(const Node& argument);
  const Node* multinomial(const Node* n);
  const Node* bare_argument();
  const Node* integral();
  bool differential();
  const Node* limit();
  const Node* derivative();

  // parser_series.cpp
  const Node* big_operator();

  // parser_unit.cpp
  UnitMatch unit_at(size_t index) const;
  size_t unit_factor(size_t index, std::string& over, std::string& under, bool is_under) const;
  UnitMatch noun_at(size_t index) const;
  UnitMatch unit_in_brackets(size_t index) const;
  bool starts_unit() const;
  bool is_of_variables(size_t index) const;
  bool is_letter_unit(size_t index) const;
  bool is_hour(size_t index) const;
  bool is_minute(size_t index) const;
  bool is_second(size_t index) const;
  std::string_view prefixed_unit(size_t index) const;
  bool has_negative_power(size_t index) const;

  static constexpr Token end_token{};

  std::span<Token> tokens_;
  Arena& arena_;
  const Reading& reading_;
  Doubt& doubt_;
  std::span<const Node*> stack_;
  size_t stack_size_ = 0;
  std::vector<const Node*> singles_;  // what stood alone in square brackets: [[1],[2]] is a matrix
  std::vector<const Node*> groups_;   // what stood alone in braces: {{1}, {2}} are sets, and x \in {1}
  size_t position_ = 0;
  Scope scope_;
  size_t depth_ = 0, level_ = 0;  // of recursion, of brackets
  size_t nodes_left_;             // an answer of more is read twice somewhere
  Integral* integral_ = nullptr;
  size_t bound_i_ = 0;  // sums over i that are open
  bool i_is_symbol_ = false;
  bool has_logic_ = false;  // an arrow is an implication
  std::string_view problem_;
};

/// Sets the scope of a bracket until its end.
class Parser::Enter {
 public:
  Enter(Parser& parser, size_t stop) : parser_(parser), scope_(parser.scope_) {
    parser.scope_ = Scope{.stop = stop};
    ++parser.level_;
  }
  ~Enter() {
    parser_.scope_ = scope_;
    --parser_.level_;
  }
  Enter(const Enter&) = delete;
  Enter& operator=(const Enter&) = delete;

 private:
  Parser& parser_;
  Scope scope_;
};

/// One level of recursion; false where there are too many.
class Parser::Level {
 public:
  explicit Level(Parser& parser) : parser_(parser) { ++parser.depth_; }
  ~Level() { --parser_.depth_; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;
  bool is_fine() const;

 private:
  Parser& parser_;
};

bool is_statement(const Node& node);
bool is_set(const Node& node);
bool is_integer(const Token& token);
/// Of two runs of digits, by value.
bool is_less(std::string_view a, std::string_view b);

}  // namespace cohort::rewards::math
