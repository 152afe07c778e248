#include "src/tokenizer/chat_template.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "cohort/error.hpp"
#include "src/tokenizer/jinja.hpp"

namespace cohort::tokenizer {
namespace {

constexpr std::string_view kStart = "<|im_start|>";
constexpr std::string_view kEnd = "<|im_end|>\n";
constexpr std::string_view kGenerationPrompt = "<|im_start|>assistant\n";

/// Reads a list of nodes from left to right against what is expected.
class Matcher {
 public:
  explicit Matcher(std::string_view jinja) : nodes_(read_jinja(jinja)) {}

  bool statement(std::string_view text) { return take(JinjaNode::kStatement, text); }
  bool literal(std::string_view text) { return take(JinjaNode::kLiteral, text); }
  bool value(std::string_view text) { return take(JinjaNode::kValue, text); }

  /// <|im_start|>ROLE\nCONTENT<|im_end|>\n of a message.
  bool turn(std::string_view role, std::string_view content) {
    return literal(kStart) && value(role) && literal("\n") && value(content) && literal(kEnd);
  }

  /// A literal that is a whole system turn.
  std::optional<std::string> system_turn() {
    if (at_ >= nodes_.size() || nodes_[at_].kind != JinjaNode::kLiteral) return std::nullopt;
    const std::string& text = nodes_[at_].text;
    if (!text.starts_with("<|im_start|>system\n") || !text.ends_with(kEnd)) return std::nullopt;
    return nodes_[at_++].text;
  }

  bool generation_prompt() {
    if (!statement("if add_generation_prompt") || !literal(kGenerationPrompt)) return false;
    // Qwen3: only where a caller turns thinking off, which none does here.
    if (statement("if enable_thinking is defined and enable_thinking is false") && !skip_to("endif")) return false;
    return statement("endif") && at_ == nodes_.size();
  }

  /// Past the statement `text` that closes or continues the block the matcher stands in.
  bool skip_to(std::string_view text) {
    for (int depth = 0; at_ < nodes_.size(); ++at_) {
      if (nodes_[at_].kind != JinjaNode::kStatement) continue;
      const std::string& found = nodes_[at_].text;
      if (depth == 0 && found == text) return ++at_, true;
      depth += opens(found, "if") || opens(found, "for") || opens(found, "macro");
      depth -= found == "endif" || found == "endfor" || found == "endmacro";
      if (depth < 0) return false;
    }
    return false;
  }

  void restart() { at_ = 0; }

  /// The node that fitted nothing.
  std::string rest() const {
    if (furthest_ >= nodes_.size()) return "its end";
    return fmt::format("\"{}\"", nodes_[furthest_].text.substr(0, 80));
  }

 private:
  bool take(JinjaNode::Kind kind, std::string_view text) {
    furthest_ = std::max(furthest_, at_);
    if (at_ >= nodes_.size() || nodes_[at_].kind != kind || nodes_[at_].text != text) return false;
    ++at_;
    return true;
  }

  static bool opens(std::string_view statement, std::string_view keyword) {
    return statement.starts_with(keyword) &&
           std::string_view(" (").find(statement.substr(keyword.size(), 1)) != std::string_view::npos &&
           statement.size() > keyword.size();
  }

  std::vector<JinjaNode> nodes_;
  size_t at_ = 0, furthest_ = 0;
};

// What a recognised template does beyond the turns.
struct ChatMl {
  std::string default_system;      // a whole turn; empty: none
  std::vector<std::string> roles;  // those whose turns are written so; empty: all
};

// SmolLM2 and plain ChatML: one loop.
std::optional<ChatMl> match_plain(Matcher& source) {
  source.restart();
  ChatMl found;
  if (source.statement("if not add_generation_prompt is defined") &&
      !(source.statement("set add_generation_prompt = false") && source.statement("endif")))
    return std::nullopt;
  if (!source.statement("for message in messages")) return std::nullopt;
  if (source.statement("if loop.first and messages[0].role != 'system'")) {
    const auto turn = source.system_turn();
    if (!turn || !source.statement("endif")) return std::nullopt;
    found.default_system = *turn;
  }
  if (!source.turn("message.role", "message.content") || !source.statement("endfor") || !source.generation_prompt())
    return std::nullopt;
  return found;
}

// Qwen2.5 and Qwen3: a branch for tools, which are never given here, then the system turn, then the others.
std::optional<ChatMl> match_qwen(Matcher& source) {
  source.restart();
  ChatMl found;
  if (!source.statement("if tools") || !source.skip_to("else") ||
      !source.statement("if messages[0].role == 'system'") || !source.literal("<|im_start|>system\n") ||
      !source.value("messages[0].content") || !source.literal(kEnd))
    return std::nullopt;
  if (source.statement("else")) {
    const auto turn = source.system_turn();
    if (!turn) return std::nullopt;
    found.default_system = *turn;
  }
  if (!source.statement("endif") || !source.statement("endif")) return std::nullopt;
  // Qwen3 looks for the last question here, which matters to the assistant's turns alone.
  if (source.statement("set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1)") &&
      !(source.statement("for message in messages[::-1]") && source.skip_to("endfor")))
    return std::nullopt;
  if (!source.statement("for message in messages")) return std::nullopt;
  const char* content = "message.content";
  if (source.statement("if message.content is string")) {
    content = "content";
    if (!(source.statement("set content = message.content") && source.statement("else") &&
          source.statement("set content = ''") && source.statement("endif")))
      return std::nullopt;
  }
  if (source.statement("if (message.role == 'user') or (message.role == 'system' and not loop.first)"))
    found.roles = {"system", "user"};
  else if (source.statement("if (message.role == 'user') or (message.role == 'system' and not loop.first) or "
                            "(message.role == 'assistant' and not message.tool_calls)"))
    found.roles = {"system", "user", "assistant"};
  else
    return std::nullopt;
  const bool fits = source.turn("message.role", content) && source.statement("elif message.role == 'assistant'") &&
                    source.skip_to("endif") && source.statement("endfor") && source.generation_prompt();
  return fits ? std::optional(found) : std::nullopt;
}

}  // namespace

ChatTemplate::ChatTemplate(std::string_view jinja) {
  try {
    Matcher source(jinja);
    auto found = match_plain(source);
    if (!found) found = match_qwen(source);
    if (found) {
      default_system_ = found->default_system;
      roles_ = found->roles;
    } else {
      unsupported_ = fmt::format(
          "only ChatML as SmolLM2, Qwen2.5 and Qwen3 have it is supported; this one differs at {}", source.rest());
    }
  } catch (const Error& error) {
    unsupported_ = error.what();
  }
}

RenderedChat ChatTemplate::render(std::span<const Message> messages) const {
  check(unsupported_.empty(), "chat template: {}", unsupported_);
  check(!messages.empty(), "chat template: a conversation needs at least one message, got none");
  RenderedChat chat;
  const auto write = [&](std::string_view text) {
    chat.trusted.push_back({chat.text.size(), chat.text.size() + text.size()});
    chat.text += text;
  };
  if (messages.front().role != "system") write(default_system_);
  for (const Message& message : messages) {
    check(roles_.empty() || std::find(roles_.begin(), roles_.end(), message.role) != roles_.end(),
          "chat template: turns of the role \"{}\" are not supported in this template, only {}", message.role,
          fmt::join(roles_, ", "));
    write(kStart);
    chat.text += message.role;
    write("\n");
    chat.text += message.content;
    write(kEnd);
  }
  write(kGenerationPrompt);
  return chat;
}

}  // namespace cohort::tokenizer
