// The words around one value of a text.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "rewards/math/claims.hpp"
#include "rewards/math/standing.hpp"

namespace cohort::rewards::math {

constexpr size_t max_behind_box = 120;  // bytes that are read behind a box

inline bool ends_sentence(Claim claim) { return claim == Claim::stop || claim == Claim::question; }

/// The words around one value, in order; those of its own sentence, and of others.
class Surroundings {
 public:
  Surroundings(std::string_view text, std::string_view where, Announcement announcement);

  std::span<const Said> sentence_before() const { return std::span(before_).subspan(sentence_begin_); }
  std::span<const Said> sentence_behind() const { return std::span(behind_).first(sentence_end_); }

  static bool has(std::span<const Said> list, Claim claim) {
    return std::ranges::find(list, claim, &Said::claim) != list.end();
  }

  static bool is_passed(Claim claim) { return claim == Claim::filler || claim == Claim::objection; }
  static bool is_joint_word(const Said& said) { return said.claim == Claim::range; }

  /// What leads to the value, fillers apart; none where nothing does.
  const Said* lead() const;

  /// "of" is Dutch for "or".
  bool is_other(const Said& said) const;

  /// Whether the value is a side of an equation.
  bool is_equation() const;

  /// The value at `i` of a list, fillers passed.
  static const Said* value_from(std::span<const Said> list, size_t i);

  /// The value, where it is not the one in the middle; empty elsewhere.
  std::string_view offered(const Said* said) const;

  /// "5, but it could be", "between 5 and": the value that stands before.
  std::string_view other_before() const;

  /// "5 or maybe 6", "5, though it may be 6", "5. Or 6.": the value that stands behind.
  std::string_view other_behind() const;

 protected:
  std::string_view where_;
  Announcement announcement_;
  std::vector<Said> before_, behind_;
  size_t sentence_begin_ = 0, sentence_end_ = 0;

 private:
  bool is_same(std::string_view value) const;
};

}  // namespace cohort::rewards::math
