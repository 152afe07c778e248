#include "rewards/text/code_blocks.hpp"

#include <algorithm>

#include "rewards/text/extract.hpp"

namespace cohort::rewards {
namespace {

struct Fence {
  char mark;
  size_t length;
  std::string_view info;
};

/// A line of three or more backticks or tildes, and what follows them.
std::optional<Fence> read_fence(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  if (line.empty() || (line[0] != '`' && line[0] != '~')) return std::nullopt;
  const size_t length = std::min(line.find_first_not_of(line[0]), line.size());
  if (length < 3) return std::nullopt;
  const std::string_view info = trim(line.substr(length));
  if (line[0] == '`' && info.find('`') != info.npos) return std::nullopt;  // code within a line
  return Fence{line[0], length, info};
}

bool same_word(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [&](char l, char r) { return lower(l) == lower(r); });
}

}  // namespace

std::vector<CodeBlock> code_blocks(std::string_view text) {
  std::vector<CodeBlock> blocks;
  std::optional<Fence> open;
  size_t begin = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t stop = std::min(text.find('\n', at), text.size());
    const auto fence = read_fence(text.substr(at, stop - at));
    if (fence && !open) {
      open = fence;
      begin = std::min(stop + 1, text.size());
    } else if (fence && fence->mark == open->mark && fence->length >= open->length && fence->info.empty()) {
      blocks.push_back({open->info, text.substr(begin, at - begin), open->mark});
      open.reset();
    }
    at = stop + 1;
  }
  if (open) blocks.push_back({open->info, text.substr(begin), open->mark, /*is_closed=*/false});
  return blocks;
}

std::optional<CodeBlock> last_code_block(std::string_view text, std::span<const std::string_view> tags) {
  std::optional<CodeBlock> tagged, untagged;
  for (const CodeBlock& block : code_blocks(text)) {
    const std::string_view tag = block.tag();
    if (tag.empty()) untagged = block;
    if (std::any_of(tags.begin(), tags.end(), [&](std::string_view wanted) { return same_word(tag, wanted); }))
      tagged = block;
  }
  return tagged ? tagged : untagged;
}

}  // namespace cohort::rewards
