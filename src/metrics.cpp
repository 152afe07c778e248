#include "cohort/metrics.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "cohort/error.hpp"

namespace cohort {
namespace {

using nlohmann::ordered_json;

/// The step of a line; nullopt if it is not an object with one.
std::optional<int64_t> step_of(const std::string& line) {
  const auto value = nlohmann::json::parse(line, nullptr, false);
  if (!value.is_object()) return std::nullopt;
  const auto step = value.find("step");
  if (step == value.end() || !step->is_number_integer()) return std::nullopt;
  return step->get<int64_t>();
}

/// The lines of `file` up to `last_step`. A line without its line break was being written when the run ended.
std::string lines_up_to(const std::filesystem::path& file, int64_t last_step) {
  std::ifstream in(file, std::ios::binary);
  check(in.is_open(), "metrics: {} could not be read", file.string());
  std::string kept;
  int64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    if (in.eof()) break;
    ++number;
    const std::optional<int64_t> step = step_of(line);
    check(step.has_value(), "metrics: {}, line {}: expected a JSON object with a step", file.string(), number);
    if (*step <= last_step) kept += line + '\n';
  }
  return kept;
}

void replace_file(const std::filesystem::path& file, const std::string& text) {
  const std::filesystem::path beside = file.string() + ".tmp";
  std::ofstream out(beside, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  check(out.good(), "metrics: {} could not be written", beside.string());
  std::filesystem::rename(beside, file);
}

void write_all(int descriptor, const std::string& text, const std::filesystem::path& file) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(descriptor, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    check(count > 0, "metrics: {} could not be written: {}", file.string(), std::strerror(errno));
    done += static_cast<size_t>(count);
  }
}

ordered_json to_object(const Metrics& metrics) {
  ordered_json object = ordered_json::object();
  for (const auto& [name, value] : metrics) {
    check(!object.contains(name), "metrics: \"{}\" is given twice", name);
    std::visit([&object, &name](auto number) { object[name] = number; }, value);  // JSON has no NaN: dumped as null
  }
  return object;
}

}  // namespace

std::string to_json(const Metrics& metrics) { return to_object(metrics).dump(); }

MetricsWriter::MetricsWriter(const std::filesystem::path& file, int64_t last_step)
    : file_(file), last_step_(last_step) {
  if (std::filesystem::exists(file)) replace_file(file, lines_up_to(file, last_step));
  descriptor_ = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  check(descriptor_ >= 0, "metrics: {} could not be opened: {}", file.string(), std::strerror(errno));
}

MetricsWriter::~MetricsWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void MetricsWriter::write(int64_t step, const Metrics& metrics) {
  Metrics line = {{"step", step}};
  line.insert(line.end(), metrics.begin(), metrics.end());
  write_lines(step, to_json(line) + '\n');
}

void MetricsWriter::write_lines(int64_t step, const std::string& lines) {
  check(step > last_step_, "metrics: step {} of {} was written before: the last is {}", step, file_.string(),
        last_step_);
  write_all(descriptor_, lines, file_);
  last_step_ = step;
}

}  // namespace cohort
