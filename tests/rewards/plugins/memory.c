/* Earns the number of completions seen so far, which it keeps in its state. */
#include <cohort/plugin.h>
#include <stdio.h>
#include <stdlib.h>

static void* create(const cohort_pair* settings, size_t num_settings, char* error, size_t error_size) {
  (void)settings, (void)num_settings, (void)error, (void)error_size;
  return calloc(1, sizeof(long));
}

static int grade(void* reward, const cohort_sample* samples, size_t num_samples, cohort_grade* grades) {
  (void)samples;
  for (size_t i = 0; i < num_samples; ++i) grades[i].score = (double)++*(long*)reward;
  return 0;
}

static size_t state(void* reward, char* buffer, size_t size) {
  char text[32];
  const size_t needed = (size_t)snprintf(text, sizeof text, "%ld", *(long*)reward);
  for (size_t i = 0; i < needed && i < size; ++i) buffer[i] = text[i];
  return needed;
}

static int restore(void* reward, const char* state, size_t size) {
  char text[32] = {0}, *end;
  if (size == 0 || size >= sizeof text) return 1;
  for (size_t i = 0; i < size; ++i) text[i] = state[i];
  *(long*)reward = strtol(text, &end, 10);
  return *end != '\0';
}

const cohort_plugin* cohort_reward_plugin(void) {
  static const cohort_plugin plugin = {COHORT_PLUGIN_VERSION, 0, "counts", create, grade, free, state, restore};
  return &plugin;
}
