// Real checkpoints, where they are there.
#include <doctest/doctest.h>

#include <cstring>

#include "tokenizer/golden.hpp"

using namespace cohort;
using namespace cohort::test;

namespace {

const std::filesystem::path smollm2 =
    std::filesystem::path(COHORT_SOURCE_DIR) / "models/SmolLM2-135M-Instruct.Q4_1.gguf";
const std::filesystem::path tok512 = std::filesystem::path(COHORT_SOURCE_DIR) / "../shared/data/stories260K/tok512.bin";

std::vector<Message> messages_of(const Json& conversation) {
  std::vector<Message> messages;
  for (const Json& message : conversation) messages.push_back({message["role"], message["content"]});
  return messages;
}

// llama2.c's file: longest piece, then score, length and bytes of each piece, with plain spaces.
std::vector<std::string> read_tok512() {
  const std::string bytes = read_file(tok512);
  std::vector<std::string> pieces;
  for (size_t at = 4; at + 8 <= bytes.size();) {
    int32_t size = 0;
    std::memcpy(&size, bytes.data() + at + 4, 4);
    pieces.push_back(bytes.substr(at + 8, static_cast<size_t>(size)));
    at += 8 + static_cast<size_t>(size);
  }
  return pieces;
}

// The merges of the pieces, best score (lowest id) first: every split into two pieces.
Json stories_tokenizer() {
  std::vector<std::string> pieces = read_tok512();
  for (size_t id = 259; id < pieces.size(); ++id)
    for (size_t at = 0; (at = pieces[id].find(' ', at)) != std::string::npos;) pieces[id].replace(at, 1, "\u2581");
  pieces[1] = "<s>";
  pieces[2] = "</s>";
  Json vocab, merges = Json::array();
  for (size_t id = 0; id < pieces.size(); ++id) vocab[pieces[id]] = id;
  for (size_t id = 259; id < pieces.size(); ++id)
    for (size_t at = 1; at < pieces[id].size(); ++at) {
      const std::string left = pieces[id].substr(0, at), right = pieces[id].substr(at);
      if (vocab.contains(left) && vocab.contains(right)) merges.push_back({left, right});
    }
  const auto special = [&](int id) {
    return Json{{"id", id}, {"content", pieces[id]}, {"normalized", false}, {"special", true}};
  };
  const Json to_mark = {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "\u2581"}};
  const Json to_space = {{"type", "Replace"}, {"pattern", {{"String", "\u2581"}}}, {"content", " "}};
  return {
      {"added_tokens", {special(0), special(1), special(2)}},
      {"normalizer", {{"type", "Sequence"}, {"normalizers", {{{"type", "Prepend"}, {"prepend", "\u2581"}}, to_mark}}}},
      {"post_processor",
       {{"type", "TemplateProcessing"},
        {"single", {{{"SpecialToken", {{"id", "<s>"}}}}, {{"Sequence", {{"id", "A"}}}}}},
        {"special_tokens", {{"<s>", {{"ids", {1}}}}}}}},
      {"decoder",
       {{"type", "Sequence"},
        {"decoders",
         {to_space,
          {{"type", "ByteFallback"}},
          {{"type", "Fuse"}},
          {{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}}}}}},
      {"model",
       {{"type", "BPE"},
        {"unk_token", "<unk>"},
        {"byte_fallback", true},
        {"fuse_unk", true},
        {"vocab", vocab},
        {"merges", merges}}}};
}

}  // namespace

TEST_CASE("SmolLM2's ids are transformers', from the GGUF file and from what it is saved as") {
  if (!std::filesystem::exists(smollm2)) {
    MESSAGE("skipped: no " << smollm2.string() << " (scripts/get-smollm2 fetches it)");
    return;
  }
  const Json expected = read_json(golden / "smollm2.json");
  const Tokenizer from_gguf = Tokenizer::load(smollm2);
  const TemporaryDirectory saved("smollm2");
  from_gguf.save(saved.path);
  for (const Tokenizer& tokenizer : {from_gguf, Tokenizer::load(saved.path)}) {
    for (const Json& row : expected["ids"]) {
      const auto text = row[0].get<std::string>();
      CAPTURE(text);
      CHECK(tokenizer.encode_with_special(text) == row[1].get<Ids>());
    }
    for (const Json& chat : expected["chats"])
      CHECK(tokenizer.render_chat(messages_of(chat[0])) == chat[1].get<std::string>());
    CHECK(tokenizer.vocab_size() == 49152);
    CHECK(Ids(tokenizer.stop_tokens().begin(), tokenizer.stop_tokens().end()) == Ids{2, 0});
  }
}

TEST_CASE("stories260K's ids are llama2.c's") {
  if (!std::filesystem::exists(tok512)) {
    MESSAGE("skipped: no " << tok512.string());
    return;
  }
  const TemporaryDirectory directory("stories");
  directory.write("tokenizer.json", stories_tokenizer().dump());
  const Tokenizer tokenizer = Tokenizer::load(directory.path);
  CHECK(tokenizer.encode_with_special("Once upon a time") == Ids{1, 403, 407, 261, 378});
  const std::string mixed = "She said, \"Hi!\" 123 caf\u00e9 \U0001f642";
  const Ids ids = {1,   338, 336, 432, 313, 440, 417, 443, 436, 410, 475,
                   479, 472, 280, 412, 431, 485, 410, 243, 162, 156, 133};
  CHECK(tokenizer.encode_with_special(mixed) == ids);
  CHECK(tokenizer.encode_problem({.prompt = mixed}) == ids);
  CHECK(tokenizer.decode(ids) == mixed);
}
