// Files that somebody may have changed.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "src/models/weight_source.hpp"
#include "tests/models/files.hpp"

namespace cohort::test {

/// Reads `whole`, a GGUF file, with up to `changes` of its first `head` bytes changed at random, `rounds` times. What
/// it comes to is an Error or weights, of at most 2¹⁶ numbers each: anything else ends the test.
inline void read_changed_gguf(const std::string& whole, int rounds, int changes, size_t head) {
  const TemporaryDirectory directory;
  std::mt19937 random(1);
  for (int round = 0; round < rounds; ++round) {
    std::string bytes = whole;
    for (int change = 0; change < 1 + round % changes; ++change) bytes[random() % head] = static_cast<char>(random());
    write_file(directory / "y.gguf", bytes);
    error_of([&] {
      const auto source = models::open_weights(directory / "y.gguf");
      models::check_weights(*source);
      std::vector<float> values(1 << 16);
      for (const models::WeightInfo& weight : source->weights()) source->read(weight, values.data());
    });
  }
}

}  // namespace cohort::test
