// The tokenizer in GGUF metadata, as the tokenizer.json it was made from.
#include "src/models/gguf.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_map>

#include "cohort/error.hpp"
#include "src/tokenizer/description.hpp"
#include "src/tokenizer/flat_index.hpp"
#include "src/tokenizer/post_processor.hpp"
#include "src/tokenizer/utf8.hpp"

namespace cohort::tokenizer {
namespace {

enum TokenType { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5, kByte = 6 };

constexpr const char* kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kDeepSeek =
    R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// The table of tokens in the metadata.
struct TokenTable {
  std::vector<std::string> tokens;
  std::vector<int64_t> types;
};

TokenTable read_table(const models::GgufFile& file) {
  TokenTable table{file.strings("tokenizer.ggml.tokens").value_or(std::vector<std::string>()),
                   file.integers("tokenizer.ggml.token_type").value_or(std::vector<int64_t>())};
  check(!table.tokens.empty(), "GGUF: no tokens in tokenizer.ggml.tokens");
  if (table.types.empty()) table.types.assign(table.tokens.size(), kNormal);
  check(table.types.size() == table.tokens.size(), "GGUF: {} token types for {} tokens", table.types.size(),
        table.tokens.size());
  for (const std::string& token : table.tokens)
    check(find_invalid_utf8(token) == std::string_view::npos, "GGUF: a token is not UTF-8: \"{}\"", lossy_utf8(token));
  // The converter fills up to the rows of the embedding; those were never tokens.
  while (table.types.size() > 1 && table.types.back() == kUnused && table.tokens.back().starts_with("[PAD")) {
    table.types.pop_back();
    table.tokens.pop_back();
  }
  return table;
}

Json split_isolated(const std::string& regex) {
  return {{"type", "Split"}, {"pattern", {{"Regex", regex}}}, {"behavior", "Isolated"}, {"invert", false}};
}

Json byte_level(bool use_regex, bool trim_offsets = true) {
  return {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", trim_offsets}, {"use_regex", use_regex}};
}

Json sequence(const char* key, std::initializer_list<Json> parts) {
  return {{"type", "Sequence"}, {key, Json::array_t(parts)}};
}

void set_byte_level_pipeline(const std::string& pre, Description& description) {
  const auto is_one_of = [&](std::initializer_list<const char*> names) {
    return std::find(names.begin(), names.end(), pre) != names.end();
  };
  description.decoder = byte_level(true);
  if (is_one_of({"smollm", "starcoder", "refact"})) {
    description.pre_tokenizer =
        sequence("pretokenizers", {{{"type", "Digits"}, {"individual_digits", true}}, byte_level(true)});
  } else if (pre == "gpt-2") {
    description.pre_tokenizer = byte_level(true);
  } else if (is_one_of({"llama-bpe", "llama3", "llama-v3"})) {
    description.pre_tokenizer = sequence("pretokenizers", {split_isolated(kLlama3), byte_level(false)});
    description.model.ignore_merges = true;
  } else if (is_one_of({"qwen2", "deepseek-r1-qwen"})) {
    description.normalizer = {{"type", "NFC"}};
    description.pre_tokenizer = sequence("pretokenizers", {split_isolated(kQwen2), byte_level(false, false)});
  } else {
    check(pre == "deepseek-v3", "GGUF: tokenizer.ggml.pre \"{}\" is not supported", pre);
    description.pre_tokenizer =
        sequence("pretokenizers", {split_isolated(R"(\p{N}{1,3})"), split_isolated("[一-龥぀-ゟ゠-ヿ]+"),
                                   split_isolated(kDeepSeek), byte_level(false)});
  }
}

void set_sentence_piece_pipeline(bool add_space_prefix, Description& description) {
  const std::string mark = "\u2581";
  const Json to_mark = {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", mark}};
  const Json to_space = {{"type", "Replace"}, {"pattern", {{"String", mark}}}, {"content", " "}};
  const Json fallback = {{"type", "ByteFallback"}}, fuse = {{"type", "Fuse"}};
  if (add_space_prefix) {
    description.normalizer = sequence("normalizers", {{{"type", "Prepend"}, {"prepend", mark}}, to_mark});
    const Json strip = {{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}};
    description.decoder = sequence("decoders", {to_space, fallback, fuse, strip});
  } else {
    description.normalizer = to_mark;
    description.decoder = sequence("decoders", {to_space, fallback, fuse});
  }
  description.model.byte_fallback = true;
  description.model.fuse_unk = true;
}

std::vector<std::pair<std::string, std::string>> read_merges(const models::GgufFile& file) {
  std::vector<std::pair<std::string, std::string>> merges;
  const auto lines = file.strings("tokenizer.ggml.merges");
  check(lines.has_value(), "GGUF: no tokenizer.ggml.merges");
  merges.reserve(lines->size());
  for (const std::string& line : *lines) {
    const size_t space = line.find(' ', 1);  // from 1: the left part may be a space, never empty
    check(space != std::string::npos, "GGUF: the merge \"{}\" is not two tokens with a space between", line);
    merges.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  return merges;
}

// SentencePiece has scores and no merges. As transformers' generate_merges: each way to make a piece of two pieces,
// the best score first, then the longer left part, then the longer right part.
std::vector<std::pair<std::string, std::string>> merges_from_scores(const TokenTable& table,
                                                                    const std::vector<double>& scores) {
  check(scores.size() >= table.tokens.size(), "GGUF: {} scores for {} tokens", scores.size(), table.tokens.size());
  constexpr size_t kMaxPiece = 1024;  // bytes: every split of a piece is looked up
  struct Candidate {
    int64_t left, right;
    double score;
    size_t left_size, right_size;  // in characters
  };
  std::unordered_map<std::string_view, int64_t> ids;
  for (size_t id = 0; id < table.tokens.size(); ++id) ids.emplace(table.tokens[id], static_cast<int64_t>(id));
  std::vector<Candidate> candidates;
  for (size_t id = 0; id < table.tokens.size(); ++id) {
    const std::string_view piece = table.tokens[id];
    if (table.types[id] == kUnknown || table.types[id] == kControl || table.types[id] == kByte) continue;
    check(piece.size() <= kMaxPiece, "GGUF: token {} has {} bytes; at most {} are supported", id, piece.size(),
          kMaxPiece);
    const size_t first = candidates.size();
    size_t num_characters = 0;
    for (size_t at = 0; at < piece.size(); ++num_characters)
      at += code_point_size(static_cast<unsigned char>(piece[at]));
    size_t at = 0;
    for (size_t left_size = 1; left_size < num_characters; ++left_size) {
      at += code_point_size(static_cast<unsigned char>(piece[at]));
      const auto left = ids.find(piece.substr(0, at)), right = ids.find(piece.substr(at));
      if (left != ids.end() && right != ids.end())
        candidates.push_back({left->second, right->second, scores[id], left_size, num_characters - left_size});
    }
    std::sort(
        candidates.begin() + static_cast<std::ptrdiff_t>(first), candidates.end(),
        [](const Candidate& a, const Candidate& b) { return std::tie(a.left, a.right) < std::tie(b.left, b.right); });
  }
  std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return std::tie(a.score, a.left_size, a.right_size) > std::tie(b.score, b.left_size, b.right_size);
  });
  std::vector<std::pair<std::string, std::string>> merges;
  for (const Candidate& c : candidates) merges.emplace_back(table.tokens[c.left], table.tokens[c.right]);
  return merges;
}

// A tail of special tokens is left to added_tokens, as the files on the hub have it; others stay in the vocabulary.
void set_vocab(const TokenTable& table, Description& description) {
  const auto is_added = [&](size_t id) {
    const int64_t type = table.types[id];
    return type == kUnknown || type == kControl || type == kUserDefined;
  };
  size_t size = table.tokens.size();
  while (size > 0 && is_added(size - 1) && table.types[size - 1] != kUnknown) --size;
  FlatIndex seen(table.tokens.size());
  description.model.vocab.reserve(size);
  for (size_t id = 0; id < table.tokens.size(); ++id) {
    const std::string& token = table.tokens[id];
    const auto place = static_cast<int64_t>(id);
    const auto is_same = [&](int64_t other) { return table.tokens[static_cast<size_t>(other)] == token; };
    check(seen.insert(hash_of(token), place, is_same) == place, "GGUF: the token \"{}\" is there twice", token);
    if (id < size) description.model.vocab.emplace_back(token, static_cast<int64_t>(id));
    if (is_added(id))
      description.added_tokens.push_back(
          {.id = static_cast<int64_t>(id), .content = token, .special = table.types[id] != kUserDefined});
  }
}

Companions read_companions(const models::GgufFile& file, const TokenTable& table) {
  const auto id_of = [&](const char* name) {
    const int64_t id = file.integer(fmt::format("tokenizer.ggml.{}_token_id", name)).value_or(-1);
    return id < static_cast<int64_t>(table.tokens.size()) ? id : -1;
  };
  const auto token = [&](const char* name) -> std::optional<std::string> {
    const int64_t id = id_of(name);
    return id < 0 ? std::nullopt : std::optional(table.tokens[static_cast<size_t>(id)]);
  };
  Companions companions{.bos_token = token("bos"),
                        .eos_token = token("eos"),
                        .unk_token = token("unknown"),
                        .pad_token = token("padding"),
                        .chat_template = file.string("tokenizer.chat_template")};
  auto& stop = companions.stop_tokens;
  const auto add_stop = [&](int64_t id) {
    if (id >= 0 && std::find(stop.begin(), stop.end(), id) == stop.end()) stop.push_back(id);
  };
  for (const char* const name : {"eos", "eot", "eom"}) add_stop(id_of(name));
  // A file names one end; chat models have two.
  constexpr std::array kEnds = {"<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<end_of_turn>"};
  for (size_t id = 0; id < table.tokens.size(); ++id)
    if (table.types[id] == kControl && std::find(kEnds.begin(), kEnds.end(), table.tokens[id]) != kEnds.end())
      add_stop(static_cast<int64_t>(id));
  return companions;
}

}  // namespace

std::pair<Description, Companions> describe_gguf(const models::GgufFile& file) {
  const TokenTable table = read_table(file);
  const std::string model = file.string("tokenizer.ggml.model").value_or("");
  const std::string pre = file.string("tokenizer.ggml.pre").value_or("default");
  check(model == "gpt2" || model == "llama", "GGUF: tokenizer.ggml.model \"{}\" is not supported", model);
  Description description;
  set_vocab(table, description);
  Companions companions = read_companions(file, table);
  if (model == "gpt2") {
    set_byte_level_pipeline(pre, description);
    description.model.merges = read_merges(file);
  } else {
    set_sentence_piece_pipeline(file.boolean("tokenizer.ggml.add_space_prefix").value_or(true), description);
    description.model.merges =
        merges_from_scores(table, file.reals("tokenizer.ggml.scores").value_or(std::vector<double>()));
    const auto unknown = std::find(table.types.begin(), table.types.end(), kUnknown);
    if (unknown != table.types.end()) description.model.unk_token = table.tokens[unknown - table.types.begin()];
  }
  const bool adds_bos = file.boolean("tokenizer.ggml.add_bos_token").value_or(model == "llama" || pre == "llama-bpe");
  const bool adds_eos = file.boolean("tokenizer.ggml.add_eos_token").value_or(false);
  const auto affix = [&](bool wanted, const std::optional<std::string>& token) {
    std::optional<std::pair<std::string, int64_t>> result;
    if (wanted && token)
      result.emplace(*token, std::find(table.tokens.begin(), table.tokens.end(), *token) - table.tokens.begin());
    return result;
  };
  description.post_processor =
      template_processing(affix(adds_bos, companions.bos_token), affix(adds_eos, companions.eos_token));
  return {std::move(description), std::move(companions)};
}

}  // namespace cohort::tokenizer
