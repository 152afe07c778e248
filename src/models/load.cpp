#include <ATen/core/grad_mode.h>

#include <map>

#include "cohort/error.hpp"
#include "cohort/policy.hpp"
#include "kernels/memory.hpp"
#include "src/models/policy_state.hpp"
#include "src/models/weight_source.hpp"

namespace cohort {

Policy load_policy(const std::filesystem::path& checkpoint, PolicyOptions options) {
  const at::NoGradGuard no_grad;
  const models::SerialLibTorch serial;
  const auto source = models::open_weights(checkpoint);
  models::check_weights(*source);
  auto state = std::make_unique<Policy::State>(source->config(), options);

  std::map<std::string, Parameter*> by_name;
  for (Parameter& parameter : state->model.parameters) by_name[parameter.name] = &parameter;
  for (const models::WeightInfo& weight : source->weights()) {
    const auto found = by_name.find(weight.name);
    if (found == by_name.end()) continue;  // check_weights() knows which may be left out
    at::Tensor host = ops::empty(weight.shape, at::kFloat);
    source->read(weight, host.data_ptr<float>());
    found->second->value.copy_(host);
    by_name.erase(found);
  }
  check(by_name.empty(), "load_policy: {} has no weight \"{}\"", checkpoint.string(),
        by_name.empty() ? "" : by_name.begin()->first);
  return Policy(std::move(state));
}

}  // namespace cohort
