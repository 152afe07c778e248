/* The mathematics verifier for other languages: plain C, in libcohort_rewards. docs/verifier.md says what is equal.
 *
 * No function throws, exits or prints. A verifier is immutable: any number of threads may use one at once.
 * Texts are bytes with a length; they need not end in NUL nor be valid UTF-8. */
#ifndef COHORT_VERIFIER_H
#define COHORT_VERIFIER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Grows when a struct or a function changes so that a program must be compiled again. */
#define COHORT_VERIFIER_VERSION 1

typedef struct cohort_verifier cohort_verifier;

typedef struct {
  const char* data;
  size_t size;
} cohort_text;

typedef struct {
  cohort_text gold;     /* an answer, or a JSON list of strings of which any is right */
  cohort_text response; /* what a model wrote */
} cohort_pair;

enum {
  COHORT_EQUAL = 0,
  COHORT_DIFFERENT = 1,
  COHORT_UNPARSED = 2,        /* no answer in the response */
  COHORT_GOLD_UNPARSED = 3,   /* score NaN */
  COHORT_BUDGET_EXCEEDED = 4, /* score NaN */
  COHORT_FAILED = 5           /* the machine had no memory: score NaN */
};

typedef struct {
  double score;        /* 1, 0, or NaN where there is no score */
  int32_t verdict;     /* COHORT_EQUAL … */
  int32_t is_probable; /* 1: decided by agreement at many points, not by proof */
  const char* rule;    /* how the answer was found: "boxed", …; "" for none; static */
  size_t begin, end;   /* where it stands: bytes [begin, end) of the response */
  char* extracted;     /* the answer as it was read, ends in NUL; NULL for none; see cohort_verifier_release */
  size_t extracted_size;
  double microseconds;
} cohort_result;

/* COHORT_VERIFIER_VERSION of the library. */
int32_t cohort_verifier_version(void);

/* The word for a verdict: "equal", …; static. "unknown" for a number that is none. */
const char* cohort_verdict_name(int32_t verdict);

/* A verifier with options "key=value,key=value", those of the reward `math`; NULL or "" for the defaults. NULL if there
 * is no such option, and then a message in `error`, cut to `error_size` bytes with its NUL. */
cohort_verifier* cohort_verifier_open(const char* options, char* error, size_t error_size);
void cohort_verifier_close(cohort_verifier* verifier);

/* Grades `count` pairs on up to `threads` threads (0: one per processor) and writes one result each. The answer is
 * looked for in the response. Release the results afterwards. */
void cohort_verifier_grade(const cohort_verifier* verifier, const cohort_pair* pairs, size_t count, int32_t threads,
                           cohort_result* results);

/* The same where each response is an answer that was extracted already. */
void cohort_verifier_compare(const cohort_verifier* verifier, const cohort_pair* pairs, size_t count, int32_t threads,
                             cohort_result* results);

/* Frees what the results own, not the array itself. */
void cohort_verifier_release(cohort_result* results, size_t count);

#ifdef __cplusplus
}
#endif

#endif
