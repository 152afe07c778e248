// One value in the notations of science, of other countries, of computer algebra and of words; and look-alikes.
#include "rewards/spellings.hpp"

using spellings::check;

TEST_CASE("powers of ten are written in many ways") {
  check({{"1.5 \\times 10^{-7}",
          {"1.5 x 10^{-7}", "1.5x10^-7", "1.5e-7", "1.5*^-7", "1,5·10⁻⁷", "15 X 10^-8", "1.5{\\times}10^{-7}",
           "1.5✕10^{-7}"},
          {"1.5 x 10^{7}", "1.5*^-8", "1,5·10⁻⁸", "15 x 10^{-7}", "1.5 x + 10^{-7}"}},
         {"2^3 \\cdot 5 \\cdot 7", {"2^3 x 5 x 7", "2^{3} X 5 X 7"}, {"2^3 x 5 x 8", "2^3 x 5 + 7"}},
         {"1.6 \\times 10^{-19} \\text{ C}", {"1.6 x 10^{-19} C"}, {"1.6 x 10^{-18} C"}}});
}

TEST_CASE("an x before something else is a variable") {
  check({{"3x + 10", {"10 + 3 x"}, {"3 \\times 10"}}, {"3x^{10}", {"3 x^10"}, {"3 \\times 10"}}});
}

TEST_CASE("numerals of other bases may have prefixes, groups and a point") {
  check({{"1011_2", {"0b1011", "(1011)_2", "1011₂"}, {"0b1010", "0o1011", "1011"}},
         {"17_8", {"0o17"}, {"0x17", "0b17", "17"}},
         {"1101 0110_2", {"11010110_2"}, {"11010111_2", "1101\\,0110"}},
         {"10.011_2", {"(10.011)_2", "10.0110_{2}"}, {"10.011_3", "10.001_2", "1.0011_2", "10.011"}},
         {"25", {"25_{10}", "25₁₀"}, {"25_8", "26_{10}"}}});
}

TEST_CASE("thousands are grouped as in India") {
  check({{"1234567", {"12,34,567"}, {"12,34,568", "12,34,56", "1,2,34,567"}},
         {"12, 34, 567", {"567, 34, 12"}, {"12, 34, 568"}}});
}

TEST_CASE("the digits that repeat are marked with a line, a bracket or a combining line") {
  check({{"\\frac{413}{90}", {"4.5(8)", "4.5\\overline{8}", "4.58̅"}, {"4.5(7)", "4.58", "4.5̅8̅"}},
         {"36", {"4.5(8)"}, {"4.5(9)"}}});
}

TEST_CASE("units stand behind π, have negative powers and follow hours") {
  check({{"\\pi", {"\\pi rad", "π rad", "\\pi \\text{ rad}"}, {"2\\pi rad"}},
         {"\\frac{\\pi}{3}", {"pi/3 rad", "\\frac{\\pi}{3} rad"}, {"\\frac{\\pi}{3} d"}}});
  check({{"24\\pi \\text{ cm}^2", {"24π cm²", "24\\pi cm^2", "24\\pi {\\rm cm}^2"}, {"25π cm²", "24π cm³"}},
         {"22\\pi \\text{ in}^3", {"22\\pi in^3"}, {"22\\pi in^2"}},
         {"183 \\text{ kg/m}^3", {"183 kg·m⁻³", "183 kg m^{-3}"}, {"183 kg·m⁻²", "184 kg·m⁻³", "183 kg·m³"}},
         {"12 \\text{ m/s}", {"12 m s^{-1}", "12 m·s⁻¹"}, {"12 m s^{-2}", "13 m s^{-1}"}},
         {"1 \\text{ hour } 56 \\text{ minutes}", {"1h 56m", "116 minutes", "1h 56min"}, {"1h 57m", "56h 1m"}},
         {"1 \\text{ h } 20 \\text{ min } 30 \\text{ s}", {"1h 20m 30s", "4830 seconds"}, {"1h 20m 31s", "1h 30m 20s"}},
         {"9 minutes 22 seconds", {"9m 22s"}, {"9m 23s", "22m 9s"}},
         {"£5", {"5 pounds"}, {"6 pounds", "5 dollars"}}});
}

