#include "cohort/rewards/language.hpp"

#include <doctest/doctest.h>

#include "cohort/error.hpp"
#include "cohort/rewards/table.hpp"
#include "rewards/hostile.hpp"

using namespace cohort;
using namespace cohort::rewards;
using cohort::test::grade_text;
using doctest::Approx;

namespace {

double share(const std::string& text, const char* language) {
  const auto value = language_share(text, language);
  REQUIRE(value);
  return *value;
}

const std::pair<const char*, const char*> sentences[] = {
    {"de", "Wir wissen, dass die Summe der beiden Zahlen nicht größer ist als zehn. Also ist das Ergebnis acht."},
    {"en", "We know that the sum of these numbers is not greater than ten. Therefore, the result must be eight."},
    {"es", "Sabemos que la suma de los dos números no es mayor que diez. Por lo tanto, el resultado es ocho."},
    {"fr", "Nous savons que la somme des deux nombres n'est pas plus grande que dix. Donc le résultat est huit."},
    {"id",
     "Kita tahu bahwa jumlah dari dua bilangan itu tidak lebih besar dari sepuluh. Jadi hasilnya adalah delapan."},
    {"it", "Sappiamo che la somma dei due numeri non è maggiore di dieci. Quindi il risultato è otto."},
    {"nl", "We weten dat de som van deze twee getallen niet groter is dan tien. Dus het antwoord is acht."},
    {"pl", "Wiemy, że suma tych dwóch liczb nie jest większa od dziesięciu. Więc wynik to osiem."},
    {"pt", "Sabemos que a soma dos dois números não é maior do que dez. Então o resultado é oito."},
    {"sv", "Vi vet att summan av de två talen inte är större än tio. Då är svaret åtta."},
    {"tr", "Bu iki sayının toplamı ondan büyük değil, o yüzden sonuç sekiz olarak bulunur. Bu çok kolay."},
    {"vi", "Ta biết tổng của hai số này không lớn hơn mười. Vì vậy kết quả là tám."},
    {"am", "ድምሩ ከአሥር አይበልጥም።"},
    {"ar", "نعلم أن مجموع العددين ليس أكبر من عشرة."},
    {"bn", "আমরা জানি যে যোগফল দশের বেশি নয়।"},
    {"el", "Ξέρουμε ότι το άθροισμα δεν είναι μεγαλύτερο από δέκα."},
    {"fa", "می‌دانیم که مجموع دو عدد بزرگ‌تر از ده نیست."},
    {"he", "אנחנו יודעים שהסכום אינו גדול מעשר."},
    {"hi", "हम जानते हैं कि योग दस से अधिक नहीं है।"},
    {"hy", "Մենք գիտենք, որ գումարը տասից մեծ չէ։"},
    {"ja", "二つの数の和は十より大きくないことがわかっています。したがって答えは八です。"},
    {"ka", "ჩვენ ვიცით, რომ ჯამი ათზე მეტი არ არის."},
    {"ko", "두 수의 합은 십보다 크지 않다는 것을 알고 있습니다."},
    {"ru", "Мы знаем, что сумма двух чисел не больше десяти."},
    {"ta", "கூட்டுத்தொகை பத்தை விட அதிகம் இல்லை."},
    {"th", "เรารู้ว่าผลรวมของสองจำนวนไม่เกินสิบ"},
    {"zh", "我们知道这两个数的和不大于十，所以答案是八。"},
};

}  // namespace

TEST_CASE("a text in a language is all in it, and in none that has other letters or other small words") {
  for (const auto& [own, text] : sentences)
    for (const auto& [other, unused] : sentences) {
      CAPTURE(own);
      CAPTURE(other);
      const bool same_letters = (own == std::string("ar") && other == std::string("fa")) ||
                                (own == std::string("fa") && other == std::string("ar"));
      const bool han_in_both = (own == std::string("ja") || own == std::string("zh")) &&
                               (other == std::string("ja") || other == std::string("zh") || other == std::string("ko"));
      if (own == std::string(other))
        CHECK(share(text, other) == 1.0);
      else if (!same_letters && !han_in_both)
        CHECK(share(text, other) == 0.0);
    }
}

TEST_CASE("Japanese needs kana, and kana are not Chinese") {
  CHECK(share("我们知道这两个数的和不大于十，所以答案是八。也就是说没有别的答案。", "ja") == 0.0);
  CHECK(share("二つの数の和は十です", "zh") == Approx(4.0 / 10));
  CHECK(share("答え", "ja") == 1.0);
}

TEST_CASE("a mix counts by words, a Chinese character being half of one") {
  CHECK(share("我们 hello there friend 计算", "zh") == Approx(2.0 / 5));
  CHECK(share("We compute the sum 我们计算", "en") == Approx(4.0 / 6));
  CHECK(share("Мы знаем the answer", "ru") == Approx(2.0 / 4));
}

