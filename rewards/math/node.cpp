#include "rewards/math/node.hpp"

#include <algorithm>
#include <cstring>

#include "rewards/math/parse.hpp"

namespace cohort::rewards::math {

namespace {

constexpr size_t block_bytes = 16'384;  // holds the trees of all but the longest answers

constexpr std::string_view kind_names[] = {
    "integer",     "decimal",      "repeating", "symbol",      "constant",    "ellipsis",  "text",      "negate",
    "add",         "multiply",     "divide",    "power",       "root",        "factorial", "absolute",  "plus_minus",
    "minus_plus",  "mixed",        "percent",   "degrees",     "numeral",     "quantity",  "function",  "sum",
    "product",     "integral",     "limit",     "derivative",  "list",        "bracketed", "set",       "set_builder",
    "set_union",   "intersection", "set_minus", "complement",  "matrix",      "ratio",     "piecewise", "relation",
    "conjunction", "disjunction",  "negation",  "implication", "equivalence", "either"};
static_assert(std::size(kind_names) == static_cast<size_t>(Kind::either) + 1);

void write_text(std::string_view text, std::string& line) {
  const bool is_plain = !text.empty() && text.find_first_of(" ()\"") == std::string_view::npos;
  if (!is_plain) line += '"';
  line += text;
  if (!is_plain) line += '"';
}

void write(const Node& node, std::string& line);

void write_children(const Node& node, std::string& line) {
  for (const Node* child : node.children) {
    line += ' ';
    write(*child, line);
  }
}

void write_relation(const Node& node, std::string& line) {
  line += "(relation ";
  for (size_t i = 0; i < node.children.size(); ++i) {
    if (i > 0) (line += ' ') += node.relations[i - 1], line += ' ';
    write(node[i], line);
  }
  line += ')';
}

void write(const Node& node, std::string& line) {
  switch (node.kind) {
    case Kind::integer:
    case Kind::repeating:
    case Kind::symbol:
    case Kind::constant:
      line += node.text;
      return;
    case Kind::decimal:
      line += node.text;
      if (node.exponent != 0) (line += 'e') += std::to_string(node.exponent);
      return;
    case Kind::ellipsis:
      line += "...";
      return;
    case Kind::text:
      write_text(node.text.empty() ? std::string_view(" ") : node.text, line);
      return;
    case Kind::relation:
      return write_relation(node, line);
    default:
      break;
  }
  line += '(';
  line += kind_names[static_cast<size_t>(node.kind)];
  if (node.kind == Kind::bracketed) ((line += ' ') += node.open) += node.close;
  if (node.kind == Kind::matrix)
    ((((line += ' ') += std::to_string(node.rows)) += 'x') += std::to_string(node.columns));
  if (!node.text.empty()) write_text(node.text, line += ' ');
  write_children(node, line);
  line += ')';
}

}  // namespace

void* Arena::allocate_in_next_block(size_t bytes) {
  if (block_ < blocks_.size()) {
    filled_ += used_;
    ++block_;
  }
  while (block_ < blocks_.size() && blocks_[block_].bytes < bytes + gap) ++block_;  // of this one nothing is used
  if (block_ == blocks_.size()) {
    const size_t size = std::max(block_bytes, bytes + gap);
    blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(size), size});
    shut(blocks_[block_].data.get(), size);
  }
  used_ = bytes + gap;
  void* place = blocks_[block_].data.get();
  open(place, bytes);
  return place;
}

std::string_view Arena::copy(std::string_view text) {
  if (text.empty()) return {};
  char* place = static_cast<char*>(allocate(text.size(), 1));
  std::memcpy(place, text.data(), text.size());
  return {place, text.size()};
}

void Arena::clear() {
  for (const Block& block : blocks_) shut(block.data.get(), block.bytes);
  block_ = used_ = filled_ = 0;
}

size_t Arena::bytes() const { return filled_ + used_; }

std::string to_string(const Node& node) {
  std::string line;
  write(node, line);
  return line;
}

}  // namespace cohort::rewards::math
