#include "rewards/math/parts.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "rewards/math/scan.hpp"

namespace cohort::rewards::math {
namespace {

constexpr size_t max_parts = 8;
constexpr std::array<std::string_view, max_parts> numerals = {"i", "ii", "iii", "iv", "v", "vi", "vii", "viii"};

/// The label number `index` of the row that `first` begins: "(c)" is number 2 of the one of "a".
std::string label_of(std::string_view first, size_t index) {
  if (first == "i") return "(" + std::string(numerals[index]) + ")";
  return "(" + std::string(1, static_cast<char>(first[0] + index)) + ")";
}

constexpr auto uprights = std::to_array<std::string_view>({"\\text{", "\\textbf{", "\\mathrm{", "\\mathbf{", "**"});

/// Bytes of the label at the start of `text` with what makes it upright and the blank behind it, 0 where it is none.
size_t label_size(std::string_view text, std::string_view label) {
  std::string_view rest = text;
  bool is_upright = false;
  for (const std::string_view upright : uprights) {
    if (!rest.starts_with(upright)) continue;
    rest = skip(rest.substr(upright.size()), " ");
    is_upright = true;
    break;
  }
  if (!rest.starts_with(label)) return 0;
  rest.remove_prefix(label.size());
  const std::string_view behind = skip(rest, " ");
  if (is_upright) {
    const size_t closing = behind.starts_with("**") ? 2 : behind.starts_with('}') ? 1 : 0;
    return closing ? text.size() - behind.size() + closing : 0;
  }
  const bool is_apart = behind.size() < rest.size() || behind.starts_with('$') || behind.starts_with("\\ ");
  return is_apart ? text.size() - rest.size() : 0;
}

/// `part` without what parts it from the next one; empty where it is no value: + 2, and.
std::string_view value_of(std::string_view part) {
  for (size_t before = part.size() + 1; part.size() < before;) {
    before = part.size();
    part = cut_end(skip(part, " \n\t:"), " \n\t,;.");
    for (const std::string_view joint : {" and", "\\quad", "\\qquad", "\\\\", "\\,", "\\;", "\\"})
      if (part.ends_with(joint)) part.remove_suffix(joint.size());
  }
  if (part == "and" || part == "or" || part.empty()) return {};
  return std::string_view("+*/^=<>&|,;:)!_").find(part[0]) == std::string_view::npos ? part : std::string_view();
}

}  // namespace

bool has_second_label(std::string_view text) {
  int num_labels = 0;
  for (size_t colon = text.find(':'); colon != text.npos && num_labels < 2; colon = text.find(':', colon + 1)) {
    const bool is_capital = colon > 0 && is_upper(text[colon - 1]);
    const bool is_alone = colon < 2 || (!is_letter(text[colon - 2]) && !is_digit(text[colon - 2]));
    num_labels += is_capital && is_alone ? 1 : 0;
  }
  return num_labels > 1;
}

std::vector<std::string_view> labelled_parts(std::string_view text) {
  const auto starts = [&](std::string_view upright) { return text.starts_with(upright); };
  if (!text.starts_with('(') && std::ranges::none_of(uprights, starts)) return {};  // mostly
  std::string_view first;
  size_t begin = 0;
  for (const std::string_view candidate : {"a", "A", "1", "i"}) {
    begin = label_size(text, label_of(candidate, 0));
    if (begin == 0) continue;
    first = candidate;
    break;
  }
  if (first.empty()) return {};
  std::vector<std::string_view> parts;
  std::string next = label_of(first, 1);
  int depth = 0;
  for (size_t i = begin; i < text.size() && parts.size() + 2 < max_parts; ++i) {
    const bool is_behind_blank = std::string_view(" \n\t,;.$").find(text[i - 1]) != std::string_view::npos;
    if (depth == 0 && (is_behind_blank || text[i] == '\\')) {
      if (const size_t size = label_size(text.substr(i), next); size > 0) {
        parts.push_back(value_of(text.substr(begin, i - begin)));
        begin = i + size;
        i = begin - 1;
        next = label_of(first, parts.size() + 1);
        continue;
      }
    }
    depth += (text[i] == '{') - (text[i] == '}');
  }
  if (parts.empty()) return {};
  parts.push_back(value_of(text.substr(begin)));
  const bool has_empty = std::any_of(parts.begin(), parts.end(), [](std::string_view part) { return part.empty(); });
  return has_empty ? std::vector<std::string_view>() : parts;
}

}  // namespace cohort::rewards::math
