// What calls functions of programs: files of rewards/code/drivers/, which lie in the box beside the program.
#pragma once

#include "rewards/sandbox/embedded.hpp"

namespace cohort::sandbox::embedded {

extern const std::string_view cpp_driver;         // drivers/call.cpp
extern const std::string_view javascript_driver;  // drivers/call.js

}  // namespace cohort::sandbox::embedded
