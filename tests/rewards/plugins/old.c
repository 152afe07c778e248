/* Made for a version of cohort/plugin.h that never was. */
#include <cohort/plugin.h>

const cohort_plugin* cohort_reward_plugin(void) {
  static const cohort_plugin plugin = {COHORT_PLUGIN_VERSION + 41, 0, "", 0, 0, 0, 0, 0};
  return &plugin;
}
