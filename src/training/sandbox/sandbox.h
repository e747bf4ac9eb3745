// Sandbox: a program of a customer, shut away by bubblewrap.
//
// It sees /usr and /lib* read-only, a made /etc, its own /opt/ml, /tmp, /dev and /proc; never the server's data folder,
// home or environment. It has its own user, process, IPC and host-name namespaces, no capabilities, no way to new
// privileges, and unless its network is shared, no network but its own loopback. Its memory and its processes are
// counted (init/main.cpp). However the server ends, everything in the sandbox ends with it, at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarn::training {

struct Bind {
  std::filesystem::path source;
  std::filesystem::path target;
  bool writable = false;
};

// What the program and all that it starts may use together; 0: as much as there is.
struct SandboxLimits {
  std::uint64_t memory_bytes = 0;
  std::uint64_t file_bytes = 0;  // Of one file.
  std::uint64_t processes = 4096;
};

struct SandboxSpec {
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;
  // Becomes /opt/ml, writable. Beside it, "etc" is made, and "tmp", which becomes /tmp.
  std::filesystem::path opt_ml;
  std::vector<Bind> binds;
  std::filesystem::path root;  // An operator's root file system in place of the host's /usr; empty: the host's.
  std::string working_directory = "/opt/ml";
  std::string host_name = "algo-1";
  // Lines of /etc/hosts besides localhost's, of which one must name host_name; empty: it is at 127.0.0.1.
  std::string hosts_file;
  bool share_network = false;
  SandboxLimits limits;
};

// How a program ended.
struct Exit {
  int status = 0;  // 128 + the signal's number if a signal ended it.
  enum class Broken { nothing, memory, processes } broken = Broken::nothing;  // The limit that it was ended for.
  std::uint64_t used = 0;                                                     // Of what was limited.
};

class SandboxedProcess {
 public:
  // Throws std::runtime_error when the sandbox cannot be made.
  explicit SandboxedProcess(const SandboxSpec& spec);
  // Kills what still runs.
  ~SandboxedProcess();
  SandboxedProcess(const SandboxedProcess&) = delete;
  SandboxedProcess& operator=(const SandboxedProcess&) = delete;

  // Waits up to `timeout_ms` for output or the end. Complete lines of both its streams go to `line`; the rest of a line
  // without an end follows when the program has ended. Returns the exit once it has ended and all was read.
  std::optional<Exit> poll(int timeout_ms, const std::function<void(const std::string&)>& line);

  // SIGTERM to the program itself, as `docker stop` sends it.
  void terminate();
  // SIGKILL to all that is in the sandbox.
  void kill();

 private:
  void read_output(const std::function<void(const std::string&)>& line);
  struct State;
  std::unique_ptr<State> state_;
};

// Is there what a sandbox needs on this machine? Empty, or what is missing.
std::string missing_for_sandbox();

}  // namespace tarn::training
