#include "rewards/math/anchors.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "rewards/math/scan.hpp"

namespace cohort::rewards::math {
namespace {

constexpr size_t max_of_kind = 6;
constexpr int max_words = 200;
constexpr size_t max_bytes_between = 100;  // "answer to the question how many apples are left is"

// "Answer" in lower case. Longer words go before their own beginnings.
constexpr std::string_view words[] = {
    "answer",                                                                               // English
    "réponse",   "reponse",  "respuesta", "resposta",  "risposta", "răspunsul", "răspuns",  // Romance
    "antwort",   "antwoord", "svaret",    "svar",      "lösung",                            // Germanic
    "odpowiedź", "odpověď",  "odpoveď",   "odgovor",   "отговор",  "ответ",     "відповідь",  "адказ",
    "одговор",  // Slavic
    "Ответ",     "Отговор",  "Відповідь", "Адказ",     "Одговор",  "答案",      "回答",       "答え",
    "答：",      "答:",      "解答",             // Chinese, Japanese
    "정답",      "답은",     "답:",       "답",  // Korean
    "vastaus",   "vastus",   "válasz",    "απάντηση",  "Απάντηση", "atsakymas", "atbilde",    "përgjigja",  // Europe
    "cevap",     "cevabı",   "yanıt",     "javob",     "җавап",    "яуап",      "jawabannya", "jawaban",
    "sagot",     "tubag",    "jibu",      "erantzuna",  // and beyond
    "trả lời",   "đáp án",   "đáp số",    "Đáp án",    "Đáp số",   "คำตอบ",     "الإجابة",    "إجابة",
    "الاجابة",   "الجواب",   "جواب",      "پاسخ",      "תשובה",    "התשובה",    "उत्तर",       "उत्तर",
    "जवाब",      "উত্তর",     "જવાબ",      "ਜਵਾਬ",      "பதில்",     "జవాబు",      "సమాధానం",      "ഉത്തരം"};

// What says that the answer follows. A word of letters ends where they end.
constexpr std::string_view connectors[] = {
    ":",  "：", "=",    "is",   "are",    "was", "equals", "would be", "should be", "must be", "will be", "est",   "es",
    "é",  "è",  "este", "ist",  "lautet", "är",  "er",     "jest",     "wynosi",    "je",      "равен",   "—",     "–",
    "是", "为", "為",   "应为", "就是",   "は",  "が",     "은",       "는",        "이",      "adalah",  "ialah", "là",
    "คือ", "هي", "هو",   "है",    "होगा",   "হল",  "হলো",    "είναι",    "ni",        "ay"};

constexpr std::string_view markup = " \t*_`#";

size_t connector_at(std::string_view text) {
  size_t longest = 0;
  for (const std::string_view connector : connectors) {
    const bool fits = is_letter(connector.back()) ? starts_with_word(text, connector) : text.starts_with(connector);
    if (fits) longest = std::max(longest, connector.size());
  }
  return longest;
}

/// Bytes up to a later connector on the same line and before the end of the sentence: " … is", ":".
std::optional<size_t> distant_connector(std::string_view text) {
  text = text.substr(0, max_bytes_between);
  for (size_t i = 0; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == '.' && i + 1 < text.size() && is_blank(text[i + 1])) break;
    if (i < 3 && (text[i] == '$' || text[i] == '\\' || is_digit(text[i]))) break;  // the value stands there already
    if (text[i] == ':') return i + 1;
    if (text[i] == ' ')
      for (const std::string_view verb : {"is", "are", "est", "es", "ist", "é"})
        if (starts_with_word(text.substr(i + 1), verb) && i + 1 + verb.size() < text.size() &&
            (is_blank(text[i + 1 + verb.size()]) || text[i + 1 + verb.size()] == ':'))
          return i + 1 + verb.size();
  }
  return std::nullopt;
}

/// Whether a dash stands in front: a connector where it is the first and a blank follows, else a minus.
bool starts_with_dash(std::string_view text) { return text.starts_with("—") || text.starts_with("–"); }

std::string_view skip_connectors(std::string_view rest) {
  for (int i = 0; i < 3; ++i) {  // "is: ", "是："
    const size_t size = connector_at(rest);
    if (starts_with_dash(rest) && (i > 0 || !rest.substr(size).starts_with(' '))) break;
    const std::string_view behind = skip(rest.substr(size), " \t*_`");
    if (size == 0 || behind.empty()) break;  // 是 may be the answer
    rest = behind;
  }
  return rest;
}

bool is_preceded_by_final(std::string_view text, size_t place) {
  const std::string_view before = cut_end(text.substr(place < 24 ? 0 : place - 24, std::min<size_t>(place, 24)), " *_");
  for (const std::string_view word : {"final", "Final", "FINAL", "最终", "最後の", "最终的"})
    if (before.ends_with(word)) return true;
  return false;
}

std::optional<Anchor> anchor_at(std::string_view text, size_t place, size_t word_size) {
  const std::string_view after = text.substr(place + word_size);
  // "answers", "answered" announce nothing, but "answer(s):" and "answers:" do.
  std::string_view rest = after;
  for (const std::string_view plural : {"(s)", "s"})
    if (rest.starts_with(plural)) {
      rest.remove_prefix(plural.size());
      break;
    }
  if (!rest.empty() && is_letter(rest.front()) && is_letter(text[place + word_size - 1])) return std::nullopt;
  rest = skip(rest, markup);
  const bool is_final = is_preceded_by_final(text, place);
  const auto anchor = [&](AnchorKind kind, std::string_view tail) {
    return Anchor{is_final && kind == AnchorKind::stated ? AnchorKind::final_answer : kind, skip(tail, " \t\r\n*_`")};
  };
  const size_t number = std::min(rest.find_first_not_of("0123456789"), rest.size());  // "Answer 3: 41"
  if (number > 0 && number < 3 && rest.substr(number).starts_with(": "))
    return anchor(AnchorKind::stated, rest.substr(number + 2));
  const bool is_dash = rest.starts_with("- ") && after.starts_with(' ');  // "Answer - 5"; but "Answer: - 5" is negative
  if (is_dash) return anchor(AnchorKind::stated, rest.substr(2));
  if (connector_at(rest) > 0) return anchor(AnchorKind::stated, skip_connectors(rest));
  if (const auto distance = distant_connector(rest))
    return anchor(AnchorKind::stated, skip_connectors(skip(rest.substr(*distance), " \t*_`")));
  return Anchor{is_final ? AnchorKind::final_answer : AnchorKind::mentioned, skip(rest, " \t\r\n*_`")};
}

/// The words by their first byte; that of a letter also by its capital.
struct WordTable {
  std::array<std::vector<std::string_view>, 256> by_byte;

