// Requests to one server, from many threads.
#pragma once

#include <memory>
#include <string>

#include "cohort/rewards/http.hpp"

namespace cohort::rewards {

class HttpClient {
 public:
  /// Throws Error for a URL that is none, or if this build has no HTTP.
  explicit HttpClient(ServerOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;

  struct Reply {
    std::string body;
    Fault fault = Fault::none;  // none: the status was 200
    std::string error;
  };

  /// Posts JSON to `path` below the URL. Waits at most for its tries, their timeouts and the pauses between them.
  Reply post(const std::string& path, const std::string& json);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cohort::rewards
