#include "cohort/tokenizer.hpp"

#include <algorithm>

#include "cohort/error.hpp"
#include "src/models/atomic_write.hpp"
#include "src/models/gguf.hpp"
#include "src/tokenizer/chat_template.hpp"
#include "src/tokenizer/directory.hpp"
#include "src/tokenizer/pipeline.hpp"

namespace cohort {

using tokenizer::Span;

struct Tokenizer::State {
  State(tokenizer::Description description, tokenizer::Companions companions, tokenizer::Files files)
      : description(std::move(description)),
        companions(std::move(companions)),
        files(std::move(files)),
        pipeline(this->description) {
    if (this->companions.chat_template) chat.emplace(*this->companions.chat_template);
    add_stop_token(this->companions.eos_token);
  }

  void add_stop_token(const std::optional<std::string>& token) {
    const int64_t id = token ? pipeline.id_of(*token) : -1;
    auto& stop = companions.stop_tokens;
    if (id >= 0 && std::find(stop.begin(), stop.end(), id) == stop.end()) stop.push_back(id);
  }

  tokenizer::Description description;
  tokenizer::Companions companions;
  tokenizer::Files files;  // empty where there are no originals
  tokenizer::Pipeline pipeline;
  std::optional<tokenizer::ChatTemplate> chat;
};

Tokenizer::Tokenizer(std::shared_ptr<const State> state) : state_(std::move(state)) {}

Tokenizer Tokenizer::load(const std::filesystem::path& checkpoint) {
  if (std::filesystem::is_directory(checkpoint)) {
    auto [description, companions, files] = tokenizer::read_directory(checkpoint);
    return Tokenizer(std::make_shared<State>(std::move(description), std::move(companions), std::move(files)));
  }
  check(checkpoint.extension() == ".gguf", "tokenizer: expected a directory or a .gguf file, got {}",
        checkpoint.string());
  auto [description, companions] = tokenizer::describe_gguf(models::GgufFile::open(checkpoint));
  return Tokenizer(std::make_shared<State>(std::move(description), std::move(companions), tokenizer::Files()));
}

Tokenizer Tokenizer::characters(std::string_view alphabet) {
  auto [description, companions] = tokenizer::describe_characters(alphabet);
  return Tokenizer(std::make_shared<State>(std::move(description), std::move(companions), tokenizer::Files()));
}

std::vector<int64_t> Tokenizer::encode(std::string_view text, bool allow_special) const {
  const Span whole{0, text.size()};
  return state_->pipeline.encode(text, std::span(&whole, allow_special ? 1 : 0));
}

std::vector<int64_t> Tokenizer::encode_with_special(std::string_view text) const {
  const auto& [prefix, suffix] = state_->pipeline.affixes();
  std::vector<int64_t> ids = prefix;
  const std::vector<int64_t> body = encode(text, true);
  ids.insert(ids.end(), body.begin(), body.end());
  ids.insert(ids.end(), suffix.begin(), suffix.end());
  return ids;
}

std::vector<int64_t> Tokenizer::encode_chat(std::span<const Message> messages) const {
  check(has_chat_template(), "tokenizer: this checkpoint has no chat template");
  const tokenizer::RenderedChat chat = state_->chat->render(messages);
  return state_->pipeline.encode(chat.text, chat.trusted);
}

std::string Tokenizer::render_chat(std::span<const Message> messages) const {
  check(has_chat_template(), "tokenizer: this checkpoint has no chat template");
  return state_->chat->render(messages).text;
}

bool Tokenizer::has_chat_template() const { return state_->chat.has_value(); }

std::vector<int64_t> Tokenizer::encode_problem(const Problem& problem) const {
  if (!problem.messages.empty()) return encode_chat(problem.messages);
  std::vector<int64_t> ids = state_->pipeline.affixes().prefix;
  const std::vector<int64_t> body = encode(problem.prompt);
  ids.insert(ids.end(), body.begin(), body.end());
  return ids;
}

std::string Tokenizer::decode(std::span<const int64_t> tokens, bool keep_special) const {
  return state_->pipeline.decode(tokens, keep_special);
}

std::string_view Tokenizer::bytes(int64_t token) const { return state_->pipeline.bytes(token); }

std::span<const int64_t> Tokenizer::stop_tokens() const { return state_->companions.stop_tokens; }

int64_t Tokenizer::vocab_size() const { return state_->pipeline.vocab_size(); }

void Tokenizer::save(const std::filesystem::path& directory) const {
  std::filesystem::create_directories(directory);
  const tokenizer::Files made =
      state_->files.empty() ? tokenizer::make_files(state_->description, state_->companions) : tokenizer::Files();
  for (const auto& [name, bytes] : state_->files.empty() ? made : state_->files)
    models::write_file_atomically(directory / name, bytes);
}

}  // namespace cohort
