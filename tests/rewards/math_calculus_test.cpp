#include <doctest/doctest.h>

#include <string>

#include "cohort/rewards/math.hpp"

using namespace cohort::rewards;

namespace {

struct Pair {
  const char* gold;
  const char* answer;
};

void check(std::initializer_list<Pair> pairs, MathVerdict expected) {
  for (const Pair& pair : pairs) {
    const MathResult result = compare_math(pair.gold, pair.answer);
    CHECK_MESSAGE(result.verdict == expected, pair.gold, " | ", pair.answer, ": ",
                  std::string(to_string(result.verdict)), ", ", std::string(result.reason));
  }
}
void check_equal(std::initializer_list<Pair> pairs) { check(pairs, MathVerdict::equal); }
void check_different(std::initializer_list<Pair> pairs) { check(pairs, MathVerdict::different); }

}  // namespace

TEST_CASE("derivatives are worked out") {
  check_equal({{"3x^2", "\\frac{d}{dx} x^3"},
               {"3x^2", "(x^3)'"},
               {"\\frac{d}{dx}\\left(\\sin(3x)\\right)", "3\\cos(3x)"},
               {"(1 - x)e^{-x}", "\\frac{d}{dx}(x e^{-x})"},
               {"\\frac{2x}{x^2 + 3}", "\\frac{d}{dx} \\ln(x^2 + 3)"},
               {"\\frac{x}{\\sqrt{x^2 + 1}}", "\\frac{d}{dx}\\sqrt{x^2 + 1}"},
               {"\\frac{x^2 + 4x}{(x + 2)^2}", "\\frac{d}{dx}\\left(\\frac{x^2}{x + 2}\\right)"},
               {"x^x(\\ln x + 1)", "\\frac{d}{dx}(x^x)"},
               {"3^x\\ln 3", "\\frac{d}{dx} 3^x"},
               {"12x^2", "\\frac{d^2}{dx^2} x^4"},
               {"2xy", "\\frac{\\partial}{\\partial x}(x^2 y)"},
               {"\\frac{1}{1 + x^2}", "\\frac{\\mathrm{d}}{\\mathrm{d}x} \\arctan x"},
               {"y' = 2x", "\\frac{dy}{dx} = 2x"}});
  check_different({{"3x^2", "\\frac{d}{dx} x^2"},
                   {"\\cos 3x", "\\frac{d}{dx} \\sin 3x"},
                   {"e^{-x}", "\\frac{d}{dx}(x e^{-x})"},
                   {"-\\frac{1}{1 + x^2}", "\\frac{d}{dx} \\arctan x"},
                   {"4x^3", "\\frac{d^2}{dx^2} x^4"}});
}

TEST_CASE("definite integrals are worked out") {
  check_equal({{"\\frac{8}{3}", "\\int_0^2 x^2 \\, dx"},
               {"105", "\\int_0^5 (3x^2 - 2x + 1)\\,\\mathrm{d}x"},
               {"\\ln 7", "\\int_1^7 \\frac{1}{x} dx"},
               {"2", "\\int_0^{\\pi} \\sin x\\,dx"},
               {"\\frac{\\pi}{4}", "\\int_0^1 \\frac{1}{1 + x^2} dx"},
               {"\\frac{\\pi}{6}", "\\int_0^1 \\frac{dx}{\\sqrt{4 - x^2}}"},
               {"1", "\\int_0^1 x e^x dx"},
               {"2\\ln 2 - 1", "\\int_1^2 \\ln x\\,dx"},
               {"\\frac{e - 1}{2}", "\\int_0^1 x e^{x^2} dx"},
               {"\\frac{\\pi}{2}", "\\int_0^{\\pi} \\sin^2 x\\,dx"},
               {"\\ln\\frac43", "\\int_1^2 \\frac{1}{x(x + 1)} dx"},
               {"1", "\\int_0^{\\infty} e^{-x} dx"},
               {"\\ln x", "\\int_1^x \\frac{1}{t} dt"}});
  check_different({{"\\frac{4}{3}", "\\int_0^2 x^2 \\, dx"},
                   {"0", "\\int_0^{\\pi} \\sin x\\,dx"},
                   {"-2", "\\int_{-1}^1 \\frac{1}{x^2} dx"},  // not over a pole
                   {"0", "\\int_{-1}^1 \\frac{1}{x} dx"},
                   {"e", "\\int_0^1 x e^x dx"}});
}

