// A reward behind a server: completions are posted, grades come back.
#pragma once

#include <chrono>
#include <string>

#include "cohort/parameter.hpp"
#include "cohort/reward.hpp"

namespace cohort::rewards {

/// How a server is asked. A request is tried again, after a random pause that doubles, when there is no connection, no
/// answer in time, or status 429 or 5xx. After `breaker_failures` requests in a row that failed for good, none is sent
/// for `breaker_pause`: completions are faults (unavailable) at once. Then one request tries.
struct ServerOptions {
  std::string url;                                               // http://host:port/path
  std::chrono::milliseconds timeout = std::chrono::seconds(30);  // of one try
  int64_t retries = 2;
  int64_t breaker_failures = 5;
  std::chrono::milliseconds breaker_pause = std::chrono::seconds(10);
};

struct HttpOptions {
  ServerOptions server;
  Settings settings;    // sent with each request
  bool tokens = false;  // sends the ids of the tokens too
};

/// Posts {"settings": {...}, "samples": [...]} with all completions of a problem and expects {"grades": [...]}, one for
/// each, both as docs/rewards.md describes them. Keeps its deadlines itself. Throws Error for a URL that is none, or if
/// cohort was built without HTTP.
Rule http(HttpOptions options);

}  // namespace cohort::rewards
