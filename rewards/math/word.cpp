#include <algorithm>
#include <array>

#include "rewards/math/characters.hpp"
#include "rewards/math/vocabulary.hpp"

namespace cohort::rewards::math {

namespace {

struct KnownWord {
  std::string_view name;
  Word word;
  int number = -1;
};

constexpr auto words = [] {
  auto table = std::to_array<KnownWord>({
      {"and", Word::conjunction},
      {"or", Word::disjunction},
      {"if", Word::condition},
      {"when", Word::condition},
      {"whenever", Word::condition},
      {"for", Word::condition},
      {"where", Word::condition},
      {"provided", Word::condition},
      {"otherwise", Word::otherwise},
      {"else", Word::otherwise},
      {"elsewhere", Word::otherwise},
      {"percent", Word::percent},
      {"percents", Word::percent},
      {"percentage", Word::percent},
      {"pct", Word::percent},
      {"degree", Word::degree},
      {"degrees", Word::degree},
      {"deg", Word::degree},
      {"per", Word::per},
      {"mod", Word::modulo},
      {"modulo", Word::modulo},
      {"base", Word::base},
      {"hundred", Word::scale, 2},
      {"thousand", Word::scale, 3},
      {"million", Word::scale, 6},
      {"millions", Word::scale, 6},
      {"billion", Word::scale, 9},
      {"billions", Word::scale, 9},
      {"trillion", Word::scale, 12},
      {"squared", Word::squared},
      {"cubed", Word::cubed},
      {"square", Word::square},
      {"sq", Word::square},
      {"cubic", Word::cubic},
      {"cu", Word::cubic},
      {"st", Word::ordinal},
      {"nd", Word::ordinal},
      {"rd", Word::ordinal},
      {"th", Word::ordinal},
      {"am", Word::clock},
      {"pm", Word::clock},
      {"noon", Word::clock},
      {"midnight", Word::clock},
      {"option", Word::label},
      {"choice", Word::label},
      {"answer", Word::label},
      {"a", Word::plain},
      {"about", Word::plain},
      {"all", Word::plain},
      {"an", Word::plain},
      {"any", Word::plain},
      {"are", Word::plain},
      {"as", Word::plain},
      {"at", Word::plain},
      {"be", Word::plain},
      {"because", Word::plain},
      {"between", Word::plain},
      {"both", Word::plain},
      {"but", Word::plain},
      {"by", Word::plain},
      {"can", Word::plain},
      {"cannot", Word::plain},
      {"does", Word::plain},
      {"each", Word::plain},
      {"equal", Word::plain},
      {"equals", Word::plain},
      {"every", Word::plain},
      {"except", Word::plain},
      {"exactly", Word::plain},
      {"extra", Word::plain},
      {"fewer", Word::plain},
      {"from", Word::plain},
      {"greater", Word::plain},
      {"has", Word::plain},
      {"he", Word::plain},
      {"is", Word::plain},
      {"it", Word::plain},
      {"least", Word::plain},
      {"left", Word::plain},
      {"less", Word::plain},
      {"minus", Word::plain},
      {"more", Word::plain},
      {"most", Word::plain},
      {"no", Word::plain},
      {"none", Word::plain},
      {"not", Word::plain},
      {"of", Word::plain},
      {"off", Word::plain},
      {"only", Word::plain},
      {"over", Word::plain},
      {"plus", Word::plain},
      {"she", Word::plain},
      {"so", Word::plain},
      {"some", Word::plain},
      {"such", Word::plain},
      {"than", Word::plain},
      {"that", Word::plain},
      {"the", Word::plain},
      {"then", Word::plain},
      {"there", Word::plain},
      {"they", Word::plain},
      {"this", Word::plain},
      {"times", Word::plain},
      {"to", Word::plain},
      {"too", Word::plain},
      {"under", Word::plain},
      {"unless", Word::plain},
      {"until", Word::plain},
      {"was", Word::plain},
      {"we", Word::plain},
      {"will", Word::plain},
      {"with", Word::plain},
      {"without", Word::plain},
      {"yes", Word::plain},
      {"odd", Word::plain},
      {"red", Word::plain},
      {"mon", Word::plain},
      {"tue", Word::plain},
      {"wed", Word::plain},
      {"thu", Word::plain},
      {"fri", Word::plain},
      {"zero", Word::none, 0},
      {"one", Word::none, 1},
      {"two", Word::none, 2},
      {"three", Word::none, 3},
      {"four", Word::none, 4},
      {"five", Word::none, 5},
      {"six", Word::none, 6},
      {"seven", Word::none, 7},
      {"eight", Word::none, 8},
      {"nine", Word::none, 9},
      {"ten", Word::none, 10},
      {"eleven", Word::none, 11},
      {"twelve", Word::none, 12},
      {"sixteen", Word::none, 16},
      {"twenty", Word::none, 20},
  });
  std::sort(table.begin(), table.end(), [](const KnownWord& a, const KnownWord& b) { return a.name < b.name; });
  return table;
}();

const KnownWord* find_known(std::string_view word) {
  char lower[12];
  if (word.size() > sizeof lower) return nullptr;
  for (size_t i = 0; i < word.size(); ++i) lower[i] = to_lower(word[i]);
  const std::string_view name(lower, word.size());
  const auto found = std::lower_bound(words.begin(), words.end(), name,
                                      [](const KnownWord& a, std::string_view value) { return a.name < value; });
  return found != words.end() && found->name == name ? &*found : nullptr;
}

}  // namespace

Word find_word(std::string_view word) {
  const KnownWord* known = find_known(word);
  return known ? known->word : Word::none;
}

int number_of_word(std::string_view word) {
  const KnownWord* known = find_known(word);
  return known ? known->number : -1;
}

}  // namespace cohort::rewards::math
