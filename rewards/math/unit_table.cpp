#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "rewards/math/units.hpp"

namespace cohort::rewards::math {
namespace {

/// Names of one unit, parted by blanks; numerator/denominator of the product of bases it is.
struct Row {
  std::string_view names;
  std::string_view numerator, denominator;
  std::string_view dimensions;  // "kg 1 m 2 s -2"
  bool takes_prefix = false;    // names of one or two letters take k, c, m, µ; long ones kilo, centi, …
};

constexpr Row table[] = {
    // International system
    {"m meter metre", "1", "1", "m 1", true},
    {"g gram gramme", "1", "1", "g 1", true},
    {"s sec second", "1", "1", "s 1", true},
    {"A ampere amp", "1", "1", "A 1", true},
    {"K kelvin", "1", "1", "K 1", true},
    {"mol mole", "1", "1", "mol 1", true},
    {"cd candela", "1", "1", "cd 1"},
    {"Hz hertz", "1", "1", "s -1", true},
    {"N newton", "1000", "1", "g 1 m 1 s -2", true},
    {"Pa pascal", "1000", "1", "g 1 m -1 s -2", true},
    {"J joule", "1000", "1", "g 1 m 2 s -2", true},
    {"W watt", "1000", "1", "g 1 m 2 s -3", true},
    {"C coulomb", "1", "1", "A 1 s 1", true},
    {"V volt", "1000", "1", "g 1 m 2 s -3 A -1", true},
    {"F farad", "1", "1000", "g -1 m -2 s 4 A 2", true},
    {"Ω Omega ohm", "1000", "1", "g 1 m 2 s -3 A -2", true},
    {"S siemens", "1", "1000", "g -1 m -2 s 3 A 2", true},
    {"Wb weber", "1000", "1", "g 1 m 2 s -2 A -1", true},
    {"T tesla", "1000", "1", "g 1 s -2 A -1", true},
    {"H henry", "1000", "1", "g 1 m 2 s -2 A -2", true},
    {"L l liter litre", "1", "1000", "m 3", true},
    {"t tonne", "1000000", "1", "g 1", true},
    {"ha hectare", "10000", "1", "m 2"},
    {"bar", "100000000", "1", "g 1 m -1 s -2", true},
    {"atm atmosphere", "101325000", "1", "g 1 m -1 s -2"},
    {"mmHg torr", "2533125", "19", "g 1 m -1 s -2"},
    {"cal calorie", "4184", "1", "g 1 m 2 s -2", true},
    {"eV electronvolt", "801088317", "5000000000000000000000000", "g 1 m 2 s -2", true},
    {"Wh watt-hour", "3600000", "1", "g 1 m 2 s -2", true},
    {"Å angstrom", "1", "10000000000", "m 1"},
    {"micron", "1", "1000000", "m 1"},
    {"au AU", "149597870700", "1", "m 1"},
    {"ly light-year lightyear", "9460730472580800", "1", "m 1"},
    // Time
    {"min minute", "60", "1", "s 1"},
    {"h hr hour", "3600", "1", "s 1"},
    {"d day", "86400", "1", "s 1"},
    {"wk week", "604800", "1", "s 1"},
    {"fortnight", "1209600", "1", "s 1"},
    // Months and years have no fixed number of days.
    {"mo month", "1", "1", "month 1"},
    {"yr year y", "12", "1", "month 1"},
    {"decade", "120", "1", "month 1"},
    {"century", "1200", "1", "month 1"},
    // Angle
    {"rad radian", "1", "1", "rad 1"},
    {"° deg degree", "pi", "180", "rad 1"},
    {"arcmin arcminute", "pi", "10800", "rad 1"},
    {"arcsec arcsecond", "pi", "648000", "rad 1"},
    {"rev revolution turn", "pi", "1/2", "rad 1"},
    {"rpm", "pi", "30", "rad 1 s -1"},
    // Length, area, volume, mass, speed in the imperial system and that of the United States
    {"in inch inches \"", "254", "10000", "m 1"},
    {"ft foot feet '", "3048", "10000", "m 1"},
    {"yd yard", "9144", "10000", "m 1"},
    {"mi mile", "1609344", "1000", "m 1"},
    {"nmi nautical-mile", "1852", "1", "m 1"},
    {"mil", "254", "10000000", "m 1"},
    {"rod", "50292", "10000", "m 1"},
    {"furlong", "201168", "1000", "m 1"},
    {"acre", "40468564224", "10000000", "m 2"},
    {"gal gallon", "3785411784", "1000000000000", "m 3"},
    {"qt quart", "946352946", "1000000000000", "m 3"},
    {"pt pint", "473176473", "1000000000000", "m 3"},
    {"cup", "2365882365", "10000000000000", "m 3"},
    {"floz fluid-ounce", "295735295625", "10000000000000000", "m 3"},
    {"tbsp tablespoon", "1478676478125", "100000000000000000", "m 3"},
    {"tsp teaspoon", "492892159375", "100000000000000000", "m 3"},
    {"lb lbs pound", "45359237", "100000", "g 1"},
    {"oz ounce", "45359237", "1600000", "g 1"},
    {"ton", "45359237", "50", "g 1"},
    {"stone", "317514659", "50000", "g 1"},
    {"mph", "1609344", "3600000", "m 1 s -1"},
    {"kph kmh", "1000", "3600", "m 1 s -1"},
    {"mps", "1", "1", "m 1 s -1"},
    {"fps", "3048", "10000", "m 1 s -1"},
    {"knot kn", "1852", "3600", "m 1 s -1"},
    {"hp horsepower", "37284993579113511", "50000000000", "g 1 m 2 s -3"},
    {"psi", "430922330823", "62500", "g 1 m -1 s -2"},
    // Money
    {"$ dollar usd USD buck", "1", "1", "$ 1"},
    {"¢ cent", "1", "100", "$ 1"},
    {"penny pennies", "1", "100", "$ 1"},
    {"€ euro eur EUR", "1", "1", "€ 1"},
    {"£ gbp GBP quid", "1", "1", "£ 1"},
    {"pence", "1", "100", "£ 1"},
    {"¥ yen jpy JPY", "1", "1", "¥ 1"},
    {"yuan rmb RMB cny CNY", "1", "1", "yuan 1"},
    {"₹ rupee inr INR", "1", "1", "₹ 1"},
    {"paise paisa", "1", "100", "₹ 1"},
    {"ruble rouble rub RUB", "1", "1", "ruble 1"},
    {"kopeck", "1", "100", "ruble 1"},
    {"won krw KRW", "1", "1", "won 1"},
    {"peso", "1", "1", "peso 1"},
    {"franc chf CHF", "1", "1", "franc 1"},
    // Information
    {"bit", "1", "1", "bit 1", true},
    {"B byte", "8", "1", "bit 1", true},
    {"KiB kibibyte", "8192", "1", "bit 1"},
    {"MiB mebibyte", "8388608", "1", "bit 1"},
    {"GiB gibibyte", "8589934592", "1", "bit 1"},
};

struct Prefix {
  std::string_view symbol, name;
  int exponent;
};
constexpr Prefix prefixes[] = {{"k", "kilo", 3},    {"c", "centi", -2}, {"m", "milli", -3}, {"d", "deci", -1},
                               {"M", "mega", 6},    {"G", "giga", 9},   {"T", "tera", 12},  {"μ", "micro", -6},
                               {"µ", "micro", -6},  {"u", "micro", -6}, {"n", "nano", -9},  {"p", "pico", -12},
                               {"f", "femto", -15}, {"h", "hecto", 2},  {"da", "deca", 1},  {"mu", "micro", -6}};

struct CountingWord {
  std::string_view word;
  std::string_view number;
};
constexpr CountingWord counting_words[] = {{"hundred", "100"},
                                           {"thousand", "1000"},
                                           {"million", "1000000"},
                                           {"billion", "1000000000"},
                                           {"trillion", "1000000000000"},
                                           {"dozen", "12"},
                                           {"gross", "144"},
                                           // "one half"; a quarter is also a coin.
                                           {"half", "1/2"},
                                           {"halve", "1/2"},
                                           {"third", "1/3"},
                                           {"fifth", "1/5"},
                                           {"sixth", "1/6"},
                                           {"seventh", "1/7"},
                                           {"eighth", "1/8"},
                                           {"ninth", "1/9"},
                                           {"tenth", "1/10"}};

constexpr std::string_view empty_words[] = {"unit",    "of",   "the",  "a",    "an",  "total", "each",
                                            "exactly", "more", "away", "long", "old", "apart"};

struct Found {
  const Row* row;
  int exponent_of_ten;
};

struct Name {
  std::string_view text;
  const Row* row;
};

constexpr size_t num_names = [] {
  size_t count = 0;
  for (const Row& row : table) count += static_cast<size_t>(std::ranges::count(row.names, ' ')) + 1;
  return count;
}();

/// All names in order; of a name in several rows the first row's comes first.
constexpr auto names = [] {
  std::array<Name, num_names> all;
  auto place = all.begin();
  for (const Row& row : table)
    for (size_t start = 0; start <= row.names.size();) {
      const size_t end = std::min(row.names.find(' ', start), row.names.size());
      *place++ = {row.names.substr(start, end - start), &row};
      start = end + 1;
    }
  std::ranges::sort(all,
                    [](const Name& a, const Name& b) { return a.text != b.text ? a.text < b.text : a.row < b.row; });
  return all;
}();

const Row* find_row(std::string_view name) {
  const auto found = std::ranges::lower_bound(names, name, {}, &Name::text);
  return found != names.end() && found->text == name ? found->row : nullptr;
}

/// Symbols are short, and a letter's case matters in them; names are long.
bool is_symbol(std::string_view name) { return name.size() <= 3; }

std::optional<Found> find_exact(std::string_view name) {
  if (const Row* row = find_row(name)) return Found{row, 0};
  for (const Prefix& prefix : prefixes) {
    for (const std::string_view start : {prefix.symbol, prefix.name}) {
      if (!name.starts_with(start)) continue;
      const std::string_view rest = name.substr(start.size());
      const Row* row = rest.empty() ? nullptr : find_row(rest);
      const bool fits = row && row->takes_prefix && (start == prefix.symbol) == is_symbol(rest);
      if (fits) return Found{row, prefix.exponent};
    }
  }
  return {};
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

/// "clips" is "clip", "inches" "inch", "centuries" "century".
std::string singular(std::string_view word) {
  const std::string result(word);
  if (result.size() > 4 && result.ends_with("ies")) return result.substr(0, result.size() - 3) + "y";
  for (const std::string_view end : {"ches", "shes", "xes", "sses"})
    if (result.size() > 4 && result.ends_with(end)) return result.substr(0, result.size() - 2);
  if (result.size() > 2 && result.ends_with("s") && !result.ends_with("ss")) return result.substr(0, result.size() - 1);
  return result;
}

std::optional<Found> find_unit(std::string_view word) {
  if (const auto found = find_exact(word)) return found;
  const std::string small = lower(word);
  if (const auto found = find_exact(small)) return found;
  if (word.size() > 2)
    if (const auto found = find_exact(singular(small))) return found;
  return {};
}

Dimensions read_dimensions(std::string_view text) {
  Dimensions result;
  size_t start = 0;
  const auto word = [&] {
    const size_t end = std::min(text.find(' ', start), text.size());
    const std::string_view found = text.substr(start, end - start);
    start = end + 1;
    return found;
  };
  while (start < text.size()) {
    const std::string_view base = word(), exponent = word();
    const int size = exponent.back() - '0';
    result.push_back({std::string(base), exponent[0] == '-' ? -size : size});
  }
  std::ranges::sort(result, {}, &Dimension::base);
  return result;
}

const Node& literal(std::string_view text, Arena& arena) {
  if (text == "pi") return make_node(arena, Kind::constant, {}, text);
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return make_node(arena, Kind::integer, {}, text);
  return make_node(arena, Kind::divide,
                   {&literal(text.substr(0, slash), arena), &literal(text.substr(slash + 1), arena)});
}

/// Multiplies `product` (null is 1) with base^exponent.
void multiply_by(const Node*& product, const Node& base, int exponent, Arena& arena) {
  if (exponent == 0) return;
  const Node* factor = &base;
  if (exponent != 1) factor = &make_node(arena, Kind::power, {&base, &make_integer(arena, exponent)});
  product = product ? &make_node(arena, Kind::multiply, {product, factor}) : factor;
}

void multiply_unit(Unit& unit, const Found& found, int exponent, Arena& arena) {
  const Row& row = *found.row;
  unit.dimensions = product(unit.dimensions, read_dimensions(row.dimensions), exponent);
  const Node& numerator = literal(row.numerator, arena);
  const Node& factor = row.denominator == "1"
                           ? numerator
                           : make_node(arena, Kind::divide, {&numerator, &literal(row.denominator, arena)});
  if (row.numerator != "1" || row.denominator != "1") multiply_by(unit.factor, factor, exponent, arena);
  if (found.exponent_of_ten != 0)
    multiply_by(unit.factor, make_integer(arena, 10), exponent * found.exponent_of_ten, arena);
}

bool read_temperature(std::string_view text, Unit& unit, Arena& arena) {
  const bool is_celsius = text == "°C" || text == "°c" || text == "celsius" || text == "degree celsius" ||
                          text == "degrees celsius" || text == "deg C" || text == "℃";
  const bool is_fahrenheit = text == "°F" || text == "°f" || text == "fahrenheit" || text == "degree fahrenheit" ||
                             text == "degrees fahrenheit" || text == "deg F" || text == "℉";
  if (!is_celsius && !is_fahrenheit) return false;
  unit.dimensions = {{"K", 1}};
  if (is_fahrenheit) unit.factor = &literal("5/9", arena);
  unit.offset = &literal(is_celsius ? "27315/100" : "45967/180", arena);
  return true;
}

bool is_word_byte(char c) {
  const unsigned char byte = static_cast<unsigned char>(c);
  return std::isalpha(byte) || byte >= 0x80 || c == '$' || c == '\'' || c == '"' || c == '-' || c == '_';
}

}  // namespace

Dimensions product(const Dimensions& left, const Dimensions& right, int right_exponent) {
  Dimensions result = left;
  for (const Dimension& factor : right) {
    const auto place = std::ranges::lower_bound(result, factor.base, {}, &Dimension::base);
    if (place != result.end() && place->base == factor.base) {
      place->exponent += factor.exponent * right_exponent;
    } else {
      result.insert(place, {factor.base, factor.exponent * right_exponent});
    }
  }
  std::erase_if(result, [](const Dimension& factor) { return factor.exponent == 0; });
  return result;
}

Unit read_unit(std::string_view text, Arena& arena) {
  Unit unit;
  if (read_temperature(text, unit, arena)) return unit;
  int sign = 1, pending_exponent = 1;
  size_t i = 0;
  while (i < text.size()) {
    const char c = text[i];
    if (c == '/') sign = -1;
    if (!is_word_byte(c)) {
      ++i;
      continue;
    }
    const size_t start = i;
    while (i < text.size() && is_word_byte(text[i])) ++i;
    // · and × are no letters.
    std::string_view word = text.substr(start, i - start);
    for (const std::string_view dot : {"·", "×", "⋅"}) {
      if (const size_t place = word.find(dot); place != std::string_view::npos) {
        i = start + (place == 0 ? dot.size() : place);
        word = word.substr(0, place);
      }
    }
    if (word.empty()) continue;
    const std::string small = lower(word);
    if (small == "per") {
      sign = -1;
      continue;
    }
    if (small == "square" || small == "sq" || small == "cubic" || small == "cu") {
      pending_exponent = small[0] == 's' ? 2 : 3;
      continue;
    }
    int exponent = pending_exponent;
    pending_exponent = 1;
    if (i < text.size() && text[i] == '^') {
      const size_t digit = std::min(text.find_first_of("0123456789", i), text.size());
      const bool is_negative = text.substr(i, digit - i).find('-') != std::string_view::npos;
      if (digit < text.size()) exponent = is_negative ? '0' - text[digit] : text[digit] - '0';
      i = std::min(digit + 1, text.size());
    }
    for (const auto& [suffix, power] : {std::pair<std::string_view, int>{" squared", 2}, {" cubed", 3}}) {
      if (!text.substr(i).starts_with(suffix)) continue;
      exponent = power;
      i += suffix.size();
    }
    const auto counting = std::ranges::find_if(counting_words, [&](const CountingWord& candidate) {
      return candidate.word == small || candidate.word == singular(small);
    });
    if (counting != std::end(counting_words)) {
      multiply_by(unit.number, literal(counting->number, arena), 1, arena);
    } else if (const auto found = find_unit(word)) {
      multiply_unit(unit, *found, sign * exponent, arena);
    } else if (const std::string base = singular(small);
               std::ranges::find(empty_words, base) == std::end(empty_words)) {
      unit.dimensions = product(unit.dimensions, {{base, 1}}, sign * exponent);
      unit.is_known = false;
    }
  }
  return unit;
}

}  // namespace cohort::rewards::math
