// The thread of a StreamedUpdate. What it shares with a rollout on another thread is read only: the weights and their
// panels, brought up to date before it starts, and activations of completions that are over. What it writes, nobody
// else reads before finish(): gradients, and the panels that the backward reads. Memory of activations has a lock,
// scratch and LibTorch's modes are each thread's own, and the kernels' pool serves one caller at a time, the other
// running alone.
#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

#include "cohort/error.hpp"
#include "src/models/policy_state.hpp"
#include "src/trace/range.hpp"
#include "src/update/step.hpp"

namespace cohort {
namespace {

using Clock = std::chrono::steady_clock;

struct Graded {
  Group group;
  std::vector<float> advantages;
};

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

}  // namespace

struct StreamedUpdate::State {
  Policy& policy;
  AdamW& optimizer;
  const StepShape shape;
  const int64_t steps_before;
  std::unique_ptr<UpdateStep> step;  // the thread's until it is joined

  mutable std::mutex mutex;  // of what follows
  std::condition_variable changed;
  std::map<int64_t, Graded> waiting;
  std::vector<bool> is_added;
  bool is_complete = false, is_abandoned = false, is_finished = false;
  std::exception_ptr failure;
  double seconds = 0;
  std::optional<Clock::time_point> reading_since;

  std::thread thread;

  State(Policy& policy, AdamW& optimizer, LossFn loss, StepShape shape, const UpdateOptions& options)
      : policy(policy),
        optimizer(optimizer),
        shape(shape),
        steps_before(optimizer.steps()),
        step(std::make_unique<UpdateStep>(
            policy, optimizer, std::move(loss),
            UpdateStep::Size{.tokens = 0, .sequences = shape.num_groups * shape.group_size}, options)),
        is_added(static_cast<size_t>(shape.num_groups), false) {}

  void work();
  std::optional<Graded> take(int64_t index);
  void end();
};

// Group `index`, as soon as it is there; none where nothing more is to be read.
std::optional<Graded> StreamedUpdate::State::take(int64_t index) {
  std::unique_lock lock(mutex);
  if (reading_since) seconds += seconds_since(*std::exchange(reading_since, std::nullopt));
  changed.wait(lock, [&] { return waiting.contains(index) || is_complete || is_abandoned; });
  if (is_abandoned || !waiting.contains(index)) return std::nullopt;
  reading_since = Clock::now();
  return std::move(waiting.extract(index).mapped());
}

void StreamedUpdate::State::work() {
  try {
    const trace::Range range("streamed update");
    for (int64_t index = 0; std::optional<Graded> next = take(index); ++index) step->add(next->group, next->advantages);
  } catch (...) {
    const std::lock_guard lock(mutex);
    if (reading_since) seconds += seconds_since(*std::exchange(reading_since, std::nullopt));
    failure = std::current_exception();
  }
}

void StreamedUpdate::State::end() {
  changed.notify_all();
  if (thread.joinable()) thread.join();
}

StreamedUpdate::StreamedUpdate(Policy& policy, AdamW& optimizer, LossFn loss, StepShape shape, UpdateOptions options) {
  check(shape.num_groups > 0 && shape.group_size > 0,
        "StreamedUpdate: expected groups with completions, got {} groups of {}", shape.num_groups, shape.group_size);
  check(policy.options().device.is_cpu(),
        "StreamedUpdate: expected a policy on the CPU, got {}: on a GPU an update does not run beside a rollout",
        policy.options().device.str());
  state_ = std::make_unique<State>(policy, optimizer, std::move(loss), shape, options);
  const models::SerialLibTorch serial;
  policy.state().model.refresh();
  state_->thread = std::thread([state = state_.get()] { state->work(); });
}

StreamedUpdate::~StreamedUpdate() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_abandoned = true;
  }
  state_->end();
}

void StreamedUpdate::add(int64_t index, const Group& group, std::span<const float> advantages) {
  State& state = *state_;
  check(index >= 0 && index < state.shape.num_groups, "StreamedUpdate: group {} of a step of {} groups", index,
        state.shape.num_groups);
  check(std::ssize(group.completions) == state.shape.group_size && std::ssize(advantages) == state.shape.group_size,
        "StreamedUpdate: group {} has {} completions and {} advantages, expected {} of each", index,
        group.completions.size(), advantages.size(), state.shape.group_size);
  sampled_tokens(group);  // none of them cancelled
  Graded graded{group, {advantages.begin(), advantages.end()}};
  {
    const std::lock_guard lock(state.mutex);
    check(!state.is_complete, "StreamedUpdate: group {} comes after finish()", index);
    check(!state.is_added[static_cast<size_t>(index)], "StreamedUpdate: group {} was added twice", index);
    state.is_added[static_cast<size_t>(index)] = true;
    if (!state.failure) state.waiting.emplace(index, std::move(graded));
  }
  state.changed.notify_all();
}

UpdateStats StreamedUpdate::finish() {
  State& state = *state_;
  {
    const std::lock_guard lock(state.mutex);
    check(!std::exchange(state.is_complete, true), "StreamedUpdate: finish() was called before");
  }
  state.end();
  const std::unique_ptr<UpdateStep> step = std::move(state.step);  // its gradients are cleared, however this ends
  if (state.failure) std::rethrow_exception(state.failure);
  const auto missing = std::ranges::find(state.is_added, false);
  check(missing == state.is_added.end(), "StreamedUpdate: group {} of {} was not added: a step needs all its groups",
        missing - state.is_added.begin(), state.shape.num_groups);
  check(state.optimizer.steps() == state.steps_before,
        "StreamedUpdate: the optimiser has stepped while groups were read: they are no longer on-policy");
  const trace::Range range("update");
  return step->finish();
}

double StreamedUpdate::seconds() const {
  const std::lock_guard lock(state_->mutex);
  return state_->seconds + (state_->reading_since ? seconds_since(*state_->reading_since) : 0);
}

}  // namespace cohort
