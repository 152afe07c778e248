// Places of a response where its answer may stand, beside boxes and phrases: tags, formulas, bold type, last sentences.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "rewards/math/anchors.hpp"
#include "rewards/math/environments.hpp"
#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

constexpr size_t max_line_bytes = 200;  // of a line that is nothing but its answer

/// The end of a response, which is all that is searched; it begins with a whole character.
std::string_view searched_part(std::string_view text);

/// What the last <answer> holds, whatever the case of its letters: up to its end tag, or to the end of the text.
std::optional<std::string_view> last_answer_tag(std::string_view text);

/// The last formula that is no remark on a letter of the one before.
std::optional<Environment> last_value(std::string_view text, Arena& arena);

/// Whether the phrase is that of "No other answer is possible."
bool is_of_others(std::string_view text, const Anchor& anchor);

/// "Final Answer: the last digits of 7^{7^7} are: Answer: 3": the other phrase to which a heading's
/// sentence leads; null elsewhere.
const Anchor* anchor_within(const Anchor& heading, const std::vector<Anchor>& anchors);

/// What follows the last "is" of a sentence; empty without one.
std::string_view behind_last_verb(std::string_view sentence);

/// What is left of **…** where `rest` begins inside one; empty elsewhere.
std::string_view rest_of_bold(std::string_view text, std::string_view rest);

/// The 705 of "**705** (the total)", where words only follow; null elsewhere.
std::string_view bold_in_front(std::string_view text);

/// What **…** holds in the last line, where it is no heading and no power; null where there is none.
std::string_view last_bold(std::string_view text);

/// "So she needs forty-two": the only number in words of a last sentence without digits, where it concludes or is
/// all.
std::string_view number_in_last_sentence(std::string_view text, bool is_all);

}  // namespace cohort::rewards::math