TEST_CASE("a unit that is also a function stands behind a slash") {
  check({{"7", {}, {"#### 18 or 3"}},  // of more tokens than the next
         {"5 \\text{ m/min}", {"5 m/min", "300 m/h"}, {"5 m/s", "6 m/min"}},
         {"60 \\text{ L/min}", {"60 L/min", "1 L/s"}, {"60 L/s"}},
         {"4 \\text{ m}", {}, {"4 m sec", "4 m min"}}});
}

TEST_CASE("hours alone are times of the clock, and rupees have signs of letters") {
  check({{"7:00 PM", {"7 pm", "7 p.m.", "19:00"}, {"7 am", "7", "8 pm"}},
         {"12 am", {"12:00 AM"}, {"12 pm"}},
         {"500", {"\\text{Rs. }500", "500 Rs.", "500 INR"}, {"\\text{Rs. }50", "500 RST"}},
         {"2Rs", {"2sR"}, {"2"}}});
}

TEST_CASE("a reason says why, not what") {
  check({{"3",
          {"\\boxed{3 \\text{ since } x > 0}", "\\boxed{x = 3, \\text{ because } 4 > 3}",
           "\\boxed{3 \\ (\\text{since } x > 0)}", "x = 3 \\text{ since } x > 0"},
          {"\\boxed{4 \\text{ because } 4 > 3}", "\\boxed{3 \\text{ or } 4, \\text{ since } x > 0}"}},
         {"4", {}, {"\\boxed{3 \\text{ because } x < 4}", "\\boxed{3 \\text{ since } x = 4}"}}});
}

TEST_CASE("times of the clock have capitals and points") {
  check({{"10:57 A.M.", {"10:57 am", "10:57\\ \\text{AM}", "10:57 A.M."}, {"10:57 P.M.", "10:58 A.M."}}});
}

TEST_CASE("dates are days, neither lists nor differences") {
  check({{"April 26, 1957",
          {"26 April 1957", "Apr 26, 1957", "April 26th, 1957", "\\text{April } 26^{\\text{th}}, 1957", "1957-04-26",
           "The answer is April 26, 1957.", "the 26th of April 1957"},
          {"April 25, 1957", "April 26, 1958", "26 May 1957", "April 1957", "1957-26-04", "26, 1957"}},
         {"2020-10-12", {"2020-10-12", "October 12, 2020"}, {"2021-11-12", "2019-09-12", "2020-12-10", "1998"}},
         {"1998", {"2020 - 10 - 12"}, {"2020 - 10 - 13"}},
         {"May 5", {"5 May", "May 5th"}, {"May 6", "5"}}});
}

TEST_CASE("formulas of chemistry are the atoms they name") {
  check({{"\\mathrm{CH_{4}}", {"CH₄", "CH_4", "\\ce{CH4}", "$\\text{CH}_4$"}, {"C_4H", "CH_3", "C_2H_4", "CH^4"}},
         {"SO_4^{2-}", {"\\ce{SO4^{2-}}"}, {"SO_4^{2+}", "SO_3^{2-}", "SO_{42}"}},
         {"\\ce{CO}", {"CO"}, {"Co", "CO_2"}}});
}

TEST_CASE("computer algebra has names of its own") {
  check({{"\\arctan(16)", {"ArcTan[16]", "atan(16)"}, {"Tan[16]", "ArcTan[17]"}},
         {"\\log_3 19", {"Log[3, 19]", "log(19, 3)"}, {"Log[19, 3]", "log(3, 19)"}},
         {"\\sqrt[3]{37}", {"root(37, 3)", "CubeRoot[37]"}, {"root(3, 37)", "Sqrt[37]"}},
         {"\\frac{\\sin x}{2}", {"Sin[x]/2"}, {"Cos[x]/2", "Sin[x/2]"}}});
}

