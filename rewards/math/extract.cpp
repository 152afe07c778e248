#include "rewards/math/extract.hpp"

#include <algorithm>
#include <array>

#include "rewards/math/anchors.hpp"
#include "rewards/math/boxes.hpp"
#include "rewards/math/endings.hpp"
#include "rewards/math/environments.hpp"
#include "rewards/math/hedging.hpp"
#include "rewards/math/landmarks.hpp"
#include "rewards/math/layout.hpp"
#include "rewards/math/legible.hpp"
#include "rewards/math/letters.hpp"
#include "rewards/math/scan.hpp"
#include "rewards/math/spans.hpp"
#include "rewards/math/standing.hpp"
#include "rewards/math/unfinished.hpp"
#include "rewards/text/extract.hpp"

namespace cohort::rewards::math {
namespace {

constexpr int max_spans = 24;              // of all sentences that announce an answer
constexpr size_t max_whole_bytes = 1'000;  // of a response that is nothing but its answer, a formula

class Search {
 public:
  Search(std::string_view text, Wanted wanted, MathStrictness strictness, Arena& arena, const AcceptCandidate& accept)
      : text_(text), wanted_(wanted), strictness_(strictness), arena_(arena), accept_(accept) {}

  bool whole_text() {
    const std::string_view text = text_;
    const std::string_view all = trim(text);
    if (strictness_ == MathStrictness::any && accept_({all, all, "whole", true, {}, true})) return true;
    const bool has_phrases = strictness_ == MathStrictness::anchored || strictness_ == MathStrictness::any;
    const auto boxes = last_boxes(text);
    if (has_phrases && boxes && restated(text, *boxes)) return true;
    if (boxes && boxed(*boxes)) return true;
    is_box_denied_ = boxes && is_denied_;
    if (strictness_ == MathStrictness::boxed_only) return false;
    if (strictness_ == MathStrictness::formula) return formula(text);
    if (answer_tag(text) || hashes(text) || anchored(text)) return true;
    // What only stands near a box that is denied is no answer.
    if (strictness_ == MathStrictness::anchored || is_box_denied_) return false;
    if (wanted_ == Wanted::letter) {
      if (letter_anywhere(text)) return true;
      const auto letter = leading_letter(text);
      if (letter && is_eliminated(text, *letter)) return false;  // "(B) is wrong."
    }
    if (const std::string_view stated = without_aside(text); stated.size() < text.size() && unanchored(stated))
      return true;
    return unanchored(text);
  }

 private:
  bool offer(std::string_view text, std::string_view where, std::string_view rule, bool is_fragment) {
    text = trim(text);
    const bool is_boxed = rule == "boxed";
    const bool may_be_refuted = !is_boxed || wanted_ == Wanted::scalar;
    is_denied_ = is_denied(text_, where, is_boxed) || (may_be_refuted && is_refuted(text_, where, is_boxed));
    if (is_denied_ && wanted_ == Wanted::scalar) is_contrasted_ = standing(where, rule).is_contrasted;
    if (text.empty() || is_denied_ || where.data() < text_.data() + withdrawn_until_) return false;
    const bool is_last_line = rule == "####" && where.data() + where.size() == text_.data() + text_.size();
    if (is_value(text) && !is_last_line) {
      if (!is_boxed && is_remark_on_value(text)) return false;
      const Standing found = standing(where, rule);
      withdrawn_until_ = std::max(withdrawn_until_, found.withdrawn_until);
      is_denied_ = !found.is_claimed;
      is_contrasted_ = found.is_contrasted;
      if (is_denied_) return false;
      // Of several values "or" takes none back.
      if (wanted_ == Wanted::collection) return accept_({text, where, rule_.empty() ? rule : rule_, is_fragment});
      // "29 or maybe 36": for one value, an answer is not what it takes back at once.
      std::string_view other = alternative(text_, where);
      if (other.empty()) other = found.other;
      if (!other.empty()) {
        const std::array both = {text, other};
        return accept_({joined(both), where, rule_.empty() ? rule : rule_, is_fragment, both});
      }
      if (const std::string_view unit = unit_behind(text_, where); !unit.empty() && is_plain_number(text))
        if (accept_({.text = measured(text, unit),
                     .where = where,
                     .rule = rule_.empty() ? rule : rule_,
                     .is_fragment = is_fragment,
                     .is_measured = text.find(':') == text.npos}))  // 9:05 p.m. is another 9:05
          return true;
    }
    return accept_({text, where, rule_.empty() ? rule : rule_, is_fragment});
  }

