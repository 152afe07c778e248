// What the words around a value say of it: that it is not the answer, not the only one, or the name of a place.
#include "rewards/spellings.hpp"

using spellings::check;

TEST_CASE("of two values that are offered for one, neither is claimed") {
  check({{"18",
          {"The answer is 18.", "It's either 17 or 18; 17 fails, so the answer is 18.", "I think it's 18."},
          {"I think it's 18, but could be 19.", "I think it's 19, but could be 18.", "Maybe 19, maybe 18.",
           "The answer is 18. Or maybe it's 19.", "The answer is 18. It could also be 19.",
           "The answer is 18. Another possibility is 19.", "The answer is 18, though it may be 19.",
           "The answer lies between 18 and 19.", "The answer is in the range 17 to 18.", "range 18 to 17",
           "I'm torn between 17 and 18.", "I get 18, though 19 is also possible.", "Could be 17. Could be 18.",
           "The answer is 18 and also 19.", "The answer is 18 (maybe 19)."}},
         {"19", {}, {"The answer is 18 (maybe 19).", "Es könnte 18 oder 19 sein."}}});
}

TEST_CASE("hedges are read in other languages") {
  check({{"18",
          {"Die Antwort ist nicht 17, sondern 18.", "La réponse n'est pas 17 mais 18.", "No es 17, sino 18.",
           "Non è 17, ma 18.", "A resposta é 18, não 17.", "Het antwoord is niet 17 maar 18.", "Nie 17, lecz 18.",
           "Ответ не 17, а 18.", "不是17，而是18。", "答えは17ではなく18です。", "정답은 17이 아니라 18입니다."},
          {"Die Antwort ist 18 oder vielleicht 19.", "La réponse est 18, ou peut-être 19.",
           "La respuesta es 18, o tal vez 19.", "La risposta è 18, o forse 19.", "A resposta é 18, ou talvez 19.",
           "Het antwoord is 18 of 19.", "Odpowiedź to 18 albo 19.", "Ответ: 18 или, может быть, 19.",
           "答案是18，也许是19。", "答えは18か19です。", "18 아니면 19입니다."}}});
}

TEST_CASE("what is taken back is no answer, and what follows may be one") {
  check({{"18",
          {"The answer is 18. Let me double-check: 3 * 6 = 18, fine.",
           "The answer is 18. A common mistake is to forget 2.", "The answer is 18; all other options are wrong.",
           "The answer is 18. No other answer is possible.", "Wait, we also need to add 5. So the total is 18.",
           "The answer is 17. No wait, 18."},
          {"Answer: 18 … wait, that is wrong.",
           "The answer is 18. Actually no, 19.",
           "The answer is 18. Scratch that, it's 19.",
           "The answer is 18. On second thought, 19.",
           "The answer is 18. I made a mistake.",
           "The answer is 18, no, 19.",
           "The answer is 18; correction: 19.",
           "Final answer: 18. Hmm, actually 19.",
           "I said 18, but I was wrong.",
           "Maria says the answer is 18, but Maria is wrong.",
           "The answer is 18. Nope.",
           "\\boxed{18}? No.",
           "Die Antwort ist 18. Moment, das ist falsch.",
           "La réponse est 18. Attendez, c'est faux.",
           "La respuesta es 18. Espera, eso está mal.",
           "La risposta è 18. No, 19.",
           "A resposta é 18. Não, 19.",
           "Het antwoord is 18. Wacht, dat is fout.",
           "Odpowiedź to 18. Nie, 19.",
           "Ответ: 18. Нет, 19.",
           "答案是18。等等，这是错的。",
           "答えは18です。いや、19です。",
           "정답은 18입니다. 잠깐, 이것은 틀렸습니다."}},
         {"19",
          {"The answer is 18. Actually no, 19.", "Die Antwort ist 18. Nein, 19.", "答案是18。不对，应该是19。"},
          {}}});
}

