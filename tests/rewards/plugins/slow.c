/* Takes 50 ms for each completion, as something that asks elsewhere does. */
#include <cohort/plugin.h>
#include <stdlib.h>
#include <unistd.h>

static void* create(const cohort_pair* settings, size_t num_settings, char* error, size_t error_size) {
  (void)settings, (void)num_settings, (void)error, (void)error_size;
  return malloc(1);
}

static int grade(void* reward, const cohort_sample* samples, size_t num_samples, cohort_grade* grades) {
  (void)reward, (void)samples;
  for (size_t i = 0; i < num_samples; ++i) {
    usleep(50 * 1000);
    grades[i].score = 1;
  }
  return 0;
}

const cohort_plugin* cohort_reward_plugin(void) {
  static const cohort_plugin plugin = {COHORT_PLUGIN_VERSION, 0, "slow", create, grade, free, NULL, NULL};
  return &plugin;
}
