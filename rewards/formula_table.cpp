#include "cohort/error.hpp"
#include "cohort/rewards/accuracy.hpp"
#include "cohort/rewards/answer_match.hpp"
#include "cohort/rewards/box.hpp"
#include "cohort/rewards/dapo.hpp"
#include "cohort/rewards/format.hpp"
#include "cohort/rewards/language.hpp"
#include "cohort/rewards/length_shaping.hpp"
#include "cohort/rewards/overlong.hpp"
#include "cohort/rewards/reasoning_steps.hpp"
#include "cohort/rewards/repetition.hpp"
#include "rewards/specs.hpp"

namespace cohort::rewards {
namespace {

/// The options of a rule on top of another, which settings name.
template <typename Options>
struct Judged : Options {
  std::string correctness = "accuracy";
};
struct NoOptions {};
struct StopProperlySettings : StopProperlyOptions {
  std::string rule = "accuracy";
};

/// The rule that `text`, "NAME" or "NAME:key=value", asks for.
RewardRule named_rule(const char* owner, std::string_view text) {
  const auto [name, settings] = parse_named_settings(text);
  const Rule rule = make_rule(name, settings);
  check(rule.per_completion(), "{}: expected a reward that grades one completion, got \"{}\"", owner, name);
  return *rule.per_completion();
}

constexpr const char* correctness_help = "the reward that says what is right, as NAME or NAME:key=value";
constexpr const char* gold_of_correctness = "as the reward named by correctness";
constexpr const char* gold_math = "mathematics, plain or LaTeX, or a list of which any is right";
constexpr const char* gold_texts = "a text, or a list of texts of which any is right";

const auto match_fields = [](auto& options, auto&& field) {
  field("source", options.source, "the part of the completion that is compared",
        text::Choices<ExactSource>{{"answer_tag", ExactSource::answer_tag},
                                   {"whole", ExactSource::whole},
                                   {"last_line", ExactSource::last_line}});
};

std::vector<RewardSpec> answer_specs() {
  return {
      configurable("accuracy", "1 if math finds the answer behind an anchor and finds it right, else 0", gold_math,
                   accuracy,
                   [](auto& options, auto&& field) {
                     field("requires_anchor", options.requires_anchor,
                           "a box, an answer tag, \"answer is\" or #### must point at the answer");
                   }),
      configurable("reasoning_accuracy", "accuracy of what follows the last delimiter; 0 without one", gold_math,
                   reasoning_accuracy,
                   [](auto& options, auto&& field) {
                     field("delimiter", options.delimiter, "ends the reasoning");
                     field("requires_anchor", options.requires_anchor, "as of accuracy");
                   }),
      configurable("geo3k",
                   "(1 − format_weight) · (the boxed answer is right) + format_weight · (<think>…</think>…box)",
                   gold_math, geo3k,
                   [](auto& options, auto&& field) {
                     field("format_weight", options.format_weight, "the share of the format, 0 to 1");
                   }),
      configurable("dapo", "+1 if the last \"Answer:\" line is the gold answer by Minerva's normalisation, else −1",
                   "a text", dapo,
                   [](auto& options, auto&& field) {
                     field("extraction", options.extraction, "strict_box: the last box, byte for byte",
                           text::Choices<DapoExtraction>{{"answer_line", DapoExtraction::answer_line},
                                                         {"strict_box", DapoExtraction::strict_box}});
                   }),
      configurable("exact_match", "1 if the words, articles and punctuation aside, are the gold answer's, else 0",
                   gold_texts, exact_match, match_fields),
      configurable("box", "the overlap of the box in the last <answer>…</answer> with the gold box", "[x1, y1, x2, y2]",
                   box,
                   [](auto& options, auto&& field) {
                     field("overlap", options.overlap, "giou: IoU − empty share of the hull, −1 to 1; iou: 0 to 1",
                           text::Choices<BoxOverlap>{{"giou", BoxOverlap::giou}, {"iou", BoxOverlap::iou}});
                   }),
      configurable("f1", "2 · precision · recall / (precision + recall) of the words", gold_texts, f1, match_fields),
  };
}

std::vector<RewardSpec> shape_specs() {
  return {
      plain("tag_lines_format",
            "1 for <think>, text, </think>, <answer>, text, </answer>, each tag on its line, else 0", "none",
            tag_lines_format),
      configurable("code_format", "1 for tag_lines_format with a closed ```language block in the answer, else 0",
                   "none", code_format,
                   [](auto& options, auto&& field) {
                     field("language", options.language, "the word behind the three backticks");
                   }),
      plain("tag_count", "¼ for each of <think>, </think>, <answer>, </answer> that stands exactly once at a line end",
            "none", tag_count),
      configurable("tag_weights", "think_weight for <think>…</think> + answer_weight for <answer>…</answer>", "none",
                   tag_weights,
                   [](auto& options, auto&& field) {
                     field("think_weight", options.think_weight, "earned by <think>…</think>");
                     field("answer_weight", options.answer_weight, "earned by <answer>…</answer>");
                   }),
      configurable("reasoning_steps",
                   "min(1, steps / full_steps): \"Step 1:\", \"1.\", \"- …\", \"First,\" and the like", "none",
                   reasoning_steps,
                   [](auto& options, auto&& field) {
                     field("full_steps", options.full_steps, "so many steps earn 1");
                     field("distinct", options.distinct, "a step that is written twice counts once");
                   }),
      configurable("token_repetition", "max_penalty · (1 − different n-grams / all n-grams) of the sampled tokens",
                   "none", token_repetition,
                   [](auto& options, auto&& field) {
                     field("ngram_tokens", options.ngram_tokens, "n");
                     field("max_penalty", options.max_penalty, "at most 0");
                   }),
      configurable("word_repetition", "max_penalty · (1 − different n-grams / all n-grams) of the words", "none",
                   word_repetition,
                   [](auto& options, auto&& field) {
                     field("ngram_words", options.ngram_words, "n");
                     field("max_penalty", options.max_penalty, "at most 0");
                   }),
      configurable("language_consistency", "the share of the reasoning's words that are of the language", "none",
                   language_consistency,
                   [](auto& options, auto&& field) {
                     field("language", options.language, "ISO 639-1: en, de, fr, zh, …");
                     field("field", options.field, "the column of the data set that names the language instead");
                     field("part", options.part, "the text that is read",
                           text::Choices<LanguagePart>{{"thinking", LanguagePart::thinking},
                                                       {"whole", LanguagePart::whole}});
                   }),
  };
}

std::vector<RewardSpec> length_specs() {
  return {
      configurable(
          "cosine_length", "v_min + ½ (v_max − v_min) (1 + cos(π · min(tokens / max_tokens, 1))), v of right or wrong",
          gold_of_correctness,
          +[](Judged<CosineLengthOptions> options) {
            return cosine_length(options, named_rule("cosine_length", options.correctness));
          },
          [](auto& options, auto&& field) {
            field("max_tokens", options.max_tokens, "from here on the value is that of a long completion");
            field("min_value_correct", options.min_value_correct, "of a right answer of max_tokens");
            field("max_value_correct", options.max_value_correct, "of a right answer of no tokens");
            field("min_value_wrong", options.min_value_wrong, "of a wrong answer of no tokens");
            field("max_value_wrong", options.max_value_wrong, "of a wrong answer of max_tokens");
            field("correctness", options.correctness, correctness_help);
          }),
      configurable(
          "kimi_length", "λ = ½ − (tokens − min) / (max − min) in the group; min(0, λ) if wrong", gold_of_correctness,
          +[](Judged<NoOptions> options) { return kimi_length(named_rule("kimi_length", options.correctness)); },
          [](auto& options, auto&& field) { field("correctness", options.correctness, correctness_help); }),
      configurable(
          "linear_length", "− weight · (share of right answers) · tokens / (most tokens), in the group",
          gold_of_correctness,
          +[](Judged<LinearLengthOptions> options) {
            return linear_length(options, named_rule("linear_length", options.correctness));
          },
          [](auto& options, auto&& field) {
            field("weight", options.weight, "what the longest loses where all are right");
            field("correctness", options.correctness, correctness_help);
          }),
      configurable(
          "soft_overlong",
          "0 up to max_tokens − cache_tokens, then − penalty · excess / cache_tokens, − penalty beyond max_tokens",
          "none", soft_overlong,
          [](auto& options, auto&& field) {
            field("max_tokens", options.max_tokens, "the most tokens of a completion");
            field("cache_tokens", options.cache_tokens, "the last of them, over which the penalty grows");
            field("penalty", options.penalty, "lost at max_tokens");
            field("form", options.form, "beyond max_tokens; unclamped: it goes on growing",
                  text::Choices<OverlongForm>{{"clamped", OverlongForm::clamped},
                                              {"unclamped", OverlongForm::unclamped}});
          }),
      configurable(
          "stop_properly", "the score of rule, · coefficient if the completion was cut and the score is above 0",
          "as the reward named by rule",
          +[](StopProperlySettings options) {
            return stop_properly(options, named_rule("stop_properly", options.rule));
          },
          [](auto& options, auto&& field) {
            field("coefficient", options.coefficient, "what a cut completion keeps, 0 to 1");
            field("rule", options.rule, "the reward that is graded, as NAME or NAME:key=value");
          }),
  };
}

}  // namespace

std::vector<RewardSpec> formula_specs() {
  std::vector<RewardSpec> specs;
  for (auto* make : {answer_specs, shape_specs, length_specs})
    for (RewardSpec& spec : make()) specs.push_back(std::move(spec));
  return specs;
}

}  // namespace cohort::rewards
