#include "src/tokenizer/post_processor.hpp"

#include "cohort/error.hpp"
#include "src/models/json.hpp"

namespace cohort::tokenizer {
namespace {

std::vector<int64_t> special_ids(const Json& processor, const std::string& name) {
  const Json* const table = processor.contains("special_tokens") ? &processor["special_tokens"] : nullptr;
  check(table != nullptr && table->is_object() && table->contains(name) && (*table)[name].is_object() &&
            (*table)[name].contains("ids") && (*table)[name]["ids"].is_array(),
        "tokenizer.json: the template names \"{}\", which its special_tokens do not explain", name);
  std::vector<int64_t> ids;
  for (const Json& id : (*table)[name]["ids"]) {
    check(id.is_number_integer() && id >= 0, "tokenizer.json: the template's \"{}\" has an id that is no number", name);
    ids.push_back(id.get<int64_t>());
  }
  return ids;
}

void add_template(const Json& processor, Affixes& affixes) {
  check(processor.contains("single") && processor["single"].is_array(),
        "tokenizer.json: TemplateProcessing without the array \"single\"");
  bool seen_text = false;
  std::vector<int64_t> prefix;
  for (const Json& part : processor["single"]) {
    if (part.is_object() && part.contains("Sequence")) {
      seen_text = true;
      continue;
    }
    check(part.is_object() && part.contains("SpecialToken"), "tokenizer.json: a template of {} is not supported",
          models::shown(part));
    const std::vector<int64_t> ids = special_ids(processor, string_at(part["SpecialToken"], "id"));
    auto& side = seen_text ? affixes.suffix : prefix;
    side.insert(side.end(), ids.begin(), ids.end());
  }
  affixes.prefix.insert(affixes.prefix.begin(), prefix.begin(), prefix.end());
}

void add_processor(const Json& processor, Affixes& affixes) {
  const std::string type = type_of(processor, "post_processor");
  if (type.empty() || type == "ByteLevel") return;  // ByteLevel moves offsets, not ids
  if (type == "TemplateProcessing") return add_template(processor, affixes);
  check(type == "Sequence" && processor.contains("processors") && processor["processors"].is_array(),
        "tokenizer.json: post_processor {} is not supported", type);
  for (const Json& part : processor["processors"]) add_processor(part, affixes);
}

}  // namespace

Affixes affixes_of(const Json& post_processor) {
  Affixes affixes;
  add_processor(post_processor, affixes);
  return affixes;
}

Json template_processing(const std::optional<std::pair<std::string, int64_t>>& prefix,
                         const std::optional<std::pair<std::string, int64_t>>& suffix) {
  if (!prefix && !suffix) return nullptr;
  Json single = Json::array(), pair = Json::array(), special = Json::object();
  const auto add_special = [&](const auto& token) {
    if (!token) return;
    single.push_back({{"SpecialToken", {{"id", token->first}, {"type_id", 0}}}});
    pair.push_back(single.back());
    special[token->first] = {
        {"id", token->first}, {"ids", Json::array({token->second})}, {"tokens", Json::array({token->first})}};
  };
  add_special(prefix);
  single.push_back({{"Sequence", {{"id", "A"}, {"type_id", 0}}}});
  pair.push_back(single.back());
  pair.push_back({{"Sequence", {{"id", "B"}, {"type_id", 1}}}});
  add_special(suffix);
  return {{"type", "TemplateProcessing"}, {"single", single}, {"pair", pair}, {"special_tokens", special}};
}

}  // namespace cohort::tokenizer
