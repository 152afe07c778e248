#include "cohort/checkpoint.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <fmt/ranges.h>

#include <deque>

#include "cohort/error.hpp"
#include "src/models/atomic_write.hpp"
#include "src/models/safetensors.hpp"
#include "src/models/weight_source.hpp"
#include "src/optim_state.hpp"

namespace cohort {
namespace {

using models::OutputTensor;
using models::SafetensorsFile;

constexpr const char* kFile = "state.safetensors";
constexpr const char* kStepsDone = "progress.steps_done";
constexpr const char* kOptimizerSteps = "progress.optimizer_steps";

// The tensors of a run by the names they are saved under. Weights are not among them where there are masters: they are
// those, rounded.
std::vector<std::pair<std::string, at::Tensor>> named_tensors(const Policy& policy, AdamW& optimizer) {
  std::vector<std::pair<std::string, at::Tensor>> named;
  for (size_t i = 0; i < policy.parameters().size(); ++i) {
    const std::string& name = policy.parameters()[i].name;
    const auto& [master, m, v, m_scales, v_scales] = optimizer.state().moments[i].states;
    if (master.defined()) named.emplace_back("master." + name, master);
    if (!master.defined()) named.emplace_back("weight." + name, policy.parameters()[i].value);
    named.emplace_back("m." + name, m);
    named.emplace_back("v." + name, v);
    if (m_scales.defined()) named.emplace_back("m_scales." + name, m_scales);
    if (v_scales.defined()) named.emplace_back("v_scales." + name, v_scales);
  }
  return named;
}

std::string_view dtype_name(at::ScalarType dtype) {
  switch (dtype) {
    case at::kFloat:
      return "F32";
    case at::kDouble:
      return "F64";
    case at::kBFloat16:
      return "BF16";
    case at::kChar:
      return "I8";
    case at::kByte:
      return "U8";
    default:
      throw Error(fmt::format("checkpoint: tensors of {} are not saved", c10::toString(dtype)));
  }
}

const models::SafetensorsTensor& find(const SafetensorsFile& file, const std::string& name, std::string_view dtype,
                                      at::IntArrayRef shape) {
  const models::SafetensorsTensor* tensor = file.find(name);
  check(tensor, "load_checkpoint: {} has no tensor \"{}\"", file.name(), name);
  check(tensor->dtype == dtype && at::IntArrayRef(tensor->shape) == shape,
        "load_checkpoint: {}: expected \"{}\" to be {} [{}], got {} [{}]", file.name(), name, dtype,
        fmt::join(shape, ", "), tensor->dtype, fmt::join(tensor->shape, ", "));
  return *tensor;
}

int64_t read_integer(const SafetensorsFile& file, const std::string& name) {
  int64_t value = 0;
  file.read_raw(find(file, name, "I64", {1}), &value);
  check(value >= 0, "load_checkpoint: {}: \"{}\" is {}", file.name(), name, value);
  return value;
}

}  // namespace

void save_checkpoint(const Policy& policy, AdamW& optimizer, int64_t step, const std::filesystem::path& directory) {
  std::deque<at::Tensor> storage;
  std::vector<OutputTensor> tensors;
  for (const auto& [name, tensor] : named_tensors(policy, optimizer)) {
    const at::Tensor& host = storage.emplace_back(tensor.cpu().contiguous());
    tensors.push_back({name, std::string(dtype_name(host.scalar_type())), host.sizes().vec(), host.data_ptr()});
  }
  const int64_t optimizer_steps = optimizer.steps();
  tensors.push_back({kStepsDone, "I64", {1}, &step});
  tensors.push_back({kOptimizerSteps, "I64", {1}, &optimizer_steps});

  models::AtomicDirectory files(directory, kFile);
  models::write_safetensors(files.path() / kFile, std::move(tensors));
  files.commit();
}

int64_t load_checkpoint(Policy& policy, AdamW& optimizer, const std::filesystem::path& directory) {
  const at::NoGradGuard no_grad;
  const SafetensorsFile file = SafetensorsFile::open(directory / kFile);
  // Everything is read before anything is changed.
  const auto named = named_tensors(policy, optimizer);
  std::vector<at::Tensor> read;
  for (const auto& [name, tensor] : named) {
    at::Tensor& host = read.emplace_back(at::empty(tensor.sizes(), tensor.scalar_type()));
    file.read_raw(find(file, name, dtype_name(tensor.scalar_type()), tensor.sizes()), host.data_ptr());
  }
  const int64_t steps_done = read_integer(file, kStepsDone), optimizer_steps = read_integer(file, kOptimizerSteps);
  check(file.tensors().size() == named.size() + 2, "load_checkpoint: {}: expected {} tensors, got {}", file.name(),
        named.size() + 2, file.tensors().size());

  for (size_t i = 0; i < named.size(); ++i) named[i].second.copy_(read[i]);
  for (size_t i = 0; i < policy.parameters().size(); ++i)
    if (const at::Tensor& master = optimizer.state().moments[i].states.master; master.defined())
      policy.parameters()[i].value.copy_(master);
  optimizer.state().steps = optimizer_steps;
  policy.weights_changed();
  return steps_done;
}

}  // namespace cohort
