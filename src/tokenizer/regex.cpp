#include "src/tokenizer/regex.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>

#include "cohort/error.hpp"
#include "src/tokenizer/utf8.hpp"

namespace cohort::tokenizer {
namespace {

constexpr std::string_view kSpace =
    R"(\x{9}-\x{d}\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";

// In PCRE2 \p{Han} means script extensions, in Oniguruma the script alone.
constexpr std::array<std::string_view, 12> kScripts = {"Han",    "Hiragana", "Katakana", "Hangul",
                                                       "Latin",  "Greek",    "Cyrillic", "Arabic",
                                                       "Hebrew", "Thai",     "Bopomofo", "Devanagari"};

// A pattern is untrusted: this bounds its backtracking. The longest honest match, a run of a million spaces, needs
// about one step a character.
constexpr uint32_t kMatchLimit = 50'000'000;

std::string last_error(int code) {
  std::array<PCRE2_UCHAR, 200> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

// What follows a backslash at `position`; returns the translation and moves past it.
std::string translate_escape(std::string_view pattern, size_t& position, bool in_class) {
  check(position < pattern.size(), "tokenizer.json: regex \"{}\" ends in a backslash", pattern);
  const char c = pattern[position++];
  if (c == 's') return in_class ? std::string(kSpace) : fmt::format("[{}]", kSpace);
  if (c == 'S' && !in_class) return fmt::format("[^{}]", kSpace);
  if (c == 'u') {
    check(position + 4 <= pattern.size(), "tokenizer.json: regex \"{}\" ends inside \\u", pattern);
    position += 4;
    return fmt::format("\\x{{{}}}", pattern.substr(position - 4, 4));
  }
  if (c == 'p' || c == 'P') {
    const size_t close = pattern.find('}', position);
    check(position < pattern.size() && pattern[position] == '{' && close != std::string_view::npos,
          "tokenizer.json: regex \"{}\" has \\{} without {{name}}", pattern, c);
    std::string_view name = pattern.substr(position + 1, close - position - 1);
    position = close + 1;
    const bool negated = name.starts_with('^');
    if (negated) name.remove_prefix(1);
    const bool is_script = std::find(kScripts.begin(), kScripts.end(), name) != kScripts.end();
    return fmt::format("\\{}{{{}{}{}}}", c, negated ? "^" : "", is_script ? "sc:" : "", name);
  }
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  check(!is_letter || std::string_view("nrtfvaexdDAzZ").find(c) != std::string_view::npos,
        "tokenizer.json: regex \"{}\" uses \\{}{}, which is not supported", pattern, c, in_class ? " in a class" : "");
  return {'\\', c};
}

// After "(?": lookarounds, atomic and plain groups, and the flag i mean the same in both engines.
void check_group(std::string_view pattern, size_t position) {
  const std::string_view rest = pattern.substr(position);
  for (const std::string_view known : {":", "!", "=", "<!", "<=", ">", "i:", "i)", "-i:", "-i)"})
    if (rest.starts_with(known)) return;
  check(false, "tokenizer.json: regex \"{}\" uses the group (?{}, which is not supported", pattern, rest.substr(0, 3));
}

}  // namespace

std::string translate_oniguruma(std::string_view pattern) {
  std::string translated;
  bool in_class = false;
  for (size_t position = 0; position < pattern.size();) {
    const char c = pattern[position++];
    if (c == '\\') {
      translated += translate_escape(pattern, position, in_class);
      continue;
    }
    if (in_class) {
      check(c != '[' && !pattern.substr(position - 1).starts_with("&&"),
            "tokenizer.json: regex \"{}\" nests or intersects classes, which is not supported", pattern);
      if (c == ']') in_class = false;
    } else if (c == '[') {
      in_class = true;
      const bool negated = position < pattern.size() && pattern[position] == '^';
      const size_t first = position + negated;
      check(first < pattern.size() && pattern[first] != ']',
            "tokenizer.json: regex \"{}\" has a class that starts with ], which is not supported", pattern);
    } else if (c == '(' && position < pattern.size() && pattern[position] == '?') {
      check_group(pattern, position + 1);
    } else if (c == '(' && position < pattern.size() && pattern[position] == '*') {
      check(false, "tokenizer.json: regex \"{}\" uses the verb (*, which is not supported", pattern);
    }
    translated += c;
  }
  return translated;
}

Regex::Regex(std::string_view pattern) : pattern_(pattern) {
  const std::string translated = translate_oniguruma(pattern);
  const std::shared_ptr<pcre2_compile_context> context(pcre2_compile_context_create(nullptr),
                                                       pcre2_compile_context_free);
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  int error = 0;
  PCRE2_SIZE offset = 0;
  // MULTILINE: in Oniguruma ^ and $ always mean the line.
  pcre2_code* const code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(),
                    PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &error, &offset, context.get());
  check(code != nullptr, "tokenizer.json: regex \"{}\" does not compile: {}", pattern, last_error(error));
  code_ = std::shared_ptr<void>(code, [](void* p) { pcre2_code_free(static_cast<pcre2_code*>(p)); });
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);  // without it the interpreter runs
}

std::vector<Span> Regex::find_all(std::string_view text) const {
  auto* const code = static_cast<pcre2_code*>(code_.get());
  const std::shared_ptr<pcre2_match_data> data(pcre2_match_data_create_from_pattern(code, nullptr),
                                               pcre2_match_data_free);
  const std::shared_ptr<pcre2_match_context> context(pcre2_match_context_create(nullptr), pcre2_match_context_free);
  pcre2_set_match_limit(context.get(), kMatchLimit);
  std::shared_ptr<pcre2_jit_stack> stack;  // the machine's own is enough for nearly every text

  std::vector<Span> spans;
  size_t start = 0;
  size_t last_end = std::string_view::npos;
  while (start <= text.size()) {
    // NO_UTF_CHECK: else every call walks the whole text.
    const int count = pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), start,
                                  PCRE2_NO_UTF_CHECK, data.get(), context.get());
    if (count == PCRE2_ERROR_JIT_STACKLIMIT && stack == nullptr) {
      stack.reset(pcre2_jit_stack_create(1 << 20, 256 << 20, nullptr), pcre2_jit_stack_free);
      pcre2_jit_stack_assign(context.get(), nullptr, stack.get());
      continue;
    }
    if (count == PCRE2_ERROR_NOMATCH) break;
    check(count >= 0, "tokenizer: the regex \"{}\" gave up on a text of {} bytes: {}", pattern_, text.size(),
          last_error(count));
    const PCRE2_SIZE* const bounds = pcre2_get_ovector_pointer(data.get());
    const Span span{bounds[0], bounds[1]};
    if (span.begin == span.end && span.end == last_end) {
      // An empty match right behind the last one does not count: step over a character.
      if (start >= text.size()) break;
      start += code_point_size(static_cast<unsigned char>(text[start]));
      continue;
    }
    spans.push_back(span);
    start = last_end = span.end;
  }
  return spans;
}

}  // namespace cohort::tokenizer
