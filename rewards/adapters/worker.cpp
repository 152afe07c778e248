#include "rewards/adapters/worker.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

#include "cohort/error.hpp"
#include "rewards/adapters/sample_json.hpp"

namespace cohort::rewards {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr size_t kMaxLine = size_t{1} << 20;  // a grade is a few hundred bytes
constexpr size_t kMaxErrorTail = 1000;        // of what it wrote to stderr, for the message of a fault

/// A text of another program in a message: one line, its end rather than its start.
std::string tail_of(const std::string& text) {
  std::string tail = text;
  while (!tail.empty() && tail.back() == '\n') tail.pop_back();
  std::replace(tail.begin(), tail.end(), '\n', '|');
  return tail;
}

std::string start_of(std::string_view text) {
  constexpr size_t max_bytes = 120;
  return std::string(text.substr(0, max_bytes)) + (text.size() > max_bytes ? "…" : "");
}

}  // namespace

void Item::answer(Grade grade) const {
  const std::lock_guard lock(batch->mutex);
  batch->grades[place] = std::move(grade);
  if (--batch->num_open == 0) batch->all_graded.notify_all();  // under the lock: the batch may be gone after it
}

void Worker::start_if_due(Clock::time_point now) {
  if (process_ || is_out_of_service() || now < due_) return;
  to_write_ = to_line(nlohmann::ordered_json{{"ping", 0}, {"settings", options_.settings}});
  written_ = 0;
  line_.clear();
  error_tail_.clear();
  is_ready_ = false;
  due_ = now + options_.start_deadline;
  std::deque<Item> nothing;
  try {
    process_ = std::make_unique<ChildProcess>(options_.command, options_.directory, options_.memory_limit);
  } catch (const Error& error) {
    bury(error.what(), Fault::error, nothing);
  }
}

bool Worker::has_room() const {
  if (!process_ || !is_ready_) return false;
  // Quick rewards get several at once, so that they need not wait for the pipe; slow ones one by one, so that no item
  // waits behind another while a process is free.
  constexpr double kQueuedMs = 5;
  const auto window = static_cast<size_t>(std::clamp(kQueuedMs / std::max(average_ms_, 0.01), 1.0, 64.0));
  return in_flight_.size() < window;
}

void Worker::send(Item item) {
  if (written_ == to_write_.size()) to_write_.clear(), written_ = 0;
  to_write_ += fmt::format("{{\"id\":{},", item.id);
  to_write_.append(item.sample, 1);  // without its brace
  if (in_flight_.empty()) {
    begun_ = Clock::now();
    due_ = begun_ + options_.deadline;
  }
  in_flight_.push_back(std::move(item));
}

void Worker::read_and_write(std::deque<Item>& queue) {
  if (!process_) return;
  write_some();
  read_errors();
  if (read_output(queue) || !process_) return;
  // It closed its output: most likely it is about to exit, with a status that says more than being killed would.
  for (int i = 0; i < 100 && !process_->has_exited(); ++i) std::this_thread::sleep_for(1ms);
  read_errors();
  const std::string how = process_->end();
  bury("the program " + how, Fault::error, queue);
}

void Worker::write_some() {
  while (wants_to_write()) {
    const ssize_t count = write(process_->input(), to_write_.data() + written_, to_write_.size() - written_);
    if (count >= 0)
      written_ += static_cast<size_t>(count);
    else if (errno == EAGAIN)
      return;
    else if (errno != EINTR)
      return process_->close_input();  // it reads no more; what it still writes and how it ends says why
  }
}

void Worker::read_errors() {
  char buffer[4096];
  // Bounded: a program that floods its stderr must not keep the pool from the others.
  for (int i = 0; i < 64; ++i) {
    const ssize_t count = read(process_->errors(), buffer, sizeof buffer);
    if (count <= 0) return;
    error_tail_.append(buffer, static_cast<size_t>(count));
    if (error_tail_.size() > kMaxErrorTail) error_tail_.erase(0, error_tail_.size() - kMaxErrorTail);
  }
}

