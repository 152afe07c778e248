/* A reward as a shared object, in C or any language that can export a C function. Nothing of C++ crosses this border.
 *
 * The library exports one function, cohort_reward_plugin(), and is loaded with dlopen. All texts are bytes with a
 * length; they are UTF-8 unless a model wrote something else, and are not terminated by 0. What a sample points to
 * lives until grade() returns. A plugin that may crash or allocate without end is loaded in a process of its own:
 * isolated = true.
 */
#ifndef COHORT_PLUGIN_H
#define COHORT_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this border. A host loads a plugin of its own version only. */
#define COHORT_PLUGIN_VERSION 1

typedef struct cohort_text {
  const char* data;
  size_t size;
} cohort_text;

/* A name with its value: a column of the data row, or a setting of the reward. */
typedef struct cohort_pair {
  cohort_text name, value;
} cohort_pair;

typedef struct cohort_message {
  cohort_text role, content;
} cohort_message;

typedef struct cohort_sample {
  int64_t problem_index;
  cohort_text prompt; /* empty where messages are given */
  const cohort_message* messages;
  size_t num_messages;
  cohort_text answer; /* the gold answer: text, or JSON where it is structured */
  const cohort_pair* fields;
  size_t num_fields;
  cohort_text completion;
  const int64_t* tokens; /* its ids; none where nobody sampled them */
  size_t num_tokens;
  int32_t is_cut; /* 1: the length limit ended it */
} cohort_sample;

enum cohort_status {
  COHORT_SCORED = 0,
  COHORT_NOT_APPLICABLE = 1, /* the reward has nothing to say on this problem */
  COHORT_FAILED = 2          /* no score for a reason that `error` tells; never counted as 0 */
};

typedef struct cohort_column {
  char name[32];
  double value;
} cohort_column;

/* Comes to the plugin with all bytes 0. Texts end with 0. */
typedef struct cohort_grade {
  int32_t status; /* enum cohort_status */
  double score;
  char verdict[64];
  char extracted[256]; /* the answer as it was read out of the completion; empty: none */
  char error[512];
  uint32_t num_columns;
  cohort_column columns[8]; /* further numbers for the log */
} cohort_grade;

enum cohort_plugin_flags {
  /* Never called by two threads at once, and sees problems in the order of their rows. */
  COHORT_SERIAL = 1
};

typedef struct cohort_plugin {
  uint32_t version;        /* COHORT_PLUGIN_VERSION */
  uint32_t flags;          /* of enum cohort_plugin_flags */
  const char* description; /* what earns what */

  /* Makes a reward. NULL: refused, with the reason in `error`, which has room for `error_size` bytes with the final 0.
   */
  void* (*create)(const cohort_pair* settings, size_t num_settings, char* error, size_t error_size);

  /* Grades all completions of one problem. Called by several threads at once unless the plugin is serial or has a
   * state. Not 0: it failed for all of them. */
  int (*grade)(void* reward, const cohort_sample* samples, size_t num_samples, cohort_grade* grades);

  void (*destroy)(void* reward);

  /* A reward with a memory has both, others neither. state() writes at most `size` bytes and returns how many there
   * are; checkpoints keep them. restore() returns 0, or not 0 for what state() did not write. */
  size_t (*state)(void* reward, char* buffer, size_t size);
  int (*restore)(void* reward, const char* state, size_t size);
} cohort_plugin;

/* The one function that a plugin exports. What it returns lives as long as the library is loaded. */
const cohort_plugin* cohort_reward_plugin(void);

#ifdef __cplusplus
}
#endif

#endif
