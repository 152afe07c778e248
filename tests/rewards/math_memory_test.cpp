// Memory that grading a hostile response takes: each in a child, whose peak is the kernel's own count.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "cohort/rewards/math.hpp"
#include "rewards/hostile.hpp"

using namespace cohort;
using cohort::test::repeat;

namespace {

constexpr size_t megabyte = 1'000'000;
constexpr long max_mebibytes = 64;

long kibibytes(const char* field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field)) return std::atol(line.c_str() + std::string(field).size());
  return -1;
}

/// Peak memory that `work` takes in a child beyond what the process had, in KiB; −1 where the kernel does not say.
template <typename Work>
long growth(const Work& work) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::ofstream("/proc/self/clear_refs") << 5;  // the peak begins anew
    const long before = kibibytes("VmHWM:");
    work();
    const long grown = before < 0 ? -1 : kibibytes("VmHWM:") - before;
    const bool is_told = write(ends[1], &grown, sizeof grown) == sizeof grown;
    _exit(is_told ? 0 : 1);
  }
  close(ends[1]);
  long grown = -1;
  const bool is_told = read(ends[0], &grown, sizeof grown) == sizeof grown;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE(is_told);
  REQUIRE(status == 0);
  return grown;
}

/// Whether the kernel tells it right: of 32 MiB.
bool is_measured() {
  const long grown = growth([] {
    std::vector<char> memory(32 << 20, 1);
    std::ofstream("/dev/null") << memory[memory.size() / 2];
  });
  return grown > 31 * 1024 && grown < 40 * 1024;
}

std::vector<std::string> texts() {
  std::vector<std::string> all = test::hostile_texts();
  for (const char* unit : {"{",
                           "(",
                           "[",
                           "|",
                           "\\boxed{",
                           "\\boxed{1}",
                           "\\boxed{1} and ",
                           "$",
                           "$1$, ",
                           "$1$ and ",
                           "\\frac{",
                           "\\sqrt{",
                           "^{",
                           "x^",
                           "2^",
                           "1+",
                           "1,",
                           "x=",
                           "the final answer is 1. ",
                           "Answer: ",
                           "\\begin{pmatrix}",
                           "1&2\\\\",
                           "\\text{",
                           "\\int_0^",
                           "\\ln",
                           "!",
                           "²",
                           "½ ",
                           "9",
                           "a",
                           "ab ",
                           "1e9999 ",
                           "<answer>",
                           "\\("})
    all.push_back(repeat(unit, megabyte));
  all.push_back("\\boxed{" + repeat("9", megabyte) + "}");
  // As long as an answer may be: what is parsed, and then compared.
  for (const char* unit : {"9", "9^", "2^{", "(", "x^9+", "\\sqrt{2+", "\\frac{1}{1+", "\\sin", "1,", "(1,2),",
                           "\\ln(2+", "x_1+", "9!", "\\binom{9}{3}+", "\\sum_{k=1}^{9}", "1<x<", "a\\cup", "\\pm 1+"})
    all.push_back("\\boxed{" + repeat(unit, 1'900) + "}");
  for (const char* tower : {"2003^{2002^{2001}}", "9^{9^{9^{9^9}}}", "10^{10^{10}}+1", "1000000!", "(10^6)!",
                            "((((1+x)^{99})^{99})^{99})^{99}", "(x+y+z)^{1000}", "\\binom{1000000}{500000}",
                            "\\sum_{k=1}^{20000} \\frac{1}{k}", "\\prod_{k=1}^{20000} k", "2^{1000000}-1",
                            "(1+\\sqrt2+\\sqrt3+\\sqrt5)^{64}", "(a+b+c+d+e+f)^{30}", "e^{e^{e^{10}}}"})
    all.push_back("\\boxed{" + std::string(tower) + "}");
  return all;
}

}  // namespace

TEST_CASE("a hostile response takes at most 64 MiB") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  MESSAGE("a sanitizer keeps memory of its own: not measured");
#else
  if (!is_measured()) {
    MESSAGE("the kernel does not tell a process's peak: not measured");
    return;
  }
  long worst = 0;
  std::string worst_text;
  for (const std::string gold : {"5", "(a+b+c+d+e+f)^{31}", "\\{1,2\\}", "2003^{2002^{2001}}"})
    for (const std::string& text : texts()) {
      const long grown = growth([&] {
        rewards::grade_math(gold, text);
        rewards::compare_math(gold, text);
      });
      CHECK_MESSAGE(grown <= max_mebibytes * 1024, grown, " KiB for gold ", gold, ", response ", text.substr(0, 60),
                    "…");
      if (grown > worst) worst = grown, worst_text = gold + " | " + text.substr(0, 60);
    }
  MESSAGE("at most ", worst / 1024, " MiB: ", worst_text);
#endif
}
