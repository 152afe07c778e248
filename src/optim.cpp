#include "cohort/optim.hpp"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "cohort/error.hpp"
#include "kernels/ops.hpp"
#include "src/models/transformer.hpp"
#include "src/optim_offload.hpp"
#include "src/optim_state.hpp"
#include "src/trace/range.hpp"

namespace cohort {
namespace {

// Of a gradient on its way to the host: 64 MB, long enough for the bus.
constexpr int64_t kStagedElements = int64_t{1} << 24;

void check_options(const AdamWOptions& options) {
  check(options.lr >= 0 && std::isfinite(options.lr), "AdamW: lr must be at least 0, got {}", options.lr);
  check(options.beta1 >= 0 && options.beta1 < 1 && options.beta2 >= 0 && options.beta2 < 1,
        "AdamW: betas must be in [0, 1), got {} and {}", options.beta1, options.beta2);
  check(options.epsilon > 0, "AdamW: epsilon must be above 0, got {}", options.epsilon);
  check(options.warmup_steps >= 0, "AdamW: warmup_steps must be at least 0, got {}", options.warmup_steps);
  check(options.decay == Decay::constant || options.total_steps > options.warmup_steps,
        "AdamW: a decay needs total_steps above warmup_steps ({}), got {}", options.warmup_steps, options.total_steps);
  check(options.moment_bits == 32 || options.moment_bits == 8, "AdamW: moment_bits must be 32 or 8, got {}",
        options.moment_bits);
  check(!options.offload || (options.float32_masters && options.moment_bits == 32),
        "AdamW: offload keeps float32 masters and moments in host memory, got float32_masters {} and moment_bits {}",
        options.float32_masters, options.moment_bits);
}

}  // namespace

AdamW::AdamW(Policy& policy, AdamWOptions options) {
  check_options(options);
  const at::NoGradGuard no_grad;
  const models::SerialLibTorch serial;
  state_ = std::make_unique<State>(State{.policy = policy, .options = options, .moments = {}});
  check(!options.offload || !policy.options().device.is_cpu(),
        "AdamW: offload is for a policy on a GPU, got {}: its masters and moments are in host memory anyway",
        policy.options().device.str());
  for (const Parameter& parameter : policy.parameters())
    state_->moments.push_back(
        {ops::compact_states(parameter.value, options.offload ? at::kCPU : parameter.value.device(),
                             options.float32_masters, options.moment_bits == 8),
         parameter.value.dim() == 2});
}

AdamW::~AdamW() = default;

int64_t AdamW::steps() const { return state_->steps; }

float AdamW::learning_rate() const {
  const AdamWOptions& options = state_->options;
  const int64_t step = state_->steps;
  if (step < options.warmup_steps)
    return options.lr * static_cast<float>(step + 1) / static_cast<float>(options.warmup_steps + 1);
  if (options.decay == Decay::constant) return options.lr;
  const double done = std::min(1.0, static_cast<double>(step - options.warmup_steps) /
                                        static_cast<double>(options.total_steps - options.warmup_steps));
  const double left = options.decay == Decay::linear ? 1 - done : 0.5 * (1 + std::cos(std::numbers::pi * done));
  return static_cast<float>(options.final_lr + (options.lr - options.final_lr) * left);
}

double AdamW::grad_norm() const {
  std::vector<at::Tensor> grads;
  for (const Parameter& parameter : state_->policy.parameters())
    if (parameter.grad.defined()) grads.push_back(parameter.grad);
  return std::sqrt(ops::sum_of_squares(grads));
}

void AdamW::step(double grad_scale) {
  const trace::Range range("optimizer");
  const at::NoGradGuard no_grad;
  const models::SerialLibTorch serial;
  const AdamWOptions& options = state_->options;
  std::vector<Parameter>& parameters = state_->policy.parameters();
  check(parameters.front().grad.defined(), "AdamW: a step without gradients; call backward() first");
  const auto t = static_cast<double>(state_->steps + 1);
  ops::AdamWStep step{learning_rate(),
                      options.beta1,
                      options.beta2,
                      options.epsilon,
                      0,
                      static_cast<float>(grad_scale),
                      static_cast<float>(1 - std::pow(options.beta1, t)),
                      static_cast<float>(1 - std::pow(options.beta2, t))};
  const auto update = [&](const optim::Piece& piece, const at::Tensor& grad, const at::Tensor& weight) {
    const auto& [states, decays] = state_->moments[piece.parameter];
    step.weight_decay = decays ? options.weight_decay : 0;
    if (state_->is_compact()) {  // a whole parameter
      const ops::RoundingKeys keys{options.seed, static_cast<int64_t>(piece.parameter), state_->steps};
      return ops::adamw(step, states, keys, grad, weight);
    }
    const auto part = [&](const at::Tensor& whole) { return whole.view({-1}).narrow(0, piece.first, piece.count); };
    ops::adamw(step, part(states.master), part(states.m), part(states.v), grad, weight);
  };
  if (options.offload) {
    optim::update_on_host(parameters, kStagedElements, update);
  } else {
    for (size_t i = 0; i < parameters.size(); ++i)
      update({i, 0, parameters[i].value.numel()}, parameters[i].grad, parameters[i].value);
  }
  ++state_->steps;
  state_->policy.zero_grad();
  state_->policy.weights_changed();
}

}  // namespace cohort
