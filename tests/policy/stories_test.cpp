// stories260K (karpathy/tinyllamas), a trained model of 260,032 parameters: its documented greedy text.
// The data lies beside the repository and is not part of it; without it these tests say so and pass.
#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

#include "cohort/policy.hpp"
#include "cohort/rollout.hpp"
#include "cohort/tokenizer.hpp"

using namespace cohort;
namespace fs = std::filesystem;
using Tokens = std::vector<int64_t>;

namespace {

const fs::path data = fs::path(COHORT_SOURCE_DIR) / "../shared/data/stories260K";

/// The model as a Hugging Face directory, converted once per run of this program.
class ConvertedStories {
 public:
  ConvertedStories() {
    fs::create_directories(path_);
    const std::string command = "'" COHORT_SOURCE_DIR "/scripts/convert_llama2c' '" +
                                (data / "stories260K.bin").string() + "' '" + (data / "tok512.bin").string() + "' '" +
                                (path_ / "model").string() + "' >&2";
    status_ = std::system(command.c_str());
  }
  ~ConvertedStories() { fs::remove_all(path_); }
  int status() const { return status_; }
  fs::path model() const { return path_ / "model"; }

 private:
  fs::path path_ = fs::temp_directory_path() / ("cohort_stories_" + std::to_string(getpid()));
  int status_ = -1;
};

/// Null, with a message, where the data is absent.
const ConvertedStories* stories() {
  if (!fs::exists(data / "stories260K.bin")) {
    MESSAGE("skipped: " << data.string() << " is not there");
    return nullptr;
  }
  static const ConvertedStories converted;
  REQUIRE(converted.status() == 0);
  return &converted;
}

std::string without_leading_space(const std::string& text) { return text.starts_with(' ') ? text.substr(1) : text; }

// Greedy from BOS alone, as the reference program gives it; the smallest logit gap of these 120 steps is 0.042.
const Tokens golden_tokens = {403, 407, 261, 378, 432, 383, 286, 261, 376, 298, 315, 421, 395, 317, 426, 338, 401, 396,
                              267, 337, 410, 408, 419, 292, 411, 322, 265, 282, 295, 433, 426, 385, 328, 432, 358, 394,
                              261, 370, 432, 352, 266, 268, 388, 426, 338, 391, 266, 267, 337, 335, 312, 432, 398, 312,
                              286, 267, 414, 270, 333, 415, 426, 13,  438, 310, 439, 419, 357, 336, 432, 313, 438, 310,
                              432, 278, 316, 439, 419, 298, 414, 267, 265, 282, 295, 433, 426, 436, 317, 286, 296, 418,
                              269, 279, 292, 416, 439, 413, 409, 416, 327, 263, 415, 294, 267, 400, 426, 338, 336, 432,
                              313, 442, 391, 267, 337, 335, 364, 420, 268, 388, 432, 398};
const double golden_logprob = -57.582;

// 256 steps, as its author published them.
const std::string golden_text =
    "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a "
    "big, red ball. She wanted to play with it, but it was too high.\n"
    "Lily's mom said, \"Lily, let's go to the park.\" Lily was sad and didn't know what to do. She said, \"I want to "
    "play with your ball, but I can't find it.\"\n"
    "Lily was sad and didn't know what to do. She said, \"I'm sorry, Lily. I didn't know what to do.\"\n"
    "Lily didn't want to help her mom, so she said, \"I'm sorry, mom. I didn't know what to do.\" Her mom said, "
    "\"Don't worry, Lily. We can help you.";

Completion greedy(const fs::path& model, at::ScalarType dtype, int64_t max_new_tokens) {
  Policy policy = load_policy(model, {.dtype = dtype});
  const Tokenizer tokenizer = Tokenizer::load(model);
  RolloutEngine engine(policy, tokenizer,
                       {.group_size = 1, .max_new_tokens = max_new_tokens, .sampling = {.temperature = 0.0f}});
  const Tokens prompts[] = {{1}};  // BOS
  return engine.rollout_tokens(prompts).at(0).completions.at(0);
}

}  // namespace

TEST_CASE("stories260K has 260,032 parameters, one of them shared by embedding and head") {
  const ConvertedStories* converted = stories();
  if (!converted) return;
  const Policy policy = load_policy(converted->model());
  CHECK(policy.num_parameters() == 260'032);
  CHECK(policy.config().tied_embeddings);
  CHECK(policy.config().head_dim == 8);
}

TEST_CASE("stories260K tells its documented story, with its documented log-probability") {
  const ConvertedStories* converted = stories();
  if (!converted) return;
  const Completion completion = greedy(converted->model(), at::kFloat, 120);
  CHECK(completion.tokens == golden_tokens);
  const double logprob = std::accumulate(completion.logprobs.begin(), completion.logprobs.end(), 0.0);
  CHECK(std::abs(logprob - golden_logprob) < 6e-4);  // known to three decimals
  CHECK(golden_text.starts_with(without_leading_space(completion.text)));
}

TEST_CASE("stories260K in bfloat16 begins the same story") {
  const ConvertedStories* converted = stories();
  if (!converted) return;
  const Completion completion = greedy(converted->model(), at::kBFloat16, 20);
  // bfloat16 moves a logit by about 0.05, and a gap of 0.04 may close; the first twenty are wider.
  CHECK(completion.tokens == Tokens(golden_tokens.begin(), golden_tokens.begin() + 20));
}

TEST_CASE("256 greedy steps of stories260K are the text that its author published") {
  const ConvertedStories* converted = stories();
  if (!converted) return;
  const Completion completion = greedy(converted->model(), at::kFloat, 256);
  CHECK(completion.finish == FinishReason::length);
  CHECK(without_leading_space(completion.text) == golden_text);
}

TEST_CASE("stories260K's tokenizer encodes as its reference does") {
  const ConvertedStories* converted = stories();
  if (!converted) return;
  const Tokenizer tokenizer = Tokenizer::load(converted->model());
  const auto encode = [&](const std::string& text) {
    Tokens tokens = tokenizer.encode(text);
    if (!tokens.empty() && tokens[0] == 1) tokens.erase(tokens.begin());  // BOS, where the tokenizer adds it
    return tokens;
  };
  CHECK(encode("Once upon a time") == Tokens{403, 407, 261, 378});
  CHECK(encode("She said, \"Hi!\" 123 café 🙂") == Tokens{338, 336, 432, 313, 440, 417, 443, 436, 410, 475, 479,
                                                             472, 280, 412, 431, 485, 410, 243, 162, 156, 133});
}
