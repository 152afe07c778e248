#include "rewards/math/standing.hpp"

#include <algorithm>
#include <span>

#include "rewards/math/claims.hpp"
#include "rewards/math/scan.hpp"
#include "rewards/math/sentence.hpp"
#include "rewards/math/surroundings.hpp"

namespace cohort::rewards::math {
namespace {

/// What the words around a value make of it.
class Reader : public Surroundings {
 public:
  using Surroundings::Surroundings;

  Standing read(std::string_view text) const {
    Standing standing;
    const Said* said = lead();
    const bool is_hedged = said && said->claim == Claim::other && said->text != "or";
    if (announcement_ != Announcement::boxed)
      standing.is_claimed = !is_denied_before(standing) && !is_ignorant() && !is_asked();
    if (standing.is_claimed && (announcement_ != Announcement::boxed || is_hedged)) standing.other = other_before();
    if (is_denied_behind()) {
      standing.is_claimed = false;
      standing.is_contrasted = has(sentence_before(), Claim::value) && has(sentence_before(), Claim::others);
    }
    if (standing.other.empty()) standing.other = other_behind();
    if (const Said* withdrawal = withdrawal_behind()) {
      standing.is_claimed = false;
      standing.withdrawn_until = static_cast<size_t>(withdrawal->text.data() - text.data()) + withdrawal->text.size();
    }
    return standing;
  }

 private:
  bool is_denied_before(Standing& standing) const {
    const auto sentence = sentence_before();
    const Said* said = lead();
    if (said) {
      const auto index = static_cast<size_t>(said - sentence.data());
      const bool touches = index + 1 == sentence.size() && !is_equation();
      const Said* previous = index > 0 ? &sentence[index - 1] : nullptr;
      switch (said->claim) {
        case Claim::negation:
        case Claim::replaced: {
          const auto values = std::ranges::count(sentence.first(index), Claim::value, &Said::claim);
          standing.is_contrasted = values > 0;
          // "It is impossible that the answer is not 5."
          return values > 0 ||
                 !(has(sentence.first(index), Claim::fault) || has(sentence.first(index), Claim::disbelief));
        }
        case Claim::supposition:
        case Claim::hearsay:
        case Claim::property:
        case Claim::disbelief:
          return true;
        case Claim::bound:
          if (is_equation()) break;
          if (const bool is_bare = (sentence_end_ == 0 || static_cast<unsigned char>(said->text[0]) >= 0x80) &&
                                   (!previous || previous->claim == Claim::comma);  // "At least 5."
              is_bare || (previous && (is_passed(previous->claim) || previous->claim == Claim::range))) {
            const auto value = std::ranges::find(sentence, Claim::value, &Said::claim);
            standing.is_contrasted = std::find_if(value, sentence.end(), [](const Said& part) {
                                       return part.claim == Claim::comma;
                                     }) != sentence.end();
            return true;
          }
          break;
        case Claim::look:
          if (touches && index == 0 && announcement_ == Announcement::none) return true;
          break;
        case Claim::place:
          if (touches) return true;
          break;
        case Claim::page:
          if (!touches) break;
          if (announcement_ == Announcement::stated && !has(sentence, Claim::comma)) return true;
          if (has(sentence, Claim::look) || has(sentence, Claim::page_behind)) return true;
          if (static_cast<unsigned char>(said->text[0]) >= 0xE0 && has(behind_, Claim::page_behind)) return true;
          break;
        default:
          break;
      }
    }
    return is_doubted(sentence) || is_behind_neither(sentence);
  }

  /// "Weder 5 noch 6"; "noch 6" alone is "6 more".
  static bool is_behind_neither(std::span<const Said> sentence) {
    return !sentence.empty() && sentence.back().text == "noch" &&
           std::ranges::any_of(sentence, [](const Said& said) { return starts_with_word(said.text, "weder"); });
  }

  /// "was 5 before, is 6 now"
  static bool is_former(std::span<const Said> behind) {
    constexpr std::string_view words[] = {"before", "earlier", "previously", "originally"};
    return behind.size() > 2 && std::ranges::find(words, behind[0].text) != std::end(words) &&
           behind[1].claim == Claim::comma && has(behind, Claim::value) &&
           std::ranges::any_of(behind, [](const Said& said) { return starts_with_word(said.text, "now"); });
  }

  static bool begins_clause_of_saying(std::string_view word) {
    constexpr std::string_view words[] = {"dass", "daß", "что", "że", "żeby", "dat"};
    return std::ranges::find(words, word) != std::end(words);
  }

