#include "cohort/rewards/box.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "rewards/answers/answer_part.hpp"
#include "rewards/text/extract.hpp"

namespace cohort::rewards {
namespace {

double area(const Box& box) { return (box.x2 - box.x1) * (box.y2 - box.y1); }

double intersection(const Box& left, const Box& right) {
  const double width = std::min(left.x2, right.x2) - std::max(left.x1, right.x1);
  const double height = std::min(left.y2, right.y2) - std::max(left.y1, right.y1);
  return width > 0 && height > 0 ? width * height : 0.0;
}

double union_of(const Box& left, const Box& right) { return area(left) + area(right) - intersection(left, right); }

}  // namespace

std::optional<Box> read_box(std::string_view text) {
  text = trim(text);
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  double sides[4];
  for (double& side : sides) {
    const size_t end = std::min(text.find(','), text.size());
    const std::string_view number = trim(text.substr(0, end));
    const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), side);
    // Sides beyond this have areas that are no numbers.
    constexpr double max_side = 1e9;
    const bool is_read = error == std::errc() && stop == number.data() + number.size() && std::abs(side) <= max_side;
    const bool is_last = &side == sides + 3;
    if (!is_read || is_last != (end == text.size())) return std::nullopt;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const Box box{sides[0], sides[1], sides[2], sides[3]};
  // A sliver whose area is lost in rounding has none.
  constexpr double min_area = 1e-12;
  if (box.x1 >= box.x2 || box.y1 >= box.y2 || area(box) < min_area) return std::nullopt;
  return box;
}

double box_iou(const Box& left, const Box& right) { return intersection(left, right) / union_of(left, right); }

double box_giou(const Box& left, const Box& right) {
  const Box hull{std::min(left.x1, right.x1), std::min(left.y1, right.y1), std::max(left.x2, right.x2),
                 std::max(left.y2, right.y2)};
  return box_iou(left, right) - (area(hull) - union_of(left, right)) / area(hull);
}

RewardRule box(BoxOptions options) {
  return [options](const Problem& problem, const Completion& completion) {
    const bool is_giou = options.overlap == BoxOverlap::giou;
    const auto gold = read_box(problem.answer);
    Grade grade(is_giou ? -1.0 : 0.0, gold ? "unparsed" : "gold_unparsed");
    if (!gold) grade.score = std::nullopt;
    const auto text = part_of(completion.text, ExactSource::answer_tag);
    const auto answer = text ? read_box(*text) : std::nullopt;
    if (!gold || !answer) return grade;
    const double score = is_giou ? box_giou(*gold, *answer) : box_iou(*gold, *answer);
    grade = Grade(score, score == 1.0 ? "equal" : score > 0 ? "partial" : "different");
    grade.extracted = shown(*text);
    return grade;
  };
}

}  // namespace cohort::rewards
