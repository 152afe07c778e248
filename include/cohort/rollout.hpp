#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cohort/group.hpp"
#include "cohort/policy.hpp"
#include "cohort/tokenizer.hpp"

namespace cohort {

/// How a GPU is told what to do. Never changes a result.
enum class Graphs {
  automatic,     // steps of decoding are recorded, once for each size of batch, and replayed; on a CPU there is nothing
                 // to record
  off,           // call by call
  padding_only,  // call by call, with the sizes of batches that recorded steps have: for tests
};

struct RolloutOptions {
  int64_t group_size = 8;        // completions per problem
  int64_t max_new_tokens = 512;  // per completion
  Sampling sampling;
  uint64_t seed = 0;
  std::vector<int64_t> stop_tokens;        // besides the tokenizer's
  std::vector<std::string> stop;           // strings that end a completion; they stay in the text
  bool ignore_eos = false;                 // the tokenizer's stop tokens do not end a completion
  Precision precision = Precision::exact;  // int8: CPU only; fp8, fast: GPU only
  int64_t max_batch = 256;                 // sequences decoded at once; never changes a result
  // Memory for keys and values; 0: what max_batch sequences at their longest need. With less, sequences wait, and the
  // youngest give up their place and are read again later. Never changes a result.
  int64_t kv_cache_bytes = 0;
  // Steps of decoding that run before the host looks at what they drew; 0: 1 on a CPU, 8 on a GPU. Tokens behind the
  // end of a completion are thrown away. Never changes a result.
  int64_t decode_window = 0;
  // Tokens whose activations are kept, for update() to go on from instead of computing them again, as long as no weight
  // has changed; of all groups that are held at once. Each takes about the memory that it takes in an update's
  // micro-batch; plan_memory() says how much. A completion that finds no room keeps none. For exact rollouts on the
  // CPU. Never changes a result.
  int64_t activation_tokens = 0;
  Graphs graphs = Graphs::automatic;
};

/// What the last rollout cost.
struct RolloutStats {
  int64_t kv_cache_bytes = 0;    // reserved
  int64_t kv_peak_bytes = 0;     // the most that was in use at once
  int64_t prompt_tokens = 0;     // read, once for each group
  int64_t tokens_again = 0;      // read a second time, by sequences that had given up their place
  int64_t sequences_paused = 0;  // how often one did
  int64_t windows = 0;           // of decoding: how often the host waited
  int64_t steps = 0;             // of decoding, in all windows
};

/// Called as tokens are drawn: group, completion, the new token.
using TokenCallback = std::function<void(int64_t group, int64_t completion, int64_t token)>;
/// Called when all completions of a group have ended, while other groups still decode; not for a cancelled group.
using GroupCallback = std::function<void(int64_t index, const Group& group)>;

/// Samples completions from a policy. A sample is a function of (seed, step, problem index, completion, position)
/// and of the weights: not of batch size, order, or who else is decoded.
class RolloutEngine {
 public:
  RolloutEngine(Policy& policy, const Tokenizer& tokenizer, RolloutOptions options = {});
  ~RolloutEngine();

  /// One group per problem, in order. `step` keys the random numbers: a problem seen again in a later step is
  /// sampled anew. Throws Error if a prompt is empty or leaves no room in the context.
  std::vector<Group> rollout(std::span<const Problem> problems, int64_t step = 0, const GroupCallback& on_group = {},
                             const TokenCallback& on_token = {});

  /// The same from prompts that are tokens already.
  std::vector<Group> rollout_tokens(std::span<const std::vector<int64_t>> prompts, int64_t step = 0,
                                    const GroupCallback& on_group = {}, const TokenCallback& on_token = {});

  /// Ends what is not complete of group `index` of the rollout in progress, with FinishReason::cancelled, before the
  /// next token is drawn. May be called from callbacks and from other threads; the other groups' bits do not change.
  void cancel(int64_t index);

  /// Gives the memory of keys and values back until the next rollout, which takes it anew. On a CPU the end of a
  /// rollout does so.
  void release_cache();

  const RolloutStats& stats() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cohort
