// Rewards over HTTP, against servers in this process.
#include "cohort/rewards/http.hpp"

#include <doctest/doctest.h>
#include <httplib.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "cohort/error.hpp"
#include "cohort/rewards/remote_code.hpp"
#include "rewards/completions.hpp"
#include "support/messages.hpp"

using namespace cohort;
using namespace std::chrono_literals;
using nlohmann::json;
using test::completions_of;
using test::contains;
using test::message_of;

namespace {

class Server {
 public:
  using Handler = std::function<void(const json& request, httplib::Response& response)>;

  explicit Server(const std::string& path, Handler handler) {
    server_.Post(path, [this, handler](const httplib::Request& request, httplib::Response& response) {
      ++num_requests;
      handler(json::parse(request.body), response);
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::sleep_for(1ms);
  }
  ~Server() {
    server_.stop();
    thread_.join();
  }

  std::string url(const std::string& path = "") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  std::atomic<int> num_requests = 0;

 private:
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

void reply(httplib::Response& response, const json& body) { response.set_content(body.dump(), "application/json"); }

rewards::ServerOptions quick(const std::string& url) {
  return {.url = url, .timeout = 5s, .retries = 0, .breaker_failures = 100};
}

Problem assignment(const json& answer) {
  Problem problem;
  problem.answer = answer.dump();
  return problem;
}

const json kDouble = {{"language", "python"},
                      {"tests", {{{"stdin", "2\n"}, {"stdout", "4\n"}}, {{"stdin", "5\n"}, {"stdout", "10\n"}}}}};
const std::string kProgram = "Here:\n```python\nprint(2 * int(input()))\n```\nDone.";

}  // namespace

TEST_CASE("all completions of a problem go in one request, with the settings, and the grades come back") {
  json seen;
  Server server("/grade", [&](const json& request, auto& response) {
    seen = request;
    reply(response, {{"grades", {{{"score", 1}, {"verdict", "yes"}}, {{"error", "no ink"}}, {{"score", nullptr}}}}});
  });
  const Rule rule = rewards::http({.server = quick(server.url("/grade")), .settings = {{"tone", "kind"}}});
  Problem problem;
  problem.answer = "7";
  const auto grades = rule.grade(problem, completions_of({"a", "b", "c"}));
  CHECK(server.num_requests == 1);
  CHECK(seen["settings"]["tone"] == "kind");
  CHECK(seen["samples"][1]["completion"] == "b");
  CHECK(seen["samples"][1]["answer"] == "7");
  CHECK(grades[0].verdict == "yes");
  CHECK(grades[1].error == "no ink");
  CHECK(grades[2].fault == Fault::none);
}

TEST_CASE("an answer that is none is a fault of the group, never a 0") {
  std::string body;
  int status = 200;
  Server server("/", [&](const json&, auto& response) {
    response.status = status;
    response.set_content(body, "text/plain");
  });
  const Rule rule = rewards::http({.server = quick(server.url())});
  const auto one = [&](const std::string& text, int code = 200) {
    body = text, status = code;
    const Grade grade = rule({}, {});
    CHECK_FALSE(grade.score);
    CHECK(grade.fault != Fault::none);
    return grade.error;
  };
  CHECK(contains(one("hello"), "answered \"hello\", expected {\"grades\": [...]}"));
  CHECK(contains(one(R"({"grades": []})"), "answered 0 grades for 1 samples"));
  CHECK(contains(one(R"({"grades": [{"scor": 1}]})"), "the nearest is score"));
  CHECK(contains(one("who are you?", 403), "answered status 403: who are you?"));
}

TEST_CASE("a server that stumbles is asked again, one that refuses is not") {
  std::atomic<int> failures = 2;
  Server server("/", [&](const json&, auto& response) {
    if (failures-- > 0)
      response.status = 503;
    else
      reply(response, {{"grades", {{{"score", 0.5}}}}});
  });
  rewards::ServerOptions options = quick(server.url());
  options.retries = 2;
  CHECK(rewards::http({.server = options})({}, {}).score == 0.5);
  CHECK(server.num_requests == 3);
  Server refusing("/", [](const json&, auto& response) { response.status = 400; });
  options.url = refusing.url();
  CHECK(rewards::http({.server = options})({}, {}).fault == Fault::error);
  CHECK(refusing.num_requests == 1);
}

TEST_CASE("no answer in time is a timeout, no server is unavailable") {
  Server server("/", [](const json&, auto& response) {
    std::this_thread::sleep_for(600ms);
    reply(response, {{"grades", {{{"score", 1}}}}});
  });
  rewards::ServerOptions options = quick(server.url());
  options.timeout = 100ms;
  const Grade late = rewards::http({.server = options})({}, {});
  CHECK(late.fault == Fault::timeout);
  CHECK(contains(late.error, "no answer within 100 ms"));
  const Grade nobody = rewards::http({.server = quick("http://127.0.0.1:1")})({}, {});
  CHECK(nobody.fault == Fault::unavailable);
}

TEST_CASE("after failures in a row the server is left alone for a while, then tried once") {
  std::atomic<bool> works = false;
  Server server("/", [&](const json&, auto& response) {
    if (works)
      reply(response, {{"grades", {{{"score", 1}}}}});
    else
      response.status = 500;
  });
  rewards::ServerOptions options = quick(server.url());
  options.breaker_failures = 3;
  options.breaker_pause = 1500ms;
  const Rule rule = rewards::http({.server = options});
  for (int i = 0; i < 6; ++i) CHECK(rule({}, {}).fault == Fault::unavailable);
  CHECK(server.num_requests == 3);
  CHECK(contains(rule({}, {}).error, "failed 3 times in a row: not asked for 1500 ms"));
  works = true;
  std::this_thread::sleep_for(1600ms);
  CHECK(rule({}, {}).score == 1.0);
  CHECK(rule({}, {}).score == 1.0);
}

TEST_CASE("what is no URL is an error at once") {
  CHECK(contains(message_of([] { rewards::http({.server = {.url = "localhost:80"}}); }), "expected a URL"));
  CHECK(contains(message_of([] { rewards::http({.server = {.url = "http://"}}); }), "expected a URL"));
}

TEST_CASE("SandboxFusion gets the program and the input, never the expected output") {
  std::atomic<bool> has_leaked = false;
  Server server("/run_code", [&](const json& request, auto& response) {
    has_leaked = has_leaked || contains(request.dump(), "10");
    CHECK(request["code"] == "print(2 * int(input()))\n");
    CHECK(request["language"] == "python");
    const int number = std::stoi(request["stdin"].get<std::string>());
    reply(response, {{"status", "Success"},
                     {"compile_result", nullptr},
                     {"run_result",
                      {{"status", "Finished"}, {"return_code", 0}, {"stdout", std::to_string(2 * number) + " \n\n"}}}});
  });
  rewards::RemoteCodeOptions options{.server = quick(server.url()), .time_limit = 3};
  const Rule rule = rewards::remote_code(rewards::CodeService::sandbox_fusion, options);
  Completion completion{.text = kProgram};
  CHECK(rule(assignment(kDouble), completion).verdict == "accepted");
  CHECK(rule(assignment(kDouble), completion).score == 1.0);
  CHECK_FALSE(has_leaked);
  json wrong = kDouble;
  wrong["tests"][1]["stdout"] = "11";
  CHECK(rule(assignment(wrong), completion).verdict == "wrong_answer");
  CHECK(rule(assignment(wrong), completion).score == 0.0);
  options.fraction = true;
  CHECK(rewards::remote_code(rewards::CodeService::sandbox_fusion, options)(assignment(wrong), completion).score ==
        0.5);
  CHECK(rule(assignment(kDouble), {.text = "print(4)"}).verdict == "no_code");
  json empty = kDouble;
  empty["tests"] = json::array();
  CHECK(contains(message_of([&] { rule(assignment(empty), completion); }), "no tests"));
}

TEST_CASE("how SandboxFusion says that a program failed, or that it failed itself") {
  json body;
  Server server("/run_code", [&](const json&, auto& response) { reply(response, body); });
  const Rule rule = rewards::remote_code(rewards::CodeService::sandbox_fusion, {.server = quick(server.url())});
  const auto with = [&](const json& given) {
    body = given;
    return rule(assignment(kDouble), {.text = kProgram});
  };
  CHECK(with({{"status", "Failed"}, {"run_result", {{"status", "Finished"}, {"return_code", 1}, {"stdout", ""}}}})
            .verdict == "runtime_error");
  CHECK(with({{"status", "Failed"}, {"run_result", {{"status", "TimeLimitExceeded"}}}}).verdict == "time_limit");
  CHECK(with({{"status", "Failed"}, {"compile_result", {{"status", "Finished"}, {"return_code", 1}}}}).verdict ==
        "compile_error");
  const Grade broken = with({{"status", "SandboxError"}, {"message", "no disk"}});
  CHECK(broken.fault == Fault::unavailable);
  CHECK(contains(broken.error, "no disk"));
  CHECK(with({{"nothing", 1}}).fault == Fault::error);
}

TEST_CASE("Piston gets files and tells of signals") {
  json run = {{"code", 0}, {"signal", nullptr}, {"stdout", "4\n"}};
  Server server("/api/v2/execute", [&](const json& request, auto& response) {
    CHECK(request["files"][0]["content"] == "print(2 * int(input()))\n");
    CHECK(request["run_timeout"] == 2500);
    reply(response, {{"run", run}, {"language", "python"}});
  });
  json answer = kDouble;
  answer["tests"].erase(1);
  answer["time_limit"] = 2.5;
  const Rule rule = rewards::remote_code(rewards::CodeService::piston, {.server = quick(server.url("/api/v2/"))});
  CHECK(rule(assignment(answer), {.text = kProgram}).verdict == "accepted");
  run["signal"] = "SIGKILL", run["code"] = nullptr;
  CHECK(rule(assignment(answer), {.text = kProgram}).verdict == "time_limit");
  run["signal"] = nullptr, run["code"] = 1;
  CHECK(rule(assignment(answer), {.text = kProgram}).verdict == "runtime_error");
}

TEST_CASE("the example server in Python grades") {
  std::FILE* program =
      popen("exec python3 " COHORT_SOURCE_DIR "/examples/rewards/http_server.py & echo $! ; wait", "r");
  REQUIRE(program);
  int pid = 0, port = 0;
  if (std::fscanf(program, "%d %d", &pid, &port) != 2) {
    MESSAGE("skipped: no python3 here");
    pclose(program);
    return;
  }
  const Rule rule = rewards::http({.server = quick("http://127.0.0.1:" + std::to_string(port))});
  Problem problem;
  problem.answer = "42";
  const auto grades = rule.grade(problem, completions_of({"it is 42.", "43"}));
  CHECK(grades[0].score == 1.0);
  CHECK(grades[1].score == 0.0);
  CHECK(kill(pid, SIGTERM) == 0);
  pclose(program);
}
