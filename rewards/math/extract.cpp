#include "rewards/math/extract.hpp"

#include <algorithm>
#include <optional>

#include "rewards/math/anchors.hpp"
#include "rewards/math/boxes.hpp"
#include "rewards/math/environments.hpp"
#include "rewards/math/letters.hpp"
#include "rewards/math/scan.hpp"
#include "rewards/math/spans.hpp"
#include "rewards/text/extract.hpp"

namespace cohort::rewards::math {
namespace {

constexpr int max_spans = 24;           // of all sentences that announce an answer
constexpr size_t max_line_bytes = 200;  // of a response that is nothing but its answer

class Search {
 public:
  Search(Wanted wanted, MathStrictness strictness, Arena& arena, const AcceptCandidate& accept)
      : wanted_(wanted), strictness_(strictness), arena_(arena), accept_(accept) {}

  bool whole_text(std::string_view text) {
    if (boxed(text)) return true;
    if (strictness_ == MathStrictness::boxed_only) return false;
    if (answer_tag(text) || hashes(text) || anchored(text)) return true;
    if (strictness_ == MathStrictness::anchored) return false;
    if (wanted_ == Wanted::letter) return letter_anywhere(text) || unanchored(text);
    return unanchored(text);
  }

 private:
  bool offer(std::string_view text, std::string_view where, std::string_view rule, bool is_fragment) {
    text = trim(text);
    return !text.empty() && accept_({text, where, rule_ ? *rule_ : rule, is_fragment});
  }
  bool offer(std::string_view text, std::string_view rule, bool is_fragment) {
    return offer(text, trim(text), rule, is_fragment);
  }

  bool boxed(std::string_view text) {
    const auto boxes = last_boxes(text);
    if (!boxes) return false;
    if (boxes->is_flood) return accept_({boxes->contents.back(), boxes->where, "boxed", false, {}, false, true});
    if (boxes->contents.size() == 1) return offer(boxes->contents[0], boxes->contents[0], "boxed", false);
    size_t size = 0;
    for (const std::string_view content : boxes->contents) size += content.size() + 2;
    const auto joined = arena_.make<char>(size);
    auto place = joined.begin();
    for (const std::string_view content : boxes->contents) {
      place = std::copy(content.begin(), content.end(), place);
      *place++ = ',';
      *place++ = ' ';
    }
    return accept_({{joined.data(), size - 2}, boxes->where, "boxed", false, boxes->contents});
  }

  bool answer_tag(std::string_view text) {
    constexpr std::string_view open = "<answer>", close = "</answer>";
    auto tag = last_block(text, open, close);
    if (const size_t unclosed = text.rfind(open); !tag && unclosed != text.npos)
      tag = trim(text.substr(unclosed + open.size()));
    if (!tag || tag->empty()) return false;
    if (offer(*tag, "answer_tag", tag->find('\n') != tag->npos || wanted_ == Wanted::letter)) return true;
    rule_ = "answer_tag";
    const bool found = stated(*tag, "answer_tag") || hashes(*tag) || anchored(*tag) || unanchored(*tag);
    rule_.reset();
    return found;
  }

  /// "#### 5", but not the heading "#### Step 5: add": only the last one, and only if its line is an answer.
  bool hashes(std::string_view text) {
    constexpr std::string_view mark = "####";
    int attempts = 0;
    for (size_t place = text.rfind(mark); place != text.npos && attempts < 8;
         place = text.substr(0, place).rfind(mark), ++attempts) {
      const std::string_view after = skip(text.substr(place + mark.size(), max_line_bytes * 10), "# \t");
      const std::string_view line = trim(after.substr(0, after.find('\n')));
      if (line.empty()) continue;
      const bool is_last_line = trim(text.substr(static_cast<size_t>(line.data() - text.data()) + line.size())).empty();
      if (offer(line, "####", !is_last_line)) return true;
      if (stated_value(line, "####")) return true;
    }
    return false;
  }

