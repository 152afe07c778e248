#include <doctest/doctest.h>

#include <chrono>
#include <random>

#include "src/tokenizer/chat_template.hpp"
#include "src/tokenizer/description.hpp"
#include "src/tokenizer/pipeline.hpp"
#include "src/tokenizer/utf8.hpp"
#include "tokenizer/golden.hpp"

using namespace cohort;
using namespace cohort::test;

namespace {

/// A small valid tokenizer.json with `patch` merged into it.
std::string with(const std::string& patch) {
  Json document = Json::parse(R"({"added_tokens": [], "normalizer": null, "pre_tokenizer": null, "post_processor": null,
      "decoder": null, "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}})");
  document.merge_patch(Json::parse(patch));
  return document.dump();
}

std::string refusal(const std::string& json) {
  return error_of([&] { tokenizer::Pipeline pipeline(tokenizer::parse_tokenizer_json(json)); });
}

double seconds_of(const Tokenizer& tokenizer, const std::string& text) {
  const auto start = std::chrono::steady_clock::now();
  const Ids ids = tokenizer.encode(text);
  CHECK(tokenizer.decode(ids).size() == text.size());
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

TEST_CASE("what is not supported is refused by name") {
  CHECK(refusal(with("{}")) == "");
  for (const auto& [patch, named] : std::vector<std::pair<std::string, std::string>>{
           {R"({"model": {"type": "Unigram"}})", "model Unigram"},
           {R"({"model": {"dropout": 0.1}})", "model.dropout"},
           {R"({"model": {"end_of_word_suffix": "</w>"}})", "model.end_of_word_suffix"},
           {R"({"normalizer": {"type": "BertNormalizer"}})", "normalizer BertNormalizer"},
           {R"({"pre_tokenizer": {"type": "Whitespace"}})", "pre_tokenizer Whitespace"},
           {R"({"decoder": {"type": "WordPiece"}})", "decoder WordPiece"},
           {R"({"post_processor": {"type": "RobertaProcessing"}})", "post_processor RobertaProcessing"}}) {
    CAPTURE(patch);
    CHECK(refusal(with(patch)).find(named) != std::string::npos);
  }
  CHECK(refusal(with(R"({"pre_tokenizer": {"type": "Split", "pattern": {"String": "a"}, "behavior": "Sideways"}})"))
            .find("Sideways") != std::string::npos);
}

TEST_CASE("a token is found by its text also where an added one took its id") {
  const tokenizer::Pipeline pipeline(tokenizer::parse_tokenizer_json(with(
      R"({"model": {"vocab": {"b": 3}}, "added_tokens": [{"id": 9, "content": "X"}, {"id": 9, "content": "b"}]})")));
  CHECK(pipeline.id_of("X") == 3);
  CHECK(pipeline.id_of("b") == 3);
  CHECK(pipeline.id_of("ab") == 2);
  CHECK(pipeline.id_of("c") == -1);
}

TEST_CASE("regexes that PCRE2 would read in another way are refused by construct") {
  for (const auto& [pattern, named] :
       std::vector<std::pair<std::string, std::string>>{{"\\w+", "\\w"},
                                                        {"\\bx", "\\b"},
                                                        {"\\h", "\\h"},
                                                        {"[^\\S]", "\\S in a class"},
                                                        {"[a-z&&[^b]]", "intersects classes"},
                                                        {"(?m:a)", "(?m:"},
                                                        {"(*ACCEPT)", "the verb"},
                                                        {"[]a]", "starts with ]"},
                                                        {"(a", "does not compile"},
                                                        {"a\\", "ends in a backslash"},
                                                        {"\\pL", "without {name}"}}) {
    CAPTURE(pattern);
    CHECK(error_of([&] { tokenizer::Regex regex(pattern); }).find(named) != std::string::npos);
  }
  CHECK(tokenizer::Regex("\\s+").find_all("a\u180e\u3000b").size() == 1);  // U+180E is no white space
}

TEST_CASE("what is malformed is refused with its place") {
  for (const auto& [json, named] : std::vector<std::pair<std::string, std::string>>{
           {"", "tokenizer.json: "},
           {"[]", "no object \"model\""},
           {"{\"model\": 3}", "no object \"model\""},
           {std::string(100'000, '['), "nested deeper"},
           {R"({"model": {"vocab": {"a": 0, "a": 1}, "merges": []}})", "lists \"a\" twice"},
           {R"({"model": {"vocab": {"a": 0, "b": 0}, "merges": []}})", "id 0 of \"b\" is used twice"},
           {R"({"model": {"vocab": {"a": -1}, "merges": []}})", "the id of \"a\""},
           {R"({"model": {"vocab": {"a": 2000000000}, "merges": []}})", "far beyond a vocabulary of 1"},
           {R"({"model": {"vocab": {"a": {}}, "merges": []}})", "the id of \"a\""},
           {R"({"model": {"vocab": {"a": 0}, "merges": ["a"]}})", "the merge \"a\""},
           {R"({"model": {"vocab": {"a": 0}, "merges": [["a"]]}})", "a pair of strings"},
           {R"({"model": {"vocab": {"a": 0}, "merges": [{"a": 1}]}})", "a pair of strings"},
           {R"({"model": {"vocab": {"a": 0}, "merges": ["a a"]}})", "needs \"aa\""},
           {R"({"model": {"vocab": {"a": 0}, "merges": [], "unk_token": "x"}})", "unk_token \"x\""},
           {with(R"({"added_tokens": [{"id": 1}]})"), "content"},
           {with(R"({"post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "x"}}]}})"),
            "do not explain"},
           {with("{\"normalizer\": 1}"), "normalizer without a type"}}) {
    CAPTURE(json.substr(0, 100));
    CHECK(refusal(json).find(named) != std::string::npos);
  }
  CHECK(error_of([] { Tokenizer::load("/nowhere"); }).find("/nowhere") != std::string::npos);
  CHECK(error_of([] { Tokenizer::load(golden); }).find("no tokenizer.json") != std::string::npos);
}