  /// Whether the words around a text are asked what they say of it; of letters, "the false statements are A, B" denies
  /// none.
  bool is_value(std::string_view text) const {
    return wanted_ == Wanted::scalar || (wanted_ == Wanted::collection && std::ranges::any_of(text, is_digit));
  }

  Standing standing(std::string_view where, std::string_view rule) const {
    const bool is_announced =
        rule == "final_answer" || rule == "answer_phrase" || rule == "####" || rule == "answer_tag";
    return standing_of(text_, where,
                       rule == "boxed" ? Announcement::boxed
                       : is_announced  ? Announcement::stated
                                       : Announcement::none);
  }
  bool offer(std::string_view text, std::string_view rule, bool is_fragment) {
    return offer(text, trim(text), rule, is_fragment);
  }

  /// "\boxed{200} … The final answer is $455$.": a value that is announced as the final answer behind all boxes.
  bool restated(std::string_view text, const Boxes& boxes) {
    const size_t end = static_cast<size_t>(boxes.where.data() - text.data()) + boxes.where.size();
    if (boxes.is_flood || end >= text.size()) return false;
    const bool has_no_letter = wanted_ == Wanted::letter && !leading_letter(boxes.contents.back());
    for (const Anchor& anchor : find_anchors(text.substr(end))) {
      const std::string_view rest = skip(anchor.rest, " \t*_`>:\"");
      if (has_no_letter && anchor.kind != AnchorKind::mentioned && !anchor.is_abbreviation)  // \boxed{x = 3}. Answer: D
        if (const auto letter = leading_letter(rest)) return offer(*letter, "answer_phrase", false);
      if (anchor.kind != AnchorKind::final_answer) return false;
      if (const auto environment = first_environment(rest, arena_))
        return offer(environment->content, environment->where, "final_answer", true);
      const std::string_view sentence = first_sentence(rest);
      if (const auto span = next_span(sentence, 0, SpanReach::stated); span && span->data() == sentence.data())
        return offer_span(sentence, *span, "final_answer");
    }
    return false;
  }

  /// The last formula that the text sets apart; one that it calls the answer goes before it.
  bool formula(std::string_view text) {
    for (const Anchor& anchor : find_anchors(text))
      if (const auto environment = first_environment(skip(anchor.rest, " \t*_`>:\""), arena_))
        if (offer(environment->content, environment->where, "final_answer", true)) return true;
    if (is_box_denied_) return false;
    const auto environment = last_value(text, arena_);
    return environment && offer(environment->content, environment->where, "environment", true);
  }

  bool boxed(const Boxes& boxes) {
    is_denied_ = false;
    if (boxes.is_flood)
      return accept_({.text = boxes.contents.back(),
                      .where = boxes.where,
                      .rule = "boxed",
                      .is_fragment = false,
                      .is_flood = true});
    if (boxes.contents.size() == 1) return offer(boxes.contents[0], boxes.contents[0], "boxed", false);
    return accept_({joined(boxes.contents), boxes.where, "boxed", false, boxes.contents});
  }

  /// "44\text{ grams}", in the arena.
  std::string_view measured(std::string_view number, std::string_view unit) {
    constexpr std::string_view open = "\\text{ ", close = "}";
    const auto room = arena_.make<char>(number.size() + open.size() + unit.size() + close.size());
    auto place = room.begin();
    for (const std::string_view part : {number, open, unit, close}) place = std::ranges::copy(part, place).out;
    return {room.data(), room.size()};
  }

  /// A list of the parts, in the arena.
  std::string_view joined(std::span<const std::string_view> parts) {
    size_t size = 0;
    for (const std::string_view part : parts) size += part.size() + 2;
    const auto room = arena_.make<char>(size);
    auto place = room.begin();
    for (const std::string_view part : parts) {
      place = std::copy(part.begin(), part.end(), place);
      *place++ = ',';
      *place++ = ' ';
    }
    return {room.data(), size - 2};
  }

