// What happens to text before it is cut: Unicode normal forms, replacements, a prefix.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/tokenizer/description.hpp"

namespace cohort::tokenizer {

class Normalizer {
 public:
  /// Throws Error naming a type that is not supported.
  explicit Normalizer(const Json& component);

  std::string operator()(std::string text) const;

 private:
  void add(const Json& component);

  std::vector<std::function<std::string(std::string)>> steps_;
};

/// The function of a {"type": "Replace", "pattern": {"String" or "Regex": …}, "content": …}; decoders have it too.
std::function<std::string(std::string)> replacement(const Json& component);

}  // namespace cohort::tokenizer
