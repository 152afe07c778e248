#include "cohort/verifier.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <limits>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "cohort/rewards/math.hpp"
#include "rewards/math/options.hpp"

struct cohort_verifier {
  cohort::rewards::MathOptions options;
};

namespace {

using cohort::rewards::MathOptions;
using cohort::rewards::MathResult;

static_assert(static_cast<int32_t>(cohort::rewards::MathVerdict::budget_exceeded) == COHORT_BUDGET_EXCEEDED);

std::string_view view_of(cohort_text text) {
  return text.data ? std::string_view(text.data, text.size) : std::string_view();
}

using Grade = MathResult (*)(std::span<const std::string_view>, std::string_view, const MathOptions&);

void grade_one(const cohort_pair& pair, const MathOptions& options, Grade grade, cohort_result& out) {
  const auto start = std::chrono::steady_clock::now();
  out = {};
  out.rule = "";
  out.score = std::numeric_limits<double>::quiet_NaN();
  out.verdict = COHORT_FAILED;
  try {
    const std::string_view gold = view_of(pair.gold);
    MathResult result;
    if (gold.starts_with('[')) {
      const std::vector<std::string> texts = cohort::rewards::math_golds(gold);
      const std::vector<std::string_view> golds(texts.begin(), texts.end());
      result = grade(golds, view_of(pair.response), options);
    } else {
      result = grade(std::span(&gold, 1), view_of(pair.response), options);
    }
    if (!result.extracted.empty()) {
      out.extracted = static_cast<char*>(std::malloc(result.extracted.size() + 1));
      if (!out.extracted) return;
      std::memcpy(out.extracted, result.extracted.c_str(), result.extracted.size() + 1);
      out.extracted_size = result.extracted.size();
    }
    if (result.score) out.score = *result.score;
    out.verdict = static_cast<int32_t>(result.verdict);
    out.is_probable = result.is_probable;
    out.rule = result.rule.empty() ? "" : result.rule.data();  // rules are literals
    out.begin = result.begin;
    out.end = result.end;
  } catch (const std::exception&) {  // no memory: nothing else throws
  }
  out.microseconds = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

void grade_all(const cohort_verifier* verifier, const cohort_pair* pairs, size_t count, int32_t threads, Grade grade,
               cohort_result* results) {
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) grade_one(pairs[i], verifier->options, grade, results[i]);
  };
  const size_t wanted = threads > 0 ? static_cast<size_t>(threads) : std::max(1u, std::thread::hardware_concurrency());
  constexpr size_t pairs_per_thread = 16;  // a thread costs more than this many pairs
  std::vector<std::jthread> pool;
  try {
    for (size_t i = 1; i < std::min(wanted, count / pairs_per_thread + 1); ++i) pool.emplace_back(work);
  } catch (const std::exception&) {  // fewer threads, then
  }
  work();
}

}  // namespace

int32_t cohort_verifier_version(void) { return COHORT_VERIFIER_VERSION; }

const char* cohort_verdict_name(int32_t verdict) {
  if (verdict == COHORT_FAILED) return "failed";
  if (verdict < 0 || verdict > COHORT_FAILED) return "unknown";
  return to_string(static_cast<cohort::rewards::MathVerdict>(verdict)).data();
}

cohort_verifier* cohort_verifier_open(const char* options, char* error, size_t error_size) {
  std::string message = "no memory";
  try {
    const auto settings = cohort::parse_named_settings("math:" + std::string(options ? options : "")).second;
    const auto read = cohort::text::read_settings<MathOptions>("math", settings, cohort::rewards::math::option_fields);
    cohort::rewards::check_math_options(read);
    return new cohort_verifier{read};
  } catch (const std::exception& problem) {
    try {
      message = problem.what();
    } catch (const std::exception&) {
    }
  }
  if (error && error_size > 0) {
    const size_t size = std::min(message.size(), error_size - 1);
    std::memcpy(error, message.data(), size);
    error[size] = '\0';
  }
  return nullptr;
}

void cohort_verifier_close(cohort_verifier* verifier) { delete verifier; }

void cohort_verifier_grade(const cohort_verifier* verifier, const cohort_pair* pairs, size_t count, int32_t threads,
                           cohort_result* results) {
  grade_all(verifier, pairs, count, threads, cohort::rewards::grade_math, results);
}

void cohort_verifier_compare(const cohort_verifier* verifier, const cohort_pair* pairs, size_t count, int32_t threads,
                             cohort_result* results) {
  grade_all(verifier, pairs, count, threads, cohort::rewards::compare_math, results);
}

void cohort_verifier_release(cohort_result* results, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    std::free(results[i].extracted);
    results[i].extracted = nullptr;
  }
}
