// What a checkpoint says its tokenizer is, before anything is compiled: tokenizer.json in memory. GGUF metadata and a
// plain alphabet are turned into the same description.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cohort::models {
class GgufFile;
}

namespace cohort::tokenizer {

using Json = nlohmann::json;

struct AddedToken {
  int64_t id = 0;
  std::string content;
  bool single_word = false;  // only where neither neighbour is a word character
  bool lstrip = false;       // takes the white space to its left along
  bool rstrip = false;
  bool normalized = false;  // searched in the normalised text, else in the raw text
  bool special = false;
};

struct BpeDescription {
  std::vector<std::pair<std::string, int64_t>> vocab;       // in the order of the file
  std::vector<std::pair<std::string, std::string>> merges;  // index = rank
  std::optional<std::string> unk_token;
  bool fuse_unk = false;
  bool byte_fallback = false;
  bool ignore_merges = false;
};

struct Description {
  BpeDescription model;
  std::vector<AddedToken> added_tokens;
  Json normalizer, pre_tokenizer, post_processor, decoder;  // null where there is none
};

/// What stands beside tokenizer.json.
struct Companions {
  std::optional<std::string> bos_token, eos_token, unk_token, pad_token;
  std::optional<std::string> chat_template;
  std::vector<int64_t> stop_tokens;  // ids, in the order they were found
};

/// Throws Error naming the place where the text is malformed or needs something that is not supported.
Description parse_tokenizer_json(std::string_view text);
std::string write_tokenizer_json(const Description& description);

/// From the keys tokenizer.ggml.*. Throws Error naming the key.
std::pair<Description, Companions> describe_gguf(const models::GgufFile& file);

/// One token for each code point, "<|endoftext|>" last.
std::pair<Description, Companions> describe_characters(std::string_view alphabet);
/// Whether it is such a one: nothing merges, nothing falls back, so an unknown character has no ids at all.
bool is_character_level(const Description& description);

/// A value of a JSON object: `fallback` where it is absent or null, Error where it is of another type.
bool boolean_at(const Json& object, const char* key, bool fallback);
std::string string_at(const Json& object, const char* key);  // required
/// The "type" of a component, or "" for null. Throws Error where `component` is no object with a type.
std::string type_of(const Json& component, const char* where);

}  // namespace cohort::tokenizer
