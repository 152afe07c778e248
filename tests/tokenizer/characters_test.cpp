#include <doctest/doctest.h>

#include "tokenizer/golden.hpp"

using namespace cohort;
using namespace cohort::test;

TEST_CASE("one id for each character, in the order of the alphabet, and the end after them") {
  const Tokenizer tokenizer = Tokenizer::characters("ab \n\u00e9\U0001f642");
  CHECK(tokenizer.encode("\u00e9a\U0001f642 \nb") == Ids{4, 0, 5, 2, 3, 1});
  CHECK(tokenizer.decode(Ids{4, 0, 6, 5, 2}) == "\u00e9a\U0001f642 ");
  CHECK(tokenizer.vocab_size() == 7);
  CHECK(Ids(tokenizer.stop_tokens().begin(), tokenizer.stop_tokens().end()) == Ids{6});
  CHECK(tokenizer.bytes(5) == "\U0001f642");
  CHECK(tokenizer.bytes(6).empty());
  CHECK_FALSE(tokenizer.has_chat_template());
}

TEST_CASE("an unknown character is an error, also after saving and loading") {
  const Tokenizer tokenizer = Tokenizer::characters("0123456789+=");
  const TemporaryDirectory saved("characters");
  tokenizer.save(saved.path);
  const Tokenizer again = Tokenizer::load(saved.path);
  for (const Tokenizer& either : {tokenizer, again}) {
    CHECK(error_of([&] { either.encode("1x2"); }).find("\"x\" is not in the alphabet") != std::string::npos);
    CHECK(either.encode("1+2=3") == Ids{1, 10, 2, 11, 3});
    CHECK(either.encode("1", /*allow_special=*/true) == Ids{1});
    CHECK(either.encode("<|endoftext|>", /*allow_special=*/true) == Ids{12});
    CHECK(error_of([&] { either.encode("<|endoftext|>"); }) != "");
    CHECK(either.decode(Ids{1, 12, 2}) == "12");
    CHECK(either.decode(Ids{1, 12, 2}, /*keep_special=*/true) == "1<|endoftext|>2");
    CHECK(Ids(either.stop_tokens().begin(), either.stop_tokens().end()) == Ids{12});
    CHECK(either.vocab_size() == 13);
  }
}

TEST_CASE("an alphabet that repeats, is empty or is not UTF-8 is refused") {
  CHECK(error_of([] { Tokenizer::characters("aba"); }).find("has \"a\" twice") != std::string::npos);
  CHECK(error_of([] { Tokenizer::characters(""); }).find("is empty") != std::string::npos);
  CHECK(error_of([] { Tokenizer::characters("a\xff"); }).find("not UTF-8") != std::string::npos);
}
