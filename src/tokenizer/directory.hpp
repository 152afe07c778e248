// The tokenizer's files of a Hugging Face directory.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "src/tokenizer/description.hpp"

namespace cohort::tokenizer {

using Files = std::vector<std::pair<std::string, std::string>>;  // name, bytes

struct TokenizerDirectory {
  Description description;
  Companions companions;
  Files files;  // as they were found, to be saved again
};

/// Throws Error naming the file that is missing or malformed.
TokenizerDirectory read_directory(const std::filesystem::path& directory);

/// The files of a tokenizer that was not read from a directory.
Files make_files(const Description& description, const Companions& companions);

}  // namespace cohort::tokenizer
