#include <algorithm>

#include "rewards/math/parser.hpp"

namespace cohort::rewards::math {

namespace {

bool is_row(const Node& node) { return node.kind == Kind::bracketed && node.open == '[' && node.close == ']'; }

}  // namespace

// The arithmetic between a bracket and `stop`, all of it.
const Node* Parser::inside_of(size_t open, size_t stop) {
  position_ = open + 1;
  const Enter enter(*this, stop);
  if (at_end()) return fail("empty group");
  const Node* node = set_union();
  return node && !at_end() ? fail("stray text in a group") : node;
}

const Node* Parser::bracket() {
  const size_t open = position_, close = partner(open);
  const Node* inside = nullptr;
  {
    const Enter enter(*this, close);
    ++position_;
    if (!at_end()) {
      inside = statement();
      if (!inside) return nullptr;
      if (!at_end()) return fail("stray text in brackets");
    }
  }
  leave(close);
  return bracket_of(tokens_[open].shape, tokens_[close].shape, inside);
}

const Node* Parser::bracket_of(char open, char close, const Node* inside) {
  if (!inside && open != '[') return fail("empty brackets");
  switch (open) {
    case 'f':
      return make(Kind::function, {inside}, "floor");
    case 'c':
      return make(Kind::function, {inside}, "ceil");
    case 'n':
      return make(Kind::function, {inside}, "norm");
    case '|':
      return inside->kind == Kind::matrix ? make(Kind::function, {inside}, "det") : make(Kind::absolute, {inside});
    case '0':
      return close == '|' ? fail("a bar without partner") : inside;
    case '<':
      if (inside->kind != Kind::list) return fail("a vector of one number");
      break;
    default:
      break;
  }
  return interval_of(open == ']' ? '(' : open, close == '[' ? ')' : close == '<' ? '>' : close, inside);
}

// ( ) [ ] and ⟨ ⟩, with openness as Node says it.
const Node* Parser::interval_of(char open, char close, const Node* inside) {
  const bool is_list = inside && inside->kind == Kind::list && inside->text.empty();
  if (inside && !is_list) {
    if (open == '[' && close == ']') {
      if (is_row(*inside)) return matrix_of(inside->children, 1, inside->children.size());
      singles_.push_back(inside);
      return inside;
    }
    return open == '(' && close == ')' ? inside : fail("unbalanced brackets");
  }
  const Nodes items = inside ? inside->children : Nodes();
  Gather flat(*this);
  if (open == '[' && close == ']' && inside)
    if (const Node* node = plain_matrix(items)) return node;
  for (const Node* item : items) {
    if (item->kind == Kind::list)  // (1, 2; 3, 4)
      for (const Node* child : item->children) flat.push(child);
    else
      flat.push(item);
  }
  Node* node = make(Kind::bracketed, flat.nodes());
  if (!node) return nullptr;
  node->open = open;
  node->close = close;
  return node;
}

// [[1, 2], [3, 4]], [[1], [2]] or [1, 2; 3, 4]; null where the rows are none.
const Node* Parser::plain_matrix(Nodes rows) {
  const bool is_column = std::all_of(rows.begin(), rows.end(), [&](const Node* row) {
    return std::find(singles_.begin(), singles_.end(), row) != singles_.end();
  });
  if (is_column && singles_.size() >= rows.size()) return matrix_of(rows, rows.size(), 1);
  const size_t columns = rows[0]->children.size();
  const bool is_rectangle = std::all_of(rows.begin(), rows.end(), [&](const Node* row) {
    return (is_row(*row) || row->kind == Kind::list) && row->kind == rows[0]->kind && row->children.size() == columns;
  });
  if (!is_rectangle) return nullptr;
  Gather entries(*this);
  for (const Node* row : rows)
    for (const Node* entry : row->children) entries.push(entry);
  return matrix_of(entries.nodes(), rows.size(), columns);
}

const Node* Parser::matrix_of(Nodes entries, size_t rows, size_t columns) {
  Node* node = make(Kind::matrix, entries);
  if (!node) return nullptr;
  node->rows = static_cast<uint16_t>(rows);
  node->columns = static_cast<uint16_t>(columns);
  return node;
}

// The bar of a set builder between two tokens, 0 where there is none: \mid, a colon, or a bar without partner.
size_t Parser::builder_bar(size_t begin, size_t end) const {
  size_t bar = 0, num_bars = 0, colon = 0;
  bool has_relation = false;
  for (size_t i = begin; i < end; ++i) {
    const Token& token = tokens_[i];
    if (token.sign == Sign::open && partner(i) < end)
      i = partner(i);
    else if (token.sign == Sign::middle)
      return i;
    else if (token.sign == Sign::bar && num_bars++ == 0)
      bar = i;
    else if (token.sign == Sign::colon && colon == 0)
      colon = i;
    has_relation = has_relation || token.sign == Sign::relation || token.sign == Sign::word;
  }
  if (num_bars % 2 == 1 && bar > begin) return bar;
  return has_relation && colon > begin ? colon : 0;
}

const Node* Parser::set_builder(size_t middle, size_t close) {
  const Node* pattern;
  {
    const Enter enter(*this, middle);
    pattern = statement();
    if (pattern && !at_end()) return fail("stray text in a set");
  }
  if (!pattern) return nullptr;
  position_ = middle + 1;
  const Enter enter(*this, close);
  const Node* condition = statement();
  if (condition && !at_end()) return fail("stray text in a set");
  return make(Kind::set_builder, {pattern, condition});
}

// { } of LaTeX are a group, or a set where they hold several values; \{ \} are a set.
const Node* Parser::braces() {
  const size_t open = position_, close = partner(open);
  const bool is_group = tokens_[open].shape == '{';
  const bool is_command = tokens_[open].word != Word::none;  // \boxed{5}
  const bool is_whole = is_group && !is_command && open == 0 && close + 2 == tokens_.size();
  ++position_;
  if (position_ == close) {
    leave(close);
    if (is_group && (is(Sign::underscore) || is(Sign::caret))) return prescript();
    return is_group && !is_whole ? fail("empty group") : make(Kind::set, Nodes());
  }
  if (const size_t middle = builder_bar(position_, close)) {
    const Node* node = set_builder(middle, close);
    leave(close);
    return node;
  }
  const Node* inside;
  const bool is_fraction =
      std::any_of(tokens_.begin() + static_cast<ptrdiff_t>(open), tokens_.begin() + static_cast<ptrdiff_t>(close),
                  [](const Token& token) { return token.sign == Sign::choose || token.sign == Sign::over; });
  {
    const Enter enter(*this, close);
    inside = statement();
    if (inside && !at_end()) return fail("stray text in braces");
  }
  if (!inside) return nullptr;
  leave(close);
  if (tokens_[close].shape == '0') return inside;
  if (inside->kind == Kind::list) {
    Gather members(*this);
    // Of {∅, {1}} in plain text the 1 is a set; the group of \{{1}, {2}\} is nothing but 1.
    const bool is_of_sets =
        is_group && std::all_of(inside->children.begin(), inside->children.end(),
                                [&](const Node* child) { return Parser::is_group(child) || is_set(*child); });
    for (const Node* child : inside->children)
      if (!members.push(is_of_sets && !is_set(*child) ? make(Kind::set, {child}) : child)) return nullptr;
    const Node* set = make(Kind::set, members.nodes());
    return is_whole && set ? make(Kind::either, {set, inside}) : set;
  }
  if (is_group && inside->size <= 4) groups_.push_back(inside);
  if (!is_group) return make(Kind::set, {inside});
  // {5} as the whole answer is a group of LaTeX or a set of plain text.
  const bool is_doubtful = is_whole && !is_fraction && !is_statement(*inside);
  return is_doubtful ? make(Kind::either, {inside, make(Kind::set, {inside})}) : inside;
}

bool Parser::is_group(const Node* node) const {
  return std::find(groups_.begin(), groups_.end(), node) != groups_.end();
}

// {2} between sets is a set.
const Node* Parser::as_set(const Node* node) {
  return node && !is_set(*node) && is_group(node) ? make(Kind::set, {node}) : node;
}

// Z of k ∈ Z, without the double stroke.
const Node* Parser::as_number_set(const Node* node) {
  const bool is_known = node && node->kind == Kind::symbol &&
                        (node->text == "R" || node->text == "Z" || node->text == "N" || node->text == "Q");
  return is_known ? leaf(Kind::constant, node->text) : node;
}

const Node* Parser::absolute() {
  ++position_;
  ++scope_.bars;
  const Node* inside = set_union();
  if (!inside) return nullptr;
  if (!accept(Sign::bar)) return fail("a bar without partner");
  --scope_.bars;
  return inside->kind == Kind::matrix ? make(Kind::function, {inside}, "det") : make(Kind::absolute, {inside});
}

const Node* Parser::norm() {
  ++position_;
  ++scope_.double_bars;
  const Node* inside = sum();
  if (!inside) return nullptr;
  if (!accept(Sign::double_bar)) return fail("a bar without partner");
  --scope_.double_bars;
  return make(Kind::function, {inside}, "norm");
}

const Node* Parser::environment() {
  const size_t begin = position_;
  const std::string_view name = at().text;
  size_t end = begin + 1, depth = 1;
  for (; end < scope_.stop; ++end) {
    if (tokens_[end].sign == Sign::begin) ++depth;
    if (tokens_[end].sign == Sign::finish && --depth == 0) break;
  }
  if (end == scope_.stop || tokens_[end].text != name) return fail("unbalanced environment");
  const bool in_brace = begin > 0 && tokens_[begin - 1].sign == Sign::open && tokens_[begin - 1].shape == 's' &&
                        tokens_[partner(begin - 1)].shape == '0';
  const bool is_matrix = name.ends_with("matrix") || (name == "array" && !in_brace);
  const Node* node;
  {
    const Enter enter(*this, end);
    scope_.in_environment = true;
    ++position_;
    node = is_matrix ? matrix() : cases();
  }
  position_ = end + 1;
  if (node && name == "vmatrix") return make(Kind::function, {node}, "det");
  if (node && name == "Vmatrix") return make(Kind::function, {node}, "norm");
  return node;
}

const Node* Parser::matrix() {
  Gather entries(*this);
  size_t rows = 0, columns = 0;
  while (!at_end()) {
    size_t count = 0;
    do {
      if (!entries.push(statement())) return nullptr;
      ++count;
    } while (accept(Sign::ampersand));
    if (rows > 0 && count != columns) return fail("rows of different length");
    columns = count;
    ++rows;
    if (!accept(Sign::newline) && !at_end()) return fail("stray text in a matrix");
  }
  return rows > 0 ? matrix_of(entries.nodes(), rows, columns) : fail("empty matrix");
}

// a = b, then = c on its own line.
const Node* Parser::chain_with(const Node& before, const Node* last) {
  Gather chain(*this);
  for (const Node* child : before.children) chain.push(child);
  if (!chain.push(last)) return nullptr;
  std::vector<std::string_view> words(before.relations.begin(), before.relations.end());
  words.push_back("=");
  return relation_of(chain.nodes(), words);
}

// A system of equations, or the pieces of a function.
const Node* Parser::cases() {
  Gather lines(*this);
  bool has_pieces = false;
  while (!at_end()) {
    accept(Sign::ampersand);
    const Node* before = lines.size() > 0 ? lines.back() : nullptr;
    const bool goes_on = is(Sign::relation) && at().text == "=";  // a line before, if any, is its left side
    if (goes_on) ++position_;
    const Node* line = statement();
    if (!line) return nullptr;
    if (goes_on && before && before->kind == Kind::relation && !is_statement(*line)) {
      lines.back() = chain_with(*before, line);
      if (!lines.back()) return fail("too deep");
      if (!accept(Sign::newline) && !at_end()) return fail("stray text in cases");
      continue;
    }
    if (accept(Sign::ampersand) && !is(Sign::newline) && !at_end()) {
      if (is_word(Word::condition)) ++position_;
      const Node* condition = statement();
      const bool is_pair = line->kind == Kind::relation && condition && condition->kind == Kind::relation &&
                           line->relations[0] == "=" && condition->relations[0] == "=";
      line = make(is_pair ? Kind::conjunction : Kind::piecewise, {line, condition});
    } else if (line->kind == Kind::list && line->children.size() == 2 && is_statement((*line)[1]) &&
               !is_statement((*line)[0])) {
      line = make(Kind::piecewise, line->children);  // x + 1, x > 0
    }
    if (!lines.push(line)) return nullptr;
    has_pieces = has_pieces || line->kind == Kind::piecewise;
    accept(Sign::comma);
    if (!accept(Sign::newline) && !at_end()) return fail("stray text in cases");
  }
  if (lines.size() == 0) return fail("empty environment");
  if (!has_pieces) return combine(lines.nodes());
  Gather pieces(*this);
  for (const Node* line : lines.nodes()) {
    if (line->kind == Kind::piecewise)
      for (const Node* child : line->children) pieces.push(child);
    else if (!pieces.push(line) || !pieces.push(leaf(Kind::constant, "true")))
      return nullptr;
  }
  return make(Kind::piecewise, pieces.nodes());
}

}  // namespace cohort::rewards::math