TEST_CASE("arrangements, multinomial coefficients and the gamma function are counted") {
  check({{"32760", {"P_{15}^{4}", "A_{15}^4", "15 \\cdot A_{14}^{3}"}, {"P_{15}^{3}", "A_{4}^{15}", "P_{15}"}},
         {"210", {"\\binom{7}{2,2,3}", "\\dbinom{7}{3, 2, 2}"}, {"\\binom{7}{2,3,3}", "\\binom{8}{2,3,3}"}},
         {"3628800", {"\\Gamma(11)"}, {"\\Gamma(10)", "\\Gamma(12)"}},
         {"\\frac{3\\sqrt{\\pi}}{4}", {"\\Gamma\\left(\\frac{5}{2}\\right)"}, {"\\Gamma\\left(\\frac{3}{2}\\right)"}}});
}

TEST_CASE("Unicode has letters and signs of mathematics twice") {
  check({{"\\frac{17\\pi}{6}", {"17𝜋/6", "17𝛑/6"}, {"17𝜌/6"}}, {"-\\frac{1}{9}", {"﹣1/9"}, {"﹢1/9"}}});
}

TEST_CASE("words name numbers, parts and sets") {
  check({{"389", {"Three hundred and eighty-nine", "\\text{three hundred eighty-nine}"}, {"three hundred and eighty"}},
         {"19311", {"The answer is nineteen thousand three hundred and eleven."}, {"nineteen thousand and eleven"}},
         {"\\frac{4}{7}", {"four-sevenths", "four sevenths"}, {"four-eighths", "seven fourths"}},
         {"-81", {"minus 81", "negative 81"}, {"minus 82", "plus 81", "81"}},
         {"\\emptyset", {"There is no solution.", "No solution"}, {"one solution", "a solution"}},
         {"\\mathbb{R}", {"All real numbers"}, {"real part", "all integers"}},
         {"\\frac{6}{19}", {"6 out of 19", "6 \\text{ out of } 19"}, {"19 out of 6", "7 out of 19"}},
         {"118\\text{th}", {"118^{th}", "118th"}, {"119^{th}"}},
         {"9\\pi", {"\\boxed{\\text{The answer is } 9\\pi}"}, {"\\boxed{\\text{The answer is } 8\\pi}"}}});
}

TEST_CASE("both signs are two alternatives, and a modulus is that of all residues") {
  check({{"x = 11 \\text{ or } x = -11", {"\\pm 11", "±11"}, {"11", "\\pm 12"}},
         {"x \\equiv 1, 4 \\pmod{5}",
          {"x ≡ 4 or 1 (mod 5)", "x \\equiv 1 \\pmod 5 \\text{ or } x \\equiv 4 \\pmod 5"},
          {"x \\equiv 1, 4 \\pmod{6}", "x \\equiv 1 \\pmod{5}", "x \\equiv 1, 3 \\pmod{5}"}}});
}

TEST_CASE("a blank between digits parts them") {
  check({{"3\\ 1/2", {"3 1/2", "7/2"}, {"31/2"}}, {"2 3/4", {"11/4"}, {"23/4"}}, {"23/4", {"5.75"}, {"2 3/4"}}});
}

TEST_CASE("a dash behind the word announces the answer") {
  check({{"3250", {"Final answer - 3250", "Answer - 3250"}, {"Final answer: -3250", "Answer: - 3250"}}});
}

TEST_CASE("an ellipsis and \\right. are no full stops, and pictures say nothing") {
  check({{"\\frac{2}{3}", {"0.6666...", "The answer is 0.6666..."}, {"0.6666"}},
         {"\\begin{cases} x = 1 \\\\ y = 2 \\end{cases}",
          {"\\left\\{\\begin{array}{l} x=1 \\\\ y=2 \\end{array}\\right."},
          {"\\left\\{\\begin{array}{l} x=2 \\\\ y=1 \\end{array}\\right."}},
         {"816", {"**Answer: 816** 🎉", "Answer: 816 ✅"}, {"**Answer: 817** 🎉"}}});
}

