#include "rewards/math/points.hpp"

#include <array>

namespace cohort::rewards::math {

namespace {

struct Region {
  int low, high;  // whole numbers from low to high …
  int parts;      // … plus a fraction with this denominator; 1 for whole numbers alone
};

// Where each kind of function lives: roots and logarithms of positive numbers, arcs within (−1, 1), sums and factorials
// at whole numbers; and where look-alikes come apart: large numbers for what grows, and both sides of a whole one for
// steps.
constexpr auto regions = std::to_array<Region>({
    {1, 3, 1024},      {-4, 3, 1024},   {0, 0, 1024}, {3, 12, 1},    {-3, -1, 1024},  {-1, 0, 1024}, {50, 200, 64},
    {4, 20, 1024},     {2, 9, 1 << 20}, {1, 30, 1},   {0, 0, 4096},  {-200, -50, 64}, {2, 6, 1024},  {-9, -2, 4096},
    {5000, 90000, 16}, {1, 8, 1},       {0, 2, 1024}, {-2, 1, 1024}, {0, 0, 1024},    {2, 15, 1},    {1, 5, 4096},
    {-8, -1, 1},       {-1, 0, 4096},   {1, 2, 1024}, {1, 20, 1},    {3, 40, 256},    {0, 0, 64},    {4, 25, 1},
    {-5, 5, 512},      {1, 7, 2048},    {1, 9, 1},    {20, 60, 1},   {2, 5, 1},       {6, 14, 1},    {-30, -1, 1},
    {1, 3, 1},         {11, 23, 1},     {30, 99, 1},
});
static_assert(regions.size() == num_points);

}  // namespace

std::vector<Binding> point(int index, std::span<const std::string_view> symbols) {
  const Region& region = regions[static_cast<size_t>(index)];
  std::vector<Binding> result;
  uint64_t state = 0x9e3779b97f4a7c15 * static_cast<uint64_t>(index + 1);
  const auto next = [&](int count) {
    // splitmix64
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return static_cast<int64_t>((z ^ z >> 31) % static_cast<uint64_t>(count));
  };
  for (const std::string_view name : symbols) {
    const int64_t whole = region.low + next(region.high - region.low + 1);
    // Odd numerators: never 1/2 or another point where functions are special. Region 8 stays next to whole numbers.
    const int64_t part = region.parts == 1 ? 0 : region.parts == 1 << 20 ? 1 : 2 * next(region.parts / 2) + 1;
    result.push_back({name, Rational(Integer(whole * region.parts + part), Integer(region.parts))});
  }
  return result;
}

}  // namespace cohort::rewards::math
