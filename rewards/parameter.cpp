#include "cohort/parameter.hpp"

#include "cohort/error.hpp"

namespace cohort {

std::pair<std::string, Settings> parse_named_settings(std::string_view text) {
  const size_t colon = text.find(':');
  std::pair<std::string, Settings> parsed{std::string(text.substr(0, colon)), {}};
  check(!parsed.first.empty(), "expected NAME or NAME:key=value,…, got \"{}\"", text);
  if (colon == text.npos) return parsed;
  std::string_view rest = text.substr(colon + 1);
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    const size_t equals = part.find('=');
    check(equals != part.npos && equals > 0, "expected key=value after \"{}:\", got \"{}\"", parsed.first, part);
    const bool is_new = parsed.second.try_emplace(std::string(part.substr(0, equals)), part.substr(equals + 1)).second;
    check(is_new, "\"{}\" is set twice in \"{}\"", part.substr(0, equals), text);
  }
  return parsed;
}

}  // namespace cohort
