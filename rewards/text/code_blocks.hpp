// Fenced blocks of Markdown, read in one linear pass. All texts are views into the argument.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace cohort::rewards {

struct CodeBlock {
  std::string_view info;  // what stands on its fence: "python", "python title=x", nothing
  std::string_view code;
  char mark = '`';        // what its fences are made of: backticks or tildes
  bool is_closed = true;  // a block that is not goes on to the end of the text

  /// The first word of its fence: the name of a language, or empty.
  std::string_view tag() const { return info.substr(0, info.find_first_of(" \t,{:")); }
};

/// All blocks, in order.
std::vector<CodeBlock> code_blocks(std::string_view text);

/// The last block whose fence names one of `tags` (any case), else the last whose fence names nothing.
std::optional<CodeBlock> last_code_block(std::string_view text, std::span<const std::string_view> tags);

}  // namespace cohort::rewards
