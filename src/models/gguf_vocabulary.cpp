#include "src/models/gguf_vocabulary.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "cohort/error.hpp"
#include "src/models/input_file.hpp"
#include "src/models/json.hpp"

namespace cohort::models {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr uint64_t max_tokenizer_bytes = 64 << 20;
constexpr int64_t max_tokenizer_values = 1 << 21;

enum TokenType : int32_t { normal = 1, unknown = 2, control = 3, user_defined = 4, unused = 5, byte = 6 };

const char* const llama3_pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
const char* const qwen2_pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// A member of an object, null where there is none.
const Json& at(const Json& object, const char* key) {
  static const Json none;
  if (!object.is_object()) return none;
  const Json* value = find_value(object, key);
  return value ? *value : none;
}

bool flag(const Json& object, const char* key, bool fallback) {
  const Json& value = at(object, key);
  return value.is_boolean() ? value.get<bool>() : fallback;
}

/// The steps of a component; a lone one is a list of itself.
std::vector<Json> steps(const Json& component, const char* list) {
  if (component.is_null()) return {};
  if (at(component, "type") != "Sequence") return {component};
  const Json& inner = at(component, list);
  return inner.is_array() ? inner.get<std::vector<Json>>() : std::vector<Json>();
}

bool is_byte_level(const Json& step, bool uses_regex) {
  return at(step, "type") == "ByteLevel" && !flag(step, "add_prefix_space", true) &&
         flag(step, "use_regex", true) == uses_regex;
}

std::string read_pre(const Json& tokenizer, const std::string& where) {
  const std::vector<Json> pre = steps(at(tokenizer, "pre_tokenizer"), "pretokenizers");
  const std::vector<Json> normalizers = steps(at(tokenizer, "normalizer"), "normalizers");
  const bool is_plain = normalizers.empty();
  const bool ignores_merges = flag(at(tokenizer, "model"), "ignore_merges", false);
  if (is_plain && pre.size() == 1 && is_byte_level(pre[0], true)) return "gpt-2";
  if (is_plain && pre.size() == 2 && at(pre[0], "type") == "Digits" && flag(pre[0], "individual_digits", false) &&
      is_byte_level(pre[1], true))
    return "smollm";
  if (pre.size() == 2 && at(pre[0], "type") == "Split" && at(pre[0], "behavior") == "Isolated" &&
      !flag(pre[0], "invert", false) && is_byte_level(pre[1], false)) {
    const Json& pattern = at(at(pre[0], "pattern"), "Regex");
    const bool is_nfc = normalizers.size() == 1 && at(normalizers[0], "type") == "NFC";
    if (is_plain && ignores_merges && pattern == llama3_pattern) return "llama-bpe";
    if ((is_plain || is_nfc) && !ignores_merges && pattern == qwen2_pattern) return "qwen2";
  }
  throw Error(fmt::format("{}: pre_tokenizer: expected that of GPT-2, SmolLM, Llama 3 or Qwen2, got {}", where,
                          shown(at(tokenizer, "pre_tokenizer"))));
}

void put(GgufVocabulary& vocabulary, int64_t id, const std::string& text, int32_t type, const std::string& where) {
  check(id >= 0 && id < static_cast<int64_t>(vocabulary.tokens.size()),
        "{}: the token \"{}\": expected an id below the model's vocab_size {}, got {}", where, text,
        vocabulary.tokens.size(), id);
  vocabulary.tokens[id] = text;
  vocabulary.types[id] = type;
}

int64_t token_id(const Json& value, const std::string& text, const std::string& where) {
  check(value.is_number_unsigned() && value.get<uint64_t>() < (1u << 31), "{}: {}: expected a token id, got {}", where,
        text, shown(value));
  return value.get<int64_t>();
}

void read_tokens(GgufVocabulary& vocabulary, const Json& tokenizer, const std::string& where) {
  const Json& model = at(tokenizer, "model");
  check(at(model, "vocab").is_object(), "{}: model.vocab: expected an object, got {}", where,
        shown(at(model, "vocab")));
  for (const auto& [text, id] : at(model, "vocab").items())
    put(vocabulary, token_id(id, text, where), text, TokenType::normal, where);
  for (const Json& added : at(tokenizer, "added_tokens")) {
    check(at(added, "content").is_string(), "{}: added_tokens: expected a content, got {}", where, shown(added));
    const std::string text = added["content"];
    put(vocabulary, token_id(at(added, "id"), text, where), text,
        flag(added, "special", false) ? TokenType::control : TokenType::user_defined, where);
  }
}

std::pair<std::string, std::string> read_merge(const Json& merge, const std::string& where) {
  if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string())
    return {merge[0].get<std::string>(), merge[1].get<std::string>()};
  const std::string text = merge.is_string() ? merge.get<std::string>() : "";
  // From the second character on: a token may be a space.
  const size_t space = text.find(' ', 1);
  check(space != std::string::npos, "{}: model.merges: expected pairs, got {}", where, shown(merge));
  return {text.substr(0, space), text.substr(space + 1)};
}

void read_merges(GgufVocabulary& vocabulary, const Json& tokenizer, const std::string& where) {
  for (const Json& merge : at(at(tokenizer, "model"), "merges")) {
    const auto [left, right] = read_merge(merge, where);
    check(left.find(' ') == std::string::npos && right.find(' ') == std::string::npos,
          "{}: model.merges: expected tokens without spaces, got {}", where, shown(merge));
    vocabulary.merges.push_back(left + " " + right);
  }
}

