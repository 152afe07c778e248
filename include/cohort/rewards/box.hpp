#pragma once

#include <optional>
#include <string_view>

#include "cohort/reward.hpp"

namespace cohort::rewards {

/// A rectangle with its sides along the axes, x1 < x2 and y1 < y2.
struct Box {
  double x1 = 0, y1 = 0, x2 = 0, y2 = 0;
};

/// "[x1, y1, x2, y2]", brackets optional; nothing for anything else, or for a box without an area.
std::optional<Box> read_box(std::string_view text);

/// Intersection over union, 0 to 1.
double box_iou(const Box& left, const Box& right);

/// box_iou() − (the smallest box round both, less their union) / (that box): −1 to 1, and falling with the distance of
/// boxes that do not touch. Rezatofighi et al. (arXiv:1902.09630).
double box_giou(const Box& left, const Box& right);

enum class BoxOverlap {
  giou,
  iou,
};

struct BoxOptions {
  BoxOverlap overlap = BoxOverlap::giou;
};

/// How far the box in the last <answer>…</answer> overlaps the gold box. NeMo-RL's bbox_giou, except that no box earns
/// the least there is, −1 or 0: nothing may be better than a bad answer. Verdicts: the overlap is equal (1), partial or
/// different (at most 0); unparsed; gold_unparsed (no score).
RewardRule box(BoxOptions options = {});

}  // namespace cohort::rewards
