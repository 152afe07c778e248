// Whole responses: where the answer stands, and what must not be taken for it.
#pragma once

#include "rewards/math_cases/cases.hpp"

namespace cohort::test::math {

inline std::vector<Category> response_categories() {
  /// A response in which {} is the answer and the numbers around it are not.
  const auto states = [](std::string form) {
    return [form](Random& r, bool right) {
      const int64_t value = r.between(100, 9'999);
      return Pair{str(value), fmt::format(fmt::runtime(form), near(r, value, right))};
    };
  };
  /// A response that offers two answers earns nothing; with one of them it does.
  const auto hedges = [](std::string one, std::string two) {
    return [=](Random& r, bool right) {
      const int64_t value = r.between(100, 9'999), other = r.between(10'000, 99'999);
      if (right) return Pair{str(value), fmt::format(fmt::runtime(one), value)};
      return r.coin() ? Pair{str(value), fmt::format(fmt::runtime(two), value, other)}
                      : Pair{str(value), fmt::format(fmt::runtime(two), other, value)};
    };
  };
  return {
      {"a box", states("We have 3 + 4 = 7, so it is $\\boxed{{{}}}$.")},
      {"the last of two boxes", states("First $\\boxed{{12}}$ is the number of apples of Tom, who eats some of them "
                                       "before noon. Therefore it is \\boxed{{{}}}.")},
      {"a box in an environment", states("\\[\nx = 5 + 7 = \\boxed{{{}}}\n\\]\nThere are 4 cases, all checked.")},
      {"a box with text", states("\\fbox{{\\text{{{}}}}}")},
      {"one box twice", states("So $\\boxed{{{0}}}$.\n\nFinal: $\\boxed{{{0}}}$")},
      {"a box behind the thinking", states("<think>it is \\boxed{{7}}, no, 9</think>\nIt is \\boxed{{{}}}.")},
      {"an answer tag", states("<think>3 or 4</think><answer>{}</answer>")},
      {"an answer tag with a sentence", states("<answer>\nThe total is {}.\n</answer>")},
      {"an answer tag with a formula", states("<answer> $x = {}$ </answer>")},
      {"four hashes", states("48/2 = <<48/2=24>>24\n#### {}")},
      {"final answer is", states("Then 5 > 3. Final Answer: The final answer is ${}$. I hope it is correct.")},
      {"a heading", states("## Step 1\n7 apples\n\n### Final Answer\n\n{}")},
      {"a bold heading", states("Some 12 steps.\n\n**Final Answer**\n\n$$ {} $$")},
      {"the answer is", states("Of the 17 apples, 4 are gone. The answer is {}. We used 3 steps.")},
      {"the answer is, with words", states("Thus the answer is {} apples, because 3 of 7 were sold.")},
      {"answer with a colon", states("12 times 3\nAnswer: {}\n\nCheck: 3 + 4 = 7.")},
      {"answer in bold", states("We get 12 or so.\n\n**Answer:** {}")},
      {"answer in bold, all of it", states("Hence 4 cases.\n\n**Answer: {}**")},
      {"answer in an environment", states("The answer is \\({}\\), as 4 > 3.")},
      {"answer as an equation", states("The answer is $x = {}$.")},
      {"answer to something", states("So the answer to the question with 3 parts is {}.")},
      {"answer in dollars", states("Answer: \\${}")},
      {"Chinese", states("一共有 3 个苹果。答案是{}。")},
      {"Chinese with a colon", states("共 5 步。\n答案：${}$")},
      {"Japanese", states("3個あります。答えは{}です。")},
      {"Korean", states("사과 3개. 정답: {}")},
      {"French", states("Il y a 4 cas. La réponse est {}.")},
      {"German", states("Es sind 4 Fälle. Die Antwort ist {}.")},
      {"Spanish", states("Hay 4 casos. La respuesta es {}.")},
      {"Portuguese", states("São 4 casos. A resposta é {}.")},
      {"Italian", states("Ci sono 4 casi. La risposta è {}.")},
      {"Russian", states("Всего 4 случая. Ответ: {}.")},
      {"Arabic", states("هناك 4 حالات. الإجابة هي {}")},
      {"Hindi", states("4 मामले हैं। उत्तर: {}")},
      {"Vietnamese", states("Có 4 trường hợp. Đáp án là {}.")},
      {"Turkish", states("4 durum var. Cevap: {}")},
      {"bold", states("There are 4 cases.\nIn total Natalia sold **{}** clips.")},
      {"the last environment", states("As $a = 5$ and $b = 3$, it follows that $AB = {}$.")},
      {"the last display", states("Adding 4 and 5,\n\\[\n  {}\n\\]\n")},
      {"an aligned derivation", states("\\begin{{align*}}\nx &= 3 + 4 \\\\\n&= {}.\n\\end{{align*}}")},
      {"the last number", states("Natalia had 3 bags and now she has {} clips.")},
      {"the last equation", states("So 48 + 24 = {}")},
      {"nothing else", states("{}")},
      {"a code block", states("The answer is:\n```\n{}\n```")},
      {"two boxes", hedges("It is \\boxed{{{}}}.", "\\boxed{{{}}} or \\boxed{{{}}}")},
      {"two boxes side by side", hedges("\\boxed{{{}}}", "\\boxed{{{}}} \\boxed{{{}}}")},
      {"or in a box", hedges("\\boxed{{{}}}", "\\boxed{{{} \\text{{ or }} {}}}")},
      {"a list in a box", hedges("\\boxed{{{}}}", "\\boxed{{{}, {}}}")},
      {"or behind the answer", hedges("The answer is {}.", "The answer is {} or {}.")},
      {"or between environments", hedges("The answer is ${}$.", "The answer is ${}$ or ${}$.")},
      {"a list in the tag", hedges("<answer>{}</answer>", "<answer>{}, {}</answer>")},
      {"perhaps behind the answer", hedges("The answer could be {}.", "The answer could be {} or maybe {}.")},
      {"a question behind the answer", hedges("Answer: {}?", "Answer: {}?? or {}")},
      {"a second box behind or", hedges("It is \\boxed{{{}}}.", "It is \\boxed{{{}}} or {}.")},
      {"two numbers in the tag", hedges("<answer>{}</answer>", "<answer>{} {}</answer>")},
      {"a denial",
       [](Random& r, bool right) {
         const int64_t value = r.between(100, 999);
         return Pair{str(value), fmt::format("The answer is {}{}.", right ? "" : "not ", value)};
       }},
      {"a mark of the end", states("<think>7 or 8</think>\nThe answer is {}<|eot_id|>")},
      {"a turn that ends", states("7 apples\n#### {}<end_of_turn>")},
      {"a capital tag", states("So 4 are left. <ANSWER>{}</ANSWER>")},
      {"a quotation", states("There are 12 students and 7 teachers.\n> {}")},
      {"Swedish", states("x = 3, y = 4.\nSvaret är {}.")},
      {"Japanese in bold", states("3個あります。\n答えは **{}** です")},
      {"a Turkish price", states("Cevap: {} TL")},
      {"unclosed thinking",
       [](Random& r, bool right) {
         const int64_t value = r.between(100, 999);
         return Pair{str(value), fmt::format("<think>So it is \\boxed{{{}}}{}", value,
                                             right ? fmt::format("</think>\\boxed{{{}}}", value) : "")};
       }},
      {"a flood of boxes",
       [](Random& r, bool right) {
         const int64_t value = r.between(100, 999);
         std::string text;
         for (int64_t i = 40; i-- > (right ? 39 : 0);)
           text += fmt::format("It may be that \\boxed{{{}}} is it, who knows.\n", value + i);
         return Pair{str(value + (right ? 39 : 0)), text};
       }},
      {"a letter",
       [](Random& r, bool right) {
         const size_t gold = static_cast<size_t>(r.between(0, 3)), other = right ? gold : (gold + 1) % 4;
         const std::string letter(1, "ABCD"[other]);
         return Pair{std::string(1, "ABCD"[gold]),
                     r.pick<std::string>({"The answer is " + letter + ".", "I think it is (" + letter + "), as 3 > 2.",
                                          "Answer: " + letter + ") 12 apples", "So \\boxed{\\text{" + letter + "}}",
                                          "**" + letter + "**", letter + ". It cannot be otherwise."})};
       }},
      {"two letters",
       [](Random& r, bool right) {
         const std::string letter(1, "ABCD"[static_cast<size_t>(r.between(0, 3))]);
         const std::string other(1, letter == "A" ? 'B' : 'A');
         return Pair{letter,
                     right ? "The answer is " + letter
                           : "The answer is " + (r.coin() ? letter + " or " + other : other + " or " + letter) + "."};
       }},
      {"a letter in a sentence",
       [](Random& r, bool right) {
         const size_t gold = static_cast<size_t>(r.between(0, 3)), other = right ? gold : (gold + 1) % 4;
         const std::string letter(1, "ABCD"[other]);
         return Pair{std::string(1, "ABCD"[gold]),
                     r.pick<std::string>({"So, option " + letter + " is correct.", letter + ": because it works",
                                          "The best answer is " + letter + " because of that."})};
       }},
      {"a time with its half of the day",
       [](Random& r, bool right) {
         const std::string time = fmt::format("{}:{}", r.between(1, 12), r.between(10, 59));
         return Pair{time + " PM",
                     fmt::format("So they {} at {}{}", r.pick<std::string>({"arrive", "leave"}), time,
                                 right ? r.pick<std::string>({" p.m.", " pm.", " PM", " P.M. sharp"})
                                       : r.pick<std::string>({" a.m.", " am.", " AM", "am", " A.M. sharp"}))};
       }},
      {"a numeral in a sentence",
       [](Random& r, bool right) {
         const std::string octal = fmt::format("{:o}", r.between(100, 777) | 1);
         const int64_t base = right ? 8 : 9;
         return Pair{octal + "_8", r.coin() ? fmt::format("Hence the number is {} in base {}.", octal, base)
                                            : fmt::format("Hence we find {} (base {}).", octal, base)};
       }},
      {"an exclamation before a picture",
       [](Random& r, bool right) {
         const int64_t value = r.between(20, 900), other = near(r, value, right, 1);
         return Pair{str(value), fmt::format("The answer is {}{}", other, r.pick<std::string>({"! 🎉", "!🎉", ". ✅"}))};
       }},
      {"a matrix over several lines",
       [](Random& r, bool right) {
         const int64_t a = r.nonzero(9), b = r.nonzero(9);
         const std::string rows =
             fmt::format("\\begin{{pmatrix}}\n{} & 1 \\\\\n0 & {}\n\\end{{pmatrix}}", a, near(r, b, right, 1));
         return Pair{fmt::format("\\begin{{pmatrix}} {} & 1 \\\\ 0 & {} \\end{{pmatrix}}", a, b),
                     r.pick<std::string>({"$" + rows + "$", "The matrix is\n\\(" + rows + "\\)",
                                          "We get 3 rows.\n\n" + rows, "The answer is $A = " + rows + "$."})};
       }},
      {"all letters",
       [](Random& r, bool right) {
         const std::string letter(1, "ABCD"[static_cast<size_t>(r.between(0, 3))]);
         return Pair{letter, right ? "(" + letter + ")"
                                   : r.pick<std::string>({"A B C D", "(A) or (B) or (C) or (D)", "A, B, C, D"})};
       }},
      {"a word in an environment",
       [](Random& r, bool right) {
         static const std::vector<std::string> names = {"Evelyn", "Tuesday", "even", "red"};
         const size_t gold = static_cast<size_t>(r.between(0, 3));
         return Pair{"\\text{" + names[gold] + "}",
                     "As $n^2 \\ge 0$, thus we get \\(\\text{" + names[right ? gold : (gold + 1) % 4] + "}\\)."};
       }},
      {"words",
       [](Random& r, bool right) {
         static const std::vector<std::string> names = {"Evelyn", "Tuesday", "even", "no solution"};
         const std::string name = r.pick(names);
         std::string other = right ? name : r.pick(names);
         while (!right && other == name) other = r.pick(names);
         return Pair{name, r.pick<std::string>({"The answer is " + other + ".", "\\boxed{\\text{" + other + "}}",
                                                "**Answer:** " + other})};
       }},
  };
}

}  // namespace cohort::test::math