/// SentencePiece has no merges: of all pairs it joins the one whose piece scores highest. The first merge that makes a
/// piece gives its rank.
void read_scores(GgufVocabulary& vocabulary, const Json& tokenizer, const std::string& where) {
  std::map<std::string, size_t> ids;
  for (size_t id = 0; id < vocabulary.tokens.size(); ++id) ids.emplace(vocabulary.tokens[id], id);
  vocabulary.scores.assign(vocabulary.tokens.size(), 0.0f);
  // Characters that no merge makes: below all pieces, as they are what one starts from.
  for (size_t id = 0; id < vocabulary.tokens.size(); ++id)
    if (vocabulary.types[id] == TokenType::normal) vocabulary.scores[id] = -1e6f;
  float rank = 0;
  for (const Json& merge : at(at(tokenizer, "model"), "merges")) {
    const auto [left, right] = read_merge(merge, where);
    const auto piece = ids.find(left + right);
    check(piece != ids.end(), "{}: model.merges: expected {} to make a token", where, shown(merge));
    if (vocabulary.scores[piece->second] == -1e6f) vocabulary.scores[piece->second] = -rank++;
  }
  for (int value = 0; value < 256; ++value)
    if (const auto found = ids.find(fmt::format("<0x{:02X}>", value)); found != ids.end())
      vocabulary.types[found->second] = TokenType::byte;
}

/// A special token by its text, which is a string or an object with a content.
std::optional<int64_t> special_id(const GgufVocabulary& vocabulary, const Json& config, const char* key) {
  const Json& value = at(config, key);
  const Json& text = value.is_object() ? at(value, "content") : value;
  if (!text.is_string()) return {};
  const auto found = std::find(vocabulary.tokens.begin(), vocabulary.tokens.end(), text.get<std::string>());
  if (found == vocabulary.tokens.end()) return {};
  return found - vocabulary.tokens.begin();
}

std::optional<std::string> read_chat_template(const fs::path& directory, const Json& config) {
  const fs::path file = directory / "chat_template.jinja";
  if (fs::exists(file)) return read_text(file, max_config_bytes);
  const Json& value = at(config, "chat_template");
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return {};
  for (const Json& named : value)
    if (at(named, "name") == "default" && at(named, "template").is_string())
      return at(named, "template").get<std::string>();
  return {};
}

/// Whether encoding a text puts a token in front of it.
bool adds_bos(const Json& tokenizer, const Json& config) {
  if (at(config, "add_bos_token").is_boolean()) return config["add_bos_token"].get<bool>();
  for (const Json& step : steps(at(tokenizer, "post_processor"), "processors")) {
    const Json& single = at(step, "single");
    if (single.is_array() && !single.empty() && single[0].is_object() && single[0].contains("SpecialToken"))
      return true;
  }
  return false;
}

/// Whether a text gets a space in front of it.
bool adds_space_prefix(const Json& tokenizer) {
  for (const Json& step : steps(at(tokenizer, "normalizer"), "normalizers"))
    if (at(step, "type") == "Prepend") return true;
  for (const Json& step : steps(at(tokenizer, "pre_tokenizer"), "pretokenizers"))
    if (at(step, "type") == "Metaspace")
      return at(step, "prepend_scheme") != "never" && flag(step, "add_prefix_space", true);
  return false;
}

}  // namespace

GgufVocabulary read_gguf_vocabulary(const fs::path& directory, int64_t vocab_size) {
  const std::string where = (directory / "tokenizer.json").string();
  const Json tokenizer = parse_json<Json>(read_text(where, max_tokenizer_bytes), where, max_tokenizer_values);
  const fs::path config_file = directory / "tokenizer_config.json";
  const Json config = fs::exists(config_file) ? parse_json<Json>(read_text(config_file, max_config_bytes),
                                                                 config_file.string(), max_tokenizer_values)
                                              : Json::object();
  const Json& model = at(tokenizer, "model");
  check(at(model, "type") == "BPE", "{}: model.type: expected \"BPE\", got {}", where, shown(at(model, "type")));

  GgufVocabulary vocabulary;
  const bool is_sentencepiece = flag(model, "byte_fallback", false);
  vocabulary.model = is_sentencepiece ? "llama" : "gpt2";
  vocabulary.pre = is_sentencepiece ? "default" : read_pre(tokenizer, where);
  for (int64_t id = 0; id < vocab_size; ++id) vocabulary.tokens.push_back(fmt::format("[PAD{}]", id));
  vocabulary.types.assign(vocab_size, TokenType::unused);
  read_tokens(vocabulary, tokenizer, where);
  if (is_sentencepiece)
    read_scores(vocabulary, tokenizer, where);
  else
    read_merges(vocabulary, tokenizer, where);

  vocabulary.bos = special_id(vocabulary, config, "bos_token");
  vocabulary.eos = special_id(vocabulary, config, "eos_token");
  vocabulary.unknown = special_id(vocabulary, config, "unk_token");
  vocabulary.padding = special_id(vocabulary, config, "pad_token");
  if (is_sentencepiece && vocabulary.unknown) vocabulary.types[*vocabulary.unknown] = TokenType::unknown;
  vocabulary.add_bos = adds_bos(tokenizer, config);
  vocabulary.add_space_prefix = !is_sentencepiece || adds_space_prefix(tokenizer);
  vocabulary.chat_template = read_chat_template(directory, config);
  return vocabulary;
}

}  // namespace cohort::models