TEST_CASE("a response that gives no answer has none") {
  check({{"18",
          {"The answer can't be determined by guessing, but computing gives 18.",
           "I don't know a shorter way, but the answer is 18."},
          {"It cannot be determined from the 18 tickets given.",
           "I don't know the answer. The problem talks about 18 apples.",
           "There is not enough information. The problem only mentions 18 coins.",
           "I cannot solve this problem with 18 books.", "Ich weiß es nicht. Tom hat 18 Äpfel.",
           "Je ne sais pas. Tom a 18 pommes.", "No lo sé. Tom tiene 18 manzanas.", "Non lo so. Tom ha 18 mele.",
           "Não sei. Tom tem 18 maçãs.", "Ik weet het niet. Tom heeft 18 appels.", "Nie wiem. Tom ma 18 jabłek.",
           "Я не знаю. У Тома 18 яблок.", "无法确定，虽然给出了18。", "わかりません。トムはりんごを18個持っています。",
           "모르겠습니다. 톰은 사과 18개를 가지고 있습니다."}}});
}

TEST_CASE("bounds, suppositions, questions and what others say claim no value") {
  check({{"18",
          {"You need at least 18 socks.", "If we add all of them, we get 18.", "The answer is 18. Is that plausible?",
           "It's 18 rather than 17.", "It is 18, instead of 17."},
          {"At least 18.",
           "It is bigger than 18.",
           "Die Antwort ist größer als 18.",
           "La réponse est inférieure à 18.",
           "La respuesta es mayor que 18.",
           "Ответ больше 18.",
           "答案大于18。",
           "答えは18より大きい。",
           "정답은 18 이상입니다.",
           "If it were 18, we would be done.",
           "Some people say 18.",
           "The wrong answer is 18.",
           "A common mistake is 18.",
           "I don't think it's 18.",
           "I doubt it's 18.",
           "The answer is 18? I doubt it.",
           "Could it be 18?",
           "Ist es 18?",
           "是18吗？",
           "18ですか？",
           "It's 17 rather than 18.",
           "18 ist falsch.",
           "18 es incorrecto.",
           "18 ist nicht die Antwort.",
           "18不是答案。",
           "18は間違いです。",
           "18은 틀렸습니다."}}});
}

TEST_CASE("the number of a page or a chapter, and what the answer has, are no answer") {
  check({{"18",
          {"The answer is 18 (see page 42).", "The answer is 18, as shown in Figure 3.", "She is at page 18.",
           "The number has 18 digits."},
          {"See page 18.",
           "The answer is on page 18.",
           "Refer to Table 18.",
           "This follows from Chapter 18.",
           "See line 18 of the proof.",
           "The solution is in part 18.",
           "Solution 18 explains it.",
           "Siehe Seite 18.",
           "Voir page 18.",
           "Véase la página 18.",
           "Vedi pagina 18.",
           "Zie pagina 18.",
           "См. страницу 18.",
           "见第18页。",
           "18ページを参照。",
           "18쪽을 보세요.",
           "The answer has 18 digits.",
           "The answer ends in 18.",
           "The answer is divisible by 18.",
           "The sum of the digits of the answer is 18."}}});
}

TEST_CASE("the second of two that are both denied, what was before, and a page of the appendix are no answer") {
  check({{"6",
          {"Es bleiben noch 6.", "It was 5 before, now it is 6.", "There were 6 before the party.",
           "The answer was 6 before, as always."},
          {"Weder 5 noch 6 ist richtig.", "It is in the appendix, page 6.", "It was 6 before, now it is 7.",
           "The answer was 6 before, and is 7 now."}},
         {"7", {"It was 6 before, now it is 7."}, {}}});
}

TEST_CASE("what is said of several values is read as of one, but \"or\" joins them") {
  check({{"(2, 3)",
          {"The answer is (2, 3).", "The answer is $(2, 3)$, not $(3, 2)$.", "The point isn't (3, 2) but (2, 3).",
           "The solution set is $(2, 3)$, since 3 is excluded.", "It is not unique, but one answer is (2, 3)."},
          {"I doubt that the answer is (2, 3).", "Die Antwort ist nicht (2, 3).", "(2, 3) ist falsch.",
           "Some people say the answer is (2, 3).", "The answer is (2, 3). Scratch that, it is (3, 2)."}},
         {"2, 3", {"The answer is 2 or 3.", "x is either 2 or 3."}, {"So the wrong digits are 2 and 3."}},
         {"\\text{A, B}", {"Thus, the false statements are $\\text{A, B}$."}, {}}});
}

