#include "rewards/text/function_words.hpp"

#include <algorithm>
#include <unordered_map>

namespace cohort::rewards {

std::span<const Language> known_languages() {
  using enum Script;
  static const std::vector<Language> languages = {
      {"am", {ethiopic}, ""},
      {"ar", {arabic}, ""},
      {"be", {cyrillic}, ""},
      {"bg", {cyrillic}, ""},
      {"bn", {bengali}, ""},
      {"de",
       {latin},
       "der die das und ist nicht ein eine einen zu den von mit für auf im wir es sich dass also aber wenn dann auch "
       "wird sind als so in an oder durch dem des hat man kann nun"},
      {"el", {greek}, ""},
      {"en",
       {latin},
       "the of and to in is that it for as with we so this are be not by or from but if which let then have can an a i "
       "you what all there"},
      {"es",
       {latin},
       "el la los las de del y es un una que en por para con no se su lo como más pero si entonces son al o este esta "
       "hay tenemos"},
      {"fa", {arabic}, ""},
      {"fr",
       {latin},
       "le la les de des du et est un une que qui dans pour pas sur avec nous ce cette donc si ou par plus il elle on "
       "sont au aux mais à l d"},
      {"gu", {gujarati}, ""},
      {"he", {hebrew}, ""},
      {"hi", {devanagari}, ""},
      {"hy", {armenian}, ""},
      {"id",
       {latin},
       "dan yang di ke dari adalah untuk dengan ini itu tidak kita pada jika maka atau akan juga karena dalam"},
      {"it",
       {latin},
       "il lo la i gli le di del della e è un una che per con non si in come ma se quindi sono al o questo questa "
       "abbiamo dei"},
      {"ja", {han, hiragana, katakana}, ""},
      {"ka", {georgian}, ""},
      {"km", {khmer}, ""},
      {"kn", {kannada}, ""},
      {"ko", {hangul, han}, ""},
      {"lo", {lao}, ""},
      {"ml", {malayalam}, ""},
      {"mr", {devanagari}, ""},
      {"my", {myanmar}, ""},
      {"ne", {devanagari}, ""},
      {"nl",
       {latin},
       "de het een en is van in dat niet op te voor met we zijn als dus maar of ook aan er wordt dan door uit bij "
       "hebben dit"},
      {"pa", {gurmukhi}, ""},
      {"pl", {latin}, "i w na z że nie do jest się to co jak ale dla od po czy tak więc są lub tego przez"},
      {"pt",
       {latin},
       "o a os as de do da dos das e é um uma que em para com não se no na por mais mas então são ao ou este temos"},
      {"ru", {cyrillic}, ""},
      {"si", {sinhala}, ""},
      {"sr", {cyrillic}, ""},
      {"sv", {latin}, "och att det är en ett som på av för med vi inte den till om så har de kan från men då eller"},
      {"ta", {tamil}, ""},
      {"te", {telugu}, ""},
      {"th", {thai}, ""},
      {"tr", {latin}, "ve bir bu için ile da de ne olarak daha gibi ama çok olan o ise değil şimdi sonra veya"},
      {"uk", {cyrillic}, ""},
      {"ur", {arabic}, ""},
      {"vi", {latin}, "là và của có cho không được các một trong với này để ta khi thì vì do những nên bằng từ"},
      {"zh", {han}, ""},
  };
  return languages;
}

int language_index(std::string_view code) {
  const auto languages = known_languages();
  const auto found = std::ranges::find(languages, code, &Language::code);
  return found == languages.end() ? -1 : static_cast<int>(found - languages.begin());
}

std::span<const int> languages_of_word(std::string_view word) {
  static const auto index = [] {
    std::unordered_map<std::string_view, std::vector<int>> owners;
    const auto languages = known_languages();
    for (size_t i = 0; i < languages.size(); ++i) {
      std::string_view words = languages[i].function_words;
      while (!words.empty()) {
        const size_t end = std::min(words.find(' '), words.size());
        owners[words.substr(0, end)].push_back(static_cast<int>(i));
        words.remove_prefix(std::min(end + 1, words.size()));
      }
    }
    return owners;
  }();
  const auto found = index.find(word);
  if (found == index.end()) return {};
  return found->second;
}

}  // namespace cohort::rewards
