#include "rewards/math/chemistry.hpp"

#include "rewards/math/characters.hpp"

namespace cohort::rewards::math {
namespace {

constexpr size_t longest_text = 120;

/// Whether a capital, or it and a small letter, is the symbol of an element.
bool is_element(std::string_view symbol) {
  constexpr std::string_view symbols =
      " H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr "
      "Nb "
      "Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au "
      "Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv "
      "Ts Og ";
  return symbols.find(' ' + std::string(symbol) + ' ') != std::string_view::npos;
}

/// Reads a formula sign by sign into its plain spelling.
class FormulaReader {
 public:
  explicit FormulaReader(std::string_view text) : text_(text) {}

  std::string read() {
    while (!text_.empty())
      if (!step()) return {};
    const bool has_several = num_atoms_ > 1 || has_index_;
    return num_atoms_ > 0 && has_several ? result_ : std::string();
  }

 private:
  bool step() {
    const char c = text_[0];
    if (is_upper(c)) return atom();
    if (is_digit(c)) {
      has_index_ = has_index_ || num_atoms_ > 0;
      return take_digits();
    }
    if (c == '_') return index();
    if (c == '^') return charge();
    if (static_cast<unsigned char>(c) == 0xE2 && text_.size() > 2 && static_cast<unsigned char>(text_[1]) == 0x82)
      return lowered_digit();
    if (c == '(' || c == ')' || c == '[' || c == ']') return result_ += c, text_.remove_prefix(1), true;
    if (c == '{' || c == '}' || c == '$' || c == ' ' || c == '.') return text_.remove_prefix(1), true;
    for (const std::string_view wrapper :
         {"\\ce", "\\mathrm", "\\text", "\\rm", "\\left", "\\right", "\\displaystyle", "\\,"}) {
      if (!text_.starts_with(wrapper)) continue;
      text_.remove_prefix(wrapper.size());
      return wrapper.back() == ',' || text_.empty() || !is_letter(text_[0]);
    }
    return false;
  }

  bool atom() {
    const size_t size = text_.size() > 1 && is_lower(text_[1]) ? 2 : 1;
    if (!is_element(text_.substr(0, size))) return false;
    result_ += text_.substr(0, size);
    text_.remove_prefix(size);
    ++num_atoms_;
    return text_.empty() || !is_lower(text_[0]);
  }

  bool take_digits() {
    while (!text_.empty() && is_digit(text_[0])) result_ += text_[0], text_.remove_prefix(1);
    return true;
  }

  /// _2 and _{12}; not _{1}2, which would be the same digits.
  bool index() {
    text_.remove_prefix(1);
    const bool is_group = text_.starts_with('{');
    if (is_group) text_.remove_prefix(1);
    if (num_atoms_ == 0 || text_.empty() || !is_digit(text_[0])) return false;
    has_index_ = true;
    take_digits();
    if (!is_group) return true;
    if (!text_.starts_with('}')) return false;
    text_.remove_prefix(1);
    return text_.empty() || !is_digit(text_[0]);
  }

  bool lowered_digit() {  // ₀ to ₉
    const int digit = static_cast<unsigned char>(text_[2]) - 0x80;
    if (num_atoms_ == 0 || digit < 0 || digit > 9) return false;
    has_index_ = true;
    result_ += static_cast<char>('0' + digit);
    text_.remove_prefix(3);
    return true;
  }

  /// ^+, ^{2-}: a power without a sign is none of chemistry.
  bool charge() {
    text_.remove_prefix(1);
    const bool is_group = text_.starts_with('{');
    if (is_group) text_.remove_prefix(1);
    result_ += '^';
    take_digits();
    if (num_atoms_ == 0 || text_.empty() || (text_[0] != '+' && text_[0] != '-')) return false;
    has_index_ = true;
    result_ += text_[0];
    text_.remove_prefix(1);
    if (!is_group) return true;
    if (!text_.starts_with('}')) return false;
    text_.remove_prefix(1);
    return true;
  }

  std::string_view text_;
  std::string result_;
  int num_atoms_ = 0;
  bool has_index_ = false;
};

}  // namespace

std::string chemical_formula(std::string_view text) {
  const size_t first = text.find_first_not_of(" ${(0123456789");
  if (text.size() > longest_text || first == text.npos || !(is_upper(text[first]) || text[first] == '\\')) return {};
  return FormulaReader(text).read();
}

}  // namespace cohort::rewards::math
