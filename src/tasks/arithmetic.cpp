#include "cohort/tasks/arithmetic.hpp"

#include <algorithm>
#include <optional>

#include "cohort/error.hpp"
#include "cohort/rewards/chain_sum.hpp"
#include "cohort/rewards/format.hpp"
#include "cohort/rewards/math.hpp"
#include "src/tasks/generator.hpp"

namespace cohort::tasks {
namespace {

struct Chain {
  std::vector<int64_t> terms;
  std::string operators;  // one fewer than terms

  std::string written(std::string_view blank) const {
    std::string text = std::to_string(terms[0]);
    for (size_t i = 0; i < operators.size(); ++i)
      text += fmt::format("{}{}{}{}", blank, operators[i], blank, terms[i + 1]);
    return text;
  }
  std::string canonical() const { return written(""); }
};

/// One operation on a chain, first products, then from the left.
struct Step {
  int64_t left, right, value;
  char operation;
};

int64_t add(int64_t left, int64_t right) { return left + right; }

template <typename Add>
std::vector<Step> solve(Chain chain, Add add) {
  std::vector<Step> steps;
  while (!chain.operators.empty()) {
    const size_t product = chain.operators.find('*');
    const size_t place = product == std::string::npos ? 0 : product;
    const int64_t left = chain.terms[place], right = chain.terms[place + 1];
    const char operation = chain.operators[place];
    const int64_t value = operation == '+' ? add(left, right) : operation == '-' ? left - right : left * right;
    steps.push_back({left, right, value, operation});
    chain.terms[place] = value;
    chain.terms.erase(chain.terms.begin() + static_cast<std::ptrdiff_t>(place) + 1);
    chain.operators.erase(place, 1);
  }
  return steps;
}

int64_t value_of(const Chain& chain) {
  return chain.operators.empty() ? chain.terms[0] : solve(chain, add).back().value;
}

/// A sum on paper, digit by digit, by someone who forgets each carry with probability `slips`.
int64_t add_carelessly(int64_t left, int64_t right, double slips, random::Stream& stream) {
  if (left < 0 || right < 0) return left + right;
  int64_t sum = 0, carry = 0;
  for (int64_t place = 1; left > 0 || right > 0 || carry > 0; place *= 10, left /= 10, right /= 10) {
    const int64_t digits = left % 10 + right % 10 + carry;
    sum += digits % 10 * place;
    carry = digits >= 10 && random::to_unit_float(stream.next()) >= slips ? 1 : 0;
  }
  return sum;
}

/// The inverse of Chain::canonical().
Chain read_chain(std::string_view text) {
  Chain chain;
  while (true) {
    const size_t size = std::min(text.find_first_not_of("0123456789"), text.size());
    chain.terms.push_back(std::stoll(std::string(text.substr(0, size))));
    if (size == text.size()) return chain;
    chain.operators += text[size];
    text.remove_prefix(size + 1);
  }
}

Chain draw_chain(random::Stream& stream, const ArithmeticOptions& options) {
  Chain chain;
  const int64_t num_terms = stream.uniform(options.min_terms, options.max_terms);
  for (int64_t i = 0; i < num_terms; ++i) {
    const int64_t digits = stream.uniform(options.min_digits, options.max_digits);
    int64_t low = 1;
    for (int64_t digit = 1; digit < digits; ++digit) low *= 10;
    chain.terms.push_back(stream.uniform(digits == 1 ? 0 : low, low * 10 - 1));
    const int64_t last_operator = static_cast<int64_t>(options.operators.size()) - 1;
    if (i > 0) chain.operators += options.operators[static_cast<size_t>(stream.uniform(0, last_operator))];
  }
  return chain;
}

std::string in_words(const Chain& chain) {
  std::string text = std::to_string(chain.terms[0]);
  for (size_t i = 0; i < chain.operators.size(); ++i) {
    const char operation = chain.operators[i];
    text += fmt::format(" {} {}", operation == '+' ? "plus" : operation == '-' ? "minus" : "times", chain.terms[i + 1]);
  }
  return text;
}

/// "Start with 12. Add 7. Then subtract 3." Only without products, whose order it would change.
std::string as_story(const Chain& chain) {
  std::string text = fmt::format("Start with {}.", chain.terms[0]);
  for (size_t i = 0; i < chain.operators.size(); ++i)
    text += fmt::format(" {} {}.",
                        i == 0                      ? chain.operators[i] == '+' ? "Add" : "Subtract"
                        : chain.operators[i] == '+' ? "Then add"
                                                    : "Then subtract",
                        chain.terms[i + 1]);
  return text + " What number do you get?";
}

std::string question(const Chain& chain, random::Stream& stream) {
  const bool has_product = chain.operators.find('*') != std::string::npos;
  switch (stream.uniform(0, has_product ? 2 : 3)) {
    case 0:
      return fmt::format("What is {}?", chain.written(" "));
    case 1:
      return fmt::format("Calculate {}.", chain.written(" "));
    case 2:
      return fmt::format("What is {}?", in_words(chain));
    default:
      return as_story(chain);
  }
}

Problem make_problem(const ArithmeticOptions& options, Part part, int64_t index) {
  random::Stream stream = stream_of("arithmetic", options.seed, options.level, part, index);
  const Chain chain = draw_from_part("arithmetic", stream, part,
                                     [&](random::Stream& draws) { return std::optional(draw_chain(draws, options)); });
  Problem problem;
  problem.index = index;
  problem.answer = std::to_string(value_of(chain));
  problem.fields["expression"] = chain.canonical();
  if (options.form == Form::text) {
    problem.prompt = chain.canonical() + "=";
  } else {
    random::Stream words = stream_of("arithmetic words", options.seed, options.level, part, index);
    std::string content = question(chain, words);
    if (!options.instruction.empty()) content += " " + options.instruction;
    problem.messages = {{"user", std::move(content)}};
  }
  return problem;
}

std::string demonstrate(const Problem& problem, const ArithmeticOptions& options) {
  const auto found = problem.fields.find("expression");
  check(found != problem.fields.end(), "arithmetic: problem {} has no field \"expression\"", problem.index);
  random::Stream stream = stream_of("arithmetic slips", options.seed, options.level, Part::train, problem.index);
  const std::vector<Step> steps = solve(read_chain(found->second), [&](int64_t left, int64_t right) {
    return options.slips > 0 ? add_carelessly(left, right, options.slips, stream) : left + right;
  });
  const bool is_text = options.form == Form::text;
  std::string reasoning;
  for (const Step& step : steps)
    reasoning += is_text ? fmt::format("{}{}{}{}={}", reasoning.empty() ? "" : "\n", step.left, step.operation,
                                       step.right, step.value)
                         : fmt::format("{} {} {} = {}.\n", step.left, step.operation, step.right, step.value);
  const std::string answer = steps.empty() ? problem.answer : std::to_string(steps.back().value);
  if (is_text) return fmt::format("<think>{}</think><answer>{}</answer>", reasoning, answer);
  const bool boxed = options.instruction.find("\\boxed") != std::string::npos;
  return fmt::format("{}The answer is {}", reasoning, boxed ? "\\boxed{" + answer + "}." : answer);
}

/// Level 1 is one-digit sums of two terms; level 10 has up to 7 terms of up to 5 digits.
void apply_level(ArithmeticOptions& options) {
  check(0 <= options.level && options.level <= 10, "arithmetic: level must be 0 … 10, got {}", options.level);
  if (options.level == 0) return;
  options.min_terms = 2;
  options.max_terms = 2 + options.level / 2;
  options.min_digits = 1;
  options.max_digits = 1 + (options.level - 1) / 2;
}

}  // namespace

Task arithmetic(ArithmeticOptions options) {
  apply_level(options);
  check(options.size > 0 && options.held_out_size >= 0,
        "arithmetic: expected size > 0 and held_out_size ≥ 0, got {} and {}", options.size, options.held_out_size);
  check(1 <= options.min_terms && options.min_terms <= options.max_terms && options.max_terms <= 100,
        "arithmetic: expected 1 ≤ min_terms ≤ max_terms ≤ 100, got {} and {}", options.min_terms, options.max_terms);
  const bool has_product = options.operators.find('*') != std::string::npos;
  const int64_t most_digits = has_product ? 18 / options.max_terms : 15;  // the value fits in 64 bits
  check(1 <= options.min_digits && options.min_digits <= options.max_digits && options.max_digits <= most_digits,
        "arithmetic: expected 1 ≤ min_digits ≤ max_digits ≤ {}, got {} and {}", most_digits, options.min_digits,
        options.max_digits);
  check(!options.operators.empty() && options.operators.find_first_not_of("+-*") == std::string::npos,
        "arithmetic: operators must be some of + - *, got \"{}\"", options.operators);
  check(0 <= options.slips && options.slips <= 1, "arithmetic: slips is a probability, got {}", options.slips);
  make_problem(options, Part::train, 0);
  if (options.held_out_size > 0) make_problem(options, Part::held_out, 0);

  const Form form = options.form;
  Task task{.name = "arithmetic",
            .size = options.size,
            .problem = [options](int64_t index) { return make_problem(options, Part::train, index); },
            .held_out_size = options.held_out_size,
            .held_out = [options](int64_t index) { return make_problem(options, Part::held_out, index); },
            .demonstration = [options](const Problem& problem) { return demonstrate(problem, options); },
            .rewards = {}};
  if (form == Form::text)
    task.rewards = {{"answer", rewards::chain_sum}, {"format", rewards::think_answer_format, 0.1f}};
  else
    task.rewards = {{"answer", rewards::math_answer}};
  return task;
}

}  // namespace cohort::tasks