  /// "I don't think that it's", "the wrong answer is": nothing between claims the value.
  bool is_doubted(std::span<const Said> sentence) const {
    bool continue_with_value = false;  // what stands before another value is said of that one
    for (size_t i = sentence.size(); i-- > 0;) {
      const Claim claim = sentence[i].claim;
      if (claim == Claim::contrast) return false;
      if (claim == Claim::comma && continue_with_value) return false;
      const bool is_of_answer =
          starts_with_ignoring_case(sentence[i].text, "answer") || starts_with_ignoring_case(sentence[i].text, "of ");
      if (claim == Claim::property && (is_of_answer || announcement_ == Announcement::stated)) return true;
      if (claim == Claim::value) continue_with_value = true;
      if (continue_with_value) continue;
      if (claim == Claim::disbelief) return i == 0 || sentence[i - 1].claim != Claim::objection;
      const bool leads_on = i + 1 == sentence.size() || begins_clause_of_saying(sentence[i + 1].text);  // "ответ —"
      if (claim == Claim::comma && leads_on) continue;
      if (claim == Claim::comma) break;
      if (claim == Claim::fault) return i == 0 || sentence[i - 1].claim != Claim::negation;
      if (claim == Claim::others) return false;
    }
    return false;
  }

  /// "It cannot be determined from the 5 apples"; with nothing that announces the value, also a sentence before.
  bool is_ignorant() const {
    const auto list = announcement_ == Announcement::none ? std::span<const Said>(before_) : sentence_before();
    for (size_t i = list.size(); i-- > 0;) {
      if (list[i].claim == Claim::contrast) return false;
      if (list[i].claim == Claim::ignorance) return true;
    }
    return announcement_ == Announcement::none && has(sentence_behind(), Claim::ignorance);
  }

  /// "Is it 5?", but not "5?"
  bool is_asked() const {
    if (announcement_ != Announcement::none || sentence_end_ == behind_.size()) return false;
    const Said& end = behind_[sentence_end_];
    const bool is_particle = end.text.size() > 3 || end.text == "吗";
    return end.claim == Claim::question && (is_particle || !sentence_before().empty()) && sentence_end_ < 3 &&
           !is_equation();
  }

  bool is_denied_behind() const {
    const auto sentence = sentence_behind();
    if (!sentence.empty()) {
      const Claim first = sentence[0].claim;
      if (first == Claim::denial || first == Claim::disbelief || is_former(sentence)) return true;
      if (announcement_ != Announcement::boxed) {
        if (first == Claim::beyond) return true;
        const bool is_first_end = sentence.size() > 2 && is_joint_word(sentence[0]) &&  // 3和5之间
                                  sentence[1].claim == Claim::value && sentence[2].claim == Claim::beyond;
        if (is_first_end) return true;
        if (first == Claim::page_behind &&
            (has(sentence, Claim::look) || (!before_.empty() && before_.back().claim == Claim::page)))
          return true;
        for (const Said& said : sentence) {
          if (said.claim == Claim::value) break;
          if (said.claim == Claim::beyond && static_cast<unsigned char>(said.text[0]) >= 0xE0) return true;
        }
      }
    }
    for (size_t i = 0; i < sentence.size(); ++i) {
      const Claim claim = sentence[i].claim;
      if (claim == Claim::value || claim == Claim::others) break;
      if (claim == Claim::denial) return true;
      if ((claim == Claim::fault || claim == Claim::retraction) && (i == 0 || sentence[i - 1].claim != Claim::negation))
        return true;
    }
    if (announcement_ == Announcement::boxed || sentence_end_ + 1 >= behind_.size()) return false;
    const Claim next = behind_[sentence_end_ + 1].claim;  // "5? I doubt it."
    return behind_[sentence_end_].claim == Claim::question && has_before_stop(sentence_end_ + 1, Claim::disbelief) &&
           next != Claim::contrast;
  }

  bool has_before_stop(size_t from, Claim claim) const {
    for (size_t i = from; i < behind_.size() && !ends_sentence(behind_[i].claim); ++i)
      if (behind_[i].claim == claim) return true;
    return false;
  }

