#include "src/tokenizer/jinja.hpp"

#include <cctype>

#include "cohort/error.hpp"

namespace cohort::tokenizer {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

std::string_view trim_end(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return trim_end(text);
}

// Past the string that opens at `position`.
size_t end_of_string(std::string_view text, size_t position) {
  const char quote = text[position++];
  while (position < text.size() && text[position] != quote) position += text[position] == '\\' ? 2 : 1;
  check(position < text.size(), "chat template: a string does not end: {}", text.substr(0, 80));
  return position + 1;
}

std::string unescape(std::string_view body) {
  std::string text;
  for (size_t i = 0; i < body.size(); ++i) {
    if (body[i] != '\\' || i + 1 == body.size()) {
      text += body[i];
      continue;
    }
    const char c = body[++i];
    if (c == 'n')
      text += '\n';
    else if (c == 't')
      text += '\t';
    else if (c == 'r')
      text += '\r';
    else if (c == '\\' || c == '\'' || c == '"')
      text += c;
    else
      (text += '\\') += c;
  }
  return text;
}

// Blanks collapsed, "y" as 'y', ['y'] as .y: one spelling to compare.
std::string canonical(std::string_view expression) {
  std::string text;
  for (size_t i = 0; i < expression.size();) {
    const char c = expression[i];
    if (c == '\'' || c == '"') {
      const size_t end = end_of_string(expression, i);
      const std::string_view body = expression.substr(i + 1, end - i - 2);
      bool is_name = !body.empty();
      for (const char b : body) is_name = is_name && (std::isalnum(static_cast<unsigned char>(b)) || b == '_');
      if (is_name && text.ends_with('[') && end < expression.size() && expression[end] == ']') {
        text.back() = '.';
        text += body;
        i = end + 1;
      } else {
        text.append(1, '\'').append(body).append(1, '\'');
        i = end;
      }
    } else {
      if (!is_blank(c))
        text += c;
      else if (!text.empty() && text.back() != ' ')
        text += ' ';
      ++i;
    }
  }
  return std::string(trim(text));
}

void append_literal(std::string_view text, std::vector<JinjaNode>& nodes) {
  if (text.empty()) return;
  if (nodes.empty() || nodes.back().kind != JinjaNode::kLiteral) nodes.push_back({JinjaNode::kLiteral, ""});
  nodes.back().text += text;
}

// {{ a + 'b' + c }}: the operands one by one.
void append_sum(std::string_view expression, std::vector<JinjaNode>& nodes) {
  int depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i <= expression.size();) {
    const char c = i < expression.size() ? expression[i] : '+';
    if (c == '\'' || c == '"') {
      i = end_of_string(expression, i);
      continue;
    }
    depth += c == '(' || c == '[' || c == '{';
    depth -= c == ')' || c == ']' || c == '}';
    if ((c == '+' && depth == 0) || i == expression.size()) {
      const std::string_view operand = trim(expression.substr(begin, i - begin));
      const bool is_string =
          !operand.empty() && (operand[0] == '\'' || operand[0] == '"') && end_of_string(operand, 0) == operand.size();
      if (is_string)
        append_literal(unescape(operand.substr(1, operand.size() - 2)), nodes);
      else
        nodes.push_back({JinjaNode::kValue, canonical(operand)});
      begin = i + 1;
    }
    ++i;
  }
}

// lstrip_blocks: a block alone on its line takes its indentation along.
std::string_view without_indentation(std::string_view data, bool starts_line) {
  const size_t newline = data.find_last_of('\n');
  const size_t line = newline == std::string_view::npos ? 0 : newline + 1;
  if (newline == std::string_view::npos && !starts_line) return data;
  for (const char c : data.substr(line))
    if (c != ' ' && c != '\t') return data;
  return data.substr(0, line);
}

// End of the tag that opens at `position`, past strings that hold its closing mark.
size_t find_close(std::string_view source, size_t position, std::string_view close) {
  for (size_t i = position + 2; i < source.size();) {
    if (source.substr(i).starts_with(close)) return i;
    const bool is_string = close != "#}" && (source[i] == '\'' || source[i] == '"');
    i = is_string ? end_of_string(source, i) : i + 1;
  }
  throw Error(fmt::format("chat template: a tag does not end: {}", source.substr(position, 80)));
}

}  // namespace

std::vector<JinjaNode> read_jinja(std::string_view source) {
  if (source.ends_with('\n')) source.remove_suffix(1);
  std::vector<JinjaNode> nodes;
  bool trim_data = false;  // the tag before ended in -
  bool starts_line = true;
  for (size_t position = 0; position < source.size();) {
    size_t open = source.find('{', position);
    while (open != std::string_view::npos &&
           (open + 1 == source.size() || std::string_view("{%#").find(source[open + 1]) == std::string_view::npos))
      open = source.find('{', open + 1);
    std::string_view data = source.substr(position, open == std::string_view::npos ? open : open - position);
    if (trim_data)
      while (!data.empty() && is_blank(data.front())) data.remove_prefix(1);
    if (open == std::string_view::npos) {
      append_literal(data, nodes);
      break;
    }
    const char kind = source[open + 1];
    const std::string_view close = kind == '{' ? "}}" : kind == '%' ? "%}" : "#}";
    const size_t end = find_close(source, open, close);
    std::string_view body = source.substr(open + 2, end - open - 2);
    const bool trims_before = body.starts_with('-');
    const bool keeps_before = body.starts_with('+');
    trim_data = body.ends_with('-');
    const bool keeps_after = body.ends_with('+');
    if (trims_before || keeps_before) body.remove_prefix(1);
    if ((trim_data || keeps_after) && !body.empty()) body.remove_suffix(1);
    if (trims_before)
      data = trim_end(data);
    else if (kind != '{' && !keeps_before)
      data = without_indentation(data, starts_line);
    append_literal(data, nodes);
    position = end + 2;
    starts_line = false;
    if (kind != '{' && !keeps_after && position < source.size() && source[position] == '\n') {
      ++position;  // trim_blocks
      starts_line = true;
    }
    if (kind == '{') append_sum(body, nodes);
    if (kind == '%') nodes.push_back({JinjaNode::kStatement, canonical(body)});
  }
  return nodes;
}

}  // namespace cohort::tokenizer
