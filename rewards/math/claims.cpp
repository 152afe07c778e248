#include "rewards/math/claims.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <tuple>
#include <utility>

#include "rewards/math/scan.hpp"

namespace cohort::rewards::math {
namespace {

unsigned char byte_at(std::string_view text, size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

/// Bytes of the character at the front.
size_t character_at(std::string_view text) {
  const unsigned char lead = byte_at(text, 0);
  const size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return std::min(size, text.size());
}

/// Whether the character at the front is a letter of a script whose words stand apart: Latin, Greek, Cyrillic, Arabic.
bool is_word_letter(std::string_view text) {
  const unsigned char lead = byte_at(text, 0), next = byte_at(text, 1);
  if (lead < 0x80) return !text.empty() && is_letter(text[0]);
  if (lead == 0xC3) return next != 0x97 && next != 0xB7;  // × and ÷
  return lead > 0xC3 && lead < 0xE0;
}

/// Whether the bytes before `at` end in such a letter.
bool is_inside_word(std::string_view text, size_t at) {
  if (at == 0) return false;
  size_t begin = at - 1;
  while (begin > 0 && (byte_at(text, begin) & 0xC0) == 0x80) --begin;
  return is_word_letter(text.substr(begin));
}

/// The byte in lower case, of ASCII letters and of À to Þ and А to Я, whose second bytes follow `before`.
struct Lowered {
  unsigned char first, second;
  size_t size;
};
Lowered lowered(std::string_view text) {
  const unsigned char lead = byte_at(text, 0), next = byte_at(text, 1);
  if (lead < 0x80) return {static_cast<unsigned char>(to_lower(text[0])), 0, 1};
  if (lead == 0xC3 && next >= 0x80 && next <= 0x9E) return {lead, static_cast<unsigned char>(next + 0x20), 2};
  if (lead == 0xD0 && next >= 0x90 && next <= 0x9F) return {lead, static_cast<unsigned char>(next + 0x20), 2};
  if (lead == 0xD0 && next >= 0xA0 && next <= 0xAF) return {0xD1, static_cast<unsigned char>(next - 0x20), 2};
  return {lead, 0, 1};
}

constexpr std::string_view emphasis = " \t\r*_`";
constexpr std::string_view apostrophe = "’";

/// Bytes of `text` that the phrase matches at its front, 0 where it does not.
size_t match(std::string_view text, std::string_view phrase) {
  size_t at = 0;
  for (size_t i = 0; i < phrase.size();) {
    if (at >= text.size()) return 0;
    if (phrase[i] == ' ') {
      const size_t begin = at;
      while (at < text.size() && is_one_of(text[at], emphasis)) ++at;
      if (at == begin) return 0;
      ++i;
    } else if (phrase[i] == '\'' && text.substr(at).starts_with(apostrophe)) {
      at += apostrophe.size(), ++i;
    } else if (byte_at(text, at) < 0x80) {
      if (to_lower(text[at]) != phrase[i]) return 0;
      ++at, ++i;
    } else {
      const Lowered c = lowered(text.substr(at));
      if (c.first != byte_at(phrase, i) || (c.size == 2 && c.second != byte_at(phrase, i + 1))) return 0;
      at += c.size, i += c.size;
    }
  }
  return at;
}

/// Bytes of the letters at the front that belong to one word, and their hash in lower case.
struct Run {
  size_t size;
  uint32_t hash;
};
Run run_at(std::string_view text) {
  Run run{0, 2'166'136'261U};
  const auto add = [&](unsigned char byte) { run.hash = (run.hash ^ byte) * 16'777'619U; };
  while (run.size < text.size()) {
    if (byte_at(text, run.size) < 0x80) {
      if (!is_letter(text[run.size])) break;
      add(static_cast<unsigned char>(to_lower(text[run.size++])));
      continue;
    }
    const std::string_view rest = text.substr(run.size);
    if (!is_word_letter(rest)) break;
    const Lowered c = lowered(rest);
    add(c.first);
    const size_t size = character_at(rest);
    if (size > 1) add(c.size == 2 ? c.second : byte_at(rest, 1));
    run.size += size;
  }
  return run;
}

struct Phrase {
  std::string_view text;
  Claim claim;
  bool is_word;   // ends with a letter of a word, so that none may follow
  char next;      // that the second word begins with; 0 where there is none
  uint32_t hash;  // of the word at the front, where one stands there
};

/// The phrases, longest first: by their first word, or by their first two bytes where words do not stand apart.
struct PhraseTable {
  static constexpr size_t num_lists = 4'096;
  std::array<std::vector<Phrase>, num_lists> words, others;
  std::array<bool, 256> begins_other = {};  // by first byte

  static size_t list_of(std::string_view text) { return (byte_at(text, 0) * 61U + byte_at(text, 1)) % num_lists; }

  PhraseTable() {
    for (const auto& [claim, language, phrases] : claim_words())
      for (std::string_view rest = phrases; !rest.empty();) {
        const std::string_view text = rest.substr(0, rest.find('|'));
        rest.remove_prefix(std::min(text.size() + 1, rest.size()));
        const auto [size, hash] = run_at(text);
        auto& list = size > 0 ? words[hash % num_lists] : others[list_of(text)];
        const bool has_more = size + 1 < text.size() && text[size] == ' ';
        list.push_back({text, claim, is_inside_word(text, text.size()), has_more ? text[size + 1] : '\0', hash});
        if (size == 0) begins_other[byte_at(text, 0)] = true;
      }
    for (auto* lists : {&words, &others})
      for (auto& list : *lists)
        std::ranges::stable_sort(list, std::greater(), [](const Phrase& phrase) { return phrase.text.size(); });
  }

  static std::pair<size_t, Claim> longest_of(std::span<const Phrase> list, std::string_view text, Run run) {
    // Most phrases end here: their next word begins otherwise.
    const bool has_next = run.size + 1 < text.size() && text[run.size] == ' ' && is_letter(text[run.size + 1]);
    const char next = has_next ? static_cast<char>(to_lower(text[run.size + 1])) : '\0';
    for (const Phrase& phrase : list) {
      if (phrase.hash != run.hash || (has_next && phrase.next != '\0' && phrase.next != next)) continue;
      const size_t size = match(text, phrase.text);
      if (size > 0 && !(phrase.is_word && is_word_letter(text.substr(size)))) return {size, phrase.claim};
    }
    return {0, Claim::word};
  }

  /// Where `text` begins with the word `run`.
  std::pair<size_t, Claim> longest_from(std::string_view text, Run run) const {
    return longest_of(words[run.hash % num_lists], text, run);
  }

  /// Where it begins with no letter of a word.
  std::pair<size_t, Claim> longest_at(std::string_view text) const {
    if (!begins_other[byte_at(text, 0)]) return {0, Claim::word};
    return longest_of(others[list_of(text)], text, run_at({}));
  }
};

struct ByteSet {
  explicit constexpr ByteSet(std::string_view bytes) {
    for (const char byte : bytes) is_in[static_cast<unsigned char>(byte)] = true;
  }
  constexpr bool has(char byte) const { return is_in[static_cast<unsigned char>(byte)]; }
  std::array<bool, 256> is_in = {};
};

/// Bytes of a number or a formula at the front: 1,234.5, \frac{1}{2}, 3+4=7; 0 where none begins.
size_t value_at(std::string_view text) {
  const auto begins = [](std::string_view rest) {
    return is_digit(rest[0]) || (rest[0] == '\\' && rest.size() > 1 && is_letter(rest[1])) ||
           (rest[0] == '-' && rest.size() > 1 && is_digit(rest[1]));
  };
  if (!begins(text)) return 0;
  static constexpr ByteSet inside("0123456789.,+-*/^={}\\_()%");
  size_t end = 0;
  while (end < text.size() && (inside.has(text[end]) || (end > 0 && text[end - 1] == '\\'))) {
    if (text[end] == '\\') end += word_at(text.substr(end + 1));
    ++end;
  }
  end = std::min(end, text.size());
  while (end > 1 && std::string_view(".,-({=").find(text[end - 1]) != std::string_view::npos) --end;
  return end;
}

/// Bytes of a command that only sets words apart: \text, \quad.
size_t dress_at(std::string_view text) {
  if (text.size() < 2 || std::string_view("bdlmqrt").find(text[1]) == std::string_view::npos) return 0;
  for (const std::string_view name :
       {"\\text", "\\mbox", "\\mathrm", "\\textbf", "\\mathbf", "\\mathit", "\\boldsymbol", "\\textit", "\\quad",
        "\\boxed", "\\left", "\\right", "\\displaystyle"})
    if (text.starts_with(name) && (text.size() == name.size() || !is_letter(text[name.size()]))) return name.size();
  return 0;
}

struct Mark {
  std::string_view text;
  Claim claim;
};
constexpr Mark marks[] = {
    {"...", Claim::stop},        {"…", Claim::stop},     {"!", Claim::stop},      {"\n", Claim::stop},
    {"。", Claim::stop},         {"！", Claim::stop},    {"।", Claim::stop},      {"?", Claim::question},
    {"？", Claim::question},     {"؟", Claim::question}, {"吗", Claim::question}, {"ですか", Claim::question},
    {"인가요", Claim::question}, {",", Claim::comma},    {";", Claim::comma},     {":", Claim::comma},
    {"—", Claim::comma},         {"–", Claim::comma},    {"、", Claim::comma},    {"，", Claim::comma},
    {"；", Claim::comma},        {"：", Claim::comma},   {"|", Claim::comma}};

}  // namespace

std::vector<Said> said_in(std::string_view text) {
  static const PhraseTable table;
  std::vector<Said> result;
  text = skip(text, " ");
  if (text.empty()) return result;
  result.reserve(32);
  for (size_t i = 0; i < text.size();) {
    if (text[i] == ' ') {
      ++i;
      continue;
    }
    const std::string_view rest = text.substr(i);
    size_t size = 0;
    Claim claim = Claim::word;
    if (const size_t dress = rest[0] == '\\' ? dress_at(rest) : 0) {
      i += dress;
      continue;
    }
    const bool is_end = rest[0] == '.' && (rest.size() == 1 || is_blank(rest[1]) || rest[1] == '*');
    if (is_end && !rest.starts_with("...")) size = 1, claim = Claim::stop;
    const bool is_remark = rest[0] == '(' && rest.size() > 1 && !is_digit(rest[1]);  // not of "equation (5)"
    if (is_remark) size = 1, claim = Claim::comma;
    static constexpr ByteSet begins_mark(".!\n?,;:|\xE2\xE3\xE0\xEF\xD8\xE5\xEC");
    if (begins_mark.has(rest[0]))
      for (const Mark& mark : marks)
        if (size == 0 && mark.text[0] == rest[0] && rest.starts_with(mark.text))
          size = mark.text.size(), claim = mark.claim;
    if (rest.starts_with("¡") || rest.starts_with("¿")) {
      i += 2;
      continue;
    }
    if (size == 0 && (size = value_at(rest)) > 0) claim = Claim::value;
    if (size == 0) {
      if (!is_word_letter(rest)) {
        std::tie(size, claim) = table.longest_at(rest);
      } else if (!is_inside_word(text, i)) {
        const Run run = run_at(rest);
        std::tie(size, claim) = table.longest_from(rest, run);
        if (size == 0) size = run.size;
      }
    }
    if (size == 0) {
      size = character_at(rest);
      if (static_cast<unsigned char>(rest[0]) < 0x80) {  // marks of emphasis, brackets, blanks
        i += size;
        continue;
      }
    }
    // Characters that are no word of the table are one word.
    const bool goes_on = claim == Claim::word && !result.empty() && result.back().claim == Claim::word &&
                         result.back().text.data() + result.back().text.size() == rest.data();
    if (goes_on)
      result.back().text = {result.back().text.data(), result.back().text.size() + size};
    else
      result.push_back({claim, rest.substr(0, size)});
    i += size;
  }
  return result;
}

}  // namespace cohort::rewards::math