  /// "scratch that"; "no" before another value or a fault.
  const Said* withdrawal_behind() const {
    for (size_t i = 0; i < behind_.size(); ++i) {
      const Claim claim = behind_[i].claim;
      const bool begins_clause = i == 0 || behind_[i - 1].claim == Claim::comma || is_passed(behind_[i - 1].claim) ||
                                 behind_[i - 1].claim == Claim::contrast || ends_sentence(behind_[i - 1].claim);
      if (!begins_clause) continue;
      if (claim == Claim::retraction) return &behind_[i];
      const bool is_alone = i == sentence_end_ + 1 && (i + 1 == behind_.size() || ends_sentence(behind_[i + 1].claim));
      if (is_alone && (claim == Claim::objection || claim == Claim::negation || claim == Claim::fault))
        return &behind_[i];                                                                           // "5. No."
      const bool is_no = claim == Claim::negation && i > 0 && ends_sentence(behind_[i - 1].claim) &&  // "5. Non, 6."
                         i + 1 < behind_.size() && behind_[i + 1].claim == Claim::comma;
      if (claim != Claim::objection && !is_no) continue;
      const bool is_contrast = i > 0 && behind_[i - 1].claim == Claim::comma && i + 1 < behind_.size() &&
                               behind_[i + 1].claim == Claim::value && (behind_[i].text == "no");  // "5, no 6"
      if (is_contrast) continue;
      for (size_t k = i + 1; k < behind_.size() && !ends_sentence(behind_[k].claim); ++k) {
        const Claim next = behind_[k].claim;
        if (next == Claim::value) {
          if (k - i < 4 && value_from(behind_, k) && !offered(&behind_[k]).empty() && !is_equation_at(behind_[k]))
            return &behind_[i];
          break;
        }
        if (next == Claim::fault || next == Claim::retraction) return &behind_[i];
        if (next == Claim::others) break;
      }
    }
    return nullptr;
  }

  static bool is_equation_at(const Said& value) { return value.text.find_first_of("=+*") != value.text.npos; }
};

/// Whether words take back what stands beside them.
bool denies(Claim claim) {
  return claim == Claim::negation || claim == Claim::disbelief || claim == Claim::fault || claim == Claim::denial ||
         claim == Claim::retraction;
}

/// Whether some letters are more than a name or a command: two of them together without a backslash, or foreign ones.
bool has_word(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (is_foreign(text[i])) return true;
    const size_t size = word_at(text.substr(i));
    if (size > 1 && (i == 0 || text[i - 1] != '\\')) return true;
    i += size - (size > 0);
  }
  return false;
}

/// Whether nothing is said of a box: most stand at the end of their sentence, and nothing leads to another value. Of
/// the claims those count that Reader asks for beside a box.
bool is_plain_box(std::string_view text, std::string_view where) {
  constexpr size_t longest_lead = 48;
  const auto is_plain = [](const Said& said) {
    return !denies(said.claim) && said.claim != Claim::objection && said.claim != Claim::other &&
           said.claim != Claim::rival && said.claim != Claim::range;
  };
  const auto begin = static_cast<size_t>(where.data() - text.data());
  if (!std::ranges::all_of(said_in(text.substr(begin + where.size(), max_behind_box)), is_plain)) return false;
  const auto before = said_in(text.substr(begin - std::min(begin, longest_lead), std::min(begin, longest_lead)));
  const auto lead = std::ranges::find_if_not(before.rbegin(), before.rend(), Surroundings::is_passed, &Said::claim);
  if (lead == before.rend()) return before.empty();
  const bool is_behind_end =
      lead->claim == Claim::comma && lead + 1 != before.rend() && (lead + 1)->claim == Claim::between;
  return lead->claim != Claim::other && lead->claim != Claim::between && !is_behind_end;
}

}  // namespace

Standing standing_of(std::string_view text, std::string_view where, Announcement announcement) {
  if (!is_part(text, where) || (announcement == Announcement::boxed && is_plain_box(text, where))) return {};
  return Reader(text, where, announcement).read(text);
}

bool is_remark_on_value(std::string_view text) {
  if (text.size() > 400) return false;
  if (std::ranges::none_of(text, [](char c) { return is_digit(c) || c == '\\'; }) || !has_word(text)) return false;
  const std::vector<Said> list = said_in(text);
  if (std::ranges::none_of(list, [](const Said& said) { return said.claim == Claim::value; })) return false;
  return std::ranges::any_of(list, [](const Said& said) {
    switch (said.claim) {
      case Claim::beyond:
      case Claim::ignorance:
      case Claim::hearsay:
      case Claim::supposition:
      case Claim::page_behind:
      case Claim::look:
      case Claim::place:
      case Claim::property:
      case Claim::affirmation:
        return true;
      case Claim::question:
        return said.text.size() > 3 || said.text == "吗";
      default:
        return denies(said.claim);
    }
  });
}

}  // namespace cohort::rewards::math