  bool answer_tag(std::string_view text) {
    const auto tag = last_answer_tag(text);
    if (!tag) return false;
    if (offer(*tag, "answer_tag", tag->find('\n') != tag->npos || wanted_ == Wanted::letter)) return true;
    rule_ = "answer_tag";
    const bool found = stated(*tag, "answer_tag") || hashes(*tag) || anchored(*tag) || unanchored(*tag);
    rule_ = {};
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
    const std::vector<Anchor> anchors = find_anchors(text);
    for (const Anchor& anchor : anchors) {
      if (anchor.is_abbreviation && wanted_ == Wanted::letter) continue;  // "A: because …" is the choice A
      if (is_of_others(text, anchor)) continue;
      const std::string_view rule = anchor.kind == AnchorKind::final_answer ? "final_answer" : "answer_phrase";
      if (const Anchor* inner = anchor_within(anchor, anchors); inner && stated(inner->rest, rule)) return true;
      if (anchor.kind == AnchorKind::mentioned ? mentioned(anchor.rest) : stated(anchor.rest, rule)) return true;
    }
    return false;
  }

  /// What is said to be the answer: the first thing in `rest` that can be one.
  bool stated(std::string_view rest, std::string_view rule) {
    if (const auto bold = rest_of_bold(text_, rest); !bold.empty() && offer(bold, rule, true)) return true;
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
    if (is_value(line)) {
      const Standing found = standing(line, rule);
      withdrawn_until_ = std::max(withdrawn_until_, found.withdrawn_until);
      if (!found.is_claimed) return false;
    }
    if (accept_({line, line, rule_.empty() ? rule : rule_, true, {}, true})) return true;
    if (stated_value(rest, rule)) return true;
    const std::string_view sentence = cut_marks(first_sentence(rest), " \t\r*_`.\"");
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
    const std::string_view sentence =
        cut_marks(without_remark(first_sentence(rest), wanted_ == Wanted::scalar), " \t\r*_`.\"");
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

  /// An answer that stands close behind the word, though nothing says so.
  bool mentioned(std::string_view rest) {
    constexpr size_t max_distance = 50;
    if (wanted_ == Wanted::letter)
      if (const auto letter = first_letter(rest.substr(0, max_distance)))
        if (offer(*letter, "answer_phrase", true)) return true;
    const size_t place = std::min(rest.find_first_of("$\\0123456789"), rest.size());
    if (place > max_distance || place == rest.size() || rest.substr(0, place).find(". ") != rest.npos) return false;
    std::string_view near = rest.substr(place);
    if (const auto environment = first_environment(near, arena_))
      return offer(environment->content, environment->where, "answer_phrase", true);
    if (place > 0 && is_letter(rest[place - 1])) return false;
    const auto span = next_span(rest, 0, SpanReach::prose);
    return span && offer_span(rest, *span, "answer_phrase");
  }

  bool letter_anywhere(std::string_view text) {
    if (const auto chosen = chosen_letter(text); chosen && offer(*chosen, "last_letter", true)) return true;
    if (const auto letter = leading_letter(text);
        letter && *letter->data() >= 'A' && *letter->data() <= 'Z' && !is_eliminated(text, *letter))
      if (offer(*letter, "last_letter", true)) return true;
    constexpr int most = 3;  // "B, not A"
    std::string_view rest = text;
    for (int i = 0; i < most; ++i) {
      const auto letter = last_letter(rest);
      if (!letter) return false;
      if (offer(*letter, "last_letter", true)) return true;
      rest = text.substr(0, static_cast<size_t>(letter->data() - text.data()));
    }
    return false;
  }

  bool unanchored(std::string_view text) {
    const std::string_view whole = trim(text);
    if (wanted_ == Wanted::words) {  // "Thus we get $\\text{red}$": words that are not the gold answer are passed over
      if (bold(whole)) return true;
      if (const auto environment = last_value(whole, arena_))
        if (offer(environment->content, environment->where, "environment", true)) return true;
    }
    if (const auto words = bold_in_front(whole); words.data() && offer(words, "bold", true)) return true;
    if (whole.size() <= max_line_bytes && whole.find('\n') == whole.npos) {
      if (const auto environment = first_environment(whole, arena_);
          environment && cut_end(whole, " .").size() <= environment->where.size())
        if (offer(environment->content, environment->where, "whole", true)) return true;
      const bool is_empty_box = whole.find("box") != whole.npos;
      if (!is_empty_box)
        if (offer(cut_marks(without_bullet(skip(whole, "*_` ")), "*_`. "), whole, "whole", wanted_ != Wanted::words))
          return true;
    } else if (whole.size() <= max_whole_bytes && whole.find('\\') != whole.npos && is_one_formula(whole)) {
      if (offer(cut_marks(whole, " ."), "whole", true)) return true;
    }
    if (bold(whole)) return true;
    if (is_unfinished(whole)) return false;
    const auto environment = last_value(whole, arena_);
    auto span = last_span(whole);
    constexpr int most_references = 4;  // "Hence it is 18, by Theorem 3."
    for (int i = 0; i < most_references && span &&
                    (is_reference(whole, *span) || is_condition(whole, *span) || is_circumstance(whole, *span));
         ++i)
      span = last_span(whole.substr(0, static_cast<size_t>(span->data() - whole.data())));
    if (wanted_ == Wanted::scalar)
      if (const auto number = number_in_last_sentence(whole, !span && !environment); !number.empty())
        if (offer(number, "last_number", true)) return true;
    if (wanted_ == Wanted::collection)
      if (const auto list = last_list(whole); list && (!environment || list->data() > environment->where.data()))
        if (offer(*list, "last_number", true)) return true;
    // What stands further to the right goes first.
    const bool span_first = span && environment && span->data() > environment->where.data() + environment->where.size();
    if (environment && !span_first)
      if (offer(environment->content, environment->where, "environment", true)) return true;
    constexpr int most_contrasts = 2;  // "5 rather than 6"
    for (int i = 0; span && i <= most_contrasts; ++i) {
      is_contrasted_ = false;
      if (offer_span(whole, *span, "last_number")) return true;
      if (!is_contrasted_) break;
      span = last_span(whole.substr(0, static_cast<size_t>(span->data() - whole.data())));
    }
    return environment && offer(environment->content, environment->where, "environment", true);
  }

  bool bold(std::string_view text) {
    const std::string_view content = last_bold(text);
    if (!content.data()) return false;
    if (const auto environment = first_environment(content, arena_))
      if (offer(environment->content, environment->where, "bold", true)) return true;
    if (offer(content, "bold", true)) return true;
    if (const auto span = last_span(content); span && !is_reference(content, *span))
      return offer_span(content, *span, "bold");
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

  std::string_view text_;  // all that may be read
  Wanted wanted_;
  MathStrictness strictness_;
  Arena& arena_;
  const AcceptCandidate& accept_;
  int num_spans_ = 0;
  size_t withdrawn_until_ = 0;  // what stands before this place of the text is taken back
  bool is_box_denied_ = false;
  bool is_contrasted_ = false;  // what was offered last, with a value before it in its sentence
  bool is_denied_ = false;      // what was offered last, by the words around it
  std::string_view rule_;       // of the tag that is being searched; empty without one
};

}  // namespace

void offer_candidates(std::string_view response, Wanted wanted, MathStrictness strictness, Arena& arena,
                      const AcceptCandidate& accept) {
  const std::string_view text = searched_part(without_end_marks(after_thinking(response)));
  const std::string_view read = legible(text, arena);
  if (read.data() == text.data()) {
    Search(text, wanted, strictness, arena, accept).whole_text();
    return;
  }
  const AcceptCandidate accept_original = [&](const Candidate& candidate) {
    Candidate moved = candidate;
    const auto place = static_cast<size_t>(candidate.where.data() - read.data());
    moved.where = text.substr(std::min(place, text.size()), candidate.where.size());
    return accept(moved);
  };
  Search(read, wanted, strictness, arena, accept_original).whole_text();
}

}  // namespace cohort::rewards::math