  bool anchored(std::string_view text) {
    for (const Anchor& anchor : find_anchors(text)) {
      const std::string_view rule = anchor.kind == AnchorKind::final_answer ? "final_answer" : "answer_phrase";
      if (anchor.kind == AnchorKind::mentioned ? mentioned(anchor.rest) : stated(anchor.rest, rule)) return true;
    }
    return false;
  }

  /// What is said to be the answer: the first thing in `rest` that can be one.
  bool stated(std::string_view rest, std::string_view rule) {
    if (rest.starts_with("```")) {  // a code block
      const size_t line = rest.find('\n');
      rest = line == rest.npos ? rest.substr(3) : rest.substr(line + 1);
    }
    rest = skip(rest, " \t\r\n*_`>:\"");
    if (wanted_ == Wanted::letter) {
      if (const auto letter = leading_letter(rest)) return offer(*letter, rule, false);
      if (const auto letter = first_letter(first_sentence(rest)))
        if (offer(*letter, rule, true)) return true;
    }
    const std::string_view line = trim(rest.substr(0, max_line_bytes * 10).substr(0, rest.find('\n')));
    if (accept_({line, line, rule_ ? *rule_ : rule, true, {}, true})) return true;
    if (stated_value(rest, rule)) return true;
    const std::string_view sentence = cut_end(first_sentence(rest), " \t\r*_`.\"");
    if (wanted_ == Wanted::words) {
      for (const std::string_view stop : {" because", " since", ", ", " (", "; ", " as "})
        if (const size_t end = sentence.find(stop); end != sentence.npos && end > 0)
          if (offer(sentence.substr(0, end), rule, true)) return true;
    }
    return offer(sentence, rule, false);
  }

  /// A value at the beginning of `rest`; else behind the last "is" of its first sentence; else the first one there.
  bool stated_value(std::string_view rest, std::string_view rule) {
    if (const auto environment = first_environment(rest, arena_))
      if (offer(environment->content, environment->where, rule, true)) return true;
    const std::string_view sentence = cut_end(first_sentence(rest), " \t\r*_`.\"");
    if (offer(sentence, rule, true)) return true;
    if (const auto span = next_span(sentence, 0, SpanReach::stated); span && span->data() == sentence.data())
      return offer_span(sentence, *span, rule);
    if (const std::string_view value = behind_last_verb(sentence); !value.empty()) {
      if (const auto environment = first_environment(value, arena_))
        if (offer(environment->content, environment->where, rule, true)) return true;
      if (const auto span = next_span(value, 0, SpanReach::stated); span && offer_span(value, *span, rule)) return true;
    }
    for (size_t place = 0; place < sentence.size();) {
      const size_t next = sentence.find_first_of("$\\0123456789", place);
      if (next == sentence.npos) break;
      if (const auto environment = first_environment(sentence.substr(next), arena_)) {
        if (offer(environment->content, environment->where, rule, true)) return true;
        place = next + environment->where.size();
        continue;
      }
      const auto span = next_span(sentence, place, SpanReach::stated);
      if (!span) break;
      if (offer_span(sentence, *span, rule)) return true;
      place = static_cast<size_t>(span->data() - sentence.data()) + span->size();
      if (++num_spans_ > max_spans) break;
    }
    return false;
  }

  static std::string_view behind_last_verb(std::string_view sentence) {
    std::string_view value;
    for (const std::string_view verb : {" is ", " are ", " equals ", " be ", " was ", " were "})
      if (const size_t place = sentence.rfind(verb); place != sentence.npos) {
        const std::string_view behind = sentence.substr(place + verb.size());
        if (value.empty() || behind.size() < value.size()) value = behind;
      }
    return skip(value, " *_:");
  }

