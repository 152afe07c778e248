// Numbers: spellings, exactness, size, percent, units.
#pragma once

#include <cmath>
#include <cstdlib>
#include <numeric>

#include "rewards/math_cases/cases.hpp"

namespace cohort::test::math {

inline std::vector<Category> number_categories() {
  const auto thousands = [](const char* separator) {
    return [separator](Random& r, bool right) {
      const int64_t value = r.between(1'000, 999'999'999);
      return Pair{str(value), grouped(near(r, value, right), separator)};
    };
  };
  const auto decimal = [](int64_t scaled, int64_t places) {  // scaled / 10^places
    std::string digits = str(scaled < 0 ? -scaled : scaled);
    while (static_cast<int64_t>(digits.size()) <= places) digits.insert(0, "0");
    digits.insert(digits.size() - static_cast<size_t>(places), ".");
    return (scaled < 0 ? "-" : "") + digits;
  };
  return {
      {"integers",
       [](Random& r, bool right) {
         const int64_t value = r.between(-9'999, 9'999);
         return Pair{str(value), str(near(r, value, right))};
       }},
      {"integers with .0",
       [](Random& r, bool right) {
         const int64_t value = r.between(-999, 999);
         return Pair{str(value), str(near(r, value, right)) + r.pick<std::string>({".0", ".", ".00"})};
       }},
      {"signs",
       [](Random& r, bool right) {
         const int64_t value = r.between(1, 999);
         return Pair{str(-value),
                     (right ? r.pick<std::string>({"-", "−", "- "}) : r.pick<std::string>({"", "+"})) + str(value)};
       }},
      {"integers of 40 digits",
       [](Random& r, bool right) {
         std::string value = r.digits(40), other = value;
         if (!right) other[39] = other[39] == '9' ? '8' : static_cast<char>(other[39] + 1);
         return Pair{value, other};
       }},
      {"thousands ,", thousands(",")},
      {"thousands {,}", thousands("{,}")},
      {"thousands \\,", thousands("\\,")},
      {"thousands ,\\!", thousands(",\\!")},
      {"thousands blank", thousands(" ")},
      {"thousands '", thousands("'")},
      {"thousands ’", thousands("’")},
      {"thousands \\!,", thousands("\\!,")},
      {"thousands {\\,}", thousands("{\\,}")},
      {"six digits for a fraction",
       [decimal](Random& r, bool right) {
         const int64_t above = r.between(1, 6), places = right ? 15 : r.between(3, 9);
         int64_t scale = 1;
         for (int64_t i = 0; i < places; ++i) scale *= 10;
         return Pair{frac(above, 7), decimal((above * scale + 3) / 7, places)};
       }},
      {"bases in brackets",
       [](Random& r, bool right) {
         const int64_t value = r.between(100, 777) | 1;
         const std::string octal = fmt::format("{:o}", value);
         return Pair{octal + "_8", fmt::format("{}_{{({})}}", octal, right ? 8 : 9)};
       }},
      {"bases in words and braces",
       [](Random& r, bool right) {
         const std::string octal = fmt::format("{:o}", r.between(100, 777) | 1);
         const int64_t base = right ? 8 : 9;
         const std::string named = right ? "eight" : "nine";
         return Pair{
             octal + "_8",
             r.pick<std::string>(
                 {fmt::format("{{{}}}_{{{}}}", octal, base), fmt::format("{} _ {}", octal, base),
                  fmt::format("{}\\,_{{{}}}", octal, base), fmt::format("{}_{{\\text{{base }}{}}}", octal, base),
                  fmt::format("{}_{{\\mathrm{{{}}}}}", octal, named), fmt::format("{} in base {}", octal, base)})};
       }},
      {"fractions set small",
       [](Random& r, bool right) {
         const int64_t above = r.between(2, 60), below = r.between(61, 99);
         const int64_t other = near(r, below, right, 3);
         return Pair{frac(above, below),
                     r.coin() ? fmt::format("^{{{}}}/_{{{}}}", above, other) : fmt::format("{}{{/}}{}", above, other)};
       }},
      {"residues without braces",
       [](Random& r, bool right) {
         const int64_t modulus = r.between(10, 30), rest = r.between(0, modulus - 1);
         return Pair{fmt::format("x \\equiv {} \\pmod{{{}}}", rest, modulus),
                     fmt::format("x \\equiv {}\\pmod {}", rest, right ? modulus : modulus + 1)};
       }},
      {"ratios in words",
       [](Random& r, bool right) {
         const int64_t above = r.between(2, 60), below = r.between(61, 99);
         const int64_t other = near(r, below, right, 3);
         return Pair{fmt::format("{}:{}", above, below), r.coin() ? fmt::format("{} to {}", above, other)
                                                                  : fmt::format("{} \\text{{ to }} {}", above, other)};
       }},
      {"times of the day",
       [](Random& r, bool right) {
         const int64_t hour = r.between(1, 12), minute = r.between(0, 59);
         return Pair{fmt::format("{}:{:02}\\text{{ p.m.}}", hour, minute),
                     right ? fmt::format("{}:{:02}{}", hour, minute, r.pick<std::string>({"\\text{ PM}", " pm"}))
                           : fmt::format("{}:{:02}\\text{{ a.m.}}", hour, minute)};
       }},
      {"residues",
       [](Random& r, bool right) {
         const int64_t modulus = r.between(5, 30), rest = r.between(0, modulus - 1);
         return Pair{fmt::format("{} \\pmod{{{}}}", rest, modulus),
                     fmt::format("x \\equiv {} \\pmod{{{}}}", right ? rest : rest + 1, modulus)};
       }},
      {"plus or minus in plain text",
       [](Random& r, bool right) {
         const int64_t value = r.between(2, 99);
         return Pair{fmt::format("\\pm {}", value), fmt::format("+/- {}", near(r, value, right, 1))};
       }},
      {"fractions not reduced",
       [](Random& r, bool right) {
         const int64_t above = r.nonzero(60), below = r.between(2, 60), factor = r.between(2, 9);
         return Pair{frac(above, below), frac(near(r, above * factor, right), below * factor)};
       }},
      {"fractions with a slash",
       [](Random& r, bool right) {
         const int64_t above = r.nonzero(99), below = r.between(2, 99);
         return Pair{frac(above, below), fmt::format("{}/{}", near(r, above, right), below)};
       }},
      {"fractions without braces",
       [](Random& r, bool right) {
         const int64_t above = r.between(1, 8), below = r.between(2, 9);
         const int64_t other = right ? above : above + 1;
         return Pair{frac(above, below),
                     r.coin() ? fmt::format("\\frac{}{}", other, below) : fmt::format("\\dfrac{{{}}}{}", other, below)};
       }},
      {"sign of a fraction",
       [](Random& r, bool right) {
         const int64_t above = r.between(1, 60), below = r.between(2, 60);
         const std::string sign = right ? "-" : "";
         return Pair{"-" + frac(above, below), r.coin() ? fmt::format("\\frac{{{}{}}}{{{}}}", sign, above, below)
                                                        : fmt::format("\\frac{{{}}}{{{}{}}}", above, sign, below)};
       }},
      {"fractions as decimals",
       [=](Random& r, bool right) {
         const int64_t below = r.pick<int64_t>({2, 4, 5, 8, 10, 16, 20, 25, 40, 50, 80, 125, 200, 250});
         const int64_t above = r.nonzero(400);
         const int64_t scaled = above * (10'000 / below);
         return Pair{frac(above, below), decimal(near(r, scaled, right), 4)};
       }},
      {"decimals",
       [=](Random& r, bool right) {
         const int64_t scaled = r.nonzero(999'999'999);
         return Pair{decimal(scaled, 6), decimal(near(r, scaled, right) * (right ? 10 : 1), right ? 7 : 6)};
       }},
      {"decimals without zero",
       [=](Random& r, bool right) {
         const int64_t scaled = r.between(1, 999);
         return Pair{decimal(scaled, 3), decimal(right ? scaled : scaled % 999 + 1, 3).substr(1)};
       }},
      {"tiny decimals",
       [=](Random& r, bool right) {
         const int64_t zeros = r.between(6, 30), digit = r.between(1, 8);
         const std::string start = "0." + std::string(static_cast<size_t>(zeros), '0');
         return Pair{start + str(digit), start + str(right ? digit : digit + 1)};
       }},
      {"almost an integer",
       [](Random& r, bool right) {
         const int64_t value = r.between(1, 99), zeros = r.between(5, 20);
         return Pair{str(value), str(value) + "." + std::string(static_cast<size_t>(zeros), '0') +
                                     (right ? "" : str(r.between(1, 9)))};
       }},
      {"mixed numbers",
       [](Random& r, bool right) {
         const int64_t whole = r.between(1, 40), below = r.between(2, 20), above = r.between(1, below - 1);
         const int64_t total = near(r, whole * below + above, right);
         return Pair{fmt::format("{}\\frac{{{}}}{{{}}}", whole, above, below), frac(total, below)};
       }},
      {"mixed numbers in words",
       [](Random& r, bool right) {
         const int64_t whole = r.between(1, 40), below = r.between(2, 9), above = r.between(1, below - 1);
         return Pair{frac(whole * below + above, below),
                     fmt::format("{} {}/{}", right ? whole : whole + 1, above, below)};
       }},
      {"sums of fractions",
       [](Random& r, bool right) {
         const int64_t a = r.nonzero(9), b = r.between(2, 9), c = r.between(1, 9), d = r.between(2, 9);
         return Pair{frac(near(r, a * d + b * c, right), b * d), frac(a, b) + " + " + frac(c, d)};
       }},
      {"nested fractions",
       [](Random& r, bool right) {
         const int64_t a = r.between(1, 9), b = r.between(1, 9), c = r.between(1, 9);
         return Pair{frac(near(r, a * c, right), b * c + 1),
                     fmt::format("\\cfrac{{{}}}{{{}+\\cfrac{{1}}{{{}}}}}", a, b, c)};
       }},
      {"percent",
       [](Random& r, bool right) {
         const int64_t value = r.between(1, 99);
         return Pair{frac(value, 100), str(right ? value : value % 99 + 1) + r.pick<std::string>({"\\%", "%"})};
       }},
      {"percent and its number",
       [](Random& r, bool right) {
         const int64_t value = r.between(2, 99);
         return Pair{str(value) + "\\%", str(right ? value : value * 10)};
       }},
      {"scientific",
       [=](Random& r, bool right) {
         const int64_t digits = r.between(11, 99), exponent = r.between(5, 30);
         const int64_t other = right ? exponent : exponent + 1;
         return Pair{fmt::format("{} \\times 10^{{{}}}", decimal(digits, 1), exponent),
                     r.coin() ? fmt::format("{}e{}", decimal(digits, 1), other)
                              : fmt::format("{} \\cdot 10^{{{}}}", digits, other - 1)};
       }},
      {"scientific and tiny",
       [=](Random& r, bool right) {
         const int64_t digits = r.between(11, 98), exponent = r.between(5, 40);
         return Pair{fmt::format("{} \\times 10^{{-{}}}", decimal(digits, 1), exponent),
                     fmt::format("{}e-{}", decimal(right ? digits : digits + 1, 1), exponent)};
       }},
      {"scientific and written out",
       [=](Random& r, bool right) {
         const int64_t digits = r.between(11, 99), exponent = r.between(6, 15);
         const auto zeros = std::string(static_cast<size_t>(exponent - 1), '0');
         return Pair{str(digits) + zeros + (right ? "" : "0"),
                     fmt::format("{}\\times10^{{{}}}", decimal(digits, 1), exponent)};
       }},
      {"tiny powers",
       [](Random& r, bool right) {
         const int64_t base = r.between(2, 9), exponent = r.between(60, 300);
         return Pair{fmt::format("\\frac{{1}}{{{}^{{{}}}}}", base, exponent),
                     fmt::format("{}^{{-{}}}", base, right ? exponent : exponent - 1)};
       }},
      {"huge powers",
       [](Random& r, bool right) {
         const int64_t base = r.between(2, 9), exponent = r.between(500, 3'000);
         return Pair{fmt::format("{}^{{{}}}", base, exponent),
                     fmt::format("{} \\cdot {}^{{{}}}", base, base, right ? exponent - 1 : exponent)};
       }},
      {"one beside a huge power",
       [](Random& r, bool right) {
         const int64_t n = r.between(200, 2'500);
         return Pair{fmt::format("\\frac{{2^{{{}}}+1}}{{3\\cdot 2^{{{}}}}}", n, n + 1),
                     right ? fmt::format("\\frac{{1}}{{6}} + \\frac{{1}}{{3 \\cdot 2^{{{}}}}}", n + 1)
                           : (r.coin() ? "\\frac{1}{6}" : fmt::format("\\frac{{1}}{{3\\cdot 2^{{{}}}}}", n + 1))};
       }},
      {"power towers",
       [](Random& r, bool right) {
         const int64_t a = r.between(2, 3), b = r.between(2, 3), c = r.between(2, 3);
         int64_t exponent = 1;
         for (int64_t i = 0; i < c; ++i) exponent *= b;
         return Pair{fmt::format("{}^{{{}^{{{}}}}}", a, b, c),
                     fmt::format("{}^{{{}}}", a, right ? exponent : b * c + 1)};
       }},
      {"factorials",
       [](Random& r, bool right) {
         const int64_t n = r.between(3, 15);
         int64_t value = 1;
         for (int64_t i = 2; i <= n; ++i) value *= i;
         return Pair{str(near(r, value, right)), str(n) + "!"};
       }},
      {"quotients of factorials",
       [](Random& r, bool right) {
         const int64_t n = r.between(20, 90);
         return Pair{str(near(r, n * (n - 1), right)), fmt::format("\\frac{{{}!}}{{{}!}}", n, n - 2)};
       }},
      {"binomials",
       [](Random& r, bool right) {
         const int64_t n = r.between(4, 40);
         return Pair{str(near(r, n * (n - 1) / 2, right)), fmt::format("\\binom{{{}}}{{{}}}", n, r.coin() ? 2 : n - 2)};
       }},
      {"repeating decimals",
       [](Random& r, bool right) {
         const int64_t value = r.between(1, 8);
         return Pair{frac(value, 9), fmt::format("0.\\overline{{{}}}", right ? value : value % 8 + 1)};
       }},
      {"numeral bases",
       [](Random& r, bool right) {
         const std::string digits = fmt::format("{}0{}", r.between(1, 4), r.between(1, 4));
         const int64_t base = r.between(5, 9);
         return Pair{fmt::format("{}_{{{}}}", digits, base),
                     fmt::format("{}_{}", digits, right ? base : (base == 9 ? 5 : base + 1))};
       }},
      {"numeral bases need the base",
       [](Random& r, bool right) {
         const std::string digits = fmt::format("{}0{}", r.between(1, 4), r.between(1, 4));
         return Pair{digits + "_5", right ? digits + "_{5}" : digits.substr(0, 2) + str(r.between(5, 9))};
       }},
      {"times of the clock",
       [](Random& r, bool right) {
         const int64_t hour = r.between(1, 12), minute = r.between(10, 58);
         return Pair{fmt::format("{}:{}", hour, minute), fmt::format("{}:{}", hour, right ? minute : minute + 1)};
       }},
      {"units",
       [](Random& r, bool right) {
         const int64_t value = r.between(2, 99);
         const std::string unit = r.pick<std::string>({"cm", "meters", "hours", "kg", "miles", "seconds"});
         return Pair{fmt::format("{} \\text{{ {}}}", value, unit), fmt::format("{} {}", near(r, value, right), unit)};
       }},
      {"a missing unit",
       [](Random& r, bool right) {
         const int64_t value = r.between(2, 99);
         return Pair{fmt::format("{}\\text{{ cm}}^2", value), str(near(r, value, right))};
       }},
      {"units converted",
       [](Random& r, bool right) {
         const int64_t value = r.between(1, 99);
         return Pair{fmt::format("{} \\text{{ m}}", value), fmt::format("{} cm", right ? value * 100 : value)};
       }},
      {"dollars",
       [](Random& r, bool right) {
         const int64_t value = r.between(1, 9'999);
         const int64_t other = near(r, value, right);
         return Pair{str(value), r.pick<std::string>({"\\$" + str(other), "$" + str(other), str(other) + " dollars",
                                                      "\\$" + str(other) + ".00"})};
       }},
      {"degrees",
       [](Random& r, bool right) {
         const int64_t value = r.between(1, 359);
         return Pair{str(value) + "^\\circ", str(near(r, value, right)) + r.pick<std::string>({"", "^{\\circ}", "°"})};
       }},
      {"ratios",
       [](Random& r, bool right) {
         const int64_t a = r.between(1, 20), b = r.between(21, 40);
         return Pair{fmt::format("{}:{}", a, b), fmt::format("{} : {}", a, near(r, b, right))};
       }},
      {"Unicode signs",
       [](Random& r, bool right) {
         const int64_t a = r.between(2, 30), b = r.between(2, 30);
         return Pair{str(near(r, a * b - 1, right)), fmt::format("{} × {} − 1", a, b)};
       }},
      {"Unicode fractions",
       [](Random& r, bool right) {
         const int64_t whole = r.between(1, 9);
         return Pair{frac(2 * whole + 1, 2), str(right ? whole : whole + 1) + "½"};
       }},
      {"greatest common divisors",
       [](Random& r, bool right) {
         const int64_t a = r.between(2, 200), b = r.between(2, 200);
         return Pair{str(near(r, std::gcd(a, b), right)), fmt::format("\\gcd({}, {})", a, b)};
       }},
      {"remainders",
       [](Random& r, bool right) {
         const int64_t a = r.between(10, 500), b = r.between(3, 20);
         return Pair{str(near(r, a % b, right)), fmt::format("{} \\bmod {}", a, b)};
       }},
      {"floors",
       [](Random& r, bool right) {
         const int64_t a = r.between(10, 500), b = r.between(3, 20);
         return Pair{str(near(r, a / b, right)), fmt::format("\\lfloor \\frac{{{}}}{{{}}} \\rfloor", a, b)};
       }},
      {"absolute values",
       [](Random& r, bool right) {
         const int64_t a = r.nonzero(50), b = r.nonzero(50);
         return Pair{str(near(r, std::abs(a - b), right)),
                     fmt::format("|{} - {}|", a, b < 0 ? "(" + str(b) + ")" : str(b))};
       }},
      {"sums of a range",
       [](Random& r, bool right) {
         const int64_t n = r.between(3, 60);
         return Pair{str(near(r, n * (n + 1) / 2, right)), fmt::format("\\sum_{{k=1}}^{{{}}} k", n)};
       }},
      {"products of a range",
       [](Random& r, bool right) {
         const int64_t n = r.between(3, 9);
         int64_t value = 1;
         for (int64_t i = 2; i <= n; ++i) value *= i;
         return Pair{str(near(r, value, right)), fmt::format("\\prod_{{k=1}}^{{{}}} k", n)};
       }},
      {"looks",
       [](Random& r, bool right) {
         const int64_t above = r.between(1, 30), below = r.between(2, 30), other = near(r, above, right);
         return Pair{frac(above, below),
                     r.pick<std::string>({fmt::format("\\dfrac{{{}}}{{{}}}", other, below),
                                          fmt::format("\\displaystyle\\tfrac{{{}}}{{{}}}", other, below),
                                          fmt::format("\\left(\\frac{{{}}}{{{}}}\\right)", other, below),
                                          fmt::format("{{\\frac{{{}}}{{{}}}}}", other, below),
                                          fmt::format("\\mathbf{{\\frac{{{}}}{{{}}}}}", other, below),
                                          fmt::format("\\frac{{\\text{{{}}}}}{{{}}}", other, below),
                                          fmt::format("\\frac {{{}}} {{{}}}", other, below)})};
       }},
      {"gold decimals are met to their digits",
       [=](Random& r, bool right) {
         const int64_t n = r.pick<int64_t>({2, 3, 5, 6, 7, 8, 10, 11, 13});
         const int64_t scaled = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(n)) * 10'000));
         return Pair{decimal(right ? scaled : scaled + r.nonzero(30) * 2, 4), fmt::format("\\sqrt{{{}}}", n)};
       }},
      {"a decimal is no root",
       [=](Random& r, bool right) {
         const int64_t n = r.pick<int64_t>({2, 3, 5, 6, 7, 8, 10, 11, 13});
         const int64_t scaled = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(n)) * 1'000)) + 40;
         return Pair{fmt::format("\\sqrt{{{}}}", n), right ? fmt::format("{}^{{1/2}}", n) : decimal(scaled, 3)};
       }},
  };
}

}  // namespace cohort::test::math
