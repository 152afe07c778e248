#include "rewards/math/legible.hpp"

#include <algorithm>
#include <span>
#include <string>

#include "rewards/math/html.hpp"
#include "rewards/math/scan.hpp"

namespace cohort::rewards::math {
namespace {

/// Whether what follows a \cancel{…} takes its place: in \cancel{5} 6 it does, in \cancel{5} \cdot 6 it is a factor.
bool is_replaced(std::string_view before, std::string_view behind) {
  const std::string_view factor = cut_end(before, " ");
  if (factor.ends_with("\\cdot") || factor.ends_with("\\times")) return false;
  if (!factor.empty() && std::string_view("0123456789)}+-*/^_").find(factor.back()) != std::string_view::npos)
    return false;
  if ((before.ends_with('{') && !before.ends_with("box{") && !before.ends_with("boxed{")) || before.ends_with('^') ||
      before.ends_with('_'))
    return false;
  behind = skip(behind, " ~");
  while (behind.starts_with("\\ ") || behind.starts_with("\\,") || behind.starts_with("\\quad"))
    behind = skip(behind.substr(behind[1] == 'q' ? 5 : 2), " ");
  return behind.empty() || is_digit(behind[0]) || is_letter(behind[0]) || behind[0] == '$' || behind[0] == '}' ||
         behind[0] == '.' || behind.starts_with("\\frac") || behind.starts_with("\\boxed");
}

constexpr std::string_view wide = "\xEF\xBC";

bool is_strike(std::string_view name) {
  if (std::string_view("cbxs").find(name[0]) == std::string_view::npos) return false;
  for (const std::string_view strike : {"cancel{", "bcancel{", "xcancel{", "sout{", "st{"})
    if (name.starts_with(strike)) return true;
  return false;
}

/// The inside of the text{the answer is minus } that stands in front, behind its backslash; empty elsewhere.
std::string_view announced_in_text(std::string_view text) {
  constexpr std::string_view open = "text{";
  constexpr size_t longest = 200;
  text = text.substr(0, longest);
  if (!text.starts_with(open)) return {};
  const size_t end = text.find_first_of("{}$\n\\", open.size());
  if (end == text.npos || text[end] != '}') return {};
  const std::string_view words = text.substr(open.size(), end - open.size());
  return words.find("nswer ") != words.npos ? words : std::string_view();
}

/// Whether anything that is struck through may stand in the text, or a full-width character; mostly not.
bool may_be_illegible(std::string_view text) {
  const auto is_any = [&](char first, auto begins) {
    for (size_t i = text.find(first); i != text.npos; i = text.find(first, i + 1))
      if (i + 1 < text.size() && begins(text.substr(i + 1))) return true;
    return false;
  };
  return is_any('~', [](std::string_view rest) { return rest[0] == '~'; }) ||
         is_any('<', [](std::string_view rest) { return rest[0] == 's' || rest.starts_with("del>"); }) ||
         is_any(wide[0], [](std::string_view rest) { return rest[0] == wide[1]; }) ||
         is_any('&', [](std::string_view rest) { return rest[0] == '#' || is_letter(rest[0]); }) ||
         is_any('\\', [](std::string_view rest) { return is_strike(rest) || !announced_in_text(rest).empty(); });
}

}  // namespace

std::string_view legible(std::string_view text, Arena& arena) {
  if (!may_be_illegible(text)) return text;
  struct Strike {
    std::string_view open, close;
  };
  constexpr Strike strikes[] = {{"~~", "~~"},       {"<del>", "</del>"}, {"<s>", "</s>"},     {"<strike>", "</strike>"},
                                {"\\cancel{", "}"}, {"\\bcancel{", "}"}, {"\\xcancel{", "}"}, {"\\sout{", "}"},
                                {"\\st{", "}"}};
  constexpr size_t longest = 200;  // of what is struck through
  std::span<char> copy;
  const auto writable = [&] {
    if (copy.empty()) copy = arena.make<char>(text.size()), std::ranges::copy(text, copy.begin());
    return copy;
  };
  // Braces would part these words from the value behind them.
  for (size_t i = text.find("\\text{"); i != text.npos; i = text.find("\\text{", i + 1)) {
    const std::string_view inside = announced_in_text(text.substr(i + 1));
    if (inside.empty()) continue;
    const auto place = writable().subspan(i, static_cast<size_t>(inside.data() - text.data()) + inside.size() + 1 - i);
    std::ranges::fill(place, ' ');
    const std::string_view words = cut_end(inside, " ");
    const bool is_apart = text.substr(i + place.size()).starts_with(' ');
    std::ranges::copy(words, place.end() - static_cast<std::ptrdiff_t>(words.size() + (is_apart ? 0 : 1)));
  }
  for (const auto& [open, close] : strikes) {
    for (size_t begin = text.find(open); begin != text.npos; begin = text.find(open, begin + 1)) {
      const size_t inside = begin + open.size();
      const size_t end = text.substr(inside, longest).find(close);
      const std::string_view content = end == text.npos ? "\n" : text.substr(inside, end);
      if (content.empty() || content.find_first_of("\n{") != content.npos) continue;
      const size_t after = inside + end + close.size();
      if (open[0] == '\\' && !is_replaced(text.substr(0, begin), text.substr(after))) continue;
      std::ranges::fill(writable().subspan(begin, after - begin), ' ');
      begin = after - 1;
    }
  }
  // &le; as a sign and blanks: what stands behind a value touches it, what stands before another one that.
  for (size_t i = text.find('&'); i != text.npos; i = text.find('&', i + 1)) {
    std::string sign;
    const size_t size = character_of_entity(text.substr(i), sign);
    const bool is_group = sign == " " && i > 0 && is_digit(text[i - 1]) && i + size < text.size() &&
                          is_digit(text[i + size]);  // 1&nbsp;000 is read as it stands
    if (size == 0 || is_group) continue;
    const bool is_postfix = sign == "°" || sign == "¹" || sign == "²" || sign == "³" || sign == "%" || sign == "'" ||
                            sign == "," || sign == "." || sign == ")" || sign == ":";
    const auto place = writable().subspan(i, size);
    std::ranges::fill(place, ' ');
    std::ranges::copy(sign, is_postfix ? place.begin() : place.end() - static_cast<std::ptrdiff_t>(sign.size()));
    i += size - 1;
  }
  for (size_t i = text.find(wide); i != text.npos; i = text.find(wide, i)) {
    const size_t begin = i;
    size_t place = begin;
    for (; text.substr(i).starts_with(wide) && i + 2 < text.size(); i += 3) {
      const auto last = static_cast<unsigned char>(text[i + 2]);
      const bool is_point = (last == 0x8C || last == 0x8E) && place > begin;  // ，and ．
      if ((last < 0x90 || last > 0x99) && !is_point) break;
      if (is_point) {
        const std::string_view next = text.substr(i + 3);
        const bool goes_on = next.size() > 2 && next.starts_with(wide) && static_cast<unsigned char>(next[2]) >= 0x90 &&
                             static_cast<unsigned char>(next[2]) <= 0x99;
        if (!goes_on) break;
      }
      writable()[place++] = static_cast<char>(last - 0x60);
    }
    if (place > begin) std::ranges::fill(copy.subspan(place, i - place), ' ');
    if (i == begin) i += wide.size();
  }
  return copy.empty() ? text : std::string_view(copy.data(), copy.size());
}

}  // namespace cohort::rewards::math
