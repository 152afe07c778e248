#include <ATen/core/grad_mode.h>

#include <map>

#include "cohort/error.hpp"
#include "cohort/policy.hpp"
#include "cohort/threads.hpp"
#include "kernels/cpu/isa.hpp"
#include "kernels/cpu/threads.hpp"
#include "kernels/memory.hpp"
#include "src/models/policy_state.hpp"
#include "src/models/weight_source.hpp"

namespace cohort {
namespace {

// Straight into the value where it lies on the CPU: the file's numbers pass through memory once.
void read_weight(const models::WeightSource& source, const models::WeightInfo& weight, at::Tensor value) {
  const bool is_host = value.is_cpu() && value.is_contiguous();
  if (is_host && value.scalar_type() == at::kFloat) return source.read(weight, value.data_ptr<float>());
  const bool is_rounded = is_host && value.scalar_type() == at::kBFloat16;
  if (is_rounded && source.read_bfloat16(weight, static_cast<uint16_t*>(value.data_ptr()))) return;
  const at::NoGradGuard no_grad;  // a property of the thread
  const models::SerialLibTorch serial;
  at::Tensor host = ops::empty(weight.shape, at::kFloat);
  source.read(weight, host.data_ptr<float>());
  if (is_rounded)
    return kernels::isa().to_bfloat16(host.data_ptr<float>(), static_cast<kernels::bfloat16*>(value.data_ptr()),
                                      host.numel());
  value.copy_(host);
}

}  // namespace

Policy policy_from(models::PackedReader& reader, PolicyOptions options) {
  const at::NoGradGuard no_grad;
  const models::SerialLibTorch serial;
  options.dtype = reader.in_bfloat16() ? at::kBFloat16 : at::kFloat;
  options.device = c10::kCPU;
  options.packed_only = true;
  return Policy(std::make_unique<Policy::State>(reader.config(), options, reader.take()));
}

Policy load_policy(const std::filesystem::path& checkpoint, PolicyOptions options) {
  if (options.packed_only && options.device.is_cpu()) {
    check(options.dtype == at::kFloat || options.dtype == at::kBFloat16,
          "load_policy: packed_only: expected dtype float32 or bfloat16, got {}", c10::toString(options.dtype));
    models::PackedReader reader(checkpoint, options.dtype == at::kBFloat16);
    kernels::parallel_for(num_threads(), 1, [&](int64_t, int64_t) { reader.read(); });
    return policy_from(reader, options);
  }
  const at::NoGradGuard no_grad;
  const models::SerialLibTorch serial;
  const auto source = models::open_weights(checkpoint);
  models::check_weights(*source);
  auto state = std::make_unique<Policy::State>(source->config(), options);

  std::map<std::string, Parameter*> by_name;
  for (Parameter& parameter : state->model.parameters) by_name[parameter.name] = &parameter;
  std::vector<std::pair<const models::WeightInfo*, at::Tensor>> wanted;
  for (const models::WeightInfo& weight : source->weights()) {
    const auto found = by_name.find(weight.name);
    if (found == by_name.end()) continue;  // check_weights() knows which may be left out
    wanted.emplace_back(&weight, found->second->value);
    by_name.erase(found);
  }
  check(by_name.empty(), "load_policy: {} has no weight \"{}\"", checkpoint.string(),
        by_name.empty() ? "" : by_name.begin()->first);
  kernels::parallel_tasks(std::ssize(wanted), [&](int64_t i, int64_t) {
    const auto& [weight, value] = wanted[static_cast<size_t>(i)];
    read_weight(*source, *weight, value);
  });
  return Policy(std::move(state));
}

}  // namespace cohort
