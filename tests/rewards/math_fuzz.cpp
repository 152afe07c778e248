// math_fuzz [INPUTS [SEED]]: grades mutated answers and responses, and fails if one takes too long or makes no sense.
// Without arguments it is a short test with a new seed; with a number, a night's work for the sanitizers.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "cohort/rewards/math.hpp"
#include "rewards/math_cases/algebra.hpp"
#include "rewards/math_cases/collections.hpp"
#include "rewards/math_cases/numbers.hpp"
#include "rewards/math_cases/responses.hpp"

using namespace cohort::test::math;
using cohort::rewards::MathResult;
using cohort::rewards::MathVerdict;

namespace {

// Of this thread's own time, which a busy machine does not stretch. A sanitizer costs a factor of ten to thirty.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double max_seconds = 2;
#else
constexpr double max_seconds = 0.1;
#endif

double cpu_seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

const std::vector<std::string>& tokens() {
  static const std::vector<std::string> all = {"\\boxed{",
                                               "\\frac{",
                                               "\\frac",
                                               "\\sqrt{",
                                               "\\sqrt[",
                                               "^{",
                                               "^",
                                               "_",
                                               "_{",
                                               "{",
                                               "}",
                                               "(",
                                               ")",
                                               "[",
                                               "]",
                                               "\\{",
                                               "\\}",
                                               "|",
                                               "||",
                                               "\\left(",
                                               "\\right)",
                                               "\\left|",
                                               "\\begin{pmatrix}",
                                               "\\end{pmatrix}",
                                               "\\begin{cases}",
                                               "\\end{cases}",
                                               "\\begin{align*}",
                                               "\\end{align*}",
                                               "&",
                                               "\\\\",
                                               ",",
                                               ";",
                                               ":",
                                               ".",
                                               "...",
                                               "\\ldots",
                                               "+\\cdots+",
                                               "!",
                                               "!!",
                                               "=",
                                               "<",
                                               ">",
                                               "\\le",
                                               "\\ne",
                                               "\\pm",
                                               "\\cdot",
                                               "\\times",
                                               "+",
                                               "-",
                                               "*",
                                               "**",
                                               "/",
                                               "%",
                                               "\\%",
                                               "$",
                                               "$$",
                                               "\\$",
                                               "\\(",
                                               "\\)",
                                               "\\[",
                                               "\\]",
                                               "\\text{",
                                               "\\mathrm{",
                                               "\\hat{",
                                               "\\mathbf{i}",
                                               "\\sum_{k=1}^{",
                                               "\\int_0^",
                                               "\\prod_{",
                                               "\\int ",
                                               "dx",
                                               "\\frac{d}{dx}",
                                               "\\lim_{x\\to",
                                               "\\binom{",
                                               "\\sin",
                                               "\\log_",
                                               "\\ln",
                                               "\\infty",
                                               "\\pi",
                                               "e^",
                                               "i",
                                               "x",
                                               "n",
                                               "999999999",
                                               "10^{10^{10}}",
                                               "2003^{2002^{2001}}",
                                               "0.",
                                               "1e9999",
                                               "1e-9999",
                                               "0.\\overline{",
                                               "_5",
                                               "°",
                                               "√",
                                               "π",
                                               "½",
                                               "−",
                                               "∪",
                                               "\\cup",
                                               "\\setminus",
                                               "\\mathbb{R}",
                                               "and",
                                               "or",
                                               " ",
                                               "\n",
                                               "<think>",
                                               "</think>",
                                               "<answer>",
                                               "</answer>",
                                               "####",
                                               "Answer:",
                                               "the answer is",
                                               "答案",
                                               "\xff",
                                               std::string(1, '\0'),
                                               "\xe2\x88",
                                               "cm",
                                               "km/h",
                                               "million",
                                               "A",
                                               "(B)",
                                               "1000000!",
                                               "\\overline{",
                                               "\\bmod"};
  return all;
}

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : random_(seed) {
    for (const auto& list : {number_categories(), algebra_categories(), collection_categories(), response_categories()})
      categories_.insert(categories_.end(), list.begin(), list.end());
  }

  Pair next() {
    Pair pair = make();
    if (random_.between(0, 3) > 0) mutate(pair.answer);
    if (random_.between(0, 3) == 0) mutate(pair.gold);
    return pair;
  }

 private:
  Pair make() { return random_.pick(categories_).make(random_, random_.coin()); }
  size_t place(const std::string& text) {
    return static_cast<size_t>(random_.between(0, static_cast<int64_t>(text.size())));
  }

