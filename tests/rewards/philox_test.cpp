#include "src/random/philox.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace cohort::random;

namespace {

constexpr bool equal(const Philox4x32& left, const Philox4x32& right) {
  for (int i = 0; i < 4; ++i)
    if (left.words[i] != right.words[i]) return false;
  return true;
}

}  // namespace

// Random123, tests/kat_vectors, "philox4x32 10".
static_assert(equal(philox4x32_10({{0, 0, 0, 0}}, 0, 0), {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}));
static_assert(equal(philox4x32_10({{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}}, 0xffffffff, 0xffffffff),
                    {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}));
static_assert(equal(philox4x32_10({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, 0xa4093822, 0x299f31d0),
                    {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}));

TEST_CASE("philox4x32-10 gives the known answers of Random123 at run time too") {
  volatile uint32_t pi = 0x243f6a88;
  const Philox4x32 drawn = philox4x32_10({{pi, 0x85a308d3, 0x13198a2e, 0x03707344}}, 0xa4093822, 0x299f31d0);
  CHECK(equal(drawn, {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}));
}

TEST_CASE("seed, stream and draw reach all 192 bits of key and counter") {
  const Philox4x32 drawn = philox(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88);
  CHECK(equal(drawn, {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}));
}

TEST_CASE("the largest word is still below 1") {
  CHECK(to_unit_float(0xffffffff) < 1.0f);
  CHECK(to_unit_double(0xffffffff, 0xffffffff) < 1.0);
  CHECK(to_unit_float(0) == 0.0f);
}

TEST_CASE("uniform draws stay in their range, reach both ends, and are even") {
  Stream stream(7, 0);
  std::array<int, 6> counts{};
  for (int i = 0; i < 60'000; ++i) ++counts.at(static_cast<size_t>(stream.uniform(-2, 3) + 2));
  for (const int count : counts) CHECK(std::abs(count - 10'000) < 500);  // 5 standard deviations of √(n p q) = 91
}

TEST_CASE("streams of one seed do not repeat each other") {
  Stream first(7, 0);
  Stream second(7, 1);
  CHECK(first.next64() != second.next64());
}

TEST_CASE("the full range of int64 does not overflow") {
  Stream stream(1, 2);
  stream.uniform(INT64_MIN, INT64_MAX);
  CHECK(stream.uniform(INT64_MAX, INT64_MAX) == INT64_MAX);
}
