// The functions that have a value: names to numbers.
#pragma once

#include <string_view>

namespace cohort::rewards::math {

enum class Function {
  unknown,
  // Of one real or complex number
  sin,
  cos,
  tan,
  cot,
  sec,
  csc,
  sinh,
  cosh,
  tanh,
  coth,
  sech,
  csch,
  exp,
  ln,
  lg,
  sqrt,
  abs,
  re,
  im,
  conjugate,
  arg,
  cis,
  // Of one real number
  arcsin,
  arccos,
  arctan,
  arccot,
  arcsec,
  arccsc,
  arcsinh,
  arccosh,
  arctanh,
  arccoth,
  arcsech,
  arccsch,
  sign,
  floor,
  ceil,
  cbrt,
  sinc,
  // Of numbers
  log,
  pow,
  max,
  min,
  factorial,
  double_factorial,
  gcd,
  lcm,
  mod,
  binomial,
  permutations,
  // Of a matrix
  det,
};

Function function_of(std::string_view name);

}  // namespace cohort::rewards::math