  void mutate(std::string& text) {
    for (int64_t left = random_.between(1, 6); left > 0; --left) {
      const size_t at = place(text);
      switch (random_.between(0, 6)) {
        case 0:
        case 1:
          text.insert(at, random_.pick(tokens()));
          break;
        case 2:
          text.erase(at, static_cast<size_t>(random_.between(1, 8)));
          break;
        case 3:
          if (!text.empty()) text[at % text.size()] = static_cast<char>(random_.between(0, 255));
          break;
        case 4: {  // repeat a part, sometimes often
          const std::string part = text.substr(at, static_cast<size_t>(random_.between(1, 12)));
          const int64_t count = random_.between(0, 40) == 0 ? random_.between(100, 2'000) : random_.between(1, 4);
          std::string repeated;
          for (int64_t i = 0; i < count; ++i) repeated += part;
          text.insert(at, repeated);
          break;
        }
        case 5: {  // splice
          const std::string other = make().answer;
          text = text.substr(0, at) + other.substr(std::min(place(other), other.size()));
          break;
        }
        default: {
          const std::string token = random_.pick(tokens());
          const int64_t count = random_.between(0, 60) == 0 ? random_.between(50, 1'000) : 2;
          for (int64_t i = 0; i < count; ++i) text.insert(std::min(at, text.size()), token);
        }
      }
      if (text.size() > 20'000) text.resize(20'000);
    }
  }

  Random random_;
  std::vector<Category> categories_;
};

std::string shown(const std::string& text) {
  std::string out;
  for (const char c : text.substr(0, 600)) {
    if (c >= ' ' && c < 0x7f)
      out += c;
    else
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return out;
}

bool makes_sense(const MathResult& result, size_t size) {
  const bool has_score = result.verdict != MathVerdict::gold_unparsed && result.verdict != MathVerdict::budget_exceeded;
  if (result.score.has_value() != has_score) return false;
  if (result.score && (*result.score == 1) != (result.verdict == MathVerdict::equal)) return false;
  return result.begin <= result.end && result.end <= size;
}

}  // namespace

int main(int argc, char** argv) {
  const int64_t inputs = argc > 1 ? std::atoll(argv[1]) : 20'000;
  const uint64_t seed = argc > 2 ? static_cast<uint64_t>(std::atoll(argv[2])) : std::random_device()();
  Mutator mutator(seed);
  int64_t failures = 0, verdicts[5] = {}, not_itself = 0;
  double slowest = 0;
  std::string slowest_pair;
  for (int64_t i = 0; i < inputs && failures < 20; ++i) {
    const Pair pair = mutator.next();
    // Long comparisons repeat what short ones did: most inputs get a tenth of the budget, and so three times as many
    // fit into a night.
    cohort::rewards::MathOptions options;
    if (i % 8 != 0) options.budget /= 10;
    const double start = cpu_seconds();
    const MathResult graded = cohort::rewards::grade_math(pair.gold, pair.answer, options);
    const MathResult compared =
        i % 4 == 0 ? cohort::rewards::compare_math(pair.gold, pair.answer, options) : MathResult{.score = 0.0};
    const double took = cpu_seconds() - start;
    ++verdicts[static_cast<size_t>(graded.verdict)];
    if (took > slowest) {
      slowest = took;
      slowest_pair = "gold " + shown(pair.gold) + " | response " + shown(pair.answer);
    }
    if (took > max_seconds) {
      ++failures;
      std::fprintf(stderr, "%.3f s: gold %s | response %s\n", took, shown(pair.gold).c_str(),
                   shown(pair.answer).c_str());
    }
    if (!makes_sense(graded, pair.answer.size()) || !makes_sense(compared, pair.answer.size())) {
      ++failures;
      std::fprintf(stderr, "score, verdict and place disagree: gold %s | response %s\n", shown(pair.gold).c_str(),
                   shown(pair.answer).c_str());
    }
    if (i % 8 == 0) {
      const MathVerdict self = cohort::rewards::compare_math(pair.gold, pair.gold).verdict;
      if (self == MathVerdict::different && not_itself++ < 10)
        std::fprintf(stderr, "not equal to itself: %s\n", shown(pair.gold).c_str());
    }
  }
  std::printf(
      "seed %llu: %lld inputs; equal %lld, different %lld, unparsed %lld, gold_unparsed %lld, budget_exceeded %lld; "
      "slowest pair %.1f ms; %lld of %lld golds differ from themselves\n",
      static_cast<unsigned long long>(seed), static_cast<long long>(inputs), static_cast<long long>(verdicts[0]),
      static_cast<long long>(verdicts[1]), static_cast<long long>(verdicts[2]), static_cast<long long>(verdicts[3]),
      static_cast<long long>(verdicts[4]), 1e3 * slowest, static_cast<long long>(not_itself),
      static_cast<long long>((inputs + 7) / 8));
  if (slowest > 0.02) std::printf("slowest: %s\n", slowest_pair.c_str());
  return failures == 0 ? 0 : 1;
}
