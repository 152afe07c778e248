#include "src/cli/gold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace cohort::cli {
namespace {

using nlohmann::json;

/// The answers that are right, as texts. A list of strings holds several; nothing else of JSON is a text.
std::vector<std::string> gold_texts(const std::string& answer) {
  const json value = json::parse(answer, nullptr, /*allow_exceptions=*/false);
  if (value.is_object()) return {};
  const bool is_list = value.is_array() && !value.empty() &&
                       std::all_of(value.begin(), value.end(), [](const json& one) { return one.is_string(); });
  if (is_list) return value.get<std::vector<std::string>>();
  return {answer};
}

std::vector<std::string> forms_of(const Problem& problem, const std::string& worked_example) {
  std::vector<std::string> forms;
  if (!worked_example.empty()) forms.push_back(worked_example);
  for (const std::string& text : gold_texts(problem.answer))
    for (const auto& [before, after] : {std::pair{"", ""}, {"\\boxed{", "}"}, {"<answer>", "</answer>"}, {"#### ", ""}})
      forms.push_back(before + text + after);
  return forms;
}

Grade grade(const RewardTerm& term, const Problem& problem, const std::string& text) {
  Completion completion;
  completion.text = text;
  try {
    return term.rule(problem, completion);
  } catch (const std::exception& error) {
    return Grade::failed(error.what());
  }
}

std::string shown(const std::string& text) {
  constexpr size_t max_bytes = 60;
  return text.size() > max_bytes ? text.substr(0, max_bytes) + "…" : text;
}

}  // namespace

GoldCheck check_gold(const RewardTerm& term, const Problem& problem, const std::string& worked_example) {
  GoldCheck check;
  for (const std::string& form : forms_of(problem, worked_example)) {
    Grade found = grade(term, problem, form);
    check.is_right = found.score && *found.score >= 1;
    if (check.is_right || !check.is_checked) {
      check.text = form;
      check.grade = std::move(found);
    }
    check.is_checked = true;
    if (check.is_right) break;
  }
  return check;
}

std::vector<GoldReport> check_gold(std::span<const RewardTerm> terms, std::span<const Problem> problems,
                                   const std::function<std::string(const Problem&)>& demonstration) {
  constexpr size_t kShown = 5;
  std::vector<GoldReport> reports;
  for (const RewardTerm& term : terms) {
    if (!term.reads_answer) continue;
    GoldReport report;
    for (const Problem& problem : problems) {
      const GoldCheck check = check_gold(term, problem, demonstration ? demonstration(problem) : "");
      report.checked += check.is_checked;
      if (!check.is_checked || check.is_right) continue;
      ++report.wrong;
      if (report.lines.size() < kShown)
        report.lines.push_back(fmt::format("  problem {}: \"{}\": {}", problem.index, shown(problem.answer),
                                           check.grade.error.empty() ? check.grade.verdict : check.grade.error));
    }
    if (report.wrong > 0)
      report.lines.insert(report.lines.begin(), fmt::format("reward \"{}\" does not find {} of {} gold answers right:",
                                                            term.name, report.wrong, report.checked));
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace cohort::cli
