#include "rewards/math/escapes.hpp"

#include <algorithm>
#include <string>

#include "rewards/math/scan.hpp"
#include "rewards/math/vocabulary.hpp"

namespace cohort::rewards::math {
namespace {

constexpr std::string_view controls = "\a\b\f\v", letters = "abfv";  // a tab is a blank

/// The letter that the control character at the beginning of `text` stands for, 0 where it is none.
char lost_letter(std::string_view text) {
  const size_t place = controls.find(text.front());
  const std::string_view rest = text.substr(1), word = rest.substr(0, word_at(rest));
  if (place == controls.npos || word.empty()) return '\0';
  const bool is_known = word == "oxed" || word == "egin" || find_command(letters[place] + std::string(word));
  return is_known ? letters[place] : '\0';
}

}  // namespace

std::string_view with_backslashes(std::string_view text, Arena& arena) {
  const bool is_cut = text.starts_with("rac{");
  if (!is_cut && std::ranges::none_of(text, [](char c) { return is_one_of(c, controls); })) return text;
  std::string result;
  result.reserve(text.size() + 16);
  if (is_cut) result += "\\f";
  for (; !text.empty(); text.remove_prefix(1)) {
    const char letter = lost_letter(text);
    if (letter)
      (result += '\\') += letter;
    else
      result += text.front();
  }
  return arena.copy(result);
}

}  // namespace cohort::rewards::math
