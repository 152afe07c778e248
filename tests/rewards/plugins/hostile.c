/* Does to its process whatever the completion says. */
#include <cohort/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is(cohort_text text, const char* word) {
  return text.size == strlen(word) && memcmp(text.data, word, text.size) == 0;
}

static void* create(const cohort_pair* settings, size_t num_settings, char* error, size_t error_size) {
  if (num_settings == 0) return malloc(1);
  snprintf(error, error_size, "no settings please, least of all %.*s", (int)settings[0].name.size,
           settings[0].name.data);
  return NULL;
}

static int grade(void* reward, const cohort_sample* samples, size_t num_samples, cohort_grade* grades) {
  (void)reward;
  for (size_t i = 0; i < num_samples; ++i) {
    const cohort_text text = samples[i].completion;
    grades[i].score = (double)samples[i].num_tokens;
    if (is(text, "crash")) *(volatile int*)8 = 1;
    if (is(text, "exit")) exit(0);
    if (is(text, "hang"))
      for (;;) sleep(1);
    if (is(text, "allocate"))
      for (;;) {
        char* more = malloc(1 << 20);
        memset(more, 1, 1 << 20); /* crashes once there is no more */
      }
    if (is(text, "chatter")) {
      printf("{\"id\":1,\"score\":99}\n");
      fflush(stdout);
    }
    if (is(text, "fail")) {
      grades[i].status = COHORT_FAILED;
      strcpy(grades[i].error, "the tea is cold");
    }
    if (is(text, "refuse")) return 7;
    if (is(text, "nan")) grades[i].score = 0.0 / 0.0;
    if (is(text, "status")) grades[i].status = 9;
    if (is(text, "columns")) grades[i].num_columns = 1000;
    if (is(text, "endless")) memset(grades[i].verdict, 'v', sizeof grades[i].verdict);
    if (is(text, "none")) grades[i].status = COHORT_NOT_APPLICABLE;
  }
  return 0;
}

const cohort_plugin* cohort_reward_plugin(void) {
  static const cohort_plugin plugin = {COHORT_PLUGIN_VERSION, 0, "as it is told", create, grade, free, NULL, NULL};
  return &plugin;
}
