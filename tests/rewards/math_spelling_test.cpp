// One formula as different hands spell it: braces, blanks, entities and words around signs; and look-alikes.
#include "rewards/spellings.hpp"

using spellings::check;

TEST_CASE("digits of a numeral may stand in text") {
  check({{"2323_{12}", {"\\boxed{(\\text{2323})_{12}}"}, {"\\text{2323}", "(\\text{2323})^{12}"}},
         {"\\text{640}_{16}", {"(\\text{640})_{16}"}, {}},
         {"$(\\text{163B})_{12}$", {"\\[\\text{163B}_{12}\\]"}, {}},
         {"(163B)_{12}", {"(\\mathrm{163B})_{12}"}, {}},
         {"163B_{12}",
          {"\\left(\\text{163B}\\right)_{12}", "\\texttt{163B}_{12}", "\\mathtt{163B}_{\\text{12}}",
           "163\\text{B}_{12}", "16\\mathrm{3B}_{12}", "(163\\text{B})_{12}"},
          {"(\\text{136B})_{12}", "(\\text{163B})_{13}", "\\text{163B}"}},
         {"1A3_{16}", {"1\\text{A}3_{16}"}, {}},
         {"ABB_{12}", {"$\\text{ABB}_{12}$"}, {"$\\text{BAB}_{12}$", "BAB_{12}"}},
         {"AB_{16}", {"(\\text{AB})_{16}"}, {}},
         {"2323", {}, {"(\\text{2323})_{12}"}}});
}

TEST_CASE("commas of thousands have braces and negative blanks around them") {
  check(
      {{"$7\\,435$", {"7{,}\\!435"}, {}},
       {"5_121", {"5{,}\\!121"}, {}},
       {"-602_979", {"$-602{,}\\!979$"}, {}},
       {"7435",
        {"7\\!{,}\\!435", "7{,\\!}435", "7{\\!,}435", "7\\mathord{,}435", "7\\text{,}435", "7{,}\\,435", "7,\\!\\!435"},
        {"7{,}\\!453", "74{,}\\!35", "7\\text{, }435"}},
       {"1234567", {"1{,}\\!234{,}\\!567"}, {}},
       {"7435.5", {"7{,}\\!435{.}5"}, {}},
       {"3.14", {"3{.}14"}, {"3{.}41", "31{.}4"}}});
}

TEST_CASE("a percent sign may stand in braces") {
  check({{"142 percent", {"142{\\%}"}, {"14.2{\\%}"}},
         {"$12{\\%}$", {"12%"}, {}},
         {"73.1{\\%}", {"73.1%"}, {}},
         {"76.4{\\%}", {"\\boxed{76.4\\text{ percent}}"}, {}},
         {"76.4\\%",
          {"76.4\\,{\\%}", "76.4{\\,\\%}", "76.4\\text{\\%}", "76.4\\mathrm{\\%}", "76.4\\text{%}", "{76.4\\%}",
           "{76.4}{\\%}"},
          {"76.5{\\%}"}}});
}

TEST_CASE("the colon of a ratio may stand in braces or text") {
  check({{"29{:}25", {"29 : 25"}, {}},
         {"7{:}11", {"$7\\!:\\!11$"}, {}},
         {"$15{:}7$", {"15 \\text{ to } 7"}, {}},
         {"22{:}7", {"\\boxed{22:7}"}, {}},
         {"2 \\text{ : } 1", {"\\(2{:}1\\)"}, {}},
         {"2:1",
          {"2 \\text{ : } 1", "2\\text{:}1", "2\\mathrel{:}1", "2\\mathbin{:}1", "2\\,{:}\\,1", "2\\colon 1",
           "2{\\colon}1"},
          {"1{:}2", "2{:}1{:}1", "21"}},
         {"$22:25$", {"\\(22{:}25\\)"}, {}},
         {"2{:}1{:}1", {"$\\boxed{12:6:6}$"}, {}},
         {"2:1:1", {"2\\!:\\!1\\!:\\!1"}, {}},
         {"9:31 PM", {"9{:}31 \\text{ PM}"}, {}},
         {"9{:}31", {"9:31"}, {}},
         {"9{:}31 \\text{ PM}", {"9:31 PM"}, {}},
         {"2{:}1", {}, {"2{:}3"}}});
}

