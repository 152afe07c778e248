#include "src/cli/tokenize.hpp"

#include <fmt/format.h>

#include <vector>

#include "src/cli/jsonl.hpp"
#include "src/cli/model.hpp"
#include "src/cli/prompts.hpp"

namespace cohort::cli {
namespace {

using Line = nlohmann::ordered_json;

Line tokenize_line(const Tokenizer& tokenizer, const nlohmann::json& object) {
  const std::string key = only_key(object, {"text", "messages", "tokens"});
  Line out;
  if (key == "text") {
    out["tokens"] = tokenizer.encode_with_special(required_string(object, "text"));
  } else if (key == "messages") {
    const std::vector<Message> messages = required_messages(object);
    out["text"] = tokenizer.render_chat(messages);
    out["tokens"] = tokenizer.encode_chat(messages);
  } else {
    const std::vector<int64_t> tokens = required_integers(object, "tokens");
    for (const int64_t token : tokens)
      if (token < 0 || token >= tokenizer.vocab_size())
        throw UsageError(fmt::format("token {}: expected 0 to {}", token, tokenizer.vocab_size() - 1));
    out["text"] = tokenizer.decode(tokens, /*keep_special=*/true);
  }
  return out;
}

}  // namespace

void tokenize(const Arguments& arguments) {
  const Tokenizer tokenizer = Tokenizer::load(model_path(arguments));
  std::vector<Line> lines;
  for_each_line(line_source(arguments), [&](const auto& object) { lines.push_back(tokenize_line(tokenizer, object)); });
  for (const Line& line : lines) write_line(line);
}

}  // namespace cohort::cli