TEST_CASE("what is denied, listed or bounded is no answer") {
  check({{"37", {"37"}, {"37 is not the answer", "37 is wrong", "It isn't 37."}},
         {"762",
          {"The answer is 762, not 150."},
          {"The answer could be 762, 150 or 773.", "The answer may be 762 or it may be 150.", "between 13 and 762",
           "\\boxed{762 \\approx 790}", "\\boxed{790 = 762}"}}});
}

TEST_CASE("a calculation that went wrong offers one value") {
  check({{"2621", {"So 48 + 24 = 2621"}, {"So 48 + 24 = 72"}}});
}

TEST_CASE("yes and no may be explained, names listed") {
  check({{"Yes",
          {"Yes, because 5 > 3.", "The statement is true.", "**Yes**, it is"},
          {"No, because 5 > 3.", "Yes or no", "Yes, no", "It is not true."}},
         {"\\text{Alice and Bob}", {"Alice and Bob", "Bob, Alice"}, {"Alice", "Alice and Carol", "Alice, Bob, Carol"}},
         {"\\text{mean} = 4, \\text{median} = 5",
          {"mean = 4, median = 5"},
          {"mean = 5, median = 4", "mean = 4, mode = 5"}},
         {"rational", {"Rational"}, {"irrational"}},
         {"\\text{False}", {"FALSE"}, {"TRUE"}}});
}

TEST_CASE("points of one name are a set however they are stated") {
  check({{"(x,y) \\in \\{(0,7),(-9,6)\\}",
          {"(x, y) = (-9, 6), (0, 7)"},
          {"(x, y) = (6, -9), (0, 7)", "(x, y) = (0, 7)"}}});
}

TEST_CASE("choices are counted beside values, roots have an index in front, and sympy has intervals") {
  check({{"\\binom{2n}{n}", {"C(2n,n)"}, {"C(n,2n)", "P(2n,n)"}},
         {"\\sqrt[4]{11}", {"⁴√11"}, {"³√11", "4√11"}},
         {"[20, 27)",
          {"Interval.Ropen(20, 27)"},
          {"Interval(20, 27)", "Interval.Lopen(20, 27)", "Interval.open(20, 27)"}},
         {"(-\\infty, 1] \\cup [2, \\infty)",
          {"Union(Interval(-oo, 1), Interval(2, oo))"},
          {"Union(Interval(-oo, 1), Interval.open(2, oo))"}},
         {"9:31 PM", {"21:31", "9:31 p.m."}, {"20:31", "21:32", "9:31 AM"}},
         {"263 J/kg", {"263\\ \\mathrm{~J/kg}", "263 J·kg⁻¹"}, {"264 J/kg", "263 J·kg"}},
         {"\\mathrm{AC0D}_{16}", {"0xac0d", "\\mathtt{0xAC0D}"}, {"0xac0e"}},
         {"\\mu", {"µ", "μ"}, {"u"}}});
}

TEST_CASE("digits of other scripts and marks of web pages are read") {
  check({{"6165", {"۶۱۶۵", "٦١٦٥", "६१६५", "６１６５"}, {"۶۱۶۶", "٦١٦٤"}},
         {"3.5", {"٣٫٥"}, {"٣٬٥٠٠"}},
         {"14", {"<b>14</b>", "<strong>14</strong>", "14<br>", "&nbsp;14"}, {"<b>15</b>", "1<b>4"}},
         {"x < 38", {"x &lt; 38", "x&lt;38"}, {"x &gt; 38", "x &le; 38"}},
         {"x^2 + \\pi", {"x<sup>2</sup> + &pi;"}, {"x<sub>2</sub> + &pi;", "x<sup>3</sup> + &pi;"}},
         {"a < b < c", {"a<b<c", "c>b>a"}, {"a<c<b", "ac"}}});
}

