#include "rewards/math/parse.hpp"

#include <algorithm>
#include <cctype>
#include <initializer_list>

namespace cohort::rewards::math {

namespace {

class Reader {
 public:
  Reader(std::string_view text, Arena& arena) : text_(text), arena_(arena) {}

  Parsed read() {
    const Node* root = sum();
    skip();
    if (problem_.empty() && at_ < text_.size()) problem_ = "stray text";
    return problem_.empty() ? Parsed{root, {}} : Parsed{nullptr, problem_};
  }

 private:
  const Node* make(Kind kind, std::initializer_list<const Node*> children, std::string_view text = {}) {
    Node& node = arena_.make<Node>(1)[0];
    node.kind = kind;
    node.text = arena_.copy(text);
    const auto room = arena_.make<const Node*>(children.size());
    size_t i = 0;
    for (const Node* child : children) {
      node.size += child->size;
      room[i++] = child;
    }
    node.children = room;
    return &node;
  }
  const Node* fail(std::string_view problem) {
    if (problem_.empty()) problem_ = problem;
    return make(Kind::text, {});
  }
  void skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool take(std::string_view token) {
    skip();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  char peek() {
    skip();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  const Node* sum() {
    if (++depth_ > 200) return fail("too deep");
    const Node* left = take("-") ? make(Kind::negate, {product()}) : product();
    for (;;) {
      if (take("+"))
        left = make(Kind::add, {left, product()});
      else if (take("-"))
        left = make(Kind::add, {left, make(Kind::negate, {product()})});
      else
        break;
      if (!problem_.empty()) break;
    }
    --depth_;
    return left;
  }
  const Node* product() {
    const Node* left = power();
    while (problem_.empty()) {
      if (take("*") || take("\\cdot") || take("\\times"))
        left = make(Kind::multiply, {left, power()});
      else if (take("/"))
        left = make(Kind::divide, {left, power()});
      else if (const char c = peek(); std::isalnum(static_cast<unsigned char>(c)) || c == '(' || c == '\\')
        left = make(Kind::multiply, {left, power()});
      else
        break;
    }
    return left;
  }
  const Node* power() {
    const Node* base = atom();
    return problem_.empty() && take("^") ? make(Kind::power, {base, power()}) : base;
  }
  const Node* argument() {
    if (peek() == '{') return atom();
    return at_ < text_.size() ? digit_or_letter(1) : fail("missing operand");
  }
  const Node* digit_or_letter(size_t length) {
    const std::string_view text = text_.substr(at_, length);
    at_ += length;
    if (std::isdigit(static_cast<unsigned char>(text[0])) || text[0] == '.')
      return make(text.find('.') == text.npos ? Kind::integer : Kind::decimal, {}, text);
    if (!std::isalpha(static_cast<unsigned char>(text[0]))) return fail("unknown sign");
    return make(text == "e" || text == "i" ? Kind::constant : Kind::symbol, {}, text);
  }
  const Node* atom() {
    if (!problem_.empty() || ++depth_ > 200) return fail("too deep");
    const Node* node = atom_inside();
    --depth_;
    return node;
  }
  const Node* atom_inside() {
    if (take("(")) {
      const Node* inside = sum();
      return take(")") ? inside : fail("unbalanced brackets");
    }
    if (take("{")) {
      const Node* inside = sum();
      return take("}") ? inside : fail("unbalanced brackets");
    }
    if (take("-")) return make(Kind::negate, {power()});
    if (take("\\pi") || take("pi")) return make(Kind::constant, {}, "pi");
    if (take("\\frac") || take("\\dfrac")) {
      const Node* top = argument();
      return problem_.empty() ? make(Kind::divide, {top, argument()}) : top;
    }
    if (take("\\sqrt") || take("sqrt"))
      return make(Kind::root, {peek() == '(' ? atom() : argument(), make(Kind::integer, {}, "2")});
    for (const std::string_view name : {"sin", "cos", "tan", "ln", "exp"})
      if (take(name) || (peek() == '\\' && text_.substr(at_ + 1).starts_with(name) && (at_ += 1 + name.size())))
        return make(Kind::function, {power()}, name);
    size_t length = 0;
    while (at_ + length < text_.size() &&
           (std::isdigit(static_cast<unsigned char>(text_[at_ + length])) || text_[at_ + length] == '.'))
      ++length;
    return at_ < text_.size() ? digit_or_letter(std::max<size_t>(length, 1)) : fail("missing operand");
  }

  std::string_view text_;
  Arena& arena_;
  size_t at_ = 0;
  int depth_ = 0;
  std::string_view problem_;
};

}  // namespace

Parsed parse(std::string_view text, Arena& arena, const ParseOptions&) { return Reader(text, arena).read(); }

}  // namespace cohort::rewards::math