bool Worker::read_output(std::deque<Item>& queue) {
  char buffer[65'536];
  for (int i = 0; i < 16; ++i) {
    const ssize_t count = read(process_->output(), buffer, sizeof buffer);
    if (count == 0) return false;
    if (count < 0) return true;
    std::string_view rest(buffer, static_cast<size_t>(count));
    while (!rest.empty()) {
      const size_t end = rest.find('\n');
      line_ += rest.substr(0, end);
      if (line_.size() > kMaxLine) {
        bury(fmt::format("wrote a line of more than {} bytes to stdout", kMaxLine), Fault::error, queue);
        return true;
      }
      if (end == rest.npos) break;
      rest.remove_prefix(end + 1);
      take_line(std::exchange(line_, {}), queue);
      if (!process_) return true;
    }
  }
  return true;
}

void Worker::take_line(std::string_view line, std::deque<Item>& queue) {
  const json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!is_ready_) {
    is_ready_ = object.is_object() && object.contains("pong");
    if (!is_ready_) bury(fmt::format("expected {{\"pong\": 0}}, got \"{}\"", start_of(line)), Fault::error, queue);
    return;
  }
  const bool has_id = object.is_object() && object.contains("id") && object["id"].is_number_integer();
  if (!has_id)
    return bury(fmt::format("wrote \"{}\" to stdout, expected a JSON object with an id", start_of(line)), Fault::error,
                queue);
  const auto id = object["id"].get<int64_t>();
  const auto item = std::find_if(in_flight_.begin(), in_flight_.end(), [&](const Item& one) { return one.id == id; });
  if (item == in_flight_.end())
    return bury(fmt::format("answered id {}, which was not asked", id), Fault::error, queue);
  const auto now = Clock::now();
  if (item == in_flight_.begin()) {
    const double ms = std::chrono::duration<double, std::milli>(now - begun_).count();
    average_ms_ += 0.1 * (ms - average_ms_);
    begun_ = now;
    due_ = now + options_.deadline;
  }
  num_deaths_ = 0;
  item->answer(grade_from_json(object));
  in_flight_.erase(item);
}

void Worker::check_clock(Clock::time_point now, std::deque<Item>& queue) {
  if (!process_ || now < due_) return;
  if (!is_ready_)
    bury(fmt::format("did not answer the first line within {} ms", options_.start_deadline.count()), Fault::timeout,
         queue);
  else if (!in_flight_.empty())
    bury(fmt::format("no answer within {} ms", options_.deadline.count()), Fault::timeout, queue);
}

std::optional<Worker::Clock::time_point> Worker::wakes_at() const {
  const bool waits = process_ ? !is_ready_ || !in_flight_.empty() : !is_out_of_service();
  return waits ? std::optional(due_) : std::nullopt;
}

void Worker::bury(const std::string& reason, Fault fault, std::deque<Item>& queue) {
  process_.reset();
  ++num_deaths_;
  last_death_ = reason;
  if (!error_tail_.empty()) last_death_ += fmt::format("; it wrote to stderr: {}", tail_of(error_tail_));
  // The first is what it was working on. The others were only queued: each death costs one item, so this ends.
  if (is_ready_ && !in_flight_.empty()) {
    in_flight_.front().answer(Grade::failed(last_death_, fault));
    in_flight_.pop_front();
  }
  queue.insert(queue.begin(), std::make_move_iterator(in_flight_.begin()), std::make_move_iterator(in_flight_.end()));
  in_flight_.clear();
  is_ready_ = false;
  const auto pause =
      std::min<std::chrono::milliseconds>(5s, 100ms * (int64_t{1} << std::min<int64_t>(num_deaths_ - 1, 10)));
  due_ = Clock::now() + (num_deaths_ == 1 ? 0ms : pause);
}

void Worker::close_input() {
  if (process_) process_->close_input();
}

void Worker::end() {
  if (!process_) return;
  for (int i = 0; i < 200 && !process_->has_exited(); ++i) std::this_thread::sleep_for(1ms);
  process_.reset();
}

}  // namespace cohort::rewards
