#include "rewards/math/environments.hpp"

#include <algorithm>
#include <array>

#include "rewards/math/scan.hpp"
#include "rewards/text/extract.hpp"

namespace cohort::rewards::math {
namespace {

constexpr size_t max_joined = 8;
constexpr size_t max_bytes = 4'000;  // longer environments are derivations, not answers
constexpr int max_attempts = 32;     // closing delimiters without an opening one: each costs max_bytes

struct Piece {
  std::string_view where, content;
};

struct Delimiters {
  std::string_view open, close;
  bool is_display;  // may span lines
};

constexpr Delimiters delimiters[] = {
    {"$$", "$$", true}, {"$", "$", false}, {"\\(", "\\)", false}, {"\\[", "\\]", true}};

std::string_view trim_content(std::string_view content) {
  content = without_marks(trim(content), " \t\r\n.,;:");
  if (content.ends_with('\\')) content.remove_suffix(1);  // of "\ ." or "\,"
  return content;
}

std::optional<Piece> piece_at(std::string_view text) {
  if (!text.starts_with('$') && !text.starts_with('\\')) return std::nullopt;  // mostly
  for (const auto& [open, close, is_display] : delimiters) {
    if (!text.starts_with(open)) continue;
    const std::string_view rest = text.substr(open.size(), max_bytes);
    for (size_t end = rest.find(close); end != rest.npos; end = rest.find(close, end + 1)) {
      if (close.front() == '$' && is_escaped(rest, end)) continue;
      const std::string_view content = rest.substr(0, end);
      if (trim(content).empty() || (!is_display && !is_one_formula(content))) break;
      return Piece{text.substr(0, open.size() + end + close.size()), trim_content(content)};
    }
    if (open == "$$") break;
  }
  return std::nullopt;
}

/// The environment that `text` ends with.
std::optional<Piece> piece_before(std::string_view text) {
  for (const auto& [open, close, is_display] : delimiters) {
    if (!text.ends_with(close) || is_escaped(text, text.size() - close.size())) continue;
    const size_t end = text.size() - close.size();
    const size_t first = end > max_bytes ? end - max_bytes : 0;
    const std::string_view before = text.substr(first, end - first);
    for (size_t begin = before.rfind(open); begin != before.npos; begin = before.substr(0, begin).rfind(open)) {
      if (is_escaped(text, first + begin)) continue;
      const std::string_view content = before.substr(begin + open.size());
      if (trim(content).empty() || (!is_display && !is_one_formula(content))) break;
      return Piece{text.substr(first + begin), trim_content(content)};
    }
    if (open == "$$") break;
  }
  return std::nullopt;
}

/// Bytes of a percent sign or word at the front of `text`, blanks included; 0 if there is none.
size_t percent_at(std::string_view text) {
  const std::string_view rest = skip(text, " ");
  for (const std::string_view word : {"\\%", "%", "percentage", "percent", "per cent", "pct"})
    if (starts_with_word(rest, word)) return text.size() - rest.size() + word.size();
  return 0;
}

/// Bytes of what may stand between two environments of one list: blanks and a comma, "and" or "or".
size_t joint_at(std::string_view text) {
  std::string_view rest = skip(text, " ");
  bool is_joint = false;
  if (rest.starts_with(',') || rest.starts_with(';')) {
    rest = skip(rest.substr(1), " ");
    is_joint = true;
  }
  for (const std::string_view word : {"and", "or"})
    if (starts_with_word(rest, word)) {
      rest = skip(rest.substr(word.size()), " ");
      is_joint = true;
    }
  return is_joint ? text.size() - rest.size() : 0;
}

std::string_view join(std::string_view left, std::string_view separator, std::string_view right, Arena& arena) {
  const auto joined = arena.make<char>(left.size() + separator.size() + right.size());
  auto place = std::copy(left.begin(), left.end(), joined.begin());
  place = std::copy(separator.begin(), separator.end(), place);
  std::copy(right.begin(), right.end(), place);
  return {joined.data(), joined.size()};
}

/// The end of a derivation, what follows its last "="; or a matrix as a whole.
std::optional<Piece> last_alignment(std::string_view text) {
  constexpr std::string_view close = "\\end{";
  if (text.size() > max_bytes) text.remove_prefix(text.size() - max_bytes);
  const size_t end = text.rfind(close);
  if (end == text.npos) return std::nullopt;
  const std::string_view name = text.substr(end + close.size());
  for (const std::string_view array : {"pmatrix}", "bmatrix}", "Bmatrix}", "vmatrix}", "cases}"}) {
    if (!name.starts_with(array)) continue;
    std::string_view begin = text.substr(0, end);
    const size_t open = begin.rfind("\\begin{");
    if (open == text.npos || !text.substr(open + 7).starts_with(array)) return std::nullopt;
    const std::string_view whole = text.substr(open, end + close.size() + array.size() - open);
    return Piece{whole, whole};
  }
  if (!name.starts_with("align") && !name.starts_with("equation") && !name.starts_with("gather") &&
      !name.starts_with("split") && !name.starts_with("multline"))
    return std::nullopt;
  const size_t equals = text.substr(0, end).rfind('=');
  const std::string_view begin = "\\begin{";
  const size_t open = text.substr(0, end).rfind(begin);
  if (open == text.npos) return std::nullopt;
  size_t from = text.find('}', open);
  if (from == text.npos || from >= end) return std::nullopt;
  ++from;
  if (equals != text.npos && equals > from) from = equals + 1;
  std::string_view content = trim_content(text.substr(from, end - from));
  while (content.ends_with("\\\\")) content = trim_content(content.substr(0, content.size() - 2));
  if (content.empty() || content.size() > max_bytes) return std::nullopt;
  return Piece{text.substr(open, end - open), content};
}

}  // namespace

bool is_one_formula(std::string_view content) {
  const size_t line = content.find('\n');
  if (line == content.npos || trim(content.substr(line)).empty()) return true;
  const size_t begin = content.find("\\begin{"), end = content.rfind("\\end{");
  return begin < line && end != content.npos && content.find('\n', end) == content.npos &&
         content.find("\n\n") == content.npos && content.find("\\[\n") == content.npos;
}

std::optional<Environment> first_environment(std::string_view text, Arena& arena) {
  std::optional<Environment> found;
  size_t place = 0;
  for (size_t i = 0; i < max_joined; ++i) {
    const auto piece = piece_at(text.substr(place));
    if (!piece) break;
    std::string_view content = piece->content;
    size_t end = place + piece->where.size();
    if (const size_t percent = percent_at(text.substr(end))) {
      if (!content.ends_with('%')) content = join(content, "\\%", "", arena);
      end += percent;
    }
    found = found ? Environment{text.substr(0, end), join(found->content, ", ", content, arena)}
                  : Environment{text.substr(0, end), content};
    const size_t joint = joint_at(text.substr(end));
    if (joint == 0) break;
    place = end + joint;
  }
  return found;
}

std::optional<Environment> last_environment(std::string_view text, Arena& arena) {
  int attempts = 0;
  for (size_t close = text.size(); close-- > 0 && attempts < max_attempts;) {
    const char c = text[close];
    if (c != '$' && c != '}' && !((c == ')' || c == ']') && close > 0 && text[close - 1] == '\\')) continue;
    const std::string_view until = text.substr(0, close + 1);
    if (c == '}') {
      const std::string_view near = until.substr(close > 20 ? close - 20 : 0);
      if (near.find("\\end{") == near.npos) continue;
      ++attempts;
      const auto piece = last_alignment(until);
      if (!piece) continue;
      // A power, an entry or the transpose of a matrix is not the matrix.
      const size_t end = static_cast<size_t>(piece->where.data() - text.data()) + piece->where.size();
      if (end < text.size() && std::string_view("^_'").find(text[end]) != std::string_view::npos) return {};
      return Environment{piece->where, piece->content};
    }
    ++attempts;
    const std::optional<Piece> piece = piece_before(until);
    if (!piece) continue;
    // Those before it that a joint connects: read forwards from the first of them.
    size_t begin = static_cast<size_t>(piece->where.data() - text.data());
    for (size_t i = 1; i < max_joined; ++i) {
      const std::string_view before = text.substr(0, begin);
      const size_t gap_begin = before.find_last_of("$)]");
      if (gap_begin == before.npos || begin - gap_begin > 12) break;
      const size_t joint = joint_at(text.substr(gap_begin + 1, begin - gap_begin - 1));
      if (joint == 0 || joint != begin - gap_begin - 1) break;
      const auto previous = piece_before(text.substr(0, gap_begin + 1));
      if (!previous) break;
      begin = static_cast<size_t>(previous->where.data() - text.data());
    }
    if (const auto all = first_environment(text.substr(begin), arena);
        all && all->where.data() + all->where.size() >= piece->where.data() + piece->where.size())
      return all;
    return Environment{piece->where, piece->content};
  }
  return std::nullopt;
}

}  // namespace cohort::rewards::math