TEST_CASE("an integral without limits is what has its body as derivative, with a constant") {
  check_equal({{"\\frac{x^3}{3} + C", "\\int x^2\\,dx"},
               {"\\int \\sin x\\,dx", "-\\cos x + C"},
               {"\\int x e^{x^2} dx", "\\frac12 e^{x^2} + C"},
               {"\\frac{x^2}{2}", "\\int x\\,dx"}});
  check_different(
      {{"\\frac{x^2}{3} + C", "\\int x^2\\,dx"}, {"\\int \\sin x\\,dx", "\\cos x + C"}, {"x^2 + C", "\\int 2\\,dx"}});
}

TEST_CASE("limits are worked out") {
  check_equal({{"\\frac23", "\\lim_{x\\to\\infty} \\frac{2x + 1}{3x - 5}"},
               {"5", "\\lim_{x\\to 0} \\frac{\\sin 5x}{x}"},
               {"\\frac12", "\\lim_{x\\to 0} \\frac{1 - \\cos x}{x^2}"},
               {"6", "\\lim_{x\\to 3} \\frac{x^2 - 9}{x - 3}"},
               {"e^8", "\\lim_{n\\to\\infty} \\left(1 + \\frac8n\\right)^n"},
               {"e^{-2}", "\\lim_{n\\to\\infty} \\left(1 - \\frac1n\\right)^{2n}"},
               {"0", "\\lim_{x\\to\\infty} \\frac{x^2}{x^3 + 1}"},
               {"2", "\\lim_{x\\to 3^-} (x - 1)"},
               {"\\infty", "\\lim_{x\\to\\infty} x"}});
  check_different({{"\\frac32", "\\lim_{x\\to\\infty} \\frac{2x + 1}{3x - 5}"},
                   {"0", "\\lim_{x\\to 0} \\frac{\\sin 5x}{x}"},
                   {"e", "\\lim_{n\\to\\infty} \\left(1 + \\frac8n\\right)^n"},
                   {"-\\infty", "\\lim_{x\\to\\infty} x"}});
}

TEST_CASE("sums and products with dots go on as they began") {
  check_equal({{"\\frac{n(n + 1)}{2}", "1 + 2 + \\cdots + n"},
               {"\\frac{n(n + 1)}{2}", "1 + 2 + 3 + \\dots + (n - 1) + n"},
               {"5050", "1 + 2 + \\cdots + 100"},
               {"500000500000", "1 + 2 + 3 + \\cdots + 1000000"},
               {"n^2", "1 + 3 + 5 + \\cdots + (2n - 1)"},
               {"\\frac{n(n + 1)(2n + 1)}{6}", "1^2 + 2^2 + \\cdots + n^2"},
               {"2^{n + 1} - 1", "1 + 2 + 4 + \\cdots + 2^n"},
               {"2", "1 + \\frac12 + \\frac14 + \\cdots"},
               {"\\frac{x^{n + 1} - 1}{x - 1}", "1 + x + x^2 + \\cdots + x^n"},
               {"\\frac{n}{n + 1}", "\\frac{1}{1 \\cdot 2} + \\frac{1}{2 \\cdot 3} + \\cdots + \\frac{1}{n(n + 1)}"},
               {"n!", "1 \\cdot 2 \\cdot 3 \\cdots n"}});
  check_different({{"\\frac{n(n - 1)}{2}", "1 + 2 + \\cdots + n"},
                   {"n^2", "1 + 2 + 3 + \\cdots + n"},
                   {"5051", "1 + 2 + \\cdots + 100"},
                   {"2^n - 1", "1 + 2 + 4 + \\cdots + 2^n"},
                   {"\\frac32", "1 + \\frac12 + \\frac14 + \\cdots"},
                   {"(n - 1)!", "1 \\cdot 2 \\cdot 3 \\cdots n"}});
}

