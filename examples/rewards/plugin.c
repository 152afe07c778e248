/* gcc -shared -fPIC -I include plugin.c -o libbrevity.so     1 up to `target` bytes, then falling to 0 at twice that.
 */
#include <cohort/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void* create(const cohort_pair* settings, size_t num_settings, char* error, size_t error_size) {
  double* target = malloc(sizeof *target);
  *target = 100;
  for (size_t i = 0; i < num_settings; ++i) {
    char number[32] = {0};
    const cohort_text name = settings[i].name, value = settings[i].value;
    if (name.size == 6 && memcmp(name.data, "target", 6) == 0 && value.size < sizeof number) {
      memcpy(number, value.data, value.size);
      *target = atof(number);
      if (*target > 0) continue;
    }
    snprintf(error, error_size, "expected target = a number above 0, got %.*s", (int)name.size, name.data);
    free(target);
    return NULL;
  }
  return target;
}

static int grade(void* reward, const cohort_sample* samples, size_t num_samples, cohort_grade* grades) {
  const double target = *(const double*)reward;
  for (size_t i = 0; i < num_samples; ++i) {
    const double excess = (double)samples[i].completion.size / target - 1;
    grades[i].score = excess <= 0 ? 1 : excess >= 1 ? 0 : 1 - excess;
    strcpy(grades[i].verdict, excess <= 0 ? "brief" : "long");
  }
  return 0;
}

const cohort_plugin* cohort_reward_plugin(void) {
  static const cohort_plugin plugin = {COHORT_PLUGIN_VERSION, 0, "1 for a brief text", create, grade, free, NULL, NULL};
  return &plugin;
}
