// What an act complains of.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace cohort::test {

/// what() of what `act` throws; "no error" if it throws nothing.
template <typename Act>
std::string message_of(const Act& act) {
  try {
    act();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

inline bool contains(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace cohort::test