TEST_CASE("the line over digits may stand in braces") {
  check({{"1.1\\overline{3434}", {"\\boxed{1.1{\\overline{34}}}"}, {}},
         {"$1.{\\overline{927}}$", {"\\boxed{1.927\\overline{927}}"}, {}},
         {"0.1917\\overline{917}", {"$\\boxed{0.1{\\overline{917}}}$"}, {}},
         {"$3.{\\overline{034}}$", {"$\\boxed{3.\\overline{034034}}$"}, {}},
         {"\\frac{1}{6}",
          {"0.1{\\dot{6}}", "0.1{\\bar 6}", "0.{1\\overline{6}}", "0.1\\overline{\\text{6}}",
           "0.1\\overline{\\mathrm{6}}", "0.1\\overline{{6}}", "0{.}1\\overline{6}", "0.1\\,\\overline{6}",
           "0.1\\overline{6}\\ldots", "0.1\\overline{6}...", "0{,}1\\overline{6}", "0{,}1{\\overline{6}}",
           "0.1\\overline 6"},
          {"0.1{\\overline{7}}", "0.{\\overline{16}}"}},
         {"1.1\\overline{34}", {}, {"1.{\\overline{134}}", "1.1{34}"}}});
}

TEST_CASE("a fraction may have lost its backslash") {
  check({{"frac{2}{1}", {"\\boxed{\\tfrac21}"}, {}},
         {"\\frac{2}{3}",
          {"frac{2}{3}", "\\boxed{frac{2}{3}}", "dfrac{2}{3}", "tfrac{2}{3}"},
          {"frac{3}{2}", "frac{2}{-3}", "arcfrac{2}{3}"}},
         {"-\\frac{2}{3}", {"-frac{2}{3}"}, {}},
         {"2\\sqrt{3}", {"2sqrt{3}"}, {}},
         {"\\frac{\\sqrt{3}}{2}", {"frac{sqrt{3}}{2}"}, {}},
         {"\\binom{5}{2}", {"binom{5}{2}"}, {}},
         {"\\frac{x}{2}+1", {"frac{x}{2} + 1"}, {}},
         {"3\\frac{1}{2}", {"3frac{1}{2}"}, {}},
         {"\\frac{2}{3}\\text{ cm}", {"frac{2}{3} text{ cm}"}, {}}});
}

TEST_CASE("empty braces end the name of a command, and other braces hold a sign") {
  check({{"(x+6)\\cdot{}(x-9)", {"(x+6)(x-9)"}, {"(x+6)+{}(x-9)"}},
         {"x\\ln x", {"\\(x\\times{}\\ln x\\)"}, {}},
         {"9*(x+5)", {"$\\boxed{9\\cdot{}(x+5)}$"}, {}},
         {"6*e^{2}", {"6\\times{}e^{2}"}, {}},
         {"x^{8}*e^{x}", {"$\\boxed{x^{8}\\cdot{}e^{x}}$"}, {}},
         {"$3\\cdot{}x\\cdot{}y$", {"$3xy$"}, {}},
         {"9\\cdot{}\\pi", {"\\[9 \\cdot \\pi\\]"}, {}},
         {"\\pi r^2", {"\\pi{}r^2", "\\pi{} r^{2}"}, {"\\pi{}r^3"}},
         {"x \\le 3", {"x\\le{}3", "x{\\le}3"}, {"x\\ge{}3", "x{<}3"}},
         {"x \\ge -3", {"x \\geq{} -3"}, {}},
         {"\\pm 3", {"\\pm{}3", "{\\pm}3"}, {}},
         {"\\sin x", {"\\sin{}x"}, {}},
         {"\\infty", {"\\infty{}"}, {}},
         {"45^\\circ", {"45^\\circ{}", "45{^\\circ}", "45{}^\\circ", "45{}^{\\circ}"}, {}},
         {"x \\in \\mathbb{R}", {"x\\in{}\\mathbb{R}"}, {}},
         {"12 \\div 5", {"12\\div{}5"}, {}},
         {"6 e^2", {"6{\\cdot}e^2", "6{\\times}e^2", "6{\\cdot }e^2"}, {"6{+}e^2"}},
         {"3 \\times 10^5", {"3 {\\times} 10^{5}"}, {}},
         {"x \\neq 3", {"x{\\ne}3"}, {}},
         {"12.5\\%", {"12.5\\%{}"}, {}},
         {"\\frac{1}{3}", {}, {"\\frac{1}{}3"}}});
}