  WordTable() {
    for (const std::string_view word : words) {
      const auto first = static_cast<unsigned char>(word.front());
      by_byte[first].push_back(word);
      if (is_letter(word.front())) by_byte[first - 'a' + 'A'].push_back(word);
    }
  }

  size_t word_at(std::string_view text) const {
    for (const std::string_view word : by_byte[static_cast<unsigned char>(text.front())])
      if (starts_with_ignoring_case(text, word)) return word.size();
    return 0;
  }
};

}  // namespace

std::vector<Anchor> find_anchors(std::string_view text) {
  static const WordTable table;
  std::vector<Anchor> anchors;
  size_t num_of_kind[3] = {};
  int num_words = 0;
  for (size_t i = text.size(); i-- > 0 && num_words < max_words;) {
    if (table.by_byte[static_cast<unsigned char>(text[i])].empty()) continue;
    const bool inside_a_word = i > 0 && is_letter(text[i]) && is_letter(text[i - 1]);
    if (inside_a_word) continue;
    size_t size = table.word_at(text.substr(i));
    // "A: 5" at the beginning of a line, where "Q: …" went before.
    const bool is_abbreviation = size == 0 && text.substr(i).starts_with("A:") && (i == 0 || text[i - 1] == '\n');
    if (is_abbreviation) size = 1;
    if (size == 0) continue;
    ++num_words;
    auto anchor = anchor_at(text, i, size);
    if (!anchor || anchor->rest.empty()) continue;
    anchor->is_abbreviation = is_abbreviation;
    if (++num_of_kind[static_cast<size_t>(anchor->kind)] > max_of_kind) continue;
    anchors.push_back(*anchor);
  }
  std::stable_sort(anchors.begin(), anchors.end(),
                   [](const Anchor& left, const Anchor& right) { return left.kind < right.kind; });
  return anchors;
}

}  // namespace cohort::rewards::math