TEST_CASE("bytes changed at random are loaded or refused, never a crash") {
  const std::string original = read_file(golden / "unk" / "tokenizer.json");
  const std::string chat = read_json(golden / "chat.json")["chats"][3]["template"];
  std::mt19937 random(3);
  const std::string pool = "{}[]\",:0129-e\\\"nulltrue\xff \x80%#'|";
  for (int round = 0; round < 2000; ++round) {
    std::string json = original, jinja = chat;
    for (int change = 0; change < 3; ++change) {
      json[random() % json.size()] = pool[random() % pool.size()];
      jinja[random() % jinja.size()] = pool[random() % pool.size()];
    }
    try {
      tokenizer::Pipeline pipeline(tokenizer::parse_tokenizer_json(json));
      pipeline.decode(pipeline.encode("ab ab", {}), true);
    } catch (const std::runtime_error&) {
    }
    const std::vector<Message> messages = {{"user", "hi"}};
    try {
      tokenizer::ChatTemplate(jinja).render(messages);
    } catch (const std::runtime_error&) {
    }
  }
}

TEST_CASE("text that is not UTF-8 is refused with the place of the byte") {
  const Tokenizer tokenizer = Tokenizer::load(golden / "smollm");
  CHECK(error_of([&] { tokenizer.encode("ab\xff"); }).find("byte 2 of 3 is 0xFF") != std::string::npos);
  CHECK(error_of([&] { tokenizer.encode("\xed\xa0\x80"); }) != "");  // a surrogate
  CHECK(error_of([&] { tokenizer.encode("\xc0\x80"); }) != "");      // an overlong NUL
}

TEST_CASE("any UTF-8 comes back out of a byte-level tokenizer that has every byte") {
  std::mt19937 random(11);
  for (const char* const name : {"gpt2", "smollm", "llama3", "deepseek"}) {
    const Tokenizer tokenizer = Tokenizer::load(golden / name);
    for (int round = 0; round < 300; ++round) {
      std::string bytes(random() % 64, '\0');
      for (char& byte : bytes) byte = static_cast<char>(random() % 4 == 0 ? 0xC2 + random() % 0x33 : random() % 0xC0);
      const std::string text = tokenizer::lossy_utf8(bytes);
      REQUIRE(tokenizer.decode(tokenizer.encode(text)) == text);
    }
  }
}

TEST_CASE("invalid bytes become one U+FFFD for each maximal subpart") {
  const Tokenizer tokenizer = Tokenizer::load(golden / "gpt2");
  const auto decode_bytes = [&](const std::string& bytes) {
    Ids ids;  // single bytes, found by what they stand for
    for (const char byte : bytes)
      for (int64_t id = 0; id < tokenizer.vocab_size(); ++id)
        if (tokenizer.bytes(id) == std::string_view(&byte, 1)) ids.push_back(id);
    REQUIRE(ids.size() == bytes.size());
    return tokenizer.decode(ids);
  };
  const std::string mark = "\uFFFD";
  CHECK(decode_bytes("a\xe2\x82z") == "a" + mark + "z");
  CHECK(decode_bytes("\xf0\x9f\x99") == mark);
  CHECK(decode_bytes("\xe2\x82\xe2\x82\xac") == mark + "\u20ac");
  CHECK(decode_bytes("\xed\xa0\x80") == mark + mark + mark);
  CHECK(decode_bytes("\xff\xfe") == mark + mark);
}

TEST_CASE("long runs take no more than their length") {
  for (const char* const name : {"gpt2", "smollm", "llama3", "qwen2", "deepseek", "gemma", "llama2"}) {
    CAPTURE(name);
    const Tokenizer tokenizer = Tokenizer::load(golden / name);
    // About 0.02 s each; anything quadratic in 64 Ki needs minutes.
    CHECK(seconds_of(tokenizer, std::string(1 << 16, 'a')) < 5);
    CHECK(seconds_of(tokenizer, std::string(1 << 16, ' ')) < 5);
    CHECK(seconds_of(tokenizer, std::string(1 << 16, '\n')) < 5);
    CHECK(seconds_of(tokenizer, std::string(1 << 16, '7')) < 5);
  }
}
