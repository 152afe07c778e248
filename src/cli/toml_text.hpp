// Values as TOML text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cohort::cli {

std::string toml_text(int64_t value);
std::string toml_text(double value);  // the shortest that reads back equal, and never an integer
std::string toml_text(bool value);
std::string toml_text(const std::string& value);
std::string toml_text(const std::vector<std::string>& values);

}  // namespace cohort::cli
