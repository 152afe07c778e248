#include "src/tokenizer/chat_template.hpp"

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

  /// <|im_start|>ROLE\nCONTENT<|im_end|>\n of `message`.
  bool turn(const std::string& message) {
    return literal(kStart) && value(message + ".role") && literal("\n") && value(message + ".content") && literal(kEnd);
  }

  /// A literal that is a whole system turn.
  std::optional<std::string> system_turn() {
    if (at_ >= nodes_.size() || nodes_[at_].kind != JinjaNode::kLiteral) return std::nullopt;
    const std::string& text = nodes_[at_].text;
    if (!text.starts_with("<|im_start|>system\n") || !text.ends_with(kEnd)) return std::nullopt;
    return nodes_[at_++].text;
  }

  bool generation_prompt() {
    return statement("if add_generation_prompt") && literal(kGenerationPrompt) && statement("endif") &&
           at_ == nodes_.size();
  }

  /// Past the statement `text` that closes or continues the block the matcher stands in.
  bool skip_to(std::string_view text) {
    for (int depth = 0; at_ < nodes_.size(); ++at_) {
      if (nodes_[at_].kind != JinjaNode::kStatement) continue;
      const std::string& found = nodes_[at_].text;
      if (depth == 0 && found == text) return ++at_, true;
      depth += found.starts_with("if ") || found.starts_with("for ") || found.starts_with("macro ");
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

  std::vector<JinjaNode> nodes_;
  size_t at_ = 0, furthest_ = 0;
};

// SmolLM2 and plain ChatML: one loop. The system turn, empty for plain; nullopt where it is not of that form.
std::optional<std::string> match_plain(Matcher& source) {
  source.restart();
  if (source.statement("if not add_generation_prompt is defined") &&
      !(source.statement("set add_generation_prompt = false") && source.statement("endif")))
    return std::nullopt;
  if (!source.statement("for message in messages")) return std::nullopt;
  std::string system;
  if (source.statement("if loop.first and messages[0].role != 'system'")) {
    const auto turn = source.system_turn();
    if (!turn || !source.statement("endif")) return std::nullopt;
    system = *turn;
  }
  if (!source.turn("message") || !source.statement("endfor") || !source.generation_prompt()) return std::nullopt;
  return system;
}

// Qwen2.5: a branch for tools, which are never given here, then the system turn, then the others.
std::optional<std::string> match_qwen(Matcher& source) {
  source.restart();
  if (!source.statement("if tools") || !source.skip_to("else") ||
      !source.statement("if messages[0].role == 'system'") || !source.literal("<|im_start|>system\n") ||
      !source.value("messages[0].content") || !source.literal(kEnd) || !source.statement("else"))
    return std::nullopt;
  const auto system = source.system_turn();
  const bool fits = system && source.statement("endif") && source.statement("endif") &&
                    source.statement("for message in messages") &&
                    source.statement(
                        "if (message.role == 'user') or (message.role == 'system' and not loop.first) or "
                        "(message.role == 'assistant' and not message.tool_calls)") &&
                    source.turn("message") && source.statement("elif message.role == 'assistant'") &&
                    source.skip_to("endif") && source.statement("endfor") && source.generation_prompt();
  return fits ? system : std::nullopt;
}

}  // namespace

ChatTemplate::ChatTemplate(std::string_view jinja) {
  try {
    Matcher source(jinja);
    auto system = match_plain(source);
    if (!system) {
      system = match_qwen(source);
      three_roles_only_ = true;
    }
    if (system)
      default_system_ = *system;
    else
      unsupported_ = fmt::format(
          "only ChatML as SmolLM2 and Qwen2.5 have it is supported, and this one is different at {}", source.rest());
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
    check(!three_roles_only_ || message.role == "system" || message.role == "user" || message.role == "assistant",
          "chat template: a role must be system, user or assistant, got \"{}\"", message.role);
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
