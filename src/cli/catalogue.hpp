// Tasks and rewards by name, as words on the command line or sections of a configuration.
#pragma once

#include <string>
#include <vector>

#include "cohort/task.hpp"
#include "src/cli/config.hpp"

namespace cohort::cli {

/// "NAME:key=value,key=value".
Named parse_named(const std::string& text);

/// The task with its options. Throws UsageError naming where it stands, what is unknown, and the nearest valid name.
Task make_task(const Named& task);

/// The terms of a run. A name that comes again is NAME_2, NAME_3 in the log.
std::vector<RewardTerm> make_rewards(const std::vector<RewardConfig>& rewards);

/// `configured`, or where that is 0 as many threads as shall wait for slow rewards at a time: four for each core, and
/// at least 16. Those that grade programs hold back to one for each core by themselves.
int64_t num_reward_threads(int64_t configured);

/// The same configuration with every option of its task and its rewards at the default where it is not set.
RunConfig with_defaults(RunConfig config);

}  // namespace cohort::cli
