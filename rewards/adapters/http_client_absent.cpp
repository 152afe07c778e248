// Where cpp-httplib was not there when cohort was built.
#include "cohort/error.hpp"
#include "rewards/adapters/http_client.hpp"

namespace cohort::rewards {

struct HttpClient::State {};

HttpClient::HttpClient(ServerOptions options) {
  throw Error(
      fmt::format("{}: cohort was built without HTTP; install libcpp-httplib-dev and build again", options.url));
}

HttpClient::~HttpClient() = default;

HttpClient::Reply HttpClient::post(const std::string&, const std::string&) { return {}; }

}  // namespace cohort::rewards
