#include "rewards/math/surroundings.hpp"

#include "rewards/math/scan.hpp"

namespace cohort::rewards::math {
namespace {

constexpr size_t max_before = 200, max_behind = 240;

}  // namespace

Surroundings::Surroundings(std::string_view text, std::string_view where, Announcement announcement)
    : where_(where), announcement_(announcement) {
  const auto begin = static_cast<size_t>(where.data() - text.data());
  const size_t from = begin > max_before ? begin - max_before : 0;
  const std::string_view before = text.substr(from, begin - from);
  // Of an announced value its sentence is asked, and only beside "or" the one before.
  const bool is_announced = announcement != Announcement::none;
  before_ = said_in(is_announced ? before.substr(before.rfind('\n') + 1) : before);
  if (is_announced && has(before_, Claim::other)) before_ = said_in(before);
  const size_t reach = announcement == Announcement::boxed ? max_behind_box : max_behind;
  behind_ = said_in(text.substr(begin + where.size(), reach));
  const auto is_end = [](const Said& said) { return ends_sentence(said.claim); };
  const auto last_end = std::ranges::find_if(before_.rbegin(), before_.rend(), is_end);
  sentence_begin_ = static_cast<size_t>(before_.rend() - last_end);
  sentence_end_ = static_cast<size_t>(std::ranges::find_if(behind_, is_end) - behind_.begin());
}

const Said* Surroundings::lead() const {
  const auto sentence = sentence_before();
  for (size_t i = sentence.size(); i-- > 0;)
    if (!is_passed(sentence[i].claim)) return &sentence[i];
  return nullptr;
}

bool Surroundings::is_other(const Said& said) const {
  if (said.claim != Claim::other) return false;
  if (said.text != "of") return true;
  constexpr std::string_view dutch[] = {"het",          "Het",    "dus",    "Dus",  "antwoord",
                                        "Antwoord",     "ik",     "Ik",     "kan",  "het antwoord",
                                        "Het antwoord", "is het", "Is het", "zijn", "Ofwel"};
  return std::ranges::any_of(before_,
                             [&](const Said& word) { return std::ranges::find(dutch, word.text) != std::end(dutch); });
}

bool Surroundings::is_equation() const {
  if (where_.find('=') != where_.npos) return true;
  const char* place = where_.data();
  if (before_.empty()) return false;
  const char* end = before_.back().text.data() + before_.back().text.size();
  return std::string_view(end, static_cast<size_t>(place - end)).find('=') != std::string_view::npos;
}

bool Surroundings::is_same(std::string_view value) const {
  const auto digits = [](std::string_view text) {
    const size_t first = text.find_first_of("0123456789"), last = text.find_last_of("0123456789");
    return first == text.npos ? std::string_view() : text.substr(first, last - first + 1);
  };
  const std::string_view mine = digits(where_), other = digits(value);
  return mine.ends_with(other) || other.ends_with(mine);
}

const Said* Surroundings::value_from(std::span<const Said> list, size_t i) {
  while (i < list.size() &&
         (is_passed(list[i].claim) || list[i].claim == Claim::comma || list[i].claim == Claim::other))
    ++i;
  return i < list.size() && list[i].claim == Claim::value ? &list[i] : nullptr;
}

std::string_view Surroundings::offered(const Said* said) const {
  return said && !is_same(said->text) ? said->text : std::string_view();
}

std::string_view Surroundings::other_before() const {
  const auto sentence = sentence_before();
  const Said* said = lead();
  if (!said || is_equation()) return {};
  const auto index = static_cast<size_t>(said - sentence.data());
  const Said* value = nullptr;
  for (size_t place = index; place-- > 0 && !value;)
    if (sentence[place].claim == Claim::value) value = &sentence[place];
  if (!value && is_other(*said) && sentence_begin_ > 1) {  // "Could be 5. Could be 6."
    const auto earlier = std::span(before_).first(sentence_begin_ - 1);
    for (size_t place = earlier.size(); place-- > 0 && !ends_sentence(earlier[place].claim) && !value;)
      if (earlier[place].claim == Claim::value) value = &earlier[place];
    const bool is_hedged = value && value > earlier.data() && is_other(*(value - 1));
    return is_hedged ? offered(value) : std::string_view();
  }
  if (!value) return {};
  const auto between = sentence.subspan(static_cast<size_t>(value - sentence.data()) + 1);
  const bool is_apposition = said->text == "or" && index > 0 && sentence[index - 1].claim == Claim::comma &&
                             announcement_ == Announcement::none &&
                             !has(between.first(between.size() - 1), Claim::other);  // "3/4 of the area, or 75 %"
  if (is_other(*said) && !is_apposition && !has(between, Claim::fault) && !has(between, Claim::denial))
    return offered(value);
  const bool are_two_counts = said->text == "and" && between.size() == 2 && value == sentence.data() &&
                              between[0].claim == Claim::word && sentence_end_ == 1;  // "33 short and 48 long"
  if (are_two_counts) return offered(value);
  const bool is_joint = said->claim == Claim::range || said->claim == Claim::comma;
  const auto lead_in = sentence.first(static_cast<size_t>(value - sentence.data()));
  if (is_joint && between.size() < (said->claim == Claim::comma ? 2U : 3U))
    for (size_t i = lead_in.size(); i-- > 0 && lead_in.size() - i < 4;)
      if (lead_in[i].claim == Claim::between) return offered(value);
  if (has(sentence_behind(), Claim::rival)) return offered(value);
  return {};
}

std::string_view Surroundings::other_behind() const {
  const auto sentence = sentence_behind();
  size_t i = 0;
  while (i < sentence.size() &&
         (sentence[i].claim == Claim::comma || is_passed(sentence[i].claim) || sentence[i].claim == Claim::contrast))
    ++i;
  if (i < sentence.size() && is_other(sentence[i]))
    if (const Said* value = value_from(sentence, i + 1)) return offered(value);
  const bool are_two_counts = sentence.size() == 4 && sentence[0].claim == Claim::word && sentence[1].text == "and" &&
                              sentence[2].claim == Claim::value && sentence[3].claim == Claim::word;
  const Said* said = lead();
  if (are_two_counts && !said) return offered(&sentence[2]);
  const bool is_first =
      said && (said->claim == Claim::between ||
               (said->claim == Claim::comma && said > sentence_before().data() && (said - 1)->claim == Claim::between));
  if (is_first && !sentence.empty() && (sentence[0].claim == Claim::range || sentence[0].claim == Claim::comma))
    if (const Said* value = value_from(sentence, 1)) return offered(value);
  // "5, though it may be 6"
  for (size_t k = i; k < sentence.size() && sentence[k].claim != Claim::value; ++k)
    if (is_other(sentence[k]) && !has(sentence.first(k), Claim::others))
      if (const Said* value = value_from(sentence, k + 1)) return offered(value);
  const Said* rival = nullptr;  // "5, though 6 is also possible"
  for (const Said& next : sentence) {
    if (next.claim == Claim::rival && rival) return offered(rival);
    if (next.claim == Claim::value) rival = &next;
  }
  // "5. Or maybe 6."
  size_t next = sentence_end_ + 1;
  while (next < behind_.size() && is_passed(behind_[next].claim)) ++next;
  if (next < behind_.size() && is_other(behind_[next])) return offered(value_from(behind_, next + 1));
  return {};
}

}  // namespace cohort::rewards::math
