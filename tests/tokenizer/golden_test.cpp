#include "tokenizer/golden.hpp"

#include <doctest/doctest.h>

using namespace cohort;
using namespace cohort::test;

namespace {

void compare(const Tokenizer& tokenizer, const std::string& name) {
  const Json texts = read_json(golden / "corpus.json");
  const Json rows = read_json(golden / name / "expected.json");
  REQUIRE(texts.size() == rows.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto text = texts[i].get<std::string>();
    CAPTURE(name);
    CAPTURE(text);
    const Json& row = rows[i];
    const auto ids = row[0].get<Ids>();
    CHECK(tokenizer.encode_with_special(text) == ids);
    CHECK(tokenizer.encode(text) == (row[1].is_null() ? ids : row[1].get<Ids>()));
    const auto decoded = row[2].is_null() ? text : row[2].get<std::string>();
    CHECK(tokenizer.decode(ids) == decoded);
    CHECK(tokenizer.decode(ids, /*keep_special=*/true) == (row[3].is_null() ? decoded : row[3].get<std::string>()));
  }
}

}  // namespace

TEST_CASE("ids and texts are those of the reference in every pipeline") {
  for (const char* const name : {"gpt2", "prefix_space", "smollm", "llama3", "qwen2", "deepseek", "gemma", "llama2",
                                 "metaspace", "added", "split_removed", "split_contiguous", "split_with_previous",
                                 "split_with_next", "split_inverted", "split_empty", "unk"})
    SUBCASE(name) { compare(Tokenizer::load(golden / name), name); }
}

TEST_CASE("a directory is saved byte for byte") {
  const TemporaryDirectory directory("bytes");
  std::filesystem::copy(golden / "qwen2" / "tokenizer.json", directory.path / "tokenizer.json");
  directory.write("tokenizer_config.json", "{ \"eos_token\":\"<|im_end|>\" }\n\n");
  directory.write("generation_config.json", "{\"eos_token_id\": [442, 440]}");
  const TemporaryDirectory saved("bytes_saved");
  Tokenizer::load(directory.path).save(saved.path);
  for (const char* const name : {"tokenizer.json", "tokenizer_config.json", "generation_config.json"})
    CHECK(read_file(saved.path / name) == read_file(directory.path / name));
  CHECK_FALSE(std::filesystem::exists(saved.path / "special_tokens_map.json"));
}

TEST_CASE("a byte-level GGUF tokenizer is the tokenizer.json it was made from, also after saving") {
  const Tokenizer from_gguf = Tokenizer::load(golden / "smollm.gguf");
  compare(from_gguf, "smollm");
  const TemporaryDirectory saved("gguf_saved");
  from_gguf.save(saved.path);
  const Tokenizer again = Tokenizer::load(saved.path);
  compare(again, "smollm");
  CHECK(again.has_chat_template());
  CHECK(again.vocab_size() == from_gguf.vocab_size());
}

TEST_CASE("a GGUF tokenizer of scores merges as SentencePiece does") {
  const Tokenizer tokenizer = Tokenizer::load(golden / "llama2.gguf");
  const Json texts = read_json(golden / "corpus.json");
  const Json expected = read_json(golden / "llama2_by_score.json");
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto text = texts[i].get<std::string>();
    CAPTURE(text);
    CHECK(tokenizer.encode(text) == expected[i].get<Ids>());
  }
  CHECK(tokenizer.encode_with_special("a").front() == 1);
}

TEST_CASE("a raw prompt starts with BOS where the checkpoint adds one, and special tokens in it are text") {
  const Tokenizer llama = Tokenizer::load(golden / "llama2");
  Ids expected = llama.encode("</s> b");
  CHECK(llama.encode("</s> b", /*allow_special=*/true).front() == 2);
  CHECK(std::find(expected.begin(), expected.end(), 2) == expected.end());
  expected.insert(expected.begin(), 1);
  CHECK(llama.encode_problem({.prompt = "</s> b"}) == expected);
  const Tokenizer gpt2 = Tokenizer::load(golden / "gpt2");
  CHECK(gpt2.encode_problem({.prompt = "a b"}) == gpt2.encode("a b"));
}

TEST_CASE("the bytes of tokens join to the text") {
  for (const char* const name : {"smollm", "llama3", "gemma"}) {
    CAPTURE(name);
    const Tokenizer tokenizer = Tokenizer::load(golden / name);
    const std::string text = "Hello, world! caf\u00e9 \u65e5\u672c \U0001f642\n";
    std::string joined;
    for (const int64_t id : tokenizer.encode_with_special(text)) joined += tokenizer.bytes(id);
    CHECK(joined == text);
  }
  CHECK(Tokenizer::load(golden / "llama2").bytes(1).empty());
  CHECK(Tokenizer::load(golden / "llama2").bytes(3 + 0xE2) == "\xE2");
  CHECK(Tokenizer::load(golden / "llama2").bytes(1'000'000).empty());
}

TEST_CASE("stop tokens are those of generation_config, config and the eos token, each once") {
  const TemporaryDirectory directory("stop");
  std::filesystem::copy(golden / "qwen2" / "tokenizer.json", directory.path / "tokenizer.json");
  const auto stop = [&] {
    const Tokenizer tokenizer = Tokenizer::load(directory.path);
    return Ids(tokenizer.stop_tokens().begin(), tokenizer.stop_tokens().end());
  };
  CHECK(stop().empty());
  directory.write("config.json", R"({"eos_token_id": 440, "vocab_size": 500})");
  CHECK(stop() == Ids{440});
  directory.write("generation_config.json", R"({"eos_token_id": [442, 440]})");
  CHECK(stop() == Ids{442, 440});
  directory.write("tokenizer_config.json", R"({"eos_token": {"content": "<tool>"}})");
  CHECK(stop() == Ids{442, 440, 443});
  const Tokenizer gguf = Tokenizer::load(golden / "smollm.gguf");
  CHECK(Ids(gguf.stop_tokens().begin(), gguf.stop_tokens().end()) == Ids{2, 0});
}

TEST_CASE("tokens that only tokenizer_config.json knows are added, and named ones become special") {
  const TemporaryDirectory directory("configured");
  std::filesystem::copy(golden / "gpt2" / "tokenizer.json", directory.path / "tokenizer.json");
  directory.write(
      "tokenizer_config.json",
      R"({"added_tokens_decoder": {"441": {"content": "<more>", "special": false}}, "pad_token": "<pad>"})");
  const Tokenizer tokenizer = Tokenizer::load(directory.path);
  CHECK(tokenizer.vocab_size() == 443);
  CHECK(tokenizer.encode("<more>") == Ids{441});
  CHECK(tokenizer.encode("<pad>", /*allow_special=*/true) == Ids{442});
  CHECK(tokenizer.decode(Ids{441, 442}) == "<more>");
}
