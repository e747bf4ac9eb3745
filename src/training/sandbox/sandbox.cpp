#include "training/sandbox/sandbox.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "training/sandbox/init_program.h"

namespace tarn::training {

namespace {

namespace fs = std::filesystem;

constexpr const char* bubblewrap = "/usr/bin/bwrap";
constexpr const char* prlimit = "/usr/bin/prlimit";
constexpr const char* inside_init = "/opt/tarn/init";
// Descriptors as the sandbox's own programs find them.
constexpr int info_reader_fd = 6;
constexpr int init_fd = 7;
constexpr int channel_fd = 8;
constexpr int info_fd = 9;
// A line that goes on without an end is cut, so that a program cannot fill the server's memory.
constexpr std::size_t max_line_bytes = 256 << 10;

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
    read.reset(ends[0]);
    write.reset(ends[1]);
  }
};

void add(std::vector<std::string>& arguments, std::initializer_list<std::string> more) {
  arguments.insert(arguments.end(), more);
}

// /bin and /lib are links into /usr on a merged system, folders on others.
void show_system_folder(std::vector<std::string>& arguments, const fs::path& path) {
  if (fs::is_symlink(path)) {
    add(arguments, {"--symlink", fs::read_symlink(path).string(), path.string()});
  } else if (fs::exists(path)) {
    add(arguments, {"--ro-bind", path.string(), path.string()});
  }
}

// What programs look for in /etc, and nothing about this machine's people or secrets.
void show_etc(std::vector<std::string>& arguments, const SandboxSpec& spec, const fs::path& made) {
  fs::create_directories(made);
  const auto write = [&](const char* name, const std::string& text) {
    std::ofstream(made / name) << text;
    add(arguments, {"--ro-bind", (made / name).string(), std::string("/etc/") + name});
  };
  write("passwd", "root:x:0:0:root:/root:/bin/sh\nsagemaker:x:1000:1000::/tmp:/bin/sh\n");
  write("group", "root:x:0:\nsagemaker:x:1000:\n");
  write("hosts", spec.hosts_file.empty() ? "127.0.0.1 localhost " + spec.host_name + "\n"
                                         : "127.0.0.1 localhost\n" + spec.hosts_file);
  write("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
  for (const char* name :
       {"/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/ssl/certs",
        "/etc/ssl/openssl.cnf", "/etc/ca-certificates", "/etc/localtime", "/etc/python3", "/etc/python3.11"}) {
    if (fs::exists(name)) add(arguments, {"--ro-bind", name, name});
  }
  if (spec.share_network && fs::exists("/etc/resolv.conf"))
    add(arguments, {"--ro-bind", "/etc/resolv.conf", "/etc/resolv.conf"});
}

// As many as a program may expect, if the server itself may have them.
std::string open_files_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return std::to_string(std::min<rlim_t>(limit.rlim_max, 65536));
}

// Limits of single processes, for which an allocation or a write fails. What is reserved and not used counts too, so a
// process may reserve a quarter more than all of them may use.
std::vector<std::string> process_limits(const SandboxLimits& limits) {
  std::vector<std::string> arguments = {prlimit, "--core=0", "--nofile=" + open_files_limit()};
  if (limits.memory_bytes > 0)
    arguments.push_back("--data=" + std::to_string(limits.memory_bytes + limits.memory_bytes / 4));
  if (limits.file_bytes > 0) arguments.push_back("--fsize=" + std::to_string(limits.file_bytes));
  add(arguments, {"--", bubblewrap});
  return arguments;
}