TEST_CASE("a text that ends unfinished or in a plan gives no answer") {
  check(
      {{"155",
        {"The total is\n155", "The total is:\n$$155$$", "We need to find the sum: 100 + 55 = 155.",
         "To finish, we need to compute 100 + 55, which is 155.", "Suppose x = 5. Then the total is 155.",
         "Now consider both parts, which make 155.", "We have to find 5 more, so she has 155.", "She has 155 to spend.",
         "They each took 155 by bus.", "He now considers 155.", "155 is the number we are looking for",
         "So 155 is what we get"},
        {"Next we multiply 155 by", "We have 100 + 55 = ", "Since there are 155 boxes, we need to compute",
         "Dividing both sides by 155, we have that x is", "So we need to evaluate 100 + 55, which is",
         "Now suppose that there are 155 people and",
         "Let's try 155:", "First, 7 + 8 = 15.\nIt remains to compute $155$.",
         "First, 7 + 8 = 15.\nIt remains to compute $100+55$.", "So we need to find the number of divisors of 155.",
         "What is left is to find the remainder of $2^{155}$ modulo 155.", "The task is to count the primes below 155.",
         "Hmm, 155 doesn't look right.", "Recall that the problem says there are 155 people.",
         "Substituting $x = 155$ into the first equation, we get $y ="}}});
}

TEST_CASE("what was stated goes before numbers of a check or a remark behind it") {
  check({{"94",
          {"Therefore x = 94.\n\nVerification: 94 + 6 = 100, as required.",
           "**94**\n\nExplanation: we split into 41 cases and count each of them.",
           "**94**\n\nNote: this assumes 2 dollars each.", "**94**\n\nNote that 6 of the cases are symmetric.",
           "So she has 94 coins left after giving away 3.", "Therefore x = 93.\n\nCheck: 93 fails, so x = 94.",
           "So the subtotal is 41.\n\nNote that adding 53 gives 94.", "He got 12, and after adding 82 he has 94.",
           "After spending 3 she has 94."},
          {"Therefore x = 6.\n\nVerification: 6 + 88 = 94, as required.",
           "**41**\n\nExplanation: we split into 94 cases and count each of them.",
           "So she has 3 coins left after giving away 94."}}});
}

TEST_CASE("the letter that is chosen goes before one that is compared with it") {
  check({{"B",
          {"Since the result is 91, the correct letter is B; C would need 92.",
           "So B is the correct option. Compare with C, which omits a case.", "I pick B over C.",
           "My final choice: B. I hesitated about C."},
          {"The correct letter is C; B would need 92.", "So C is the correct option. Compare with B.",
           "I pick A over B.", "I pick B. No, C."}}});
}

TEST_CASE("what the answer is compared with, and what it would have been, is no answer") {
  check({{"82",
          {"The answer is 82 more than Jill has.", "The answer would be 82.", "我不知道他怎么算。答案是82。"},
          {"The answer is 82 more than the answer to part (a).", "The answer is 82 plus something.",
           "The answer is 82 times the unknown constant.", "The answer is unlikely to be 82.",
           "Had we known k, the answer would be 82.", "我不知道答案。题目中有82个苹果。",
           "Tom claims that the answer is 82. He is mistaken; it is 83."}}});
}

TEST_CASE("number words are read with the words that count in hundreds, dozens and parts") {
  check({{"12",
          {"The answer is twelve."},
          {"The answer is twelve hundred.", "The answer is twelve dozen.", "twelve hundred"}},
         {"1200", {"The answer is twelve hundred."}, {"The answer is twelve."}},
         {"3", {}, {"three hundredths", "three dozen"}}});
}
