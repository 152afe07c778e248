#include <algorithm>
#include <cstdint>
#include <vector>

#include "rewards/math/lexer.hpp"

namespace cohort::rewards::math {

namespace {

bool starts_signed_operand(const Token& token) {
  return token.sign == Sign::plus || token.sign == Sign::minus || starts_operand(token.sign);
}

bool match(char open, char close) {
  const auto is_interval = [](char c) { return c == '(' || c == '[' || c == ')' || c == ']'; };
  const auto is_brace = [](char c) { return c == '{' || c == 's'; };
  return (is_interval(open) && is_interval(close)) || (is_brace(open) && is_brace(close)) || open == '0' ||
         close == '0' || open == close;
}

// From the back; a bracket that was left open ends with the text.
void count_bars(std::span<Token> tokens) {
  std::vector<uint16_t> counts = {0};
  for (size_t i = tokens.size(); i-- > 0;) {
    Token& token = tokens[i];
    if (token.sign == Sign::close) counts.push_back(0);
    if (token.sign == Sign::open && static_cast<size_t>(token.value) + 1 == tokens.size())
      counts.back() = 0;
    else if (token.sign == Sign::open)
      counts.pop_back();
    token.bars_behind = counts.back();
    if (token.sign == Sign::bar) ++counts.back();
  }
}

}  // namespace

std::span<Token> with_condition_apart(std::span<Token> tokens) {
  const size_t end = tokens.size() - 1;
  const auto is_round = [&](size_t i, Sign sign) { return tokens[i].sign == sign && tokens[i].shape != '{'; };
  if (end < 6 || !is_round(end - 1, Sign::close)) return tokens;
  size_t open = end - 1;
  while (open > 0 && !is_round(open, Sign::open)) --open;
  const Token& behind = tokens[std::min(open + 2, end)];
  const bool is_said =
      behind.sign == Sign::word && (tokens[end - 2].text == "integer" || tokens[end - 2].text == "integers");
  const bool is_condition = open > 0 && tokens[open].shape == '(' && tokens[open + 1].sign == Sign::letter &&
                            ((behind.sign == Sign::relation && behind.text == "in") || is_said);
  if (!is_condition) return tokens;
  tokens[open].sign = Sign::comma;
  tokens[end - 1] = tokens[end];
  return tokens.first(end);
}

std::string_view pair_brackets(std::span<Token> tokens) {
  struct Open {
    size_t index;
    bool has_comma = false;
  };
  std::vector<Open> stack;
  const size_t end = tokens.size() - 1;
  // <1, 2> as a whole
  if (end > 2 && tokens[0].text == "<" && tokens[0].sign == Sign::relation && tokens[end - 1].text == ">" &&
      tokens[end - 1].sign == Sign::relation) {
    tokens[0].sign = Sign::open;
    tokens[end - 1].sign = Sign::close;
    tokens[0].shape = tokens[end - 1].shape = '<';
  }
  for (size_t i = 0; i < end; ++i) {
    Token& token = tokens[i];
    if (token.sign == Sign::comma || token.sign == Sign::semicolon) {
      if (!stack.empty()) stack.back().has_comma = true;
      continue;
    }
    if (token.sign == Sign::double_bar && token.side)
      token.sign = token.side == 'l' ? Sign::open : Sign::close, token.shape = 'n';
    if (token.sign == Sign::bar && token.side)
      token.sign = token.side == 'l' ? Sign::open : Sign::close, token.shape = '|';
    if (token.sign != Sign::open && token.sign != Sign::close) continue;
    const char top = stack.empty() ? '\0' : tokens[stack.back().index].shape;
    if (token.shape == '[' || token.shape == ']') {
      const bool in_interval = top == '(' || top == '[' || top == ']';
      if (token.side)
        token.sign = token.side == 'l' ? Sign::open : Sign::close;
      else if (token.shape == ']' && !in_interval && starts_signed_operand(tokens[i + 1]))
        token.sign = Sign::open;
      else if (token.shape == '[' && (top == '[' || top == ']') && stack.back().has_comma &&
               !starts_signed_operand(tokens[i + 1]))
        token.sign = Sign::close;
    }
    if (token.sign == Sign::open) {
      if (stack.size() == max_depth) return "too deep";
      stack.push_back({i});
      continue;
    }
    if (stack.empty() || !match(top, token.shape)) return "unbalanced brackets";
    tokens[stack.back().index].value = static_cast<int32_t>(i);
    token.value = static_cast<int32_t>(stack.back().index);
    stack.pop_back();
  }
  // The text was cut: braces may be closed, brackets that mean something may not.
  for (; !stack.empty(); stack.pop_back()) {
    if (tokens[stack.back().index].shape != '{') return "unbalanced brackets";
    tokens[stack.back().index].value = static_cast<int32_t>(end);
  }
  count_bars(tokens);
  return {};
}

}  // namespace cohort::rewards::math
