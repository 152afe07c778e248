#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cohort/problem.hpp"

namespace cohort {

/// Text to token ids and back. Byte-level BPE (GPT-2, SmolLM2, Llama 3, Qwen), byte-fallback BPE (Llama 2) and
/// single characters. A value: copies share one immutable table and may be used from several threads.
class Tokenizer {
 public:
  /// From a Hugging Face directory (tokenizer.json, tokenizer_config.json, generation_config.json) or a .gguf file.
  /// Throws Error naming what is missing, malformed or unsupported.
  static Tokenizer load(const std::filesystem::path& checkpoint);

  /// One token for each code point of `alphabet` (UTF-8, no repeats), and an end-of-text token after them.
  static Tokenizer characters(std::string_view alphabet);

  /// Ids of `text`. Special tokens in the text become their ids only where `allow_special`; text that a user or a
  /// model wrote must not. Throws Error on invalid UTF-8 or, in a character tokenizer, an unknown character.
  std::vector<int64_t> encode(std::string_view text, bool allow_special = false) const;

  /// As transformers' tokenizer.encode(text): special tokens in the text become their ids, and around them stand those
  /// that the checkpoint adds to every text (BOS, EOS). encode() adds none; a chat template writes its own.
  std::vector<int64_t> encode_with_special(std::string_view text) const;

  /// A conversation through the chat template, ending where the assistant speaks; message contents cannot form
  /// special tokens. Throws Error if there is no template.
  std::vector<int64_t> encode_chat(std::span<const Message> messages) const;
  std::string render_chat(std::span<const Message> messages) const;
  bool has_chat_template() const;

  /// What the policy reads for a problem: its messages through the template, or its prompt as raw text after BOS where
  /// the checkpoint adds one.
  std::vector<int64_t> encode_problem(const Problem& problem) const;

  /// Text of `tokens`; special tokens left out unless asked for. Bytes that are not UTF-8 become U+FFFD.
  std::string decode(std::span<const int64_t> tokens, bool keep_special = false) const;

  /// The raw bytes of one token, for streaming and stop strings; empty for special tokens.
  std::string_view bytes(int64_t token) const;

  std::span<const int64_t> stop_tokens() const;  // ids that end a turn; may be empty
  int64_t vocab_size() const;                    // highest id + 1; a model's vocabulary may be larger

  /// Writes the tokenizer's files of a Hugging Face directory, as transformers reads them: tokenizer.json,
  /// tokenizer_config.json, special_tokens_map.json, generation_config.json (the stop tokens), chat_template.jinja.
  /// What was loaded from a directory is written again byte for byte.
  void save(const std::filesystem::path& directory) const;

  struct State;

 private:
  explicit Tokenizer(std::shared_ptr<const State> state);

  std::shared_ptr<const State> state_;
};

}  // namespace cohort
