#include "cohort/rewards/language.hpp"

#include <algorithm>
#include <map>

#include "cohort/error.hpp"
#include "rewards/text/function_words.hpp"
#include "rewards/text/prose.hpp"
#include "src/text/nearest.hpp"

namespace cohort::rewards {
namespace {

constexpr std::string_view open_tag = "<think>", close_tag = "</think>";

std::string_view thinking_of(std::string_view text) {
  if (const size_t close = text.rfind(close_tag); close != text.npos) text = text.substr(0, close);
  if (const size_t open = text.find(open_tag); open != text.npos) text.remove_prefix(open + open_tag.size());
  return text;
}

bool is_function_name(std::string_view word) {
  constexpr std::string_view names[] = {"sin", "cos", "tan", "log", "ln",  "exp", "max",
                                        "min", "mod", "lim", "gcd", "lcm", "det"};
  return std::ranges::find(names, word) != std::end(names);
}

/// Counts the words of a text by script, and the Latin ones by sentence.
class Counts {
 public:
  explicit Counts(int target) : target_(target) {}

  void add(const ProseWord& word) {
    if (is_written_without_blanks(word.script)) {
      words_[word.script] += 0.5;  // a word of Chinese has about two characters
      return;
    }
    const bool is_latin = word.script == Script::latin;
    constexpr size_t max_bytes = 16;  // no function word is longer
    const std::string lower = is_latin && word.text.size() <= max_bytes ? to_lower(word.text) : "";
    if (is_latin && is_function_name(lower)) return;
    if (is_latin) add_evidence(lower);
    // Single letters are variables and numbers of items.
    if (word.num_letters == 1 && (is_latin || word.script == Script::greek)) return;
    words_[word.script] += 1.0;
    if (is_latin) sentence_words_ += 1.0;
  }

  void end_sentence() {
    const double best = evidence_.empty() ? 0.0 : std::ranges::max_element(evidence_, {}, second)->second;
    if (best > 0) {
      const auto target = evidence_.find(target_);
      // Weights of equal evidence may differ in their last bits.
      constexpr double slack = 1e-9;
      (target != evidence_.end() && target->second >= best - slack ? in_target_ : in_others_) += sentence_words_;
    }
    evidence_.clear();
    sentence_words_ = 0;
  }

  std::optional<double> share() const {
    double all = 0, right = 0;
    const Language& language = known_languages()[static_cast<size_t>(target_)];
    for (const auto& [script, words] : words_) {
      all += words;
      if (std::ranges::find(language.scripts, script) != language.scripts.end()) right += words * share_of(script);
    }
    if (all == 0) return std::nullopt;
    return right / all;
  }

 private:
  static constexpr auto second = [](const auto& entry) { return entry.second; };

  void add_evidence(const std::string& word) {
    const auto owners = languages_of_word(word);
    for (const int owner : owners) evidence_[owner] += 1.0 / static_cast<double>(owners.size());
  }

  /// The share of the words in one of the target's scripts that are of the target.
  double share_of(Script script) const {
    const bool is_japanese = known_languages()[static_cast<size_t>(target_)].code == "ja";
    // Japanese is never written in Han alone for long: without kana it is Chinese.
    if (is_japanese && script == Script::han) {
      constexpr double most_han_alone = 10, least_kana_share = 0.05;
      const double han = count(Script::han), kana = count(Script::hiragana) + count(Script::katakana);
      return han > most_han_alone && kana < least_kana_share * (han + kana) ? 0.0 : 1.0;
    }
    const double decided = in_target_ + in_others_;
    return script == Script::latin && decided > 0 ? in_target_ / decided : 1.0;
  }

  double count(Script script) const {
    const auto found = words_.find(script);
    return found == words_.end() ? 0.0 : found->second;
  }

  int target_;
  std::map<Script, double> words_;
  std::map<int, double> evidence_;  // of the sentence being read, by language
  double sentence_words_ = 0;
  double in_target_ = 0, in_others_ = 0;  // Latin words in sentences that have function words
};

std::optional<double> share_of_language(std::string_view text, int language) {
  Counts counts(language);
  read_prose(
      text, {.word = [&](const ProseWord& word) { counts.add(word); }, .sentence_end = [&] { counts.end_sentence(); }});
  return counts.share();
}

int checked_language(std::string_view code) {
  const int index = language_index(code);
  check(index >= 0, "language_consistency: there is no language \"{}\"; did you mean \"{}\"?", code,
        text::nearest(code, languages()));
  return index;
}

}  // namespace

std::vector<std::string> languages() {
  std::vector<std::string> codes;
  for (const Language& language : known_languages()) codes.emplace_back(language.code);
  return codes;
}

std::optional<double> language_share(std::string_view text, std::string_view language) {
  return share_of_language(text, checked_language(language));
}

RewardRule language_consistency(LanguageConsistencyOptions options) {
  return [options, fixed = checked_language(options.language)](const Problem& problem, const Completion& completion) {
    Grade grade;
    int language = fixed;
    if (!options.field.empty()) {
      const auto found = problem.fields.find(options.field);
      language = found == problem.fields.end() ? -1 : language_index(found->second);
    }
    if (language < 0) {
      grade.verdict = "unknown_language";
      return grade;
    }
    const bool is_whole = options.part == LanguagePart::whole;
    grade.score = share_of_language(is_whole ? completion.text : thinking_of(completion.text), language);
    grade.verdict = !grade.score ? "no_words" : *grade.score == 1 ? "consistent" : *grade.score > 0 ? "mixed" : "other";
    return grade;
  };
}

}  // namespace cohort::rewards
