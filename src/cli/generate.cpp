#include "src/cli/generate.hpp"

#include <fmt/format.h>

#include <map>
#include <vector>

#include "cohort/rollout.hpp"
#include "src/cli/jsonl.hpp"
#include "src/cli/model.hpp"
#include "src/cli/prompts.hpp"
#include "src/cli/sampling_options.hpp"

namespace cohort::cli {
namespace {

using Prompts = std::vector<std::vector<int64_t>>;

/// Writes text as its tokens come. A character whose bytes are spread over tokens waits for the last of them.
class TextStream {
 public:
  explicit TextStream(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}

  void add(int64_t token) {
    tokens_.push_back(token);
    std::string text = tokenizer_.decode(tokens_);
    constexpr std::string_view kReplacement = "\uFFFD";
    while (text.ends_with(kReplacement)) text.resize(text.size() - kReplacement.size());
    print_up_to(text);
  }

  void finish(const std::string& text) {
    print_up_to(text);
    std::fputc('\n', stdout);
    flush_output();
  }

 private:
  void print_up_to(const std::string& text) {
    if (text.size() <= printed_) return;
    std::fwrite(text.data() + printed_, 1, text.size() - printed_, stdout);
    std::fflush(stdout);
    printed_ = text.size();
  }

  const Tokenizer& tokenizer_;
  std::vector<int64_t> tokens_;
  size_t printed_ = 0;
};

/// One prompt from the command line: the first completion as it comes, the others after it.
void stream_text(Model& model, const std::vector<int64_t>& prompt, const RolloutOptions& options) {
  check_tokens(model.policy.config(), prompt, /*room=*/1);
  RolloutEngine engine(model.policy, model.tokenizer, options);
  work([&] {
    TextStream stream(model.tokenizer);
    const auto on_token = [&](int64_t, int64_t completion, int64_t token) {
      if (completion == 0) stream.add(token);
    };
    const Prompts prompts = {prompt};
    const auto groups = engine.rollout_tokens(prompts, 0, {}, on_token);
    const auto& completions = groups.front().completions;
    stream.finish(completions.front().text);
    for (size_t i = 1; i < completions.size(); ++i) fmt::print("{}\n", completions[i].text);
  });
}

std::vector<int64_t> read_prompt(const Tokenizer& tokenizer, const nlohmann::json& object) {
  const std::string key = only_key(object, {"prompt", "messages", "tokens"});
  if (key == "prompt") return tokenizer.encode_problem({.prompt = required_string(object, "prompt")});
  if (key == "messages") return tokenizer.encode_chat(required_messages(object));
  return required_integers(object, "tokens");
}

nlohmann::ordered_json to_line(const Group& group) {
  nlohmann::ordered_json completions = nlohmann::ordered_json::array();
  for (const Completion& completion : group.completions)
    completions.push_back({{"text", completion.text},
                           {"tokens", completion.tokens},
                           {"logprobs", completion.logprobs},
                           {"finish_reason", to_string(completion.finish)}});
  return {{"prompt_tokens", group.prompt_tokens}, {"completions", std::move(completions)}};
}

void generate_lines(Model& model, const LineSource& source, const RolloutOptions& options) {
  Prompts prompts;
  for_each_line(source, [&](const nlohmann::json& object) {
    std::vector<int64_t> prompt = read_prompt(model.tokenizer, object);
    check_tokens(model.policy.config(), prompt, /*room=*/1);
    prompts.push_back(std::move(prompt));
  });
  if (prompts.empty()) return;
  RolloutEngine engine(model.policy, model.tokenizer, options);
  work([&] {
    // Groups end in any order; lines are written in theirs.
    std::map<int64_t, nlohmann::ordered_json> waiting;
    int64_t next = 0;
    engine.rollout_tokens(prompts, 0, [&](int64_t index, const Group& group) {
      waiting[index] = to_line(group);
      for (auto line = waiting.find(next); line != waiting.end(); line = waiting.find(++next)) {
        write_line(line->second);
        waiting.erase(line);
      }
    });
  });
}

}  // namespace

void generate(const Arguments& arguments) {
  if (arguments.has("prompt") && arguments.has("chat")) throw UsageError("--prompt and --chat: give one");
  RolloutOptions options = rollout_options(arguments, /*default_temperature=*/1);
  options.group_size = arguments.integer("num-completions", 1, 1);
  options.stop = arguments.texts("stop");
  options.ignore_eos = arguments.has("ignore-eos");
  static const std::vector<std::string> kPrecisions = {"exact", "int8", "fp8", "fast"};
  options.precision = parse_precision(arguments.choice("precision", "exact", kPrecisions));
  Model model = load_model(arguments, options.precision);
  if (arguments.has("prompt"))
    stream_text(model, model.tokenizer.encode_problem({.prompt = arguments.text("prompt")}), options);
  else if (arguments.has("chat"))
    stream_text(model, model.tokenizer.encode_chat(std::vector<Message>{{"user", arguments.text("chat")}}), options);
  else
    generate_lines(model, line_source(arguments), options);
}

}  // namespace cohort::cli
