// llama.cpp through its C interface, as the peer of benchmarks/. Built by scripts/compare/build_llama_cpp.
//
//   llama_cpp decode MODEL THREADS PROMPT NEW BATCH[,BATCH…] FLASH    FLASH: auto, on or off
//   llama_cpp first MODEL THREADS TEXT                                one greedy token after a text
//   llama_cpp quantize MODEL OUT                                      to Q8_0
//
// `decode` is the loop of llama-batched-bench: prompts of random tokens, logits of their last tokens, then a token a
// step for each sequence, random ones, with logits of all. Nothing is sampled.
#include <llama.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(what);
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Loaded {
  llama_model* model;
  llama_context* context;

  Loaded(const char* path, int threads, uint32_t tokens, uint32_t sequences, llama_flash_attn_type flash) {
    model = llama_model_load_from_file(path, llama_model_default_params());
    require(model, "the model cannot be read");
    llama_context_params options = llama_context_default_params();
    options.n_ctx = tokens;
    options.n_seq_max = sequences;
    options.n_batch = 2048;
    options.n_ubatch = 512;
    options.n_threads = options.n_threads_batch = threads;
    options.flash_attn_type = flash;
    context = llama_init_from_model(model, options);
    require(context, "no context");
  }
  ~Loaded() {
    llama_free(context);
    llama_model_free(model);
  }
  Loaded(const Loaded&) = delete;

  int vocab_size() const { return llama_vocab_n_tokens(llama_model_get_vocab(model)); }
};

struct Token {
  llama_token id;
  int position, sequence;
  bool logits;
};

// Decodes in batches of at most 2048 tokens and waits for the last.
void decode(llama_context* context, const std::vector<Token>& tokens) {
  for (size_t first = 0; first < tokens.size(); first += 2048) {
    const size_t count = std::min<size_t>(2048, tokens.size() - first);
    llama_batch batch = llama_batch_init(static_cast<int32_t>(count), 0, 1);
    batch.n_tokens = static_cast<int32_t>(count);
    for (size_t i = 0; i < count; ++i) {
      const Token& token = tokens[first + i];
      batch.token[i] = token.id;
      batch.pos[i] = token.position;
      batch.n_seq_id[i] = 1;
      batch.seq_id[i][0] = token.sequence;
      batch.logits[i] = token.logits;
    }
    const int result = llama_decode(context, batch);
    llama_batch_free(batch);
    require(result == 0, "llama_decode failed");
  }
  llama_synchronize(context);
}

struct Rates {
  double read, decode;  // tokens a second
};

Rates measure(Loaded& loaded, int prompt, int new_tokens, int batch) {
  std::mt19937 random(1);
  std::uniform_int_distribution<llama_token> id(0, loaded.vocab_size() - 1);
  llama_memory_clear(llama_get_memory(loaded.context), false);
  std::vector<Token> prompts;
  for (int sequence = 0; sequence < batch; ++sequence)
    for (int i = 0; i < prompt; ++i) prompts.push_back({id(random), i, sequence, i == prompt - 1});
  const double start = seconds_now();
  decode(loaded.context, prompts);
  const double read = seconds_now();
  for (int i = 0; i < new_tokens; ++i) {
    std::vector<Token> step;
    for (int sequence = 0; sequence < batch; ++sequence) step.push_back({id(random), prompt + i, sequence, true});
    decode(loaded.context, step);
  }
  const double end = seconds_now();
  return {batch * prompt / (read - start), batch * new_tokens / (end - read)};
}

void run_decode(char** words) {
  const int threads = std::atoi(words[1]), prompt = std::atoi(words[2]), new_tokens = std::atoi(words[3]);
  std::vector<int> batches;
  std::stringstream list(words[4]);
  for (std::string word; std::getline(list, word, ',');) batches.push_back(std::stoi(word));
  const std::string flash = words[5];
  require(flash == "auto" || flash == "on" || flash == "off", "FLASH: expected auto, on or off");
  const llama_flash_attn_type type = flash == "auto" ? LLAMA_FLASH_ATTN_TYPE_AUTO
                                     : flash == "on" ? LLAMA_FLASH_ATTN_TYPE_ENABLED
                                                     : LLAMA_FLASH_ATTN_TYPE_DISABLED;
  std::printf("[");
  for (size_t i = 0; i < batches.size(); ++i) {
    // A context for each batch: a sequence's share of it is what attention looks at.
    Loaded loaded(words[0], threads, static_cast<uint32_t>(batches[i] * (prompt + new_tokens)),
                  static_cast<uint32_t>(batches[i]), type);
    measure(loaded, prompt, new_tokens, batches[i]);  // memory comes, which the first pass would wait for
    const Rates rates = measure(loaded, prompt, new_tokens, batches[i]);
    std::printf("%s{\"batch\": %d, \"prefill_tokens_per_second\": %.2f, \"decode_tokens_per_second\": %.2f}",
                i ? ", " : "", batches[i], rates.read, rates.decode);
  }
  std::printf("]\n");
}

void run_first(char** words) {
  Loaded loaded(words[0], std::atoi(words[1]), 512, 1, LLAMA_FLASH_ATTN_TYPE_AUTO);
  const llama_vocab* vocab = llama_model_get_vocab(loaded.model);
  std::vector<llama_token> ids(256);
  const int count = llama_tokenize(vocab, words[2], static_cast<int32_t>(std::strlen(words[2])), ids.data(),
                                   static_cast<int32_t>(ids.size()), false, false);
  require(count > 0, "the text cannot be tokenised");
  std::vector<Token> tokens;
  for (int i = 0; i < count; ++i) tokens.push_back({ids[static_cast<size_t>(i)], i, 0, i == count - 1});
  decode(loaded.context, tokens);
  const float* logits = llama_get_logits_ith(loaded.context, -1);
  llama_token best = 0;
  for (llama_token id = 1; id < loaded.vocab_size(); ++id)
    if (logits[id] > logits[best]) best = id;
  char piece[64];
  const int size = llama_token_to_piece(vocab, best, piece, sizeof piece, 0, true);
  std::printf("%.*s\n", size, piece);
  std::fflush(stdout);
}

void run_quantize(char** words) {
  llama_model_quantize_params options = llama_model_quantize_default_params();
  options.ftype = LLAMA_FTYPE_MOSTLY_Q8_0;
  require(llama_model_quantize(words[0], words[1], &options) == 0, "the model cannot be quantised");
}

}  // namespace

int main(int argc, char** argv) try {
  llama_log_set([](ggml_log_level, const char*, void*) {}, nullptr);
  llama_backend_init();
  const std::string command = argc > 1 ? argv[1] : "";
  if (command == "decode" && argc == 8) return run_decode(argv + 2), 0;
  if (command == "first" && argc == 5) return run_first(argv + 2), 0;
  if (command == "quantize" && argc == 4) return run_quantize(argv + 2), 0;
  std::fprintf(stderr, "llama_cpp: see scripts/compare/llama_cpp.cpp\n");
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "llama_cpp: %s\n", error.what());
  return 1;
}