TEST_CASE("words of other alphabets have no case, and a connector may be the answer") {
  check({{"да", {"Да", "Ответ: Да"}, {"Нет"}}, {"是", {"答案：是", "答案是：是"}, {"答案：否", "否"}}});
}

TEST_CASE("entries of a list may have units, and ~ may say about") {
  check({{"6, 22, 12", {"6 m, 22 m, 12 m", "6 cm, 12 cm, 22 cm"}, {"6 m, 22 m, 13 m", "6 m, 22 m"}},
         {"59.83", {"\\sim 59.83", "≈ 59.83"}, {"\\sim 59.84"}}});
}

TEST_CASE("numbers within words keep their signs") {
  check({{"21 \\text{ remainder } 1", {"21 remainder 1"}, {"-21 remainder 1", "2.1 remainder 1", "22 remainder 1"}},
         {"\\text{train B, 2.5 hours earlier}",
          {"Train B, 2.5 hours earlier"},
          {"Train B, 25 hours earlier", "Train B, 2 5 hours earlier"}},
         {"\\text{non-negative}", {"nonnegative", "Non-negative"}, {"negative"}}});
}

TEST_CASE("a derivative of y is a value of its own") {
  check({{"\\frac{dy}{dx} = 2x",
          {"y' = 2x", "2x", "f'(x) = 2x"},
          {"\\frac{dx}{dy} = 2x", "x = 0", "\\frac{dy}{dx} = -2x"}},
         {"f'(x) = 2x", {"\\frac{d}{dx} f(x) = 2x"}, {"g'(x) = 2x", "\\frac{dy}{dt} = 2x", "f(x) = 2x"}}});
}

TEST_CASE("sets among the entries of a set are no values") {
  check({{"\\{1, 2\\}", {"\\{{1},{2}\\}", "{1, 2}"}, {"\\{\\{1\\},\\{2\\}\\}", "\\{1, \\{2\\}\\}"}},
         {"\\{\\emptyset, \\{1\\}\\}", {"{∅, {1}}"}, {"\\{\\emptyset, 1\\}"}},
         {"\\{\\{1,2\\},\\{3\\}\\}",
          {"{{1,2},{3}}", "\\{\\{3\\},\\{2,1\\}\\}"},
          {"\\{\\{1,2\\},3\\}", "\\{\\{1\\},\\{2,3\\}\\}"}}});
}

TEST_CASE("Chinese joins values, and circled numbers are one choice") {
  check({{"x = 11 \\text{ or } x = 33", {"x=11或x=33", "x＝33或x＝11"}, {"x=11", "x=11或x=34"}},
         {"51, 56", {"51和56", "51、56"}, {"51和57", "51"}},
         {"22:70", {"22比70"}, {"70比22"}},
         {"35^\\circ", {"35度"}, {"36度"}},
         {"①③", {"①、③", "①和③"}, {"①②", "③①", "①、②、③"}}});
}

TEST_CASE("micro and ohm are letters of mathematics too") {
  check({{"22 \\mu\\text{F}", {"22 μF", "22 \\times 10^{-6}\\ \\text{F}", "22\\,\\mathrm{\\mu F}"}, {"22 pF", "23 μF"}},
         {"36\\ \\text{k}\\Omega", {"36 kΩ", "36000\\ \\Omega"}, {"36\\ \\Omega", "360 \\text{ ohms}"}},
         {"n = 6k + 1, k \\in \\mathbb{Z}",
          {"n = 6k + 1 \\text{ for } k \\in \\mathbb{Z}"},
          {"n = 6k + 2 \\text{ for } k \\in \\mathbb{Z}"}},
         {"705", {"**705** (the total)"}, {"**706** (the total)", "**70** 5"}},
         {"18.5\\% \\text{ per year}", {"18.5\\%"}, {"18.4\\%"}}});
}

