#include "rewards/math/vocabulary.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>

#include "rewards/math/vocabulary_commands.hpp"
#include "rewards/math/vocabulary_names.hpp"
#include "rewards/math/vocabulary_wrappers.hpp"

namespace cohort::rewards::math {

namespace {

// By name. Of two with one name the function comes second and is not found: \sqrt is a root, \deg a degree.
template <size_t size>
constexpr std::array<Entry, size> sorted(std::array<Entry, size> entries) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.name != b.name ? a.name < b.name : a.sign != Sign::function && b.sign == Sign::function;
  });
  return entries;
}

// Names that stand without a backslash. Not \tr or \th: those two letters are more often a product.
constexpr bool is_plain_name(const Entry& entry) {
  return entry.name != "sh" && entry.name != "ch" && entry.name != "th" && entry.name != "tr" && entry.name != "tg" &&
         entry.name != "Li" && entry.name != "ord";
}

template <size_t... sizes>
constexpr auto joined(const std::array<Entry, sizes>&... parts) {
  std::array<Entry, (sizes + ...)> all;
  auto place = all.begin();
  ((place = std::copy(parts.begin(), parts.end(), place)), ...);
  return sorted(all);
}

using namespace vocabulary;

constexpr auto commands = joined(greek, functions, signs, wrappers);
constexpr auto names = joined(greek, functions, plain_only);

/// Places in a table by the hash of a name: mostly one look, where a search takes eight.
template <size_t size>
class Index {
 public:
  explicit constexpr Index(const std::array<Entry, size>& table) : table_(table) {
    for (size_t i = 0; i < size; ++i) {
      size_t slot = slot_of(table[i].name);
      while (places_[slot] != 0 && table[places_[slot] - 1].name != table[i].name) slot = (slot + 1) % num_slots;
      if (places_[slot] == 0) places_[slot] = static_cast<uint16_t>(i + 1);
    }
  }
  constexpr const Entry* find(std::string_view name) const {
    for (size_t slot = slot_of(name); places_[slot] != 0; slot = (slot + 1) % num_slots)
      if (const Entry& entry = table_[places_[slot] - 1]; entry.name == name) return &entry;
    return nullptr;
  }

 private:
  static constexpr size_t num_slots = 4 * std::bit_ceil(size);
  static constexpr size_t slot_of(std::string_view name) {
    uint32_t hash = 0;
    for (const char c : name) hash = hash * 31 + static_cast<unsigned char>(c);
    return (hash ^ hash >> 15) % num_slots;
  }
  const std::array<Entry, size>& table_;
  std::array<uint16_t, num_slots> places_ = {};  // from 1
};

constexpr Index commands_by_name(commands);
constexpr Index names_by_name(names);

}  // namespace

const Entry* find_command(std::string_view name) { return commands_by_name.find(name); }

const Entry* find_name(std::string_view name) {
  const Entry* entry = names_by_name.find(name);
  return entry && is_plain_name(*entry) ? entry : nullptr;
}

std::string_view bracketed_function(std::string_view run) {
  constexpr std::string_view names[][2] = {{"Sin", "sin"},           {"Cos", "cos"},
                                           {"Tan", "tan"},           {"Cot", "cot"},
                                           {"Sec", "sec"},           {"Csc", "csc"},
                                           {"ArcSin", "arcsin"},     {"ArcCos", "arccos"},
                                           {"ArcTan", "arctan"},     {"ArcCot", "arccot"},
                                           {"Sinh", "sinh"},         {"Cosh", "cosh"},
                                           {"Tanh", "tanh"},         {"ArcSinh", "arcsinh"},
                                           {"ArcCosh", "arccosh"},   {"ArcTanh", "arctanh"},
                                           {"Log", "Log"},           {"Exp", "exp"},
                                           {"Sqrt", "sqrt"},         {"Abs", "abs"},
                                           {"Binomial", "binomial"}, {"Factorial", "factorial"},
                                           {"GCD", "gcd"},           {"LCM", "lcm"},
                                           {"Max", "max"},           {"Min", "min"},
                                           {"Floor", "floor"},       {"Ceiling", "ceil"},
                                           {"Mod", "mod"},           {"Power", "pow"},
                                           {"CubeRoot", "cbrt"},     {"Gamma", "Gamma"}};
  const auto* found =
      std::find_if(std::begin(names), std::end(names), [&](const auto& name) { return name[0] == run; });
  return found == std::end(names) ? std::string_view() : (*found)[1];
}

}  // namespace cohort::rewards::math