std::vector<std::string> sandbox_arguments(const SandboxSpec& spec) {
  std::vector<std::string> arguments = process_limits(spec.limits);
  add(arguments, {"--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"});
  if (!spec.share_network) add(arguments, {"--unshare-net"});
  add(arguments, {"--uid", "1000", "--gid", "1000", "--hostname", spec.host_name, "--new-session"});
  add(arguments, {"--as-pid-1", "--cap-drop", "ALL", "--clearenv", "--info-fd", std::to_string(info_fd)});
  if (spec.root.empty()) {
    for (const char* path : {"/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32"}) show_system_folder(arguments, path);
    show_etc(arguments, spec, spec.opt_ml.parent_path() / "etc");
  } else {
    for (const auto& entry : fs::directory_iterator(spec.root)) {
      const std::string name = "/" + entry.path().filename().string();
      if (name == "/proc" || name == "/dev" || name == "/tmp" || name == "/opt") continue;
      add(arguments, {entry.is_symlink() ? "--symlink" : "--ro-bind",
                      entry.is_symlink() ? fs::read_symlink(entry.path()).string() : entry.path().string(), name});
    }
  }
  add(arguments, {"--proc", "/proc", "--dev", "/dev"});
  if (spec.limits.memory_bytes > 0) add(arguments, {"--size", std::to_string(spec.limits.memory_bytes)});
  add(arguments, {"--tmpfs", "/dev/shm"});
  const fs::path temporary = spec.opt_ml.parent_path() / "tmp";
  fs::create_directories(temporary);
  add(arguments, {"--bind", temporary.string(), "/tmp"});
  add(arguments, {"--perms", "0555", "--ro-bind-data", std::to_string(init_fd), inside_init});
  add(arguments, {"--bind", spec.opt_ml.string(), "/opt/ml"});
  for (const auto& bind : spec.binds) {
    add(arguments, {bind.writable ? "--bind" : "--ro-bind", bind.source.string(), bind.target.string()});
  }
  for (const auto& [name, value] : spec.environment) add(arguments, {"--setenv", name, value});
  add(arguments, {"--chdir", spec.working_directory, "--", inside_init, std::to_string(channel_fd)});
  add(arguments, {std::to_string(spec.limits.memory_bytes), std::to_string(spec.limits.processes)});
  arguments.insert(arguments.end(), spec.command.begin(), spec.command.end());
  return arguments;
}

std::string read_all(int fd) {
  std::string text;
  char buffer[512];
  for (ssize_t got; (got = ::read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(got));
  return text;
}

// The first process's program, to be read from its beginning.
int open_init_program() {
  static const int memory = [] {
    const int fd = ::memfd_create("sandbox-init", MFD_CLOEXEC);
    const auto bytes = init_program();
    if (fd < 0 || ::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error("cannot keep the sandbox's first program in memory");
    return fd;
  }();
  // Opened anew, since duplicates share a position.
  return ::open(("/proc/self/fd/" + std::to_string(memory)).c_str(), O_RDONLY | O_CLOEXEC);
}

pid_t number_after(const std::string& text, const std::string& name) {
  std::size_t at = text.find(name);
  if (at == std::string::npos) return 0;
  at += name.size();
  while (at < text.size() && (text[at] < '0' || text[at] > '9')) ++at;
  pid_t value = 0;
  std::from_chars(text.data() + at, text.data() + text.size(), value);
  return value;
}

// A copy above the places that the sandbox's own programs know.
int lifted(int fd) {
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, info_fd + 1);
  if (copy < 0) throw std::runtime_error(std::string("cannot start a sandbox: ") + std::strerror(errno));
  return copy;
}

}  // namespace

struct SandboxedProcess::State {
  pid_t wrapper = 0;  // bwrap outside; its child inside is `init`, the first process of the namespace.
  pid_t init = 0;
  Descriptor wrapper_fd;
  Descriptor output;
  Descriptor channel;  // To the first process inside: when it closes, all inside ends.
  std::string partial;
  bool output_ended = false;
  std::optional<int> wait_status;
};

SandboxedProcess::SandboxedProcess(const SandboxSpec& spec) : state_(std::make_unique<State>()) {
  Pipe output;
  Pipe info;
  int channel[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0)
    throw std::runtime_error("cannot make a socket");
  state_->channel.reset(channel[0]);
  Descriptor inside(lifted(channel[1]));
  ::close(channel[1]);
  const Descriptor program(open_init_program());
  const Descriptor init(lifted(program.get()));
  Descriptor info_write(lifted(info.write.get()));
  const Descriptor info_read(lifted(info.read.get()));
  const auto arguments = sandbox_arguments(spec);
  std::vector<char*> argv;
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  char* const environment[] = {nullptr};

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output.write.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, output.write.get(), 2);
  posix_spawn_file_actions_adddup2(&actions, init.get(), init_fd);
  posix_spawn_file_actions_adddup2(&actions, inside.get(), channel_fd);
  posix_spawn_file_actions_adddup2(&actions, info_write.get(), info_fd);
  // bubblewrap tells of itself, then lets its inner process go on: it must not fail at the first because we are gone.
  posix_spawn_file_actions_adddup2(&actions, info_read.get(), info_reader_fd);
  posix_spawn_file_actions_addclosefrom_np(&actions, info_fd + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t defaults;
  sigemptyset(&none);
  sigfillset(&defaults);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const int failed = ::posix_spawn(&state_->wrapper, prlimit, &actions, &attributes, argv.data(), environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) throw std::runtime_error(std::string("cannot start a sandbox: ") + std::strerror(failed));

  state_->wrapper_fd.reset(static_cast<int>(::syscall(SYS_pidfd_open, state_->wrapper, 0)));
  output.write.reset();
  info.write.reset();
  info_write.reset();
  inside.reset();
  state_->init = number_after(read_all(info.read.get()), "child-pid");
  state_->output.reset(::fcntl(output.read.get(), F_DUPFD_CLOEXEC, 0));
  ::fcntl(state_->output.get(), F_SETFL, O_NONBLOCK);
}

