#include "rewards/math/canonical.hpp"
namespace cohort::rewards::math {
CanonicalDifference canonical_difference(const Node&, const Node&, bool, bool, Arena&, Budget&) { return {}; }
}  // namespace cohort::rewards::math
