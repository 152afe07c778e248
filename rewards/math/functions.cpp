#include "rewards/math/functions.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace cohort::rewards::math {

namespace {

using Entry = std::pair<std::string_view, Function>;

// In the order of the alphabet, for the search.
constexpr auto names = std::to_array<Entry>({
    {"abs", Function::abs},
    {"arccos", Function::arccos},
    {"arccosh", Function::arccosh},
    {"arccot", Function::arccot},
    {"arccoth", Function::arccoth},
    {"arccsc", Function::arccsc},
    {"arccsch", Function::arccsch},
    {"arcsec", Function::arcsec},
    {"arcsech", Function::arcsech},
    {"arcsin", Function::arcsin},
    {"arcsinh", Function::arcsinh},
    {"arctan", Function::arctan},
    {"arctanh", Function::arctanh},
    {"arg", Function::arg},
    {"binomial", Function::binomial},
    {"cbrt", Function::cbrt},
    {"ceil", Function::ceil},
    {"cis", Function::cis},
    {"conjugate", Function::conjugate},
    {"cos", Function::cos},
    {"cosh", Function::cosh},
    {"cot", Function::cot},
    {"coth", Function::coth},
    {"csc", Function::csc},
    {"csch", Function::csch},
    {"det", Function::det},
    {"double_factorial", Function::double_factorial},
    {"exp", Function::exp},
    {"factorial", Function::factorial},
    {"floor", Function::floor},
    {"gcd", Function::gcd},
    {"im", Function::im},
    {"lcm", Function::lcm},
    {"lg", Function::lg},
    {"ln", Function::ln},
    {"log", Function::log},
    {"max", Function::max},
    {"min", Function::min},
    {"mod", Function::mod},
    {"permutations", Function::permutations},
    {"pow", Function::pow},
    {"re", Function::re},
    {"sec", Function::sec},
    {"sech", Function::sech},
    {"sign", Function::sign},
    {"sin", Function::sin},
    {"sinc", Function::sinc},
    {"sinh", Function::sinh},
    {"sqrt", Function::sqrt},
    {"tan", Function::tan},
    {"tanh", Function::tanh},
});
static_assert(std::is_sorted(names.begin(), names.end(),
                             [](const Entry& a, const Entry& b) { return a.first < b.first; }));

}  // namespace

Function function_of(std::string_view name) {
  const auto* found = std::lower_bound(names.begin(), names.end(), name,
                                       [](const Entry& entry, std::string_view key) { return entry.first < key; });
  return found != names.end() && found->first == name ? found->second : Function::unknown;
}

}  // namespace cohort::rewards::math
