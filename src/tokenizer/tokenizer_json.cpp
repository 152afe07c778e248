#include <functional>
#include <unordered_set>

#include "cohort/error.hpp"
#include "src/models/json.hpp"
#include "src/tokenizer/description.hpp"

namespace cohort::tokenizer {
namespace {

// Far beyond any tokenizer in use; deeper text is an attack on the reader's stack.
constexpr int kMaxDepth = 64;
constexpr int64_t kMaxTokenId = (int64_t{1} << 31) - 1;

int64_t token_id(const Json& value, std::string_view token) {
  check(value.is_number_integer() && value >= 0 && value <= kMaxTokenId,
        "tokenizer.json: the id of \"{}\" must be an integer from 0 to {}, got {}", token, kMaxTokenId, value.dump());
  return value.get<int64_t>();
}

using OrderedJson = nlohmann::ordered_json;  // for writing, where people expect the usual order of keys

// Vocabulary and merges are nearly the whole file: they go straight into vectors and never become a tree.
class Reader {
 public:
  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    check(depth <= kMaxDepth, "tokenizer.json: nested deeper than {}", kMaxDepth);
    using Event = Json::parse_event_t;
    if (event == Event::key) return key(depth, parsed);
    if (in_vocab(depth) && (event == Event::value || event == Event::object_start || event == Event::array_start)) {
      check(event == Event::value, "tokenizer.json: the id of \"{}\" is not a number", token_);
      vocab.emplace_back(token_, token_id(parsed, token_));
      return false;
    }
    check(!in_merges(depth) || event != Event::object_start, "tokenizer.json: a merge must be a pair of strings");
    if (in_merges(depth) && (event == Event::value || event == Event::array_end)) {
      if (depth == 3) merges.push_back(merge(parsed));  // parts of a pair, one level down, stay until it closes
      return depth != 3;
    }
    return true;
  }

  std::vector<std::pair<std::string, int64_t>> vocab;
  std::vector<std::pair<std::string, std::string>> merges;

 private:
  bool in_vocab(int depth) const { return depth == 3 && path_[1] == "model" && path_[2] == "vocab"; }
  bool in_merges(int depth) const { return depth >= 3 && path_[1] == "model" && path_[2] == "merges"; }

  bool key(int depth, const Json& parsed) {
    const auto& name = parsed.get_ref<const std::string&>();
    if (in_vocab(depth)) {
      token_ = name;
      check(seen_.insert(name).second, "tokenizer.json: the vocabulary lists \"{}\" twice", name);
      return false;
    }
    if (depth <= 2) path_[depth] = name;
    if (depth == 1) path_[2].clear();
    return true;
  }

  static std::pair<std::string, std::string> merge(const Json& parsed) {
    if (parsed.is_string()) {
      const auto& text = parsed.get_ref<const std::string&>();
      const size_t space = text.find(' ');
      check(space != std::string::npos && text.find(' ', space + 1) == std::string::npos,
            "tokenizer.json: the merge \"{}\" is not two tokens with a space between", text);
      return {text.substr(0, space), text.substr(space + 1)};
    }
    check(parsed.is_array() && parsed.size() == 2 && parsed[0].is_string() && parsed[1].is_string(),
          "tokenizer.json: a merge must be a pair of strings, got {}", parsed.dump());
    return {parsed[0].get<std::string>(), parsed[1].get<std::string>()};
  }

  std::string path_[3];  // keys at depths 1 and 2
  std::string token_;
  std::unordered_set<std::string> seen_;
};

BpeDescription read_model(const Json& model) {
  // Files of before 2020 have no type; only BPE has merges.
  const std::string type = model.contains("type") ? type_of(model, "model") : "BPE";
  check(type == "BPE", "tokenizer.json: model {} is not supported, only BPE", type);
  check(!model.contains("dropout") || model["dropout"].is_null() || model["dropout"] == 0.0,
        "tokenizer.json: model.dropout is not supported");
  for (const char* const affix : {"continuing_subword_prefix", "end_of_word_suffix"})
    check(!model.contains(affix) || model[affix].is_null() || model[affix] == "",
          "tokenizer.json: model.{} is not supported", affix);
  BpeDescription bpe;
  if (model.contains("unk_token") && !model["unk_token"].is_null()) bpe.unk_token = string_at(model, "unk_token");
  bpe.fuse_unk = boolean_at(model, "fuse_unk", false);
  bpe.byte_fallback = boolean_at(model, "byte_fallback", false);
  bpe.ignore_merges = boolean_at(model, "ignore_merges", false);
  return bpe;
}

std::vector<AddedToken> read_added_tokens(const Json& document) {
  std::vector<AddedToken> tokens;
  if (!document.contains("added_tokens") || document["added_tokens"].is_null()) return tokens;
  check(document["added_tokens"].is_array(), "tokenizer.json: added_tokens must be an array");
  for (const Json& entry : document["added_tokens"]) {
    check(entry.is_object() && entry.contains("id"), "tokenizer.json: an added token must be an object with an id");
    const std::string content = string_at(entry, "content");
    tokens.push_back({.id = token_id(entry["id"], content),
                      .content = content,
                      .single_word = boolean_at(entry, "single_word", false),
                      .lstrip = boolean_at(entry, "lstrip", false),
                      .rstrip = boolean_at(entry, "rstrip", false),
                      .normalized = boolean_at(entry, "normalized", true),
                      .special = boolean_at(entry, "special", false)});
  }
  return tokens;
}

Json component(const Json& document, const char* name) {
  return document.contains(name) ? document[name] : Json(nullptr);
}

}  // namespace

