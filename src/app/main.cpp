// tarn: the command line.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "app/admin.h"
#include "app/options.h"
#include "app/serve.h"
#include "base/encoding.h"
#include "training/algorithms/container.h"

// Read by jemalloc, where it is linked in: what was freed goes back to the system after a second.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "dirty_decay_ms:1000,muzzy_decay_ms:0";
}

namespace {

using namespace tarn;
using namespace tarn::app;

// What the command line says, by name; only what was given.
struct CommandLine {
  std::map<std::string, std::vector<std::string>> values;
  std::map<std::string, bool> flags;
  std::map<std::string, CLI::Option*> options;

  void declare(CLI::App& command) {
    for (const Setting& setting : settings()) {
      const std::string name(setting.name);
      const std::string spelled = "--" + name;
      const std::string help(setting.help);
      if (setting.kind == Setting::Kind::flag) {
        options[name] = command.add_flag(spelled, flags[name], help);
      } else {
        CLI::Option* const option = command.add_option(spelled, values[name], help);
        option->type_name(std::string(setting.value_name));
        if (setting.kind == Setting::Kind::text) option->expected(1);
        options[name] = option;
      }
    }
  }

  Given given() const {
    Given out;
    for (const auto& [name, option] : options) {
      if (option->count() == 0) continue;
      const auto flag = flags.find(name);
      out[name] = flag != flags.end() ? std::vector<std::string>{flag->second ? "true" : "false"} : values.at(name);
    }
    return out;
  }
};

Given settings_of_file(const std::string& name) {
  std::ifstream file(name);
  if (!file) throw std::runtime_error("cannot read " + name);
  return settings_of_toml(std::string(std::istreambuf_iterator<char>(file), {}), name);
}

int run_serve(const CommandLine& line, std::string config_file) {
  if (config_file.empty()) {
    if (const char* const variable = std::getenv("TARN_CONFIG")) config_file = variable;
  }
  std::vector<Given> sources = {line.given(), settings_of_environment(&std::getenv)};
  if (!config_file.empty()) sources.push_back(settings_of_file(config_file));
  return serve(serve_options(sources));
}

int ask(const std::string& data_dir, std::string_view method, const std::string& target) {
  const AdminAnswer answer = ask_server(data_dir, method, target);
  std::fputs(answer.body.c_str(), answer.status == 200 ? stdout : stderr);
  return answer.status == 200 ? 0 : 1;
}

std::string default_data_dir() {
  const char* const variable = std::getenv("TARN_DATA_DIR");
  return variable && *variable ? variable : ServeOptions().data_dir;
}

bool has_command(const CLI::App& app, std::string_view name) {
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  return std::ranges::any_of(commands, [&](const CLI::App* command) { return command->get_name() == name; });
}

int run(int argc, char** argv) {
  CLI::App app("Tarn: an ML data lake behind the AWS APIs");
  app.require_subcommand(1);
  std::string data_dir = default_data_dir();
  std::string config_file;
  std::string account_name;
  CommandLine line;

  CLI::App& serve_command = *app.add_subcommand("serve", "run the server");
  line.declare(serve_command);
  serve_command.add_option("--config", config_file, "a TOML file with these settings")->type_name("FILE");
  CLI::App& env_command = *app.add_subcommand("env", "print what points a shell at the server that runs");
  env_command.add_option("--data-dir", data_dir, "the server's data folder")->type_name("DIR");
  CLI::App& account_command = *app.add_subcommand("account", "accounts of the server that runs");
  account_command.require_subcommand(1);
  CLI::App& create_command = *account_command.add_subcommand("create", "make another account; prints its root's key");
  create_command.add_option("name", account_name, "its name")->required();
  create_command.add_option("--data-dir", data_dir, "the server's data folder")->type_name("DIR");
  CLI::App& list_command = *account_command.add_subcommand("list", "print all accounts, without secrets");
  list_command.add_option("--data-dir", data_dir, "the server's data folder")->type_name("DIR");
  CLI::App& version_command = *app.add_subcommand("version", "print the version");

  if (argc > 1 && argv[1][0] != '-' && !has_command(app, argv[1])) {
    std::fprintf(stderr, "tarn: no such command: %s\nRun with --help for more information.\n", argv[1]);
    return 1;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  if (serve_command) return run_serve(line, config_file);
  if (env_command) return ask(data_dir, "GET", "/environment");
  if (create_command) return ask(data_dir, "POST", "/accounts?name=" + uri_encode(account_name));
  if (list_command) return ask(data_dir, "GET", "/accounts");
  if (version_command) std::puts("tarn " TARN_VERSION);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    // What sandboxes run: not for people, and so not in the help.
    if (argc > 1 && std::string_view(argv[1]) == "algorithm") {
      return algorithms::algorithm_main(std::vector<std::string>(argv + 2, argv + argc));
    }
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tarn: %s\n", error.what());
    return 1;
  }
}
