// Jinja source cut into what it writes and what it decides, in one spelling whatever the author's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cohort::tokenizer {

struct JinjaNode {
  enum Kind { kLiteral, kValue, kStatement } kind = kLiteral;
  std::string text;
};

/// As transformers reads it: trim_blocks, lstrip_blocks, one trailing newline dropped. Sums are taken apart, adjacent
/// literals joined, x['y'] written x.y, quotes single. Throws Error on a tag that does not end.
std::vector<JinjaNode> read_jinja(std::string_view source);

}  // namespace cohort::tokenizer