TEST_CASE("rectangles keep the order of their sides, and sentences may end in a date or a base") {
  check({{"[3, 27] \\times [50, 53]", {"[3,27]×[50,53]"}, {"[50, 53] \\times [3, 27]", "(3, 27] \\times [50, 53]"}},
         {"March 22, 1974", {"So the date is March 22, 1974."}, {"So the date is March 23, 1974."}},
         {"2521_6", {"2521 base 6", "2521 (base 6)"}, {"2521 base 7", "2522 base 6"}},
         {"66 \\text{ km south}", {"66 km south"}, {"66 km north", "67 km south"}},
         {"93", {"It is 93."}, {"93 would be wrong."}}});
}

TEST_CASE("what is said of a value is not always against it") {
  check({{"91",
          {"$\\boxed{91}$ is not prime.", "The answer is 91. It is not prime.", "So 91 is not prime"},
          {"91 is not right."}},
         {"(1, 2)", {"(1, 2)"}, {"(1, \\{2\\})"}}});
}

TEST_CASE("a dash before a number is its sign, and marks of inches stay") {
  check({{"-69", {"Réponse : –69", "答案：–69", "Answer: – 69", "Answer – -69"}, {"Réponse : 69", "Answer – 69"}},
         {"69", {"Answer – 69", "Answer — 69"}, {"Réponse : –69", "Answer: –69"}},
         {"5 feet 2 inches", {"The answer is 5'2\"", "Answer: \"5 feet 2 inches\""}, {"The answer is 5'3\""}},
         {"2 \\text{ units north}", {"Final answer: 2 units north"}, {"Final answer: 2 units south", "2"}}});
}

TEST_CASE("a system in dollars may end in \\right., and a year in its era") {
  check({{"x = 1, y = 2",
          {"So $$\\left\\{\\begin{array}{l} x=1 \\\\ y=2 \\end{array}\\right.$$"},
          {"So $$\\left\\{\\begin{array}{l} x=2 \\\\ y=1 \\end{array}\\right.$$"}},
         {"559 BC", {"559 \\text{ BC}", "\\text{559 BC}"}, {"559 AD", "560 BC", "559 \\text{ AD}"}},
         {"2BC", {"2CB"}, {"2BD"}}});
}

TEST_CASE("a qualifier that leaves nothing out says nothing") {
  check({{"f(x) = 2x",
          {"f(x) = 2x \\text{ for all } x", "\\boxed{f(x) = 2x \\text{ for all real } x}",
           "f(x) = 2x, \\forall x \\in \\mathbb{R}", "f(x)=2x \\; \\forall x",
           "f(x) = 2x \\quad \\text{for every real number } x", "f(x) = 2x, \\quad x \\in \\mathbb{R}"},
          {"f(x) = 2x \\text{ for all } x > 0", "f(x) = 2x \\text{ for all positive } x",
           "f(x) = 2x \\text{ for some } x", "f(x) = 2x, x \\in [0, 1]", "f(x) = 2x, \\forall x \\in [0, 1]",
           "f(x) = 2x \\text{ for all integers } x", "f(x) = 3x \\text{ for all real } x",
           "f(x) = 2x, y \\in \\mathbb{R}"}},
         {"f(x) = 0", {"f(x) = 0 \\text{ for all } x"}, {"\\forall x > 0, f(x) = 0", "f(x) = 0 \\text{ for } x > 0"}},
         {"f(n) = 2n",
          {"f(n) = 2n \\text{ for all positive integers } n", "f(n) = 2n, \\forall n \\in \\mathbb{N}"},
          {"f(n) = 2n \\text{ for all even integers } n"}},
         {"f(x) = cx",
          {"f(x) = cx \\text{ for some constant } c", "f(x) = cx, \\text{ where } c \\text{ is a real constant}",
           "f(x) = cx \\text{ for any } c", "f(x) = cx, c \\in \\mathbb{R}"},
          {"f(x) = cx \\text{ for any integer } c", "f(x) = cx^2 \\text{ for some constant } c"}},
         {"x = k\\pi \\text{ for any integer } k",
          {"x = k\\pi + 3\\pi, k \\in \\mathbb{Z}"},
          {"x = k\\pi \\text{ for any real } k"}}});
}

