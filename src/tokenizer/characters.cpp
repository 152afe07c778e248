#include <unordered_set>

#include "cohort/error.hpp"
#include "src/tokenizer/description.hpp"
#include "src/tokenizer/utf8.hpp"

namespace cohort::tokenizer {

// Byte pair encoding in which nothing merges: transformers loads it as it is.
std::pair<Description, Companions> describe_characters(std::string_view alphabet) {
  const std::string end = "<|endoftext|>";
  check(!alphabet.empty(), "Tokenizer::characters: the alphabet is empty");
  check(find_invalid_utf8(alphabet) == std::string_view::npos, "Tokenizer::characters: the alphabet is not UTF-8");
  Description description{.decoder = {{"type", "Fuse"}}};
  std::unordered_set<std::string> seen;
  for (size_t begin = 0, position = 0; position < alphabet.size(); begin = position) {
    next_code_point(alphabet, position);
    const std::string character(alphabet.substr(begin, position - begin));
    check(seen.insert(character).second, "Tokenizer::characters: the alphabet has \"{}\" twice", character);
    description.model.vocab.emplace_back(character, static_cast<int64_t>(seen.size()) - 1);
  }
  const auto end_id = static_cast<int64_t>(seen.size());
  description.added_tokens.push_back({.id = end_id, .content = end, .special = true});
  return {std::move(description), {.eos_token = end, .stop_tokens = {end_id}}};
}

bool is_character_level(const Description& description) {
  return description.model.merges.empty() && !description.model.unk_token && !description.model.byte_fallback &&
         description.normalizer.is_null() && description.pre_tokenizer.is_null() &&
         type_of(description.decoder, "decoder") == "Fuse";
}

}  // namespace cohort::tokenizer