TEST_CASE("signs may be entities of web pages") {
  check({{"x \\le 6", {"x &le; 6", "x &#8804; 6", "x &#x2264; 6"}, {"x &ge; 6", "x &lt; 6"}},
         {"x \\ge 6", {"x &ge; 6"}, {}},
         {"x < 6", {"x &lt; 6", "The answer is x &lt; 6."}, {}},
         {"x > 6", {"x &gt; 6"}, {}},
         {"-6", {"&minus;6", "The answer is &minus;6.", "\\boxed{&minus;6}", "&#8722;6", "&#45;6"}, {"6"}},
         {"x = -6", {"x = &minus;6"}, {}},
         {"2\\pi", {"2&pi;"}, {}},
         {"\\sqrt{3}", {"&radic;3"}, {}},
         {"2\\sqrt{3}", {"So the length is 2&radic;3"}, {}},
         {"3 \\times 10^5", {"3 &times; 10^5"}, {}},
         {"x \\ne 6", {"x &ne; 6"}, {}},
         {"\\infty", {"&infin;"}, {}},
         {"-\\infty", {"&minus;&infin;"}, {}},
         {"(-\\infty, 3)", {"(&minus;&infin;, 3)"}, {}},
         {"30^\\circ", {"30&deg;"}, {}},
         {"x^2", {"x&sup2;"}, {}},
         {"5 \\text{ m}", {"5&nbsp;m"}, {}},
         {"\\frac{1}{2}", {"&frac12;"}, {}},
         {"3 \\pm \\sqrt{2}", {"3 &plusmn; &radic;2"}, {}},
         {"x < 6 \\text{ and } x > 2", {"2 &lt; x &lt; 6"}, {}},
         {"A \\cup B", {"A &cup; B"}, {}},
         {"x \\in \\mathbb{R}", {"x &isin; &#8477;"}, {}},
         {"x &le; 6", {"x \\le 6"}, {}},
         {"x &#8804; 6", {"x \\le 6"}, {}},
         {"&minus;6", {"-6"}, {}},
         {"6", {}, {"&minus;6", "x &le; 6"}},
         {"36", {}, {"3&radic;6"}},
         {"10005", {}, {"1&nbsp;000 + 5"}}});
}

TEST_CASE("words may be bold or slanted") {
  check({{"**False**", {"\\mathbf{False}"}, {}},
         {"False", {"\\boldsymbol{False}", "\\mathit{False}", "\\mathrm{False}"}, {}},
         {"True", {"\\mathbf{\\text{True}}"}, {"\\mathbf{False}"}},
         {"Yes", {"\\mathbf{Yes}"}, {}},
         {"No", {"$\\mathbf{No}$"}, {"\\mathbf{Yes}"}},
         {"even", {"\\mathbf{even}"}, {}},
         {"12", {"\\mathbf{12}", "\\bm{12}"}, {}},
         {"\\text{Team A}", {"\\mathbf{Team A}"}, {}},
         {"\\text{Alice}", {"\\mathbf{Alice}"}, {}},
         {"\\mathbf{u}", {}, {"\\mathbf{v}"}},
         {"\\mathbf{AB}", {}, {"\\mathbf{AC}"}}});
}

TEST_CASE("sets of numbers have short commands and names") {
  check({{"\\text{the integers}", {"$\\Z$", "\\mathbb{Z}"}, {"$\\N$", "\\Q"}},
         {"\\mathbb{R}", {"\\R", "$\\R$", "\\RR", "\\mathds{R}", "\\mathbbm{R}", "\\reals"}, {"\\Q"}},
         {"\\mathbb{Z}", {"\\ZZ"}, {}},
         {"\\mathbb{C}", {"\\C"}, {}},
         {"\\mathbb{N}", {"\\N"}, {}},
         {"\\mathbb{Q}", {"\\Q", "\\text{the rational numbers}"}, {}},
         {"\\mathbb{R} \\setminus \\{0\\}", {"\\R\\setminus\\{0\\}"}, {}},
         {"\\text{all real numbers}", {"\\R"}, {}},
         {"\\text{the rational numbers}", {"\\Q"}, {}},
         {"\\text{the natural numbers}", {"\\N"}, {}},
         {"\\text{all integers}", {"\\Z"}, {}},
         {"\\text{the complex numbers}", {}, {"C", "\\R"}},
         {"\\text{the irrational numbers}", {}, {"\\Q"}},
         {"\\text{the positive integers}", {}, {"\\Z"}},
         {"\\text{the negative real numbers}", {}, {"\\R"}}});
}

