#include <algorithm>
#include <array>
#include <cstdint>

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
  std::array<uint16_t, max_depth + 1> counts;
  size_t depth = 0;
  counts[0] = 0;
  for (size_t i = tokens.size(); i-- > 0;) {
    Token& token = tokens[i];
    if (token.sign == Sign::close) counts[++depth] = 0;
    if (token.sign == Sign::open && static_cast<size_t>(token.value) + 1 == tokens.size())
      counts[depth] = 0;
    else if (token.sign == Sign::open)
      --depth;
    token.bars_behind = counts[depth];
    if (token.sign == Sign::bar) ++counts[depth];
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
    bool has_comma;
  };
  std::array<Open, max_depth> stack;
  size_t depth = 0;
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
      if (depth > 0) stack[depth - 1].has_comma = true;
      continue;
    }
    if (token.sign == Sign::double_bar && token.side)
      token.sign = token.side == 'l' ? Sign::open : Sign::close, token.shape = 'n';
    if (token.sign == Sign::bar && token.side)
      token.sign = token.side == 'l' ? Sign::open : Sign::close, token.shape = '|';
    if (token.sign != Sign::open && token.sign != Sign::close) continue;
    const char top = depth == 0 ? '\0' : tokens[stack[depth - 1].index].shape;
    if (token.shape == '[' || token.shape == ']') {
      const bool in_interval = top == '(' || top == '[' || top == ']';
      if (token.side)
        token.sign = token.side == 'l' ? Sign::open : Sign::close;
      else if (token.shape == ']' && !in_interval && starts_signed_operand(tokens[i + 1]))
        token.sign = Sign::open;
      else if (token.shape == '[' && (top == '[' || top == ']') && stack[depth - 1].has_comma &&
               !starts_signed_operand(tokens[i + 1]))
        token.sign = Sign::close;
    }
    if (token.sign == Sign::open) {
      if (depth == max_depth) return "too deep";
      stack[depth++] = {i, false};
      continue;
    }
    if (depth == 0 || !match(top, token.shape)) return "unbalanced brackets";
    const size_t open = stack[--depth].index;
    tokens[open].value = static_cast<int32_t>(i);
    token.value = static_cast<int32_t>(open);
  }
  // The text was cut: braces may be closed, brackets that mean something may not.
  while (depth > 0) {
    Token& open = tokens[stack[--depth].index];
    if (open.shape != '{') return "unbalanced brackets";
    open.value = static_cast<int32_t>(end);
  }
  count_bars(tokens);
  return {};
}

}  // namespace cohort::rewards::math
