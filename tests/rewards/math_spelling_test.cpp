// One formula as different hands spell it: braces, blanks, entities and words around signs; and look-alikes.
#include "rewards/spellings.hpp"

using spellings::check;

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
