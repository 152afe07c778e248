#include "rewards/text/prose.hpp"

#include <algorithm>
#include <array>

namespace cohort::rewards {
namespace {

struct Delimiters {
  std::string_view open, close;
  bool on_one_line;
};

// Longer ones before those they begin with.
constexpr std::array<Delimiters, 6> zones = {{{"```", "```", false},
                                              {"`", "`", true},
                                              {"$$", "$$", false},
                                              {"$", "$", true},
                                              {"\\(", "\\)", false},
                                              {"\\[", "\\]", false}}};

bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Finds the ends of mathematics and code.
class Zones {
 public:
  explicit Zones(std::string_view text) : text_(text) {}

  /// Where the zone that begins at `place` ends; `place` itself if none begins there.
  size_t end_of(size_t place) {
    const char first = text_[place];
    if (first != '`' && first != '$' && first != '\\') return place;
    for (size_t kind = 0; kind < zones.size(); ++kind) {
      const auto& [open, close, on_one_line] = zones[kind];
      if (!text_.substr(place).starts_with(open)) continue;
      if (is_used_up_[kind]) continue;
      const size_t begin = place + open.size();
      const size_t found = text_.find(close, begin);
      if (found == text_.npos) {
        is_used_up_[kind] = true;
        continue;
      }
      if (on_one_line && text_.substr(begin, found - begin).find('\n') != text_.npos) continue;
      if (open == "$" && !is_formula(begin, found)) continue;
      return found + close.size();
    }
    return place;
  }

 private:
  /// "$5 and $6" is money: a formula has no blank at its ends and no digit behind.
  bool is_formula(size_t begin, size_t end) const {
    const auto is_blank_at = [&](size_t i) { return text_[i] == ' ' || text_[i] == '\t'; };
    const bool digit_follows = end + 1 < text_.size() && text_[end + 1] >= '0' && text_[end + 1] <= '9';
    return begin < end && !is_blank_at(begin) && !is_blank_at(end - 1) && !digit_follows;
  }

  std::string_view text_;
  // No closer is left: openers without one are not searched for twice, which keeps the whole linear. Where a closer was
  // found but not taken it is itself the next opener.
  std::array<bool, zones.size()> is_used_up_ = {};
};

}  // namespace

void read_prose(std::string_view text, const ProseReader& reader) {
  Zones zones_of_text(text);
  size_t zone_end = 0;  // no Latin or Greek word begins before
  ProseWord word;
  size_t word_begin = 0;
  const auto end_word = [&](size_t end) {
    if (word.script == Script::none) return;
    word.text = text.substr(word_begin, end - word_begin);
    const bool is_symbol = word_begin < zone_end && (word.script == Script::latin || word.script == Script::greek);
    if (!is_symbol) reader.word(word);
    word = {};
  };
  for (size_t i = 0; i < text.size();) {
    const size_t place = i;
    if (place >= zone_end) {
      if (const size_t end = zones_of_text.end_of(place); end > place) {
        end_word(place);
        zone_end = end;
      } else if (text[place] == '\\' && place + 1 < text.size() && is_ascii_letter(text[place + 1])) {
        end_word(place);
        for (++i; i < text.size() && is_ascii_letter(text[i]);) ++i;
        continue;
      }
    }
    if (place == zone_end) end_word(place);
    const char32_t c = next_code_point(text, i);
    const Script script = script_of(c);
    if (script == Script::none) {
      if (word.script != Script::none && continues_word(c)) continue;
      end_word(place);
      const bool is_stop = c == '.' && (i == text.size() || text[i] == ' ' || text[i] == '\n');
      if (place >= zone_end &&
          (is_stop || c == '\n' || c == '!' || c == '?' || c == ';' || c == 0x3002 || c == 0xFF01 || c == 0xFF1F))
        reader.sentence_end();
      continue;
    }
    if (script != word.script || is_written_without_blanks(script)) end_word(place);
    if (word.script == Script::none) {
      word.script = script;
      word_begin = place;
    }
    ++word.num_letters;
  }
  end_word(text.size());
  reader.sentence_end();
}

}  // namespace cohort::rewards
