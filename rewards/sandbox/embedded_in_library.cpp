#include "rewards/sandbox/embedded.hpp"

COHORT_EMBED(launcher, COHORT_LAUNCHER);
