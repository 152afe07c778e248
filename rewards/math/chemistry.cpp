#include "rewards/math/chemistry.hpp"

#include <algorithm>

#include "rewards/math/characters.hpp"
#include "rewards/math/scan.hpp"

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

/// Reads shells and electrons, "1s^2 2s^2 2p^6" or "[Ar] 3d^{10} 4s^2", in whatever way blanks and braces stand.
class ConfigurationReader {
 public:
  explicit ConfigurationReader(std::string_view text) : text_(text) {}

  std::string read() {
    skip_dress();
    if (text_.starts_with('[') && !core()) return {};
    const bool has_core = !result_.empty();
    size_t num_subshells = 0;
    for (skip_dress(); !text_.empty(); skip_dress(), ++num_subshells)
      if (!subshell()) return {};
    // 1s^2 would be a square second; nobody writes a factor 1.
    const bool is_configuration = num_subshells > 0 && (has_core || (num_subshells > 1 && result_.starts_with("1s")));
    return is_configuration ? result_ : std::string();
  }

 private:
  void skip_dress() {
    for (bool again = true; again;) {
      again = false;
      for (const std::string_view nothing : {" ", "$", "{", "}", "~", "\\,", "\\;", "\\:", "\\!", "\\ ", "\\ce{",
                                             "\\mathrm{", "\\text{", "\\rm ", "\\left", "\\right"})
        if (text_.starts_with(nothing)) text_.remove_prefix(nothing.size()), again = true;
    }
  }

  /// [Ar] of a noble gas.
  bool core() {
    text_.remove_prefix(1);
    skip_dress();
    for (const std::string_view gas : {"He", "Ne", "Ar", "Kr", "Xe", "Rn"}) {
      if (!text_.starts_with(gas)) continue;
      text_.remove_prefix(gas.size());
      skip_dress();
      if (!text_.starts_with(']')) return false;
      text_.remove_prefix(1);
      result_ += gas;
      return true;
    }
    return false;
  }

  bool subshell() {
    constexpr std::string_view names = "spdf";
    if (text_.size() < 3 || text_[0] < '1' || text_[0] > '7' || names.find(text_[1]) == names.npos) return false;
    const size_t name = names.find(text_[1]);
    const int most = static_cast<int>(4 * name + 2);
    result_ += text_.substr(0, 2);
    text_.remove_prefix(2);
    const bool is_raised = text_.starts_with('^');
    if (is_raised) text_.remove_prefix(1);
    const bool is_group = is_raised && text_.starts_with('{');
    if (is_group) text_.remove_prefix(1);
    const int electrons = is_group || !text_.empty() ? count(is_group) : 0;
    if (electrons < 1 || electrons > most) return false;
    (result_ += std::to_string(electrons)) += ' ';
    if (is_group && !text_.starts_with('}')) return false;
    return true;
  }

  /// Digits in a group, of characters that are raised, or before a blank or the next shell: 2 of ^22p.
  int count(bool is_group) {
    std::string digits;
    for (size_t size = raised_digit(digits); size > 0; size = raised_digit(digits)) text_.remove_prefix(size);
    const bool is_plain = digits.empty();
    while (is_plain && !text_.empty() && is_digit(text_[0]) && digits.size() < 3) {
      const bool is_shell = !is_group && text_.size() > 1 && !digits.empty() &&
                            std::string_view("spdf").find(text_[1]) != std::string_view::npos;
      if (is_shell) break;
      digits += text_[0];
      text_.remove_prefix(1);
    }
    return digits.empty() || digits.size() > 2 || digits[0] == '0' ? 0 : std::stoi(digits);
  }

  /// Bytes of ⁰ to ⁹ in front, whose digit is added; 0 of others.
  size_t raised_digit(std::string& digits) const {
    constexpr std::string_view first[] = {"\xC2\xB9", "\xC2\xB2", "\xC2\xB3"};  // ¹²³
    for (size_t i = 0; i < 3; ++i)
      if (text_.starts_with(first[i])) return digits += static_cast<char>('1' + i), 2;
    if (text_.size() < 3 || !text_.starts_with("\xE2\x81")) return 0;
    const int digit = static_cast<unsigned char>(text_[2]) - 0xB0;
    if (digit < 0 || digit > 9) return 0;
    return digits += static_cast<char>('0' + digit), 3;
  }

  std::string_view text_;
  std::string result_;
};

}  // namespace

std::string chemical_formula(std::string_view text) {
  constexpr auto is_subshell = [](char number, char name) { return is_digit(number) && is_one_of(name, "spdf"); };
  if (text.size() <= longest_text && std::ranges::adjacent_find(text, is_subshell) != text.end())
    if (std::string shells = ConfigurationReader(text).read(); !shells.empty()) return shells;
  const std::string_view first = text.size() > longest_text ? std::string_view() : skip(text, " ${(0123456789");
  if (first.empty() || !(is_upper(first[0]) || first[0] == '\\')) return {};
  return FormulaReader(text).read();
}

}  // namespace cohort::rewards::math