SandboxedProcess::~SandboxedProcess() {
  if (state_->wait_status) return;
  kill();
  int status = 0;
  ::waitpid(state_->wrapper, &status, 0);
}

void SandboxedProcess::read_output(const std::function<void(const std::string&)>& line) {
  char buffer[64 << 10];
  // Bounded, so that a program that never stops talking cannot keep its watcher here.
  for (int round = 0; round < 64; ++round) {
    const ssize_t got = ::read(state_->output.get(), buffer, sizeof buffer);
    if (got == 0) state_->output_ended = true;
    if (got <= 0) break;
    std::string& partial = state_->partial;
    partial.append(buffer, static_cast<std::size_t>(got));
    std::size_t start = 0;
    for (std::size_t end; (end = partial.find('\n', start)) != std::string::npos; start = end + 1) {
      std::string one = partial.substr(start, end - start);
      if (one.ends_with('\r')) one.pop_back();
      line(one);
    }
    partial.erase(0, start);
    if (partial.size() > max_line_bytes) line(std::exchange(partial, {}));
  }
}

std::optional<Exit> SandboxedProcess::poll(int timeout_ms, const std::function<void(const std::string&)>& line) {
  pollfd pollers[2] = {{.fd = state_->output_ended ? -1 : state_->output.get(), .events = POLLIN, .revents = 0},
                       {.fd = state_->wait_status ? -1 : state_->wrapper_fd.get(), .events = POLLIN, .revents = 0}};
  ::poll(pollers, 2, timeout_ms);
  if (!state_->output_ended) read_output(line);
  if (!state_->wait_status && pollers[1].revents != 0) {
    int status = 0;
    if (::waitpid(state_->wrapper, &status, WNOHANG) == state_->wrapper) state_->wait_status = status;
  }
  if (!state_->wait_status) return std::nullopt;
  // The wrapper has ended, and with it everything inside: what is in the pipe is all there will be.
  for (int round = 0; round < 1024 && !state_->output_ended; ++round) {
    const std::size_t before = state_->partial.size();
    read_output(line);
    if (state_->partial.size() == before) break;
  }
  if (!state_->partial.empty()) line(std::exchange(state_->partial, {}));
  const int status = *state_->wait_status;
  Exit exit{.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)};
  char message[64] = {};
  if (::recv(state_->channel.get(), message, sizeof message - 1, MSG_DONTWAIT) > 0) {
    const std::string_view told = message;
    exit.broken = told.starts_with("memory") ? Exit::Broken::memory : Exit::Broken::processes;
    exit.used = std::strtoull(message + std::min(told.find(' '), told.size()), nullptr, 10);
  }
  return exit;
}

void SandboxedProcess::terminate() {
  // Waits in the channel if the program has not begun.
  if (!state_->wait_status) ::send(state_->channel.get(), "T", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void SandboxedProcess::kill() {
  if (state_->wait_status) return;
  ::shutdown(state_->channel.get(), SHUT_WR);
  // The end of a namespace's first process is the end of all in it, and of the wrapper, which waits for it. The wrapper
  // itself is let be: killed too early, it would leave the other waiting for it.
  if (state_->init > 0) ::kill(state_->init, SIGKILL);
}

std::string missing_for_sandbox() {
  if (::access(bubblewrap, X_OK) != 0) return "bubblewrap (package bubblewrap)";
  if (::access(prlimit, X_OK) != 0) return "prlimit (package util-linux)";
  return {};
}

}  // namespace tarn::training