bool boolean_at(const Json& object, const char* key, bool fallback) {
  if (!object.contains(key) || object[key].is_null()) return fallback;
  check(object[key].is_boolean(), "tokenizer: \"{}\" must be true or false, got {}", key, object[key].dump());
  return object[key].get<bool>();
}

std::string string_at(const Json& object, const char* key) {
  check(object.is_object() && object.contains(key) && object[key].is_string(),
        "tokenizer: \"{}\" must be a string in {}", key, models::shown(object));
  return object[key].get<std::string>();
}

std::string type_of(const Json& component, const char* where) {
  if (component.is_null()) return "";
  check(component.is_object() && component.contains("type") && component["type"].is_string(),
        "tokenizer.json: a {} without a type: {}", where, models::shown(component));
  return component["type"].get<std::string>();
}

Description parse_tokenizer_json(std::string_view text) {
  Reader reader;
  Json document;
  try {
    document = Json::parse(text, std::ref(reader));
  } catch (const Json::exception& error) {
    throw Error(fmt::format("tokenizer.json: {}", error.what()));
  }
  check(document.is_object() && document.contains("model") && document["model"].is_object(),
        "tokenizer.json: no object \"model\"");
  Description description{.model = read_model(document["model"]), .added_tokens = read_added_tokens(document)};
  description.model.vocab = std::move(reader.vocab);
  description.model.merges = std::move(reader.merges);
  description.normalizer = component(document, "normalizer");
  description.pre_tokenizer = component(document, "pre_tokenizer");
  description.post_processor = component(document, "post_processor");
  description.decoder = component(document, "decoder");
  return description;
}

std::string write_tokenizer_json(const Description& description) {
  const BpeDescription& bpe = description.model;
  OrderedJson added = OrderedJson::array();
  for (const AddedToken& token : description.added_tokens)
    added.push_back({{"id", token.id},
                     {"content", token.content},
                     {"single_word", token.single_word},
                     {"lstrip", token.lstrip},
                     {"rstrip", token.rstrip},
                     {"normalized", token.normalized},
                     {"special", token.special}});
  OrderedJson vocab = OrderedJson::object();
  // Straight into the vector below the object: looking each key up first would make this quadratic.
  auto& entries = static_cast<OrderedJson::object_t::Container&>(vocab.get_ref<OrderedJson::object_t&>());
  for (const auto& [token, id] : bpe.vocab) entries.emplace_back(token, id);
  OrderedJson merges = OrderedJson::array();
  for (const auto& [left, right] : bpe.merges) merges.push_back(OrderedJson::array({left, right}));
  const OrderedJson document = {{"version", "1.0"},
                                {"truncation", nullptr},
                                {"padding", nullptr},
                                {"added_tokens", added},
                                {"normalizer", description.normalizer},
                                {"pre_tokenizer", description.pre_tokenizer},
                                {"post_processor", description.post_processor},
                                {"decoder", description.decoder},
                                {"model",
                                 {{"type", "BPE"},
                                  {"dropout", nullptr},
                                  {"unk_token", bpe.unk_token ? OrderedJson(*bpe.unk_token) : OrderedJson(nullptr)},
                                  {"continuing_subword_prefix", nullptr},
                                  {"end_of_word_suffix", nullptr},
                                  {"fuse_unk", bpe.fuse_unk},
                                  {"byte_fallback", bpe.byte_fallback},
                                  {"ignore_merges", bpe.ignore_merges},
                                  {"vocab", std::move(vocab)},
                                  {"merges", std::move(merges)}}}};
  return document.dump(1) + "\n";
}

}  // namespace cohort::tokenizer
