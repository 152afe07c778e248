// A tokenizer as GGUF metadata has it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cohort::models {

struct GgufVocabulary {
  std::string model;                // "gpt2": byte-level BPE; "llama": SentencePiece
  std::string pre;                  // llama.cpp's name for the pipeline in front of the BPE
  std::vector<std::string> tokens;  // by id
  std::vector<int32_t> types;       // 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte
  std::vector<std::string> merges;  // "left right", of gpt2
  std::vector<float> scores;        // of llama
  std::optional<int64_t> bos, eos, unknown, padding;
  bool add_bos = false;
  bool add_space_prefix = true;  // of llama: a text begins with a space that it does not have
  std::optional<std::string> chat_template;
};

/// Reads tokenizer.json and tokenizer_config.json, and fills up to `vocab_size` tokens with unused ones. Throws Error
/// for a pipeline that llama.cpp has no name for.
GgufVocabulary read_gguf_vocabulary(const std::filesystem::path& directory, int64_t vocab_size);

}  // namespace cohort::models
