// Fenced blocks of Markdown.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace cohort::rewards {

struct CodeBlock {
  std::string_view code;
  bool is_tagged;  // its fence names a language
};

/// The last block whose fence names one of `tags` (any case), else the last whose fence names nothing. A block that is
/// not closed goes on to the end. One linear pass; a view into `text`.
std::optional<CodeBlock> last_code_block(std::string_view text, std::span<const std::string_view> tags);

}  // namespace cohort::rewards
