#include "rewards/code/drivers.hpp"

COHORT_EMBED(cpp_driver, COHORT_DRIVERS "/call.cpp");
COHORT_EMBED(javascript_driver, COHORT_DRIVERS "/call.js");