TEST_CASE("an ordinal may have its article and stand in text") {
  check({{"the 23rd", {"\\text{23rd}", "23rd", "23^{rd}"}, {"\\text{22nd}", "\\text{33rd}"}},
         {"23rd",
          {"\\text{23rd}", "23^{\\text{rd}}", "\\text{the 23rd}", "\\text{23}^{\\text{rd}}", "\\mathrm{23rd}"},
          {}},
         {"5th", {"5\\textsuperscript{th}"}, {}}});
}

TEST_CASE("only says nothing more") {
  check({{"\\text{II only}",
          {"II only", "II", "\\mathrm{II\\ only}", "\\textbf{II only}"},
          {"III only", "I only", "I and II only"}},
         {"II only", {"\\text{II only}"}, {}},
         {"\\text{p if q}", {}, {"\\text{p only if q}"}},
         {"\\text{p only if q}", {}, {"\\text{p if q}"}},
         {"\\text{I and II only}", {"I and II only"}, {"II only", "I and III only"}},
         {"I and II only", {"\\text{I and II only}"}, {}},
         {"\\text{I, II only}", {"I and II only"}, {"II only"}},
         {"\\text{I only}", {"I only"}, {}},
         {"\\text{Only II}", {"II only"}, {}},
         {"\\text{I and III}", {"\\text{III and I}"}, {}}});
}

TEST_CASE("a letter behind a word is no article") {
  check({{"\\text{ Team A }", {"TEAM A"}, {"TEAM B", "TEAM"}},
         {"\\text{Team A}", {"Team A", "team A"}, {}},
         {"\\text{Plan B}", {"PLAN B"}, {"PLAN A"}}});
}

TEST_CASE("words in text before a value name it") {
  check({{"6", {"\\text{remainder } 6", "\\text{Remainder: } 6", "\\text{The remainder is } 6"}, {}},
         {"4",
          {"\\text{The minimum value is } 4", "\\boxed{\\text{The minimum value is } 4}",
           "$\\text{The minimum value is } 4$", "\\text{Answer: } 4", "\\text{Answer = } 4", "\\text{The answer is } 4",
           "\\text{The area is } 4", "\\text{Area} = 4", "\\text{The minimum value of the expression is }4.",
           "\\text{So the answer is } 4", "\\text{Therefore, the value is } 4", "\\mathrm{The\\ answer\\ is}\\ 4",
           "\\boxed{\\text{minimum value: } 4}", "\\text{The minimum value is 4}", "\\text{The minimum value is $4$}"},
          {"\\text{The wrong answer is } 4", "\\text{The answer is not } 4", "\\text{The answer is at least } 4",
           "\\text{greater than } 4", "\\text{more than } 4", "\\text{The answer is } 5", "\\text{half of } 4",
           "\\text{the square of } 4", "\\text{The answer is } 4 \\text{ or } 5", "\\text{divisor of } 4",
           "\\text{the negative of } 4", "\\text{The number of digits is 2, not } 4"}},
         {"\\frac{1}{2}", {"\\text{The probability is } \\frac{1}{2}"}, {}},
         {"max 4", {}, {"\\text{The minimum value is } 4"}},
         {"\\max 4", {}, {"\\text{The minimum is } 4"}}});
}

TEST_CASE("values are joined in other languages") {
  check({{"x_1 = 2, x_2 = -3",
          {"x_1 = 2 \\text{ und } x_2 = -3", "x_1 = 2 \\text{ et } x_2 = -3", "x_1 = 2 \\text{ y } x_2 = -3",
           "x_1 = 2 \\text{ e } x_2 = -3", "x_1 = 2 \\text{ i } x_2 = -3", "x_1 = 2 \\text{ en } x_2 = -3",
           "x_1 = 2 \\text{ и } x_2 = -3", "x_1 = 2 \\text{ and } x_2 = -3", "x_1 = 2 \\text{ 和 } x_2 = -3",
           "x_1 = 2 \\text{和} x_2 = -3"},
          {"x_1 = 2 \\text{ und } x_2 = 3"}},
         {"x = 2 \\text{ or } x = -3",
          {"x = 2 \\text{ oder } x = -3", "x = 2 \\text{ ou } x = -3", "x = 2 \\text{ o } x = -3",
           "x = 2 \\text{ lub } x = -3", "x = 2 \\text{ или } x = -3", "x = 2 \\text{ 或 } x = -3",
           "x = 2 \\text{ または } x = -3", "x = 2 \\text{ 또는 } x = -3"},
          {}},
         {"x < 2 \\text{ or } x > 3", {"x<2 \\text{ oder } x>3"}, {}},
         {"3 \\text{ and } 5", {"3\\text{ und }5"}, {}},
         {"x < 3 \\text{ or } x > 2", {}, {"x<3 \\text{ und } x>2"}},
         {"x < 3 \\text{ and } x > 2", {}, {"x<3 \\text{ oder } x>2"}},
         {"6", {}, {"2 \\text{ e } 3", "2 \\text{ y } 3"}},
         {"3", {}, {"3 \\text{ oder } 5"}}});
}