TEST_CASE("what is left to be worked out ends within the budget") {
  std::string nested = "x";
  for (int i = 0; i < 40; ++i) nested = "\\frac{d}{dx}\\left(" + nested + "\\cdot\\sin(x^2)\\right)";
  const MathResult result = compare_math("x", nested);
  CHECK(result.verdict != MathVerdict::equal);
  CHECK(compare_math("x", "\\int_0^1 \\frac{\\ln x}{\\ln(x + 2)^7} x^9 dx").verdict != MathVerdict::equal);
}

TEST_CASE("values that are known by name are known") {
  check_equal({{"\\frac{\\pi^2}{6}", "\\sum_{n=1}^\\infty \\frac{1}{n^2}"},
               {"e", "\\sum_{k=0}^\\infty \\frac{1}{k!}"},
               {"\\frac{\\pi}{4}", "\\sum_{n=0}^\\infty \\frac{(-1)^n}{2n+1}"},
               {"\\ln 2", "\\sum_{n=1}^\\infty \\frac{(-1)^{n-1}}{n}"},
               {"1", "\\sum_{n=1}^\\infty \\frac{1}{n(n+1)}"},
               {"\\sqrt{\\pi}", "\\int_{-\\infty}^{\\infty} e^{-x^2}\\,dx"},
               {"-1", "\\int_0^1 \\ln x \\, dx"},
               {"\\frac{\\pi}{2}", "\\int_0^\\infty \\frac{dx}{1+x^2}"},
               {"\\frac12", "\\int_1^\\infty \\frac{1}{x^{3}}\\,dx"}});
  check_different({{"\\frac{\\pi^2}{6}", "\\sum_{n=2}^\\infty \\frac{1}{n^2}"},
                   {"\\frac{\\pi^2}{6}", "\\sum_{n=0}^\\infty \\frac{1}{n^2}"},
                   {"e", "\\sum_{k=1}^\\infty \\frac{1}{k!}"},
                   {"\\ln 2", "\\sum_{n=1}^\\infty \\frac{(-1)^{n}}{n}"},
                   {"\\sqrt{\\pi}", "\\int_{0}^{\\infty} e^{-x^2}\\,dx"},
                   {"1", "\\int_0^1 \\ln x \\, dx"}});
}

TEST_CASE("differences with roots and powers of themselves have limits") {
  check_equal({{"2", "\\lim_{x\\to\\infty} \\left(\\sqrt{x^2+4x} - x\\right)"},
               {"\\frac{9}{2}", "\\lim_{x\\to\\infty} (\\sqrt{x^2+9x} - x)"},
               {"1", "\\lim_{x\\to 0^+} x^x"}});
  check_different({{"4", "\\lim_{x\\to\\infty} \\left(\\sqrt{x^2+4x} - x\\right)"},
                   {"2", "\\lim_{x\\to-\\infty} \\left(\\sqrt{x^2+4x} - x\\right)"},
                   {"0", "\\lim_{x\\to 0^+} x^x"}});
}

TEST_CASE("powers with dots between are summed") {
  check_equal({{"x^{21} - 1", "(x-1)(x^{20} + x^{19} + \\cdots + x + 1)"},
               {"x^n - 1", "(x-1)(x^{n-1} + x^{n-2} + \\cdots + x + 1)"},
               {"1 - \\frac{1}{2^n}", "\\frac12+\\frac14+\\cdots+\\frac{1}{2^n}"}});
  check_different({{"x^{20} - 1", "(x-1)(x^{20} + x^{19} + \\cdots + x + 1)"},
                   {"x^{21} - 1", "(x-1)(x^{20} + x^{18} + \\cdots + x + 1)"},
                   {"x^{21} + 1", "(x-1)(x^{20} + x^{19} + \\cdots + x + 1)"},
                   {"1 - \\frac{1}{2^{n+1}}", "\\frac12+\\frac14+\\cdots+\\frac{1}{2^n}"}});
}

