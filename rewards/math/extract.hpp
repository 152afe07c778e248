// Where in a response its answer stands: candidates in order of how clearly the text says so.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "cohort/rewards/math.hpp"
#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

/// What kind of answer is looked for; the gold answer decides.
enum class Wanted : uint8_t {
  scalar,      // a number or an expression
  collection,  // several values: a comma does not end it
  statement,   // an equation, an inequality
  letter,      // a choice, A to Z
  words,       // "no solution", "Tuesday"
};

struct Candidate {
  std::string_view text;   // what to parse: a part of the response, or parts of it joined in the arena
  std::string_view where;  // the part of the response it was read from
  std::string_view rule;   // static
  bool is_fragment;        // cut out of running text: counts only if it is mathematics
  std::span<const std::string_view> parts = {};  // of a text that is joined: each alone
  bool is_verbatim = false;                      // counts only if it is the gold answer's own text
  bool is_measured = false;                      // joined with a unit, which only a gold answer with one asks for
  bool is_flood = false;                         // one of so many different boxes that none of them is an answer
};

/// Returns true if this is the answer and the search is over.
using AcceptCandidate = std::function<bool(const Candidate&)>;

/// Offers the candidates of a response, best first, until one is accepted:
///   final_answer   "The final answer is 5" behind all boxes, which then are steps
///   boxed          the last \boxed{…} and those that form a list with it
///   answer_tag     <answer>…</answer>, the last one; also one that is not closed
///   ####           the rest of the line
///   final_answer   "final answer is …", "**Final Answer** …"
///   answer_phrase  "the answer is …", "Answer: …", in some 60 languages; weaker ones ("answer 5") after those
///   whole          a response of one short line, or one formula
///   bold           **…** in the last line
///   environment    the last $…$, \(…\), \[…\], \begin{align}…
///   last_number    the last number or expression in running text
///   last_letter    (for a letter) the letter at the beginning, else the last one that stands alone
/// Only what follows the last closing think tag is read. Linear in the length of the response, with at most about 60
/// candidates. boxed_only ends after boxed, anchored after answer_phrase; formula goes on from boxed to environment. A
/// response that is the gold answer's own text is found first, under `any`.
void offer_candidates(std::string_view response, Wanted wanted, MathStrictness strictness, Arena& arena,
                      const AcceptCandidate& accept);

}  // namespace cohort::rewards::math