TEST_CASE("Latin sentences are told apart one by one") {
  const std::string english = "We know that the sum is ten.";      // 7 words
  const std::string french = "Nous savons que la somme est dix.";  // 7 words
  CHECK(share(english + " " + french, "en") == Approx(0.5));
  CHECK(share(english + "\n" + french, "fr") == Approx(0.5));
  CHECK(share(english + " " + english + " " + french, "en") == Approx(2.0 / 3));
}

TEST_CASE("names without small words belong to the sentences around them, or to whoever asks") {
  CHECK(share("Euler. Gauss. We know that the sum is ten.", "en") == 1.0);
  CHECK(share("Euler. Gauss. We know that the sum is ten.", "fr") == 0.0);
  CHECK(share("Euler Gauss Riemann", "fr") == 1.0);
  CHECK(share("Euler Gauss Riemann", "en") == 1.0);
}

TEST_CASE("mathematics, code, single letters and names of functions do not count") {
  for (const char* text :
       {"我们 $abc + def$ 计算", "我们 \\(abc\\) 计算", "我们 \\[abc def\\] 计算", "我们 $$abc\ndef$$ 计算",
        "我们 `return value` 计算", "我们\n```python\nreturn the_value\n```\n计算", "我们 \\frac \\alpha 计算",
        "我们 x = y + z 计算", "我们 sin α + log n 计算", "我们 3.14 + 2e5 计算"}) {
    CAPTURE(std::string(text));
    CHECK(share(text, "zh") == 1.0);
  }
}

TEST_CASE("other scripts count inside formulas and code too") {
  CHECK(share("The sum is $我们计算$ ten", "en") == Approx(4.0 / 6));
  CHECK(share("The sum is ```我们计算``` ten", "en") == Approx(4.0 / 6));
}

TEST_CASE("money opens no formula, nor does what is never closed") {
  CHECK(share("花费 $5 and then $6 你好", "zh") == Approx(2.0 / 4));
  CHECK(share("花费 ``` and then", "zh") == Approx(1.0 / 3));
  CHECK(share("花费 \\( and then", "zh") == Approx(1.0 / 3));
  CHECK(share("花费 `and\nthen` ", "zh") == Approx(1.0 / 3));
}

TEST_CASE("the reasoning is what stands between the tags") {
  const RewardRule english = language_consistency();
  CHECK(grade_text(english, "", "<think>We know the sum.</think>我们计算").verdict == "consistent");
  CHECK(grade_text(english, "", "<think>我们计算</think>We know the sum.").verdict == "other");
  CHECK(grade_text(english, "", "We know the sum.</think>我们计算").score == 1.0);
  CHECK(grade_text(english, "", "<think>We know the sum.").score == 1.0);
  CHECK(grade_text(english, "", "We know the 我们计算").verdict == "mixed");
  const RewardRule whole = language_consistency({.part = LanguagePart::whole});
  CHECK(*grade_text(whole, "", "<think>the sum</think>我们计算").score < 1.0);
}

TEST_CASE("a text without words has no score") {
  for (const char* text : {"", "42", "<think>$x + y$</think>words", "x = 5", "\xff\xfe", "🤖"}) {
    CAPTURE(std::string(text));
    CHECK(!grade_text(language_consistency(), "", text).score);
    CHECK(grade_text(language_consistency(), "", text).verdict == "no_words");
  }
}

TEST_CASE("a column of the data set may name the language") {
  const Rule rule = make_rule("language_consistency", {{"field", "lang"}});
  const auto grade = [&](std::map<std::string, std::string> fields) {
    return rule({.fields = std::move(fields)}, {.text = "我们计算"});
  };
  CHECK(grade({{"lang", "zh"}}).score == 1.0);
  CHECK(grade({{"lang", "en"}}).score == 0.0);
  CHECK(!grade({{"lang", "klingon"}}).score);
  CHECK(grade({}).verdict == "unknown_language");
}

TEST_CASE("an unknown language is an error that names the nearest") {
  CHECK_THROWS_WITH_AS(language_consistency({.language = "e"}), doctest::Contains("no language \"e\"; did you mean"),
                       Error);
  CHECK_THROWS_AS(language_share("a", "eng"), Error);
  CHECK(languages().size() > 30);
}

TEST_CASE("every share is from 0 to 1, and hostile texts take linear time") {
  CHECK(test::slowest(language_consistency({.language = "zh"}), {}) < test::linear_seconds);
  CHECK(test::slowest(language_consistency(), {}) < test::linear_seconds);
  for (const char* unit : {"`a", "$a ", "$$", "\\(", "\\[a", "```", "`\n", "$\n", "我", "a.", "the ", "\xcc\x81"}) {
    std::optional<double> value;
    CHECK(test::processor_seconds([&] { value = language_share(test::repeat(unit, 2'000'000), "en"); }) <
          test::linear_seconds);
    if (value) {
      CHECK(*value >= 0.0);
      CHECK(*value <= 1.0);
    }
  }
}