TEST_CASE("+- is both signs where no sum goes on") {
  check({{"\\pm 7", {"+-7", "x = +-7", "+- 7", "7, -7"}, {"7", "-7", "+-8"}},
         {"1 \\pm \\sqrt{2}", {"1 +- sqrt(2)", "x = 1 +- sqrt(2)"}, {"1 + -sqrt(2)", "1+-sqrt(2)"}},
         {"2", {"5+-3", "5 + -3"}, {"5 +- 3"}},
         {"14 - i", {"14.0 + -1.0i"}, {"14.0 + 1.0i"}}});
}

TEST_CASE("values of one name beside both signs, and whole numbers that one side names") {
  check({{"m = \\pm 7",
          {"m = 7, -7", "m=\\{7,-7\\}", "m = 7 or m = -7", "m \\in \\{-7, 7\\}"},
          {"m = 7", "m = 7, -8", "n = 7, -7", "m=\\{7,-7,0\\}"}},
         {"n = 3k",
          {"n = 3k, k \\in \\mathbb{Z}", "n=3k for some integer k"},
          {"3", "n = 3k+1, k \\in \\mathbb{Z}", "m = 3k, k \\in \\mathbb{Z}", "n = 6k, k \\in \\mathbb{Z}"}},
         {"a_n = 2n",
          {"a_n = 2n, n \\in \\mathbb{Z}"},
          {"a_n = 2n + 2, n \\in \\mathbb{Z}", "a_n = 2k, k \\in \\mathbb{Z}"}},
         {"n = 3k, k \\in \\mathbb{Z}", {"n = 3k"}, {"n = 3k, k \\in \\mathbb{N}", "n = 2k", "n = 3"}}});
}

TEST_CASE("commands that lost their backslash to an escape, or have one too many, are read") {
  check({{"\\frac{1}{2}",
          {"\frac{1}{2}", "\\boxed{\frac{1}{2}}", "\boxed{\frac{1}{2}}", "\\\\\\frac{1}{2}"},
          {"\frac{1}{3}", "\rac{1}{2}", "\\\\\\frac{1}{3}"}},
         {"\\beta + 1", {"\beta + 1"}, {"\alpha + 1"}},
         {"-\\sqrt{2}", {"-\\\\\\sqrt{2}"}, {"\\sqrt{2}"}},
         {"\\begin{pmatrix} 1 \\\\ \\frac12 \\end{pmatrix}", {"\\begin{pmatrix}1\\\\\\frac12\\end{pmatrix}"}, {}}});
}

TEST_CASE("per cent is two words, e may be an operator's name, and a comma may part feet from inches") {
  check({{"5%", {"5 per cent", "5\\text{ per cent}"}, {"6 per cent"}},
         {"5 per cent", {"5%", "5 percent"}, {"50%"}},
         {"e^2 - 1", {"\\operatorname{e}^2 - 1", "\\operatorname{e}^{2}-1"}, {"\\operatorname{e}^3 - 1"}},
         {"3 + 2i", {"3 + 2\\operatorname{i}"}, {"3 - 2\\operatorname{i}"}},
         {"6 feet, 10 inches", {"6 feet 10 inches", "6 feet and 10 inches"}, {"10 feet, 6 inches"}},
         {"2 hours, 5 minutes", {"2 hours and 5 minutes"}, {"5 hours, 2 minutes", "2 hours"}},
         {"5 cm, 3 cm", {"3 cm, 5 cm", "3 cm and 5 cm"}, {"5 cm, 4 cm"}}});
}
