#include "cohort/rewards/box.hpp"

#include <doctest/doctest.h>

#include <random>

#include "cohort/rewards/table.hpp"
#include "rewards/hostile.hpp"

using namespace cohort;
using namespace cohort::rewards;
using cohort::test::grade_text;
using doctest::Approx;

TEST_CASE("a box is four numbers that span an area") {
  CHECK(read_box("[0, 1, 2, 3.5]")->y2 == 3.5);
  CHECK(read_box(" 0,1,2,3 ")->x2 == 2);
  for (const char* text :
       {"", "[0, 1, 2]", "[0, 1, 2, 3, 4]", "[0, 1, 2, x]", "[0, 1, 2, nan]", "[0, 1, inf, 3]", "[2, 1, 0, 3]",
        "[0, 1, 0, 3]", "[0, 1, 1e300, 3]", "0 1 2 3", "[[0, 1, 2, 3]]", "[0, 1, 2, 3,]", "["}) {
    CAPTURE(std::string(text));
    CHECK(!read_box(text));
  }
}

TEST_CASE("overlap is the share of the union, and GIoU takes off what the hull has besides") {
  const Box unit{0, 0, 2, 2}, shifted{1, 0, 3, 2}, corner{1, 1, 3, 3}, far{4, 0, 6, 2};
  CHECK(box_iou(unit, unit) == 1.0);
  CHECK(box_giou(unit, unit) == 1.0);
  CHECK(box_iou(unit, shifted) == Approx(2.0 / 6));
  CHECK(box_giou(unit, shifted) == Approx(2.0 / 6));  // the hull is the union
  CHECK(box_iou(unit, corner) == Approx(1.0 / 7));
  CHECK(box_giou(unit, corner) == Approx(1.0 / 7 - 2.0 / 9));
  CHECK(box_iou(unit, far) == 0.0);
  CHECK(box_giou(unit, far) == Approx(-4.0 / 12));
}

TEST_CASE("overlaps are symmetric and bounded, and GIoU is never above IoU") {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> side(0.01, 3.0), corner(-3.0, 3.0);
  for (int round = 0; round < 1000; ++round) {
    const auto draw = [&] {
      const double x = corner(random), y = corner(random);
      return Box{x, y, x + side(random), y + side(random)};
    };
    const Box left = draw(), right = draw();
    CHECK(box_iou(left, right) == Approx(box_iou(right, left)));
    CHECK(box_giou(left, right) == Approx(box_giou(right, left)));
    CHECK(box_iou(left, right) >= 0.0);
    CHECK(box_iou(left, right) <= 1.0);
    CHECK(box_giou(left, right) > -1.0);
    CHECK(box_giou(left, right) <= box_iou(left, right) + 1e-12);
  }
}

TEST_CASE("the box in the last answer tag is graded, and none is no better than the worst") {
  CHECK(grade_text(box(), "[0, 0, 2, 2]", "<answer>[0, 0, 2, 2]</answer>").verdict == "equal");
  CHECK(*grade_text(box(), "[0, 0, 2, 2]", "<answer>[4, 0, 6, 2]</answer>").score == Approx(-1.0 / 3));
  CHECK(*grade_text(box({.overlap = BoxOverlap::iou}), "[0, 0, 2, 2]", "<answer>[4, 0, 6, 2]</answer>").score == 0.0);
  CHECK(grade_text(box(), "[0, 0, 2, 2]", "[0, 0, 2, 2]").score == -1.0);
  CHECK(grade_text(box(), "[0, 0, 2, 2]", "<answer>everywhere</answer>").verdict == "unparsed");
  CHECK(make_rule("box", {{"overlap", "iou"}})({.answer = "[0, 0, 2, 2]"}, {.text = ""}).score == 0.0);
  CHECK(!grade_text(box(), "none", "<answer>[0, 0, 2, 2]</answer>").score);
  CHECK(test::slowest(box(), {.answer = "[0, 0, 2, 2]"}) < test::linear_seconds);
}