  /// An answer that stands close behind the word, though nothing says so.
  bool mentioned(std::string_view rest) {
    constexpr size_t max_distance = 50;
    if (wanted_ == Wanted::letter)
      if (const auto letter = first_letter(rest.substr(0, max_distance)))
        if (offer(*letter, "answer_phrase", true)) return true;
    const size_t place = std::min(rest.find_first_of("$\\0123456789"), rest.size());
    if (place > max_distance || place == rest.size()) return false;
    std::string_view near = rest.substr(place);
    if (const auto environment = first_environment(near, arena_))
      return offer(environment->content, environment->where, "answer_phrase", true);
    if (place > 0 && is_letter(rest[place - 1])) return false;
    const auto span = next_span(rest, 0, SpanReach::prose);
    return span && offer_span(rest, *span, "answer_phrase");
  }

  bool letter_anywhere(std::string_view text) {
    if (const auto letter = leading_letter(text); letter && *letter->data() >= 'A' && *letter->data() <= 'Z')
      if (offer(*letter, "last_letter", true)) return true;
    if (const auto letter = last_letter(text))
      if (offer(*letter, "last_letter", true)) return true;
    return false;
  }

  bool unanchored(std::string_view text) {
    const std::string_view whole = trim(text);
    if (whole.size() <= max_line_bytes && whole.find('\n') == whole.npos) {
      if (const auto environment = first_environment(whole, arena_);
          environment && cut_end(whole, " .").size() <= environment->where.size())
        if (offer(environment->content, environment->where, "whole", true)) return true;
      const bool is_empty_box = whole.find("box") != whole.npos;
      if (!is_empty_box)
        if (offer(cut_end(without_bullet(skip(whole, "*_` ")), "*_`. "), whole, "whole", wanted_ != Wanted::words))
          return true;
    }
    if (bold(whole)) return true;
    const auto environment = last_environment(whole, arena_);
    const auto span = last_span(whole);
    // What stands further to the right goes first.
    const bool span_first = span && environment && span->data() > environment->where.data() + environment->where.size();
    if (environment && !span_first)
      if (offer(environment->content, environment->where, "environment", true)) return true;
    if (span && offer_span(whole, *span, "last_number")) return true;
    return environment && offer(environment->content, environment->where, "environment", true);
  }

  /// "- 5 apples" is an entry of a list, "- 5" a number.
  static std::string_view without_bullet(std::string_view line) {
    if (!line.starts_with("- ")) return line;
    for (size_t i = 0; i + 1 < line.size(); ++i)
      if (is_letter(line[i]) && is_letter(line[i + 1])) return line.substr(2);
    return line;
  }

  bool bold(std::string_view text) {
    const std::string_view line = text.substr(text.rfind('\n') + 1).substr(0, max_line_bytes * 10);
    const size_t close = line.rfind("**");
    if (close == line.npos || close == 0) return false;
    const size_t open = line.substr(0, close).rfind("**");
    if (open == line.npos) return false;
    const std::string_view content = cut_end(line.substr(open + 2, close - open - 2), " .:");
    if (const auto environment = first_environment(content, arena_))
      if (offer(environment->content, environment->where, "bold", true)) return true;
    if (offer(content, "bold", true)) return true;
    if (const auto span = last_span(content)) return offer_span(content, *span, "bold");
    return false;
  }

  /// A span of running text, with its unit if the next word is one. "18 million" is not 18.
  bool offer_span(std::string_view text, std::string_view span, std::string_view rule) {
    const std::string_view longer = with_unit(text, span);
    if (longer.size() > span.size()) {
      if (is_scale(trim(longer.substr(span.size())))) return offer(longer, rule, false);
      if (offer(longer, rule, true)) return true;
    }
    return offer(span, rule, true);
  }

  Wanted wanted_;
  MathStrictness strictness_;
  Arena& arena_;
  const AcceptCandidate& accept_;
  int num_spans_ = 0;
  std::optional<std::string_view> rule_;  // of the tag that is being searched
};

}  // namespace

void offer_candidates(std::string_view response, Wanted wanted, MathStrictness strictness, Arena& arena,
                      const AcceptCandidate& accept) {
  Search(wanted, strictness, arena, accept).whole_text(after_thinking(response));
}

}  // namespace cohort::rewards::math
