// A conversation as the text that a checkpoint was trained on.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cohort/problem.hpp"
#include "src/tokenizer/regex.hpp"

namespace cohort::tokenizer {

struct RenderedChat {
  std::string text;
  std::vector<Span> trusted;  // what the template wrote itself; the rest is roles and contents
};

/// ChatML templates, recognised in their Jinja source: each turn is <|im_start|>ROLE\nCONTENT<|im_end|>\n.
class ChatTemplate {
 public:
  /// Never throws: a template of another kind is reported by render().
  explicit ChatTemplate(std::string_view jinja);

  /// Ends with the generation prompt. Throws Error if the template is of another kind or the conversation is empty.
  RenderedChat render(std::span<const Message> messages) const;

 private:
  std::string unsupported_;         // why it cannot be rendered; empty: it can
  std::string default_system_;      // a whole turn, put before a conversation that starts with none
  std::vector<std::string> roles_;  // those whose turns are plain ChatML; empty: all
};

}  // namespace cohort::tokenizer
