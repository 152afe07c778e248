#include "src/tokenizer/directory.hpp"

#include <algorithm>
#include <array>

#include "cohort/error.hpp"
#include "src/models/input_file.hpp"
#include "src/models/json.hpp"

namespace cohort::tokenizer {
namespace {

constexpr uint64_t kMaxFileBytes = uint64_t{1} << 28;
constexpr int64_t kMaxConfigValues = 1 << 20;  // a list of ten thousand added tokens with seven properties each fits

constexpr std::array kSavedFiles = {"tokenizer.json",
                                    "tokenizer_config.json",
                                    "special_tokens_map.json",
                                    "chat_template.jinja",
                                    "generation_config.json",
                                    "added_tokens.json",
                                    "vocab.json",
                                    "merges.txt",
                                    "tokenizer.model"};

const std::string* find_file(const Files& files, std::string_view name) {
  for (const auto& [file, bytes] : files)
    if (file == name) return &bytes;
  return nullptr;
}

Json read_object(const std::string* text, const char* name) {
  if (text == nullptr) return Json::object();
  Json object = models::parse_json<Json>(*text, name, kMaxConfigValues);
  check(object.is_object(), "{}: expected an object, got {}", name, models::shown(object));
  return object;
}

// A special token is written as its text or as an object with the text as "content".
std::optional<std::string> token_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.contains("content") && value["content"].is_string())
    return value["content"].get<std::string>();
  return std::nullopt;
}

std::optional<std::string> named_token(const Json& config, const Json& map, const char* name) {
  for (const Json* source : {&config, &map})
    if (const Json* const value = models::find_value(*source, name)) return token_text(*value);
  return std::nullopt;
}

std::optional<std::string> chat_template(const Json& config, const std::string* jinja_file) {
  if (jinja_file != nullptr) return *jinja_file;
  const Json* const value = models::find_value(config, "chat_template");
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  check(value->is_array(), "tokenizer_config.json: chat_template: expected a string or a list, got {}",
        models::shown(*value));
  for (const Json& entry : *value)
    if (entry.is_object() && entry.value("name", Json()) == "default") return string_at(entry, "template");
  return std::nullopt;
}

// transformers adds what the configuration knows and tokenizer.json does not, and makes the named tokens special.
void add_configured_tokens(const Json& config, const Json& map, Description& description) {
  auto& added = description.added_tokens;
  const auto find = [&](const std::string& content) {
    return std::find_if(added.begin(), added.end(), [&](const AddedToken& token) { return token.content == content; });
  };
  if (const Json* const decoder = models::find_value(config, "added_tokens_decoder")) {
    check(decoder->is_object(), "tokenizer_config.json: added_tokens_decoder: expected an object, got {}",
          models::shown(*decoder));
    std::vector<std::pair<int64_t, Json>> entries;
    for (const auto& [key, entry] : decoder->items()) {
      const bool is_id = !key.empty() && key.size() < 10 && key.find_first_not_of("0123456789") == std::string::npos;
      check(is_id && entry.is_object(),
            "tokenizer_config.json: added_tokens_decoder: expected ids and objects, got \"{}\"", key);
      entries.emplace_back(std::stoll(key), entry);
    }
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [id, entry] : entries) {
      const std::string content = string_at(entry, "content");
      if (find(content) != added.end()) continue;
      const bool special = boolean_at(entry, "special", false);
      added.push_back({.id = id,
                       .content = content,
                       .single_word = boolean_at(entry, "single_word", false),
                       .lstrip = boolean_at(entry, "lstrip", false),
                       .rstrip = boolean_at(entry, "rstrip", false),
                       .normalized = boolean_at(entry, "normalized", !special),
                       .special = special});
    }
  }
  const auto make_special = [&](const std::optional<std::string>& content) {
    if (!content || content->empty()) return;
    const auto found = find(*content);
    if (found != added.end())
      found->special = true;
    else
      added.push_back({.content = *content, .special = true});
  };
  for (const char* const name :
       {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"})
    make_special(named_token(config, map, name));
  for (const char* const name : {"additional_special_tokens", "extra_special_tokens"})
    for (const Json* const source : {&config, &map})
      if (const Json* const list = models::find_value(*source, name); list != nullptr && list->is_structured())
        for (const Json& token : *list) make_special(token_text(token));
}

void add_ids(const Json& config, const char* file, std::vector<int64_t>& ids) {
  const Json* const value = models::find_value(config, "eos_token_id");
  if (value == nullptr) return;
  const Json list = value->is_array() ? *value : Json::array({*value});
  for (const Json& id : list) {
    check(id.is_number_integer(), "{}: eos_token_id: expected a token id or a list of them, got {}", file,
          models::shown(*value));
    const auto token = id.get<int64_t>();
    if (token >= 0 && std::find(ids.begin(), ids.end(), token) == ids.end()) ids.push_back(token);
  }
}

}  // namespace

