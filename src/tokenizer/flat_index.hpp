// Places in a list by what stands there, in one block of memory. Loading a tokenizer asks for each token several times:
// a node for each, as a map of the standard library has, took most of that time.
#pragma once

#include <bit>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace cohort::tokenizer {

inline uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>()(text); }
/// All bits of the result depend on all bits of the number.
inline uint64_t hash_of(uint64_t number) {
  number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9;
  number = (number ^ number >> 27) * 0x94d049bb133111eb;
  return number ^ number >> 31;
}

class FlatIndex {
 public:
  /// For at most `capacity` places.
  explicit FlatIndex(size_t capacity) : slots_(std::bit_ceil(2 * capacity + 1)) {}

  /// The place with this hash of which is_same(place) holds, or -1.
  template <typename IsSame>
  int64_t find(uint64_t hash, IsSame is_same) const {
    const Slot& slot = slots_[slot_of(hash, is_same)];
    return slot.is_free() ? -1 : slot.place;
  }

  /// What stands at `place` is found from now on, unless a place that came before has the same: then that one is
  /// returned.
  template <typename IsSame>
  int64_t insert(uint64_t hash, int64_t place, IsSame is_same) {
    Slot& slot = slots_[slot_of(hash, is_same)];
    if (slot.is_free()) slot = {place, hash};
    return slot.place;
  }

 private:
  struct Slot {
    int64_t place = -1;
    uint64_t hash = 0;
    bool is_free() const { return place < 0; }
  };

  // Half of the slots are free at least, so that the walk ends.
  template <typename IsSame>
  size_t slot_of(uint64_t hash, IsSame is_same) const {
    const size_t mask = slots_.size() - 1;
    size_t i = hash & mask;
    while (!slots_[i].is_free() && (slots_[i].hash != hash || !is_same(slots_[i].place))) i = (i + 1) & mask;
    return i;
  }

  std::vector<Slot> slots_;
};

}  // namespace cohort::tokenizer
