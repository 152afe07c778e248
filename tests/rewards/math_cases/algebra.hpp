// Expressions: roots, functions, complex numbers, polynomials, identities.
#pragma once

#include <cmath>

#include "rewards/math_cases/cases.hpp"

namespace cohort::test::math {

inline std::vector<Category> algebra_categories() {
  struct Value {
    std::string argument, degrees, sine, cosine;
  };
  static const std::vector<Value> angles = {
      {"\\frac{\\pi}{6}", "30", "\\frac{1}{2}", "\\frac{\\sqrt{3}}{2}"},
      {"\\frac{\\pi}{4}", "45", "\\frac{\\sqrt{2}}{2}", "\\frac{1}{\\sqrt{2}}"},
      {"\\frac{\\pi}{3}", "60", "\\frac{\\sqrt{3}}{2}", "\\frac{1}{2}"},
      {"\\frac{2\\pi}{3}", "120", "\\frac{\\sqrt3}{2}", "-\\frac12"},
      {"\\frac{\\pi}{12}", "15", "\\frac{\\sqrt6-\\sqrt2}{4}", "\\frac{\\sqrt6+\\sqrt2}{4}"},
      {"\\frac{7\\pi}{6}", "210", "-\\frac{1}{2}", "-\\frac{\\sqrt{3}}{2}"}};
  const auto identity = [](std::string gold, std::string answer, std::string wrong) {
    return [=](Random& r, bool right) {
      // The variable is any letter, also one that is a unit.
      const std::string x = r.pick<std::string>({"x", "t", "a", "m", "s", "g", "y", "h"});
      std::string texts[2] = {gold, right ? answer : wrong};
      for (std::string& text : texts)
        for (size_t at = text.find('@'); at != text.npos; at = text.find('@')) text.replace(at, 1, x);
      return Pair{texts[0], texts[1]};
    };
  };
  const auto squarefree = [](Random& r) { return r.pick<int64_t>({2, 3, 5, 6, 7, 10, 11, 13, 14, 15}); };
  return {
      {"square roots",
       [=](Random& r, bool right) {
         const int64_t factor = r.between(2, 12), inside = squarefree(r);
         return Pair{fmt::format("{}\\sqrt{{{}}}", factor, inside),
                     fmt::format("\\sqrt{{{}}}", near(r, factor * factor * inside, right, 3))};
       }},
      {"cube roots",
       [=](Random& r, bool right) {
         const int64_t factor = r.between(2, 7), inside = r.pick<int64_t>({2, 3, 5, 6, 7});
         return Pair{fmt::format("{}\\sqrt[3]{{{}}}", factor, inside),
                     fmt::format("\\sqrt[3]{{{}}}", near(r, factor * factor * factor * inside, right))};
       }},
      {"rationalised denominators",
       [=](Random& r, bool right) {
         const int64_t a = squarefree(r), b = r.between(1, 9);
         return Pair{fmt::format("\\frac{{{}}}{{\\sqrt{{{}}}}}", b, a),
                     fmt::format("\\frac{{{}\\sqrt{{{}}}}}{{{}}}", b, a, near(r, a, right, 1))};
       }},
      {"conjugates",
       [=](Random& r, bool right) {
         const int64_t a = r.between(4, 40), b = r.between(2, 3);
         return Pair{fmt::format("\\frac{{1}}{{\\sqrt{{{}}}-\\sqrt{{{}}}}}", a, b),
                     fmt::format("\\frac{{\\sqrt{{{}}}{}\\sqrt{{{}}}}}{{{}}}", a, right ? "+" : "-", b, a - b)};
       }},
      {"nested radicals",
       [](Random& r, bool right) {
         const int64_t a = r.between(2, 30), b = r.between(2, 30);
         return Pair{fmt::format("\\sqrt{{{}}}+\\sqrt{{{}}}", a, b),
                     fmt::format("\\sqrt{{{}+2\\sqrt{{{}}}}}", a + b, near(r, a * b, right, 2))};
       }},
      {"roots with a bracket",
       [=](Random& r, bool right) {
         const int64_t a = r.between(2, 20), b = squarefree(r);
         return Pair{fmt::format("{}\\sqrt{{{}}}", a, b), right ? fmt::format("{}\\sqrt({})", a, b) : str(a)};
       }},
      {"plain syntax",
       [=](Random& r, bool right) {
         const int64_t a = squarefree(r), b = r.between(2, 9);
         return Pair{fmt::format("\\frac{{\\sqrt{{{}}}}}{{{}}}", a, b),
                     fmt::format("sqrt({})/{}", near(r, a, right, 1), b)};
       }},
      {"plain powers",
       [](Random& r, bool right) {
         const int64_t a = r.between(2, 9), c = r.nonzero(9);
         return Pair{fmt::format("{}x^{{2}} {}", a, term(c)), fmt::format("{}*x**2 {}", a, term(near(r, c, right)))};
       }},
      {"plain functions",
       [](Random& r, bool right) {
         const int64_t a = r.between(2, 20);
         return Pair{fmt::format("e^{{{}}} - 1", a), fmt::format("-1+exp({})", right ? a : a + 1)};
       }},
      {"multiples of pi",
       [](Random& r, bool right) {
         const int64_t a = r.between(2, 30), b = r.between(2, 30);
         return Pair{fmt::format("\\frac{{{}\\pi}}{{{}}}", a, b),
                     r.pick<std::string>({fmt::format("{}*pi/{}", near(r, a, right), b),
                                          fmt::format("{}π/{}", near(r, a, right), b),
                                          fmt::format("\\frac{{{}}}{{{}}}\\pi", near(r, a, right), b)})};
       }},
      {"pi is no decimal",
       [](Random& r, bool right) {
         const int64_t a = r.between(2, 30);
         return Pair{fmt::format("{}\\pi", a),
                     right ? fmt::format("\\pi \\cdot {}", a) : fmt::format("{:.2f}", 3.14 * static_cast<double>(a))};
       }},
      {"sines",
       [](Random& r, bool right) {
         const Value& angle = r.pick(angles);
         return Pair{angle.sine, right ? "\\sin\\left(" + angle.argument + "\\right)"
                                       : "\\sin{" + angle.argument + "} + \\frac{1}{100}"};
       }},
      {"cosines of degrees",
       [](Random& r, bool right) {
         const Value& angle = r.pick(angles);
         return Pair{angle.cosine,
                     right ? "\\cos " + angle.degrees + "^\\circ" : "-\\cos " + angle.degrees + "^{\\circ}"};
       }},
      {"arcs",
       [](Random& r, bool right) {
         const Value& angle = angles[static_cast<size_t>(r.between(0, 2))];
         return Pair{angle.argument, right ? "\\arcsin " + angle.sine : "\\arccos(-" + angle.cosine + ")"};
       }},
      {"logarithms of powers",
       [](Random& r, bool right) {
         const int64_t base = r.between(2, 9), exponent = r.between(2, 9);
         int64_t power = 1;
         for (int64_t i = 0; i < exponent; ++i) power *= base;
         return Pair{str(exponent), fmt::format("\\log_{{{}}} {}", base, near(r, power, right, 1))};
       }},
      {"logarithms of products",
       [](Random& r, bool right) {
         const int64_t a = r.between(2, 99), b = r.between(2, 99);
         return Pair{fmt::format("\\ln {}", a * b), fmt::format("\\ln {} {} \\ln {}", a, right ? "+" : "-", b)};
       }},
      {"powers of functions of a bracket in braces",
       [](Random& r, bool right) {
         const int64_t shift = r.between(1, 9), exponent = r.between(2, 5);
         const std::string name = r.pick<std::string>({"\\ln", "\\sin", "\\cosh"});
         return Pair{fmt::format("{}{{\\left(x + {} \\right)}}^{{{}}}", name, shift, exponent),
                     right ? r.pick<std::string>({fmt::format("({}(x+{}))^{}", name, shift, exponent),
                                                  fmt::format("{}^{}({}+x)", name, exponent, shift)})
                           : fmt::format("{}\\left((x+{})^{}\\right)", name, shift, exponent)};
       }},
      {"the E of computer algebra",
       [](Random& r, bool right) {
         const int64_t factor = r.between(2, 9), shift = r.between(1, 9);
         return Pair{fmt::format("{}e\\sqrt{{{}+e}}", factor, shift),
                     fmt::format("{}*E*sqrt({} + E)", factor, near(r, shift, right, 1))};
       }},
      {"an equation without its denominator",
       [](Random& r, bool right) {
         const int64_t above = r.between(2, 9), shift = r.between(1, 9), other = near(r, above, right, 1);
         return Pair{fmt::format("y = \\frac{{{}}}{{x+{}}}", above, shift),
                     r.pick<std::string>(
                         {fmt::format("y(x+{}) = {}", shift, other), fmt::format("xy + {}y - {} = 0", shift, other)})};
       }},
      {"change of base",
       [](Random& r, bool right) {
         const int64_t a = r.between(3, 99), b = r.between(2, 9);
         return Pair{fmt::format("\\log_{{{}}}({})", b, a),
                     fmt::format("\\frac{{\\ln {}}}{{\\ln {}}}", right ? a : a + 1, b)};
       }},
      {"powers of e",
       [](Random& r, bool right) {
         const int64_t a = r.between(1, 9), b = r.between(1, 9);
         return Pair{fmt::format("e^{{{}}}", near(r, a + b, right, 2)), fmt::format("e^{{{}}}\\cdot e^{{{}}}", a, b)};
       }},
      {"a lost constant",
       [](Random& r, bool right) {
         const int64_t a = r.between(1, 9);
         return Pair{fmt::format("{}-\\frac{{1}}{{e}}", a), fmt::format("{}{}1/\\mathrm{{e}}", a, right ? "-" : "+")};
       }},
      {"complex products",
       [](Random& r, bool right) {
         const int64_t a = r.nonzero(9), b = r.nonzero(9), c = r.nonzero(9), d = r.nonzero(9);
         return Pair{fmt::format("{} {}", near(r, a * c - b * d, right), term(a * d + b * c, "i")),
                     fmt::format("({} {})({} {})", a, term(b, "i"), c, term(d, "i"))};
       }},
      {"complex quotients",
       [](Random& r, bool right) {
         const int64_t a = r.nonzero(9), b = r.nonzero(9), c = r.nonzero(9), d = r.nonzero(9);
         const int64_t e = near(r, c, right);
         return Pair{fmt::format("{} {}", e, term(d, "i")),
                     fmt::format("\\frac{{{} {}}}{{{} {}}}", a * c - b * d, term(a * d + b * c, "i"), a, term(b, "i"))};
       }},
      {"moduli",
       [](Random& r, bool right) {
         const int64_t a = r.nonzero(12), b = r.nonzero(12);
         return Pair{fmt::format("\\sqrt{{{}}}", near(r, a * a + b * b, right)),
                     fmt::format("|{} {}|", a, term(b, "i"))};
       }},
      {"powers of i",
       [](Random& r, bool right) {
         const int64_t n = r.between(2, 400);
         static const std::vector<std::string> powers = {"1", "i", "-1", "-i"};
         return Pair{powers[static_cast<size_t>((n + (right ? 0 : 1)) % 4)], fmt::format("i^{{{}}}", n)};
       }},
      {"Euler",
       [](Random& r, bool right) {
         const int64_t n = r.between(1, 9);
         return Pair{n % 2 == (right ? 1 : 0) ? "-1" : "1", fmt::format("e^{{{}\\pi i}}", n)};
       }},
      {"expanded products",
       [](Random& r, bool right) {
         const int64_t a = r.nonzero(12), b = r.nonzero(12);
         return Pair{fmt::format("(x {})(x {})", term(a), term(b)),
                     fmt::format("x^2 {} {}", a + b == 0 ? "+ 0x" : term(a + b, "x"), term(near(r, a * b, right)))};
       }},
      {"order of terms",
       [](Random& r, bool right) {
         const int64_t a = r.nonzero(9), b = r.nonzero(9), c = r.nonzero(9);
         return Pair{fmt::format("{}x^2 {} {}", a, term(b, "xy"), term(c)),
                     fmt::format("{} {} {}", right ? c : c + 1, term(b, "y x"), term(a, "x^{2}"))};
       }},
      {"cubes",
       [](Random& r, bool right) {
         const int64_t a = r.between(2, 9);
         return Pair{fmt::format("x^3 {} {}", right ? "-" : "+", a * a * a),
                     fmt::format("(x-{0})(x^2+{0}x+{1})", a, a * a)};
       }},
      {"cancelled factors",
       [](Random& r, bool right) {
         const int64_t a = r.between(2, 20);
         return Pair{fmt::format("x{}{}", right ? "+" : "-", a), fmt::format("\\frac{{x^2-{}}}{{x-{}}}", a * a, a)};
       }},
      {"partial fractions",
       [](Random& r, bool right) {
         const int64_t a = r.between(1, 9);
         return Pair{fmt::format("\\frac{{1}}{{n}} - \\frac{{1}}{{n+{}}}", a),
                     fmt::format("\\frac{{{}}}{{n(n+{})}}", near(r, a, right), a)};
       }},
      {"three variables",
       [](Random& r, bool right) {
         const int64_t a = r.between(2, 9);
         return Pair{fmt::format("{0}ab+{0}bc+{0}ca", a),
                     right ? fmt::format("{}(ab+ca+bc)", a) : fmt::format("{}(ab+ca)+bc", a)};
       }},
      {"sin² + cos²", identity("1", "\\sin^2 @ + \\cos^2 @", "\\sin^2 @ - \\cos^2 @")},
      {"double angle", identity("\\sin 2@", "2\\sin @\\cos @", "2\\sin @")},
      {"double angle of the cosine", identity("\\cos 2@", "1 - 2\\sin^2 @", "1 - 2\\sin @")},
      {"tangent", identity("\\tan @", "\\frac{\\sin @}{\\cos @}", "\\frac{\\cos @}{\\sin @}")},
      {"secant", identity("\\sec^2 @", "1+\\tan^2(@)", "1-\\tan^2(@)")},
      {"hyperbolic cosine", identity("\\cosh @", "\\frac{e^@+e^{-@}}{2}", "\\frac{e^@-e^{-@}}{2}")},
      {"root of a square", identity("|@|", "\\sqrt{@^2}", "@")},
      {"root of a quotient", identity("\\frac{1}{\\sqrt{@}}", "\\sqrt{\\frac{1}{@}}", "\\sqrt{@}")},
      {"roots as powers", identity("@^{7/2}", "\\sqrt{@^7}", "\\sqrt{@^5}")},
      {"products of powers", identity("@^7", "@^3 \\cdot @^4", "@^{12}")},
      {"logarithm of a power", identity("2\\ln @", "\\ln @^2", "(\\ln @)^2")},
      {"exponent of a logarithm", identity("@^2", "e^{2\\ln @}", "e^{2}\\ln @")},
      {"equal names",
       [](Random& r, bool right) {
         static const std::vector<std::string> names = {"\\alpha", "\\beta", "\\theta", "x_1", "x_2", "a_{n}", "k"};
         const std::string name = r.pick(names);
         std::string other = r.pick(names);
         while (other == name) other = r.pick(names);
         return Pair{"2" + name + " + 1", "1 + 2" + (right ? name : other)};
       }},
      {"a letter that is a unit",
       [](Random& r, bool right) {
         const std::string x = r.pick<std::string>({"t", "s", "m", "g", "h", "l"});
         return Pair{"5\\sin " + x, right ? "5 \\sin(" + x + ")" : "5\\sin"};
       }},
      {"a lost root",
       [](Random& r, bool right) {
         const int64_t a = r.between(2, 40);
         return Pair{str(a), right ? fmt::format("\\sqrt{{{}}}", a * a) : fmt::format("{}\\sqrt{{2}}", a)};
       }},
      {"functions by name",
       [](Random& r, bool right) {
         const int64_t a = r.between(2, 9);
         return Pair{fmt::format("f(x) = {}x + 1", a), right ? fmt::format("1 + {}x", a) : fmt::format("{}x - 1", a)};
       }},
      {"general terms",
       [](Random& r, bool right) {
         const int64_t a = r.between(2, 9);
         return Pair{fmt::format("a_n = {}n - 1", a), fmt::format("{}n - {}", a, right ? 1 : 2)};
       }},
      {"powers of two",
       [](Random& r, bool right) {
         const int64_t a = r.between(2, 6);
         return Pair{fmt::format("2^{{{}n}}", a), fmt::format("{}^n", right ? (1 << a) : (1 << a) + 2)};
       }},
      {"geometric sums",
       [](Random& r, bool right) {
         return Pair{"2^{n+1} - 1", right ? "2 \\cdot 2^n - 1" : fmt::format("2^n - {}", r.between(1, 5))};
       }},
      {"sums of powers",
       [](Random& r, bool right) {
         const std::string i = r.pick<std::string>({"i", "k"}), end = right ? "n+1" : "n";
         return r.coin()
                    ? Pair{fmt::format("\\sum_{{{0}=0}}^{{n}} x^{0}", i),
                           fmt::format("\\frac{{x^{{{}}}-1}}{{x-1}}", end)}
                    : Pair{fmt::format("\\sum_{{{0}=0}}^{{n}} 3^{0}", i), fmt::format("\\frac{{3^{{{}}}-1}}2", end)};
       }},
      {"geometric series",
       [](Random& r, bool right) {
         const int64_t a = r.between(3, 20);
         return r.coin() ? Pair{fmt::format("\\sum_{{k=0}}^{{\\infty}} \\frac{{1}}{{{}^k}}", a),
                                frac(a + (right ? 0 : 1), a - 1)}
                         : Pair{frac(1, right ? a - 1 : a),
                                fmt::format("\\sum_{{n=1}}^{{\\infty}} \\left(\\frac{{1}}{{{}}}\\right)^n", a)};
       }},
      {"antiderivatives",
       [](Random& r, bool right) {
         const int64_t a = r.between(2, 9);
         return Pair{fmt::format("x^{} + C", a),
                     right ? fmt::format("C + x^{{{}}}", a) : fmt::format("x^{} + C", a + 1)};
       }},
  };
}

}  // namespace cohort::test::math