TokenizerDirectory read_directory(const std::filesystem::path& directory) {
  Files files;
  for (const char* const name : kSavedFiles)
    if (std::filesystem::exists(directory / name))
      files.emplace_back(name, models::read_text(directory / name, kMaxFileBytes));
  const std::string* const json = find_file(files, "tokenizer.json");
  check(json != nullptr, "tokenizer: no tokenizer.json in {}", directory.string());

  Description description = parse_tokenizer_json(*json);
  const Json config = read_object(find_file(files, "tokenizer_config.json"), "tokenizer_config.json");
  const Json map = read_object(find_file(files, "special_tokens_map.json"), "special_tokens_map.json");
  add_configured_tokens(config, map, description);

  Companions companions{.bos_token = named_token(config, map, "bos_token"),
                        .eos_token = named_token(config, map, "eos_token"),
                        .unk_token = named_token(config, map, "unk_token"),
                        .pad_token = named_token(config, map, "pad_token"),
                        .chat_template = chat_template(config, find_file(files, "chat_template.jinja"))};
  add_ids(read_object(find_file(files, "generation_config.json"), "generation_config.json"), "generation_config.json",
          companions.stop_tokens);
  if (std::filesystem::exists(directory / "config.json")) {
    const std::string model = models::read_text(directory / "config.json", kMaxFileBytes);
    add_ids(read_object(&model, "config.json"), "config.json", companions.stop_tokens);
  }
  return {std::move(description), std::move(companions), std::move(files)};
}

Files make_files(const Description& description, const Companions& companions) {
  using OrderedJson = nlohmann::ordered_json;
  OrderedJson named = OrderedJson::object();
  const auto name = [&](const char* key, const std::optional<std::string>& token) {
    if (token) named[key] = *token;
  };
  name("bos_token", companions.bos_token);
  name("eos_token", companions.eos_token);
  name("unk_token", companions.unk_token);
  name("pad_token", companions.pad_token);

  OrderedJson config = {{"added_tokens_decoder", OrderedJson::object()}};
  for (const AddedToken& token : description.added_tokens)
    config["added_tokens_decoder"][std::to_string(token.id)] = {
        {"content", token.content}, {"lstrip", token.lstrip},           {"normalized", token.normalized},
        {"rstrip", token.rstrip},   {"single_word", token.single_word}, {"special", token.special}};
  config.update(named);
  if (companions.chat_template) config["chat_template"] = *companions.chat_template;
  config["clean_up_tokenization_spaces"] = false;
  config["tokenizer_class"] = "PreTrainedTokenizerFast";  // the one class that takes tokenizer.json as it is

  Files files = {{"tokenizer.json", write_tokenizer_json(description)},
                 {"tokenizer_config.json", config.dump(2) + "\n"},
                 {"special_tokens_map.json", named.dump(2) + "\n"}};
  if (!companions.stop_tokens.empty())
    files.emplace_back("generation_config.json",
                       OrderedJson({{"eos_token_id", companions.stop_tokens}}).dump(2) + "\n");
  if (companions.chat_template) files.emplace_back("chat_template.jinja", *companions.chat_template);
  return files;
}

}  // namespace cohort::tokenizer