TEST_CASE("shells of electrons are read with and without blanks") {
  check({{"1s^2 2s^2 2p^6",
          {"1s^22s^22p^6", "\\boxed{1s^22s^22p^6}", "1s^{2}2s^{2}2p^{6}", "1s² 2s² 2p⁶", "$1s^2\\,2s^2\\,2p^6$",
           "1s2 2s2 2p6"},
          {"1s^2 2s^2 2p^5", "1s^2 2s^2 2p^6 3s^1", "1s^2 2p^6", "8s^4p^6"}},
         {"1s^22s^22p^6", {"\\mathrm{1s^2 2s^2 2p^6}"}, {}},
         {"[Ar] 3d^{10} 4s^2",
          {"[Ar]3d^{10}4s^2", "[\\text{Ar}]\\,3d^{10}\\,4s^{2}", "\\mathrm{[Ar]}3d^{10}4s^2"},
          {"[Kr] 3d^{10} 4s^2", "[Ar] 3d^{1} 4s^2"}},
         {"[Ne] 3s^2 3p^4", {"[Ne] 3s² 3p⁴"}, {}}});
}

TEST_CASE("what an announcement in text says of the value behind it is heard") {
  check({{"4",
          {"\\text{The answer is } 4", "\\text{The final answer is } \\boxed{4}", "$\\text{the answer is } 4$",
           "\\boxed{\\text{The answer is } 4}"},
          {"\\text{the answer is minus } 4", "$\\text{the answer is negative } 4$", "\\text{The answer is twice } 4",
           "\\text{The answer is one less than} 4", "\\text{the answer is half of } 4"}},
         {"-4", {"\\text{the answer is minus } 4", "\\text{the answer is minus} 4"}, {}},
         {"(3, 4)", {"\\text{The answer is the point } (3, 4)"}, {"\\text{The answer is the point } (4, 3)"}}});
}

TEST_CASE("a sign before degrees is the number's") {
  check({{"-3", {"-3 degrees", "$-3^\\circ$"}, {"3^\\circ"}},
         {"x = -60^\\circ", {"x = -60", "-\\frac{\\pi}{3}"}, {"x = 60", "\\frac{\\pi}{3}"}},
         {"\\{-60^\\circ, 60^\\circ\\}", {"\\{-60, 60\\}"}, {"\\{60, 61\\}"}}});
}

TEST_CASE("an index follows a base in braces, and U is a letter where it is raised") {
  check({{"a {g}_{k}", {"a g_k", "ag_{k}"}, {"a g^k", "a g_h"}},
         {"{a}_{1}{a}_{2}", {"a_1a_2"}, {"a_1a_3"}},
         {"2\\overline{x}_n", {"2 bar{x}_n"}, {"2 x_n"}},
         {"\\frac{1}{2} U^2", {"\\frac{U^2}{2}"}, {"\\frac{V^2}{2}"}},
         {"(0, 1) U (2, 3)", {"(0,1) \\cup (2,3)"}, {"(0,1)(2,3)"}}});
}

TEST_CASE("the name of a value or of a function is no choice") {
  check({{"A", {"The area is $A$", "(A) $-3$", "Option A = 3 is right."}, {"So $A = 3$.", "A > 3 holds"}},
         {"E", {"E (a dog)"}, {"\\[E(x)=\\frac1x\\]", "The energy is E(x) = 5."}},
         {"C", {}, {"C(10,2) = 45", "C(n, k)"}},
         {"D", {"\\boxed{x = 3}, so **Answer: D**"}, {"D = b^2-4ac = 12", "\\boxed{A}. The answer is D"}}});
}