TEST_CASE("series without end are added up where their terms say to what") {
  check_equal({{"\\sum_{n=0}^{\\infty}\\frac{6^n}{n!}", "\\exp(6)"},
               {"\\sum_{n=0}^{\\infty}\\frac{x^n}{n!}", "e^x"},
               {"e^{-3x}", "\\sum_{k=0}^{\\infty}\\frac{(-3x)^k}{k!}"},
               {"e - 2", "\\sum_{n=2}^{\\infty}\\frac{1}{n!}"},
               {"\\cos x", "\\sum_{n=0}^{\\infty}\\frac{(-1)^n x^{2n}}{(2n)!}"},
               {"\\sin x", "\\sum_{n=1}^{\\infty}\\frac{(-1)^{n-1} x^{2n-1}}{(2n-1)!}"},
               {"5\\zeta(2)", "\\sum_{n=1}^{\\infty}\\frac{5}{n^2}"},
               {"\\frac{\\pi^2}{6}", "\\zeta(2)"},
               {"\\frac{\\pi^4}{90}", "\\zeta(4)"},
               {"\\zeta(3)", "\\sum_{n=1}^{\\infty}\\frac{1}{n^3}"},
               {"\\frac{\\pi^2}{6} - 1", "\\sum_{n=2}^{\\infty}\\frac{1}{n^2}"},
               {"\\frac{\\pi^2}{8}", "\\sum_{n=0}^{\\infty}\\frac{1}{(2n+1)^2}"},
               {"\\frac{\\pi^2}{12}", "\\sum_{n=1}^{\\infty}\\frac{(-1)^{n+1}}{n^2}"},
               {"\\frac{\\pi}{4}", "\\sum_{n=1}^{\\infty}\\frac{(-1)^{n+1}}{2n-1}"},
               {"9", "\\sum_{n=1}^\\infty\\frac{9}{n(n+1)}"},
               {"\\frac{3}{4}", "\\sum_{n=2}^\\infty\\frac{1}{n^2-1}"},
               {"\\frac{1}{4}", "\\sum_{n=1}^\\infty\\frac{1}{n(n+1)(n+2)}"},
               {"\\frac{1}{2}", "\\sum_{n=1}^\\infty\\frac{1}{4n^2-1}"},
               {"\\ln 2", "\\sum_{n=1}^\\infty\\frac{1}{n 2^n}"},
               {"2", "\\sum_{n=1}^\\infty\\frac{n}{2^n}"},
               {"6", "\\sum_{n=1}^\\infty\\frac{n^2}{2^n}"}});
  check_different({{"\\sum_{n=0}^{\\infty}\\frac{6^n}{n!}", "\\exp(5)"},
                   {"\\sum_{n=1}^{\\infty}\\frac{x^n}{n!}", "e^x"},
                   {"\\sin x", "\\sum_{n=0}^{\\infty}\\frac{(-1)^n x^{2n}}{(2n)!}"},
                   {"\\cos x", "\\sum_{n=0}^{\\infty}\\frac{x^{2n}}{(2n)!}"},
                   {"\\frac{\\pi^2}{6}", "\\zeta(4)"},
                   {"\\frac{\\pi^2}{6}", "\\sum_{n=2}^{\\infty}\\frac{1}{n^2}"},
                   {"9", "\\sum_{n=2}^\\infty\\frac{9}{n(n+1)}"},
                   {"1", "\\sum_{n=1}^\\infty\\frac{1}{n(n+2)}"},
                   {"2", "\\sum_{n=1}^\\infty\\frac{n}{3^n}"},
                   {"\\ln 2", "\\sum_{n=1}^\\infty\\frac{1}{n 3^n}"}});
  // Without end, or over a term that is not there.
  CHECK(compare_math("1", "\\sum_{n=1}^\\infty\\frac{1}{n}").verdict != MathVerdict::equal);
  CHECK(compare_math("1", "\\sum_{n=0}^\\infty\\frac{1}{n(n+1)}").verdict != MathVerdict::equal);
  CHECK(compare_math("0", "\\sum_{n=1}^\\infty\\frac{n}{n+1}").verdict != MathVerdict::equal);
}
