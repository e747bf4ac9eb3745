// app: the program. What the server is told to do, where its data lies, which implementations it is made of.
//
// Settings come from the command line, from TARN_* variables, or from one TOML file, in that order: each setting has
// one name, spelled --data-dir, TARN_DATA_DIR and data_dir.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "http/http.h"

namespace tarn::app {

struct Setting {
  std::string_view name;  // "data-dir"
  enum class Kind { text, list, flag } kind;
  std::string_view value_name;  // "DIR"
  std::string_view help;
};
const std::vector<Setting>& settings();

// The values of the settings that were given, by name. A flag's value is "true" or "false".
using Given = std::map<std::string, std::vector<std::string>, std::less<>>;

// What the environment says; `lookup` is getenv, or a test's.
Given settings_of_environment(const std::function<const char*(const char*)>& lookup);
// What a TOML file says. Throws std::runtime_error that names the line, or a key that nobody knows.
Given settings_of_toml(std::string_view text, std::string_view file_name);

struct ServeOptions {
  std::string data_dir = "./tarn-data";
  std::vector<std::string> listen = {"127.0.0.1:9320"};
  std::vector<std::string> domains;
  std::string region = "us-east-1";
  std::optional<http::TlsOptions> tls;
  unsigned threads = 0;
  std::map<std::string, std::string> tiers;            // Storage class → folder, where it is not in the data folder.
  std::map<std::string, std::string> images;           // Name of an image → file:///path.
  std::map<std::string, std::string> webhooks;         // Name → URL.
  std::map<std::string, std::string> webhook_secrets;  // Name → what their requests are signed with.
  std::map<std::string, std::string> replication_targets;  // Name → URL.
  std::map<std::string, std::string> replication_keys;     // Name → access key id:secret.
  unsigned scrub_mib_per_second = 8;                       // 0: never.
  log::Level log_level = log::Level::info;
  bool test_clock = false;
  std::optional<unsigned> lifecycle_day_seconds;
  bool relaxed = false;
  bool sealed = true;  // New bytes are encrypted at rest.
  // Of rows that were read, small objects' bytes among them; it fills as they are.
  std::optional<unsigned> metadata_cache_mib;  // None: a sixteenth of the machine's memory, within limits.
  // Of all queries together. Beyond the memory they spill, beyond that they fail.
  std::optional<unsigned> query_memory_mib;  // None: a quarter of the machine's.
  unsigned query_threads = 0;                // 0: one a core.
  unsigned query_spill_mib = 16 << 10;
};

// Earlier ones go before later ones. Throws std::runtime_error that names the setting and what is wrong with it.
ServeOptions serve_options(const std::vector<Given>& sources);

}  // namespace tarn::app
