#include "rewards/adapters/http_client.hpp"

#include <httplib.h>

#include <algorithm>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "cohort/error.hpp"
#include "rewards/adapters/circuit_breaker.hpp"

namespace cohort::rewards {
namespace {

using Clock = CircuitBreaker::Clock;
using namespace std::chrono_literals;

constexpr size_t kMaxReply = size_t{64} << 20;

struct Url {
  std::string server;  // "http://host:port"
  std::string path;    // without a slash at its end
};

Url parse_url(const std::string& url) {
  const size_t scheme = url.find("://");
  const bool is_url = (url.starts_with("http://") || url.starts_with("https://")) && url.size() > scheme + 3;
  check(is_url, "expected a URL http://host:port/path, got \"{}\"", url);
  const size_t slash = url.find('/', scheme + 3);
  std::string path = slash == url.npos ? "" : url.substr(slash);
  while (path.ends_with('/')) path.pop_back();
  return {url.substr(0, slash), path};
}

bool is_worth_another_try(const HttpClient::Reply& reply, int status) {
  return reply.fault != Fault::none && (status == 0 || status == 429 || status >= 500);
}

/// Between the tries, so that callers who failed together do not come back together.
void pause(int64_t tries) {
  static thread_local std::minstd_rand random(std::random_device{}());
  const auto most = std::min<std::chrono::milliseconds>(2s, 100ms * (int64_t{1} << std::min<int64_t>(tries, 10)));
  std::this_thread::sleep_for(
      std::chrono::milliseconds(std::uniform_int_distribution<int64_t>(0, most.count())(random)));
}

}  // namespace

struct HttpClient::State {
  explicit State(ServerOptions given)
      : options(std::move(given)),
        url(parse_url(options.url)),
        breaker(options.breaker_failures, options.breaker_pause) {}

  const ServerOptions options;
  const Url url;
  CircuitBreaker breaker;
  std::mutex mutex;
  std::vector<std::unique_ptr<httplib::Client>> idle;  // each keeps its connection

  std::unique_ptr<httplib::Client> take() {
    {
      const std::lock_guard lock(mutex);
      if (!idle.empty()) {
        auto client = std::move(idle.back());
        idle.pop_back();
        return client;
      }
    }
    auto client = std::make_unique<httplib::Client>(url.server);
    check(client->is_valid(), "\"{}\" is not a server that can be asked", options.url);
    client->set_keep_alive(true);
    client->set_tcp_nodelay(true);
    client->set_connection_timeout(options.timeout);
    client->set_read_timeout(options.timeout);
    client->set_write_timeout(options.timeout);
    return client;
  }

  std::pair<Reply, int> try_once(const std::string& path, const std::string& json) {
    const auto deadline = Clock::now() + options.timeout;
    auto client = take();
    std::string body;
    bool is_late = false, is_too_long = false;
    httplib::Request request;
    request.method = "POST";
    request.path = url.path + path;
    request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
    request.body = json;
    // The read timeout is of each read: a server that drips must not take longer than the whole.
    request.content_receiver = [&](const char* data, size_t size, uint64_t, uint64_t) {
      is_late = Clock::now() > deadline;
      is_too_long = body.size() + size > kMaxReply;
      if (is_late || is_too_long) return false;
      body.append(data, size);
      return true;
    };
    if (request.path.empty()) request.path = "/";
    const httplib::Result result = client->send(request);
    if (is_too_long)
      return {{{}, Fault::error, fmt::format("{} answered more than {} bytes", options.url, kMaxReply)}, 0};
    is_late = is_late || (!result && Clock::now() >= deadline);
    if (is_late || (!result && result.error() == httplib::Error::ConnectionTimeout))
      return {{{}, Fault::timeout, fmt::format("{}: no answer within {} ms", options.url, options.timeout.count())}, 0};
    if (!result) return {{{}, Fault::unavailable, fmt::format("{}: {}", options.url, to_string(result.error()))}, 0};
    {
      const std::lock_guard lock(mutex);
      idle.push_back(std::move(client));
    }
    if (result->status == 200) return {{std::move(body), Fault::none, {}}, 200};
    constexpr size_t kShown = 300;
    return {{{},
             result->status >= 500 || result->status == 429 ? Fault::unavailable : Fault::error,
             fmt::format("{} answered status {}: {}", options.url, result->status, body.substr(0, kShown))},
            result->status};
  }
};

HttpClient::HttpClient(ServerOptions options) {
  check(options.timeout.count() > 0, "timeout must be above 0, got {} ms", options.timeout.count());
  check(options.retries >= 0, "retries must be at least 0, got {}", options.retries);
  check(options.breaker_failures >= 1, "breaker_failures must be at least 1, got {}", options.breaker_failures);
  state_ = std::make_unique<State>(std::move(options));
}

HttpClient::~HttpClient() = default;

HttpClient::Reply HttpClient::post(const std::string& path, const std::string& json) {
  if (!state_->breaker.lets_through(Clock::now()))
    return {{},
            Fault::unavailable,
            fmt::format("{} failed {} times in a row: not asked for {} ms", state_->options.url,
                        state_->options.breaker_failures, state_->options.breaker_pause.count())};
  for (int64_t tries = 0;; ++tries) {
    auto [reply, status] = state_->try_once(path, json);
    const bool is_over = !is_worth_another_try(reply, status);
    if (!is_over && tries < state_->options.retries) {
      pause(tries);
      continue;
    }
    // A server that refuses one request is a server that works.
    state_->breaker.tell(is_over, Clock::now());
    return reply;
  }
}

}  // namespace cohort::rewards
