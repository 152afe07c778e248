// verifier [FILE.jsonl...] [--write FILE]: speed of the mathematics verifier on one core.
// Files hold lines {"gold": str, "pred": str}; without one, the constructed cases of the tests are graded. Times are of
// the thread, so that a busy machine does not stretch the tail. --write saves what was graded, for verifier.py.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cohort/rewards/math.hpp"
#include "rewards/hostile.hpp"
#include "rewards/math_cases/algebra.hpp"
#include "rewards/math_cases/collections.hpp"
#include "rewards/math_cases/numbers.hpp"
#include "rewards/math_cases/responses.hpp"

namespace {

using namespace cohort::test::math;
using cohort::rewards::MathOptions;
using cohort::rewards::MathResult;

double cpu_seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double peak_mebibytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

using Grade = MathResult (*)(std::string_view, std::string_view, const MathOptions&);

/// The fastest of `passes` for each pair: the caches are warm and nothing else is measured.
void measure(const char* name, const std::vector<Pair>& pairs, Grade grade, int passes) {
  std::vector<double> seconds(pairs.size(), 1e9);
  size_t num_equal = 0, bytes = 0;
  for (int pass = 0; pass < passes; ++pass) {
    num_equal = bytes = 0;
    for (size_t i = 0; i < pairs.size(); ++i) {
      const double start = cpu_seconds();
      const MathResult result = grade(pairs[i].gold, pairs[i].answer, {});
      seconds[i] = std::min(seconds[i], cpu_seconds() - start);
      num_equal += result.verdict == cohort::rewards::MathVerdict::equal;
      bytes += pairs[i].answer.size();
    }
  }
  double total = 0;
  for (const double s : seconds) total += s;
  std::sort(seconds.begin(), seconds.end());
  const auto at = [&](double share) {
    return seconds[std::min(seconds.size() - 1, static_cast<size_t>(share * static_cast<double>(seconds.size())))];
  };
  const auto count = static_cast<double>(pairs.size());
  std::printf("| %-30s | %7zu | %6.0f | %5.1f %% | %9.0f | %9.0f | %8.1f | %8.1f | %9.1f | %6.1f |\n", name,
              pairs.size(), static_cast<double>(bytes) / count, 100.0 * static_cast<double>(num_equal) / count,
              1 / at(0.5), count / total, 1e6 * at(0.5), 1e6 * at(0.99), 1e6 * at(0.999), 1e3 * seconds.back());
  std::fflush(stdout);
}

std::vector<Pair> constructed(const std::vector<Category>& categories, int rounds) {
  Random random(1);
  std::vector<Pair> pairs;
  for (int round = 0; round < rounds; ++round)
    for (const Category& category : categories)
      for (const bool right : {true, false}) pairs.push_back(category.make(random, right));
  return pairs;
}

std::vector<Pair> read(const std::string& path) {
  std::vector<Pair> pairs;
  std::ifstream lines(path);
  for (std::string line; std::getline(lines, line);) {
    const auto object = nlohmann::json::parse(line);
    pairs.push_back({object.at("gold").get<std::string>(), object.at("pred").get<std::string>()});
  }
  return pairs;
}

/// Answers that are small to write and huge to compute.
std::vector<Pair> blow_ups() {
  std::vector<Pair> pairs;
  const std::vector<std::string> answers = {"2003^{2002^{2001}}",
                                            "10^{10^{10}}",
                                            "10^{10^{10}}+1",
                                            "1000000!",
                                            "(10^6)!",
                                            "\\binom{1000000}{500000}",
                                            "\\sum_{k=1}^{10^{12}} \\frac{1}{k}",
                                            "\\prod_{k=1}^{10^9} k",
                                            "9^{9^{9^{9^9}}}",
                                            "(x+y+z)^{1000}",
                                            "x^{x^{x^{x^x}}}",
                                            "\\sqrt{\\sqrt{\\sqrt{\\sqrt{2}}}}^{10^9}",
                                            "((((1+x)^{99})^{99})^{99})^{99}",
                                            "1e999999999",
                                            "1e-999999999",
                                            "\\log_{2}(3^{10^8})",
                                            "7^{10^8} \\bmod 10"};
  for (const std::string& gold : answers)
    for (const std::string& answer : answers) pairs.push_back({gold, answer});
  return pairs;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> files;
  std::string written;
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--write" && i + 1 < argc)
      written = argv[++i];
    else
      files.push_back(argv[i]);
  }
  std::printf(
      "| set | pairs | bytes | equal | 1/median per s | mean per s | median µs | p99 µs | p99.9 µs | max ms |\n");
  std::printf("|---|---|---|---|---|---|---|---|---|---|\n");
  std::vector<Pair> all;
  const auto constructed_pairs = [&](const char* name, const std::vector<Category>& categories, Grade grade) {
    const auto pairs = constructed(categories, 40);
    measure(name, pairs, grade, 3);
    all.insert(all.end(), pairs.begin(), pairs.end());
  };
  constructed_pairs("numbers", number_categories(), cohort::rewards::compare_math);
  constructed_pairs("expressions", algebra_categories(), cohort::rewards::compare_math);
  constructed_pairs("collections", collection_categories(), cohort::rewards::compare_math);
  measure("all of these", all, cohort::rewards::compare_math, 3);
  measure("responses", constructed(response_categories(), 40), cohort::rewards::grade_math, 3);
  for (const std::string& file : files)
    measure(file.substr(file.find_last_of('/') + 1).c_str(), read(file), cohort::rewards::grade_math, 3);
  measure("blow-ups", blow_ups(), cohort::rewards::compare_math, 1);
  std::vector<Pair> hostile;
  for (const char* gold : {"5", "x+1", "(1,2)", "B", "\\text{no solution}"})
    for (const std::string& text : cohort::test::hostile_texts()) hostile.push_back({gold, text});
  hostile.push_back({"5", cohort::test::repeat("{", 1'000'000)});
  hostile.push_back({"5", cohort::test::repeat("\\boxed{", 1'000'000)});
  const double before = peak_mebibytes();
  measure("hostile responses, 0.3 to 1 MB", hostile, cohort::rewards::grade_math, 1);
  std::printf("\npeak memory %.0f MiB, of which %.0f before the hostile responses (they themselves are %.0f)\n",
              peak_mebibytes(), before, static_cast<double>(hostile.size()) * 0.3);
  if (!written.empty()) {
    std::ofstream out(written);
    for (const Pair& pair : all)
      out << nlohmann::json({{"gold", pair.gold}, {"pred", pair.answer}})
                 .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
          << '\n';
  }
}
