#include "src/tokenizer/pre_tokenizer.hpp"

#include <algorithm>

#include "cohort/error.hpp"
#include "src/tokenizer/regex.hpp"
#include "src/tokenizer/utf8.hpp"

namespace cohort::tokenizer {
namespace {

constexpr std::string_view kGpt2 = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// What becomes of the matches of a Split.
enum class Behavior { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };

struct Part {
  Span span;
  bool is_match = false;
};

Behavior behavior_at(const Json& component) {
  const std::string name = string_at(component, "behavior");
  if (name == "Removed") return Behavior::kRemoved;
  if (name == "Isolated") return Behavior::kIsolated;
  if (name == "MergedWithPrevious") return Behavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return Behavior::kMergedWithNext;
  check(name == "Contiguous", "tokenizer.json: Split behavior \"{}\" is not supported", name);
  return Behavior::kContiguous;
}

// The whole text as matches and the parts between them.
std::vector<Part> parts_of(size_t text_size, const std::vector<Span>& matches) {
  std::vector<Part> parts;
  size_t last = 0;
  for (const Span match : matches) {
    if (last != match.begin) parts.push_back({{last, match.begin}, false});
    parts.push_back({match, true});
    last = match.end;
  }
  if (last != text_size) parts.push_back({{last, text_size}, false});
  return parts;
}

std::vector<Span> merge_parts(const std::vector<Part>& parts, Behavior behavior) {
  std::vector<Span> spans;
  bool previous_match = false;
  const auto join = [&](const Part& part, bool with_last) {
    if (!with_last || spans.empty())
      spans.push_back(part.span);
    else
      spans.back() = {std::min(spans.back().begin, part.span.begin), std::max(spans.back().end, part.span.end)};
    previous_match = part.is_match;
  };
  switch (behavior) {
    case Behavior::kRemoved:
      for (const Part& part : parts)
        if (!part.is_match) spans.push_back(part.span);
      break;
    case Behavior::kIsolated:
      for (const Part& part : parts) spans.push_back(part.span);
      break;
    case Behavior::kContiguous:
      for (const Part& part : parts) join(part, part.is_match == previous_match);
      break;
    case Behavior::kMergedWithPrevious:
      for (const Part& part : parts) join(part, part.is_match && !previous_match);
      break;
    case Behavior::kMergedWithNext:
      for (auto part = parts.rbegin(); part != parts.rend(); ++part) join(*part, part->is_match && !previous_match);
      std::reverse(spans.begin(), spans.end());
      break;
  }
  return spans;
}

void split(const Piece& piece, std::vector<Part> parts, Behavior behavior, std::vector<Piece>& out) {
  for (const auto [begin, end] : merge_parts(parts, behavior))
    if (begin != end) out.push_back({piece.text.substr(begin, end - begin), piece.at_start && begin == 0});
}

std::vector<Span> find_literal(std::string_view text, std::string_view literal) {
  std::vector<Span> spans;
  if (literal.empty()) return spans;
  for (size_t at = text.find(literal); at != std::string_view::npos; at = text.find(literal, at + literal.size()))
    spans.push_back({at, at + literal.size()});
  return spans;
}

std::function<std::vector<Span>(std::string_view)> pattern_at(const Json& component) {
  check(component.contains("pattern") && component["pattern"].is_object() && component["pattern"].size() == 1,
        "tokenizer.json: Split needs one pattern, String or Regex");
  const Json& pattern = component["pattern"];
  if (pattern.contains("String"))
    return [literal = string_at(pattern, "String")](std::string_view text) { return find_literal(text, literal); };
  return [regex = Regex(string_at(pattern, "Regex"))](std::string_view text) { return regex.find_all(text); };
}

auto split_step(const Json& component) {
  return [find = pattern_at(component), behavior = behavior_at(component),
          invert = boolean_at(component, "invert", false)](const Piece& piece, std::vector<Piece>& out) {
    std::vector<Part> parts = parts_of(piece.text.size(), find(piece.text));
    if (invert)
      for (Part& part : parts) part.is_match = !part.is_match;
    split(piece, std::move(parts), behavior, out);
  };
}

auto digits_step(const Json& component) {
  const bool individual = boolean_at(component, "individual_digits", false);
  return [individual](const Piece& piece, std::vector<Piece>& out) {
    std::vector<Span> digits;
    for (size_t position = 0; position < piece.text.size();) {
      const size_t begin = position;
      if (is_numeric(next_code_point(piece.text, position))) digits.push_back({begin, position});
    }
    split(piece, parts_of(piece.text.size(), digits), individual ? Behavior::kIsolated : Behavior::kContiguous, out);
  };
}

auto byte_level_step(const Json& component) {
  const bool add_prefix_space = boolean_at(component, "add_prefix_space", true);
  const bool use_regex = boolean_at(component, "use_regex", true);
  return [=, regex = Regex(kGpt2)](const Piece& piece, std::vector<Piece>& out) {
    const bool add_space = add_prefix_space && !piece.text.starts_with(' ');
    const Piece whole{add_space ? ' ' + piece.text : piece.text, piece.at_start};
    const size_t first = out.size();
    if (use_regex)
      split(whole, parts_of(whole.text.size(), regex.find_all(whole.text)), Behavior::kIsolated, out);
    else
      out.push_back(whole);
    for (size_t i = first; i < out.size(); ++i) out[i].text = to_byte_alphabet(out[i].text);
  };
}

auto metaspace_step(const Json& component) {
  const std::string mark = string_at(component, "replacement");
  const std::string scheme = component.contains("prepend_scheme") ? string_at(component, "prepend_scheme") : "always";
  check(scheme == "always" || scheme == "first" || scheme == "never",
        "tokenizer.json: Metaspace prepend_scheme \"{}\" is not supported", scheme);
  check(!component.contains("add_prefix_space") || component.contains("prepend_scheme"),
        "tokenizer.json: Metaspace with add_prefix_space instead of prepend_scheme is not supported");
  const bool is_split = boolean_at(component, "split", true);
  return [=](const Piece& piece, std::vector<Piece>& out) {
    Piece marked{"", piece.at_start};
    for (const char c : piece.text) marked.text += c == ' ' ? mark : std::string(1, c);
    const bool prepend = scheme == "always" || (scheme == "first" && piece.at_start);
    if (prepend && !marked.text.starts_with(mark)) marked.text.insert(0, mark);
    if (is_split)
      split(marked, parts_of(marked.text.size(), find_literal(marked.text, mark)), Behavior::kMergedWithNext, out);
    else
      out.push_back(std::move(marked));
  };
}

}  // namespace

PreTokenizer::PreTokenizer(const Json& component) { add(component); }

void PreTokenizer::add(const Json& component) {
  const std::string type = type_of(component, "pre_tokenizer");
  if (type.empty()) return;
  if (type == "Split") return void(steps_.emplace_back(split_step(component)));
  if (type == "Digits") return void(steps_.emplace_back(digits_step(component)));
  if (type == "ByteLevel") return void(steps_.emplace_back(byte_level_step(component)));
  if (type == "Metaspace") return void(steps_.emplace_back(metaspace_step(component)));
  check(type == "Sequence" && component.contains("pretokenizers") && component["pretokenizers"].is_array(),
        "tokenizer.json: pre_tokenizer {} is not supported", type);
  for (const Json& part : component["pretokenizers"]) add(part);
}

std::vector<Piece> PreTokenizer::operator()(Piece piece) const {
  std::vector<Piece> pieces;
  if (!piece.text.empty()) pieces.push_back(std::move(piece));
  for (const Step& step : steps_) {
    std::vector<Piece> next;
    for (const Piece& part : pieces) step(part, next);
    pieces = std::move(next);
  }
  return pieces;
}

}  // namespace cohort::tokenizer
