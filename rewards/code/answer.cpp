#include "rewards/code/answer.hpp"

#include <charconv>
#include <initializer_list>
#include <limits>

#include "cohort/error.hpp"

namespace cohort::rewards {
namespace {

using Kind = CodeValue::Kind;

/// Fields of an object by name, each known and there once.
class Fields {
 public:
  Fields(const CodeValue& object, std::string where, std::initializer_list<std::string_view> known)
      : object_(object), where_(std::move(where)) {
    check(object.kind == Kind::object, "code: {} must be an object", where_);
    for (size_t i = 0; i < object.items.size(); i += 2) {
      const std::string& name = object.items[i].text;
      check(std::find(known.begin(), known.end(), name) != known.end(), "code: {} has a field \"{}\"; expected {}",
            where_, name, fmt::join(known, ", "));
      check(find(name) == &object.items[i + 1], "code: {} has two fields \"{}\"", where_, name);
    }
  }

  const CodeValue* find(std::string_view name) const {
    for (size_t i = 0; i < object_.items.size(); i += 2)
      if (object_.items[i].text == name) return &object_.items[i + 1];
    return nullptr;
  }
  const CodeValue& get(std::string_view name, Kind kind, std::string_view kind_name) const {
    const CodeValue* value = find(name);
    check(value && value->kind == kind, "code: {} needs \"{}\", {}", where_, name, kind_name);
    return *value;
  }
  std::string text(std::string_view name) const { return get(name, Kind::text, "a string").text; }
  std::optional<double> number(std::string_view name) const {
    const CodeValue* value = find(name);
    if (!value || value->kind == Kind::null) return std::nullopt;
    double number = value->real;
    if (value->kind == Kind::integer)
      std::from_chars(value->text.data(), value->text.data() + value->text.size(), number);
    check(value->kind == Kind::integer || value->kind == Kind::real, "code: {} needs \"{}\" to be a number", where_,
          name);
    return number;
  }
  std::optional<double> positive(std::string_view name) const {
    const std::optional<double> given = number(name);
    check(!given || (*given > 0 && *given < 1e15), "code: {} needs \"{}\" to be a positive number", where_, name);
    return given;
  }

 private:
  const CodeValue& object_;
  std::string where_;
};

CodeTest parse_test(const CodeValue& test, const std::string& where, bool is_of_function) {
  CodeTest parsed;
  if (!is_of_function) {
    const Fields fields(test, where, {"stdin", "stdout"});
    parsed.input = fields.text("stdin");
    parsed.output = fields.text("stdout");
    return parsed;
  }
  const Fields fields(test, where, {"args", "expected"});
  parsed.arguments = to_json(fields.get("args", Kind::list, "a list"));
  const CodeValue* expected = fields.find("expected");
  check(expected != nullptr, "code: {} needs \"expected\"", where);
  parsed.expected = *expected;
  return parsed;
}

OutputComparison comparison_of(const std::string& name) {
  const std::pair<std::string_view, OutputComparison> names[] = {{"exact", OutputComparison::exact},
                                                                 {"lines", OutputComparison::lines},
                                                                 {"tokens", OutputComparison::tokens},
                                                                 {"floats", OutputComparison::floats},
                                                                 {"unordered", OutputComparison::unordered}};
  for (const auto& [known, comparison] : names)
    if (known == name) return comparison;
  check(false, "code: \"checker\" must be exact, lines, tokens, floats, unordered or a program, got \"{}\"", name);
  return {};
}

void parse_checker(const CodeValue& value, CodeAnswer& answer) {
  if (value.kind == Kind::text) {
    answer.comparison = comparison_of(value.text);
    return;
  }
  const Fields fields(value, "the checker", {"language", "source", "time_limit", "memory_limit"});
  CheckerProgram program{.language = fields.text("language"), .source = fields.text("source")};
  if (const auto seconds = fields.positive("time_limit")) program.time_limit = *seconds;
  if (const auto bytes = fields.positive("memory_limit")) program.memory_limit = static_cast<int64_t>(*bytes);
  answer.checker = std::move(program);
}

}  // namespace

CodeAnswer parse_code_answer(std::string_view json) {
  const CodeValue value = parse_json(json, "code: the answer");
  const Fields fields(value, "the answer",
                      {"language", "function", "tests", "time_limit", "memory_limit", "checker", "tolerance"});
  CodeAnswer answer;
  answer.language = fields.text("language");
  if (fields.find("function")) {
    answer.function = fields.text("function");
    const auto is_in_name = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c < 0;
    };
    check(!answer.function.empty() && std::all_of(answer.function.begin(), answer.function.end(), is_in_name),
          "code: the answer's \"function\" must be a name, got \"{}\"", answer.function);
  }
  answer.time_limit = fields.positive("time_limit");
  if (const auto bytes = fields.positive("memory_limit")) answer.memory_limit = static_cast<int64_t>(*bytes);
  if (const CodeValue* checker = fields.find("checker")) parse_checker(*checker, answer);
  answer.tolerance = fields.number("tolerance");
  check(!answer.tolerance || (*answer.tolerance >= 0 && *answer.tolerance < 1),
        "code: the answer needs \"tolerance\" to be in [0, 1)");
  check(!answer.tolerance || !answer.checker, "code: the answer has a \"tolerance\" that its checker does not read");
  const CodeValue& tests = fields.get("tests", Kind::list, "a list");
  check(!tests.items.empty(), "code: the answer has no tests: nothing would be shown by passing them");
  for (size_t i = 0; i < tests.items.size(); ++i)
    answer.tests.push_back(parse_test(tests.items[i], fmt::format("test {}", i), !answer.function.empty()));
  return answer;
}

}  // namespace cohort::rewards
