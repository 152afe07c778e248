/* The verifier from plain C: the header compiles as C99, and a batch is graded. */
#include <stdio.h>
#include <string.h>

#include "cohort/verifier.h"

static int failures = 0;

static void expect(int is_true, const char* what) {
  if (is_true) return;
  ++failures;
  fprintf(stderr, "not so: %s\n", what);
}

static cohort_text text(const char* data) {
  cohort_text view;
  view.data = data;
  view.size = strlen(data);
  return view;
}

static cohort_pair pair(const char* gold, const char* response) {
  cohort_pair made;
  made.gold = text(gold);
  made.response = text(response);
  return made;
}

int main(void) {
  char error[64];
  cohort_pair pairs[100];
  cohort_result results[100];
  size_t i;
  cohort_verifier* verifier = cohort_verifier_open("strictness=any,units=ignore", error, sizeof error);
  expect(cohort_verifier_version() == COHORT_VERIFIER_VERSION, "the library has the header's version");
  expect(verifier != NULL, "known options open a verifier");
  for (i = 0; i < 100; ++i) pairs[i] = pair("\\frac{1}{2}", i % 2 ? "so it is \\boxed{0.5}" : "so it is 3");
  pairs[98] = pair("[\"7\", \"8\"]", "8");
  pairs[99] = pair("", "5");
  cohort_verifier_grade(verifier, pairs, 100, 2, results);
  for (i = 0; i < 98; ++i)
    expect(results[i].verdict == (i % 2 ? COHORT_EQUAL : COHORT_DIFFERENT), "every result belongs to its pair");
  expect(results[1].score == 1 && strcmp(results[1].rule, "boxed") == 0, "a box is found by its rule");
  expect(results[1].extracted != NULL && strcmp(results[1].extracted, "0.5") == 0, "the answer is shown");
  expect(results[1].begin == 16 && results[1].end == 19, "the place of the answer is shown");
  expect(results[98].verdict == COHORT_EQUAL, "of a list of gold answers any is right");
  expect(results[99].verdict == COHORT_GOLD_UNPARSED && results[99].score != results[99].score,
         "a gold answer that cannot be read has no score");
  expect(strcmp(cohort_verdict_name(COHORT_BUDGET_EXCEEDED), "budget_exceeded") == 0, "verdicts have names");
  expect(strcmp(cohort_verdict_name(77), "unknown") == 0, "a number that is no verdict has none");
  cohort_verifier_release(results, 100);

  pairs[0] = pair("0.5", "\\frac12");
  cohort_verifier_compare(verifier, pairs, 1, 0, results);
  expect(results[0].verdict == COHORT_EQUAL, "an extracted answer is compared");
  cohort_verifier_release(results, 1);
  cohort_verifier_compare(verifier, pairs, 0, 0, results);
  cohort_verifier_close(verifier);

  expect(cohort_verifier_open("unit=ignore", error, sizeof error) == NULL, "an unknown option opens nothing");
  expect(strstr(error, "no parameter \"unit\"") != NULL && strlen(error) < sizeof error, "the message fits and says why");
  expect(cohort_verifier_open("budget=-1", NULL, 0) == NULL, "a value out of range opens nothing");
  return failures != 0;
}
