#include "rewards/math/unit.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "rewards/math/characters.hpp"

namespace cohort::rewards::math {

namespace {

struct Unit {
  std::string_view name, symbol;
};

// Symbols are case sensitive, words are not and lose a final s.
constexpr auto symbols = [] {
  auto table = std::to_array<Unit>({
      {"mm", "mm"},        {"cm", "cm"},
      {"dm", "dm"},        {"m", "m"},
      {"km", "km"},        {"nm", "nm"},
      {"in", "in"},        {"ft", "ft"},
      {"yd", "yd"},        {"yds", "yd"},
      {"mi", "mi"},        {"mg", "mg"},
      {"g", "g"},          {"kg", "kg"},
      {"kgs", "kg"},       {"lb", "lb"},
      {"lbs", "lb"},       {"oz", "oz"},
      {"s", "s"},          {"sec", "s"},
      {"secs", "s"},       {"ms", "ms"},
      {"min", "min"},      {"mins", "min"},
      {"h", "h"},          {"hr", "h"},
      {"hrs", "h"},        {"d", "day"},
      {"yr", "year"},      {"yrs", "year"},
      {"L", "L"},          {"l", "L"},
      {"mL", "mL"},        {"ml", "mL"},
      {"cl", "cL"},        {"dl", "dL"},
      {"N", "N"},          {"J", "J"},
      {"kJ", "kJ"},        {"W", "W"},
      {"kW", "kW"},        {"kWh", "kWh"},
      {"V", "V"},          {"A", "A"},
      {"K", "K"},          {"Hz", "Hz"},
      {"kHz", "kHz"},      {"MHz", "MHz"},
      {"Pa", "Pa"},        {"kPa", "kPa"},
      {"atm", "atm"},      {"mol", "mol"},
      {"cal", "cal"},      {"kcal", "kcal"},
      {"rad", "rad"},      {"rads", "rad"},
      {"mph", "mi/h"},     {"kph", "km/h"},
      {"kmh", "km/h"},     {"kmph", "km/h"},
      {"rpm", "rpm"},      {"ha", "ha"},
      {"eV", "eV"},        {"ohm", "ohm"},
      {"USD", "$"},        {"EUR", "€"},
      {"TL", "TL"},        {"cc", "cm^3"},
      {"sqft", "ft^2"},    {"gal", "gallon"},
      {"qt", "quart"},     {"pt", "pint"},
      {"tsp", "teaspoon"}, {"tbsp", "tablespoon"},
      {"MB", "MB"},        {"GB", "GB"},
      {"KB", "KB"},        {"kB", "KB"},
      {"bps", "bit/s"},    {"GHz", "GHz"},
      {"MW", "MW"},        {"Nm", "N*m"},
      {"C", "C"},          {"T", "T"},
      {"F", "F"},          {"mA", "mA"},
      {"mV", "mV"},        {"kV", "kV"},
      {"mW", "mW"},        {"GW", "GW"},
      {"kN", "kN"},        {"mJ", "mJ"},
      {"MJ", "MJ"},        {"hPa", "hPa"},
      {"MPa", "MPa"},      {"GPa", "GPa"},
      {"pF", "pF"},        {"nF", "nF"},
      {"nC", "nC"},        {"keV", "keV"},
      {"MeV", "MeV"},      {"GeV", "GeV"},
      {"TB", "TB"},        {"mmol", "mmol"},
  });
  std::sort(table.begin(), table.end(), [](const Unit& a, const Unit& b) { return a.name < b.name; });
  return table;
}();

constexpr auto words = [] {
  auto table = std::to_array<Unit>({
      {"millimeter", "mm"},
      {"millimetre", "mm"},
      {"centimeter", "cm"},
      {"centimetre", "cm"},
      {"decimeter", "dm"},
      {"decimetre", "dm"},
      {"meter", "m"},
      {"metre", "m"},
      {"kilometer", "km"},
      {"kilometre", "km"},
      {"inch", "in"},
      {"inche", "in"},
      {"foot", "ft"},
      {"feet", "ft"},
      {"yard", "yd"},
      {"mile", "mi"},
      {"milligram", "mg"},
      {"gram", "g"},
      {"kilogram", "kg"},
      {"kilo", "kg"},
      {"pound", "lb"},
      {"ounce", "oz"},
      {"ton", "ton"},
      {"tonne", "tonne"},
      {"second", "s"},
      {"millisecond", "ms"},
      {"minute", "min"},
      {"hour", "h"},
      {"day", "day"},
      {"week", "week"},
      {"month", "month"},
      {"year", "year"},
      {"decade", "decade"},
      {"centurie", "century"},
      {"century", "century"},
      {"liter", "L"},
      {"litre", "L"},
      {"milliliter", "mL"},
      {"millilitre", "mL"},
      {"newton", "N"},
      {"joule", "J"},
      {"kilojoule", "kJ"},
      {"watt", "W"},
      {"kilowatt", "kW"},
      {"volt", "V"},
      {"ampere", "A"},
      {"amp", "A"},
      {"kelvin", "K"},
      {"hertz", "Hz"},
      {"pascal", "Pa"},
      {"mole", "mol"},
      {"calorie", "cal"},
      {"radian", "rad"},
      {"unit", "unit"},
      {"dollar", "$"},
      {"buck", "$"},
      {"cent", "cent"},
      {"euro", "€"},
      {"penny", "cent"},
      {"pennie", "cent"},
      {"rupee", "₹"},
      {"yen", "¥"},
      {"yuan", "yuan"},
      {"acre", "acre"},
      {"hectare", "ha"},
      {"gallon", "gallon"},
      {"quart", "quart"},
      {"pint", "pint"},
      {"cup", "cup"},
      {"teaspoon", "teaspoon"},
      {"tablespoon", "tablespoon"},
      {"nickel", "nickel"},
      {"dime", "dime"},
      {"quarter", "quarter"},
      {"bit", "bit"},
      {"byte", "byte"},
  });
  std::sort(table.begin(), table.end(), [](const Unit& a, const Unit& b) { return a.name < b.name; });
  return table;
}();

template <typename Table>
std::string_view find(const Table& table, std::string_view name) {
  const auto found = std::lower_bound(table.begin(), table.end(), name,
                                      [](const Unit& unit, std::string_view value) { return unit.name < value; });
  return found != table.end() && found->name == name ? found->symbol : std::string_view();
}

}  // namespace

std::string_view unit_symbol(std::string_view name) {
  char lower[16];
  if (const std::string_view symbol = find(symbols, name); !symbol.empty()) return symbol;
  if (name.size() < 3 || name.size() > sizeof lower) return {};
  for (size_t i = 0; i < name.size(); ++i) lower[i] = to_lower(name[i]);
  const std::string_view word(lower, name.size());
  const std::string_view symbol = find(words, word);
  return symbol.empty() && word.back() == 's' ? find(words, word.substr(0, word.size() - 1)) : symbol;
}

bool is_part_of(std::string_view large, std::string_view small) {
  constexpr std::string_view pairs[][2] = {
      {"year", "month"}, {"week", "day"}, {"day", "h"},  {"h", "min"}, {"h", "s"},  {"min", "s"}, {"ft", "in"},
      {"yd", "ft"},      {"lb", "oz"},    {"$", "cent"}, {"m", "cm"},  {"km", "m"}, {"kg", "g"}};
  return std::any_of(std::begin(pairs), std::end(pairs),
                     [&](const auto& pair) { return pair[0] == large && pair[1] == small; });
}

}  // namespace cohort::rewards::math
