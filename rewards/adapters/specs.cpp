#include "rewards/adapters/specs.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

#include "cohort/rewards/http.hpp"
#include "cohort/rewards/plugin.hpp"
#include "cohort/rewards/remote_code.hpp"
#include "cohort/rewards/subprocess.hpp"
#include "src/text/settings.hpp"

namespace cohort::rewards {
namespace {

namespace fs = std::filesystem;

std::chrono::milliseconds in_ms(const std::string& owner, double seconds) {
  check(std::isfinite(seconds) && seconds > 0 && seconds < 1e9, "{}: expected a number of seconds above 0, got {}",
        owner, seconds);
  return std::chrono::milliseconds(static_cast<int64_t>(std::ceil(seconds * 1000)));
}

/// Settings for the reward itself start with "settings.": it alone knows which there are.
constexpr std::string_view kForward = "settings.";

Settings forwarded(const Settings& settings) {
  Settings inner;
  for (const auto& [name, value] : settings)
    if (name.starts_with(kForward)) inner[name.substr(kForward.size())] = value;
  return inner;
}

template <typename Options, typename Fields>
Options read(const std::string& owner, const Settings& settings, const Fields& fields) {
  Settings own;
  for (const auto& [name, value] : settings)
    if (!name.starts_with(kForward)) own[name] = value;
  return text::read_settings<Options>(owner, own, fields);
}

/// cohort-plugin-host, beside the program that runs or beside this library and where that is installed.
std::string find_host(const std::string& owner) {
  std::vector<fs::path> folders;
  std::error_code none;
  folders.push_back(fs::read_symlink("/proc/self/exe", none).parent_path());
  Dl_info here;
  if (dladdr(reinterpret_cast<const void*>(&adapter_specs), &here) != 0 && here.dli_fname) {
    const fs::path library = fs::absolute(here.dli_fname, none).parent_path();
    for (const char* way : {".", "../bin", "../../bin"}) folders.push_back(library / way);
  }
  for (const fs::path& folder : folders)
    if (const fs::path host = folder / "cohort-plugin-host"; fs::is_regular_file(host, none)) return host.string();
  check(false, "{}: isolated needs the program cohort-plugin-host, which is not beside this one: set host", owner);
  return {};
}

struct ProcessSettings {
  int64_t processes = 2;
  double deadline = 10;
  int64_t memory_limit = SubprocessOptions().memory_limit;
  int64_t max_restarts = SubprocessOptions().max_restarts;
};

constexpr auto process_fields = [](auto& options, auto&& field) {
  field("processes", options.processes, "that grade side by side");
  field("deadline", options.deadline, "seconds for a completion: then the process is killed and started again");
  field("memory_limit", options.memory_limit, "bytes of address space of a process; 0: none");
  field("max_restarts", options.max_restarts, "in a row without a grade: then it is out of service");
};

struct PluginSettings : ProcessSettings {
  std::string path, host;
  bool isolated = false;
};

constexpr auto plugin_fields = [](auto& options, auto&& field) {
  field("path", options.path, "the shared object; required");
  field("isolated", options.isolated, "in processes of its own, which may crash; the options below are theirs");
  field("host", options.host, "the program cohort-plugin-host; empty: the one beside this program");
  process_fields(options, field);
};

RewardSpec plugin_spec() {
  const std::string owner = "reward \"plugin\"";
  return {.name = "plugin",
          .description = "what a shared object of C functions says (cohort/plugin.h); settings.KEY is handed to it",
          .answer = "as the plugin wants it",
          .parameters = text::parameters_of<PluginSettings>(plugin_fields),
          .make =
              [owner](const Settings& settings) {
                const auto options = read<PluginSettings>(owner, settings, plugin_fields);
                check(!options.path.empty(), "{}: path is required, got none", owner);
                std::string host;
                if (options.isolated) host = options.host.empty() ? find_host(owner) : options.host;
                return plugin({.path = options.path,
                               .settings = forwarded(settings),
                               .host = host,
                               .processes = options.processes,
                               .deadline = in_ms(owner, options.deadline),
                               .memory_limit = options.memory_limit,
                               .max_restarts = options.max_restarts});
              },
          .required = "path"};
}

/// A list of JSON strings, or words between blanks.
std::vector<std::string> read_command(const std::string& owner, const std::string& text) {
  if (text.starts_with('[')) {
    const auto list = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    const bool is_list =
        list.is_array() && std::all_of(list.begin(), list.end(), [](auto& one) { return one.is_string(); });
    check(is_list, "{}: expected command as words or a list of strings, got {}", owner, text);
    return list.get<std::vector<std::string>>();
  }
  std::vector<std::string> words(1);
  for (const char byte : text) {
    if (byte != ' ')
      words.back() += byte;
    else if (!words.back().empty())
      words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

struct SubprocessSettings : ProcessSettings {
  std::string command, directory;
  double start_deadline = 60;
  bool tokens = false;
};

constexpr auto subprocess_fields = [](auto& options, auto&& field) {
  field("command", options.command, "the program and its arguments, words or a list; required");
  field("directory", options.directory, "where it runs; empty: here");
  process_fields(options, field);
  field("start_deadline", options.start_deadline, "seconds until it answers the first line");
  field("tokens", options.tokens, "sends the ids of the tokens too");
};

RewardSpec subprocess_spec() {
  const std::string owner = "reward \"subprocess\"";
  return {.name = "subprocess",
          .description = "what a program says: lines of JSON to it, lines of JSON back; settings.KEY is handed to it",
          .answer = "as the program wants it",
          .parameters = text::parameters_of<SubprocessSettings>(subprocess_fields),
          .make =
              [owner](const Settings& settings) {
                const auto options = read<SubprocessSettings>(owner, settings, subprocess_fields);
                check(!options.command.empty(), "{}: command is required, got none", owner);
                return subprocess({.command = read_command(owner, options.command),
                                   .directory = options.directory,
                                   .settings = forwarded(settings),
                                   .processes = options.processes,
                                   .deadline = in_ms(owner, options.deadline),
                                   .start_deadline = in_ms(owner, options.start_deadline),
                                   .memory_limit = options.memory_limit,
                                   .max_restarts = options.max_restarts,
                                   .tokens = options.tokens});
              },
          .required = "command"};
}

struct ServerSettings {
  std::string url;
  double deadline = 30;
  int64_t retries = ServerOptions().retries;
  int64_t breaker_failures = ServerOptions().breaker_failures;
  double breaker_pause = 10;
};

constexpr auto server_fields = [](auto& options, auto&& field) {
  field("url", options.url, "http://host:port/path; required");
  field("deadline", options.deadline, "seconds of one try");
  field("retries", options.retries, "further tries where there is no connection, no answer, or status 429 or 5xx");
  field("breaker_failures", options.breaker_failures, "requests in a row that failed: then none is sent for a while");
  field("breaker_pause", options.breaker_pause, "seconds of that while");
};

ServerOptions server_options(const std::string& owner, const ServerSettings& options) {
  check(!options.url.empty(), "{}: url is required, got none", owner);
  return {.url = options.url,
          .timeout = in_ms(owner, options.deadline),
          .retries = options.retries,
          .breaker_failures = options.breaker_failures,
          .breaker_pause = in_ms(owner, options.breaker_pause)};
}

struct HttpSettings : ServerSettings {
  bool tokens = false;
};

constexpr auto http_fields = [](auto& options, auto&& field) {
  server_fields(options, field);
  field("tokens", options.tokens, "sends the ids of the tokens too");
};

RewardSpec http_spec() {
  const std::string owner = "reward \"http\"";
  return {
      .name = "http",
      .description = "what a server says: the completions of a problem are posted as JSON; settings.KEY is sent along",
      .answer = "as the server wants it",
      .parameters = text::parameters_of<HttpSettings>(http_fields),
      .make =
          [owner](const Settings& settings) {
            const auto options = read<HttpSettings>(owner, settings, http_fields);
            return http(
                {.server = server_options(owner, options), .settings = forwarded(settings), .tokens = options.tokens});
          },
      .required = "url"};
}

struct CodeSettings : ServerSettings {
  bool fraction = false;
  double time_limit = 10;
};

constexpr auto code_fields = [](auto& options, auto&& field) {
  server_fields(options, field);
  field("fraction", options.fraction, "earns the share of tests passed");
  field("time_limit", options.time_limit, "seconds of a test, where the answer has none");
};

RewardSpec code_spec(std::string name, CodeService service, const std::string& description) {
  const std::string owner = "reward \"" + name + "\"";
  return {.name = std::move(name),
          .description = "1 if the last fenced block passes all tests, else 0; run by " + description,
          .answer = R"({"language": str, "tests": [{"stdin": str, "stdout": str}]}, optional "time_limit")",
          .parameters = text::parameters_of<CodeSettings>(code_fields),
          .make =
              [owner, service](const Settings& settings) {
                const auto options = text::read_settings<CodeSettings>(owner, settings, code_fields);
                return remote_code(service, {.server = server_options(owner, options),
                                             .fraction = options.fraction,
                                             .time_limit = options.time_limit});
              },
          .required = "url"};
}

}  // namespace

std::vector<RewardSpec> adapter_specs() {
  return {http_spec(), code_spec("piston", CodeService::piston, "Piston, url ending in /api/v2"), plugin_spec(),
          code_spec("sandbox_fusion", CodeService::sandbox_fusion, "SandboxFusion"), subprocess_spec()};
}

}  // namespace cohort::rewards
