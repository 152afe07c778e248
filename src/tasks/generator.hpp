// What tasks that make up their problems share: one random stream per problem, and a split that no seed crosses.
#pragma once

#include <cstdint>
#include <string_view>

#include "cohort/error.hpp"
#include "src/random/philox.hpp"

namespace cohort::tasks {

enum class Part { train, held_out };

/// FNV-1a, 64 bits, then mixed so that every bit depends on every byte. Stable: splits are made of it.
constexpr uint64_t stable_hash(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdu;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53u;
  return hash ^ (hash >> 33);
}

/// One problem in eight is held out. A function of the problem's text alone: no seed, level or index moves it.
constexpr Part part_of(std::string_view canonical) {
  return stable_hash(canonical) % 8 == 0 ? Part::held_out : Part::train;
}

/// The stream of problem `index`: a function of task, seed, level, part and index.
constexpr random::Stream stream_of(std::string_view task, uint64_t seed, int64_t level, Part part, int64_t index) {
  const random::Philox4x32 key =
      random::philox(seed, stable_hash(task), static_cast<uint64_t>(level) * 2 + (part == Part::held_out ? 1 : 0));
  return random::Stream(uint64_t{key.words[0]} << 32 | key.words[1], static_cast<uint64_t>(index));
}

/// Draws candidates until one belongs to `part`. draw(stream) gives something with a canonical() text.
template <typename Draw>
auto draw_from_part(std::string_view task, random::Stream stream, Part part, const Draw& draw) {
  constexpr int max_draws = 10'000;  // a held-out problem takes 8 on average
  for (int i = 0;; ++i) {
    check(i < max_draws, "{}: no {} problem in {} draws: the options admit too few problems", task,
          part == Part::train ? "training" : "held-out", max_draws);
    auto candidate = draw(stream);
    if (candidate && part_of(candidate->canonical()) == part) return *candidate;
  }
}

}  // namespace cohort::tasks
