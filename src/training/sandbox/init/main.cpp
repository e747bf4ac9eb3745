// The first process of a sandbox's namespace: starts the program, and sees to it that nothing outlives the server.
//
//   sandbox_init CHANNEL MEMORY_BYTES MOST_PROCESSES COMMAND…
//
// CHANNEL is a socket whose other end the server alone holds. When that end closes, however the server ended, this
// process ends, and with it, by the kernel's rule for the first process of a namespace, everything in the sandbox.
// bubblewrap's --die-with-parent does not give that, and is not used: it asks for a signal some milliseconds after its
// start, in vain if its parent is gone by then; and where the signal ends bubblewrap's outer process, its inner one may
// wait for it for ever. Here there is no such moment: who reads from a closed channel knows.
//
// The server sends "T" for SIGTERM. It is told "memory BYTES" or "processes COUNT" when a limit is broken (0: none);
// the sandbox ends then. The program cannot end, stop or trace the first process, and cannot see the channel.
//
// Linked statically and without the C++ library, so that it runs in any root file system and starts at once.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr int look_every_ms = 100;
constexpr int killed = 128 + SIGKILL;

using Bytes = unsigned long long;

struct Limits {
  Bytes memory;
  unsigned long processes;
};

struct Usage {
  Bytes memory = 0;
  unsigned long processes = 0;
};

// The text of a small file of /proc; empty if its process has ended.
size_t read_text(const char* path, char* text, size_t size) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text[0] = 0;
  const ssize_t got = read(fd, text, size - 1);
  close(fd);
  text[got > 0 ? got : 0] = 0;
  return got > 0 ? static_cast<size_t>(got) : 0;
}

// Memory that is the process's own: without files that it has mapped.
Bytes resident_bytes(const char* process) {
  char path[64], text[256];
  snprintf(path, sizeof path, "/proc/%.20s/statm", process);
  if (!read_text(path, text, sizeof text)) return 0;
  Bytes size = 0, resident = 0, shared = 0;
  if (sscanf(text, "%llu %llu %llu", &size, &resident, &shared) != 3 || shared > resident) return 0;
  return (resident - shared) * static_cast<Bytes>(sysconf(_SC_PAGESIZE));
}

// The same, with pages that a fork shares counted by halves. Dear: it walks the process's pages.
Bytes proportional_bytes(const char* process) {
  char path[64], text[2048];
  snprintf(path, sizeof path, "/proc/%.20s/smaps_rollup", process);
  read_text(path, text, sizeof text);
  const char* const line = strstr(text, "Pss_Anon:");
  Bytes kilobytes = 0;
  if (!line || sscanf(line, "Pss_Anon: %llu", &kilobytes) != 1) return resident_bytes(process);
  return kilobytes << 10;
}

Bytes shared_memory_bytes() {
  struct statvfs status{};
  if (statvfs("/dev/shm", &status) != 0) return 0;
  return static_cast<Bytes>(status.f_blocks - status.f_bfree) * status.f_frsize;
}

Usage measure(Bytes (*bytes_of)(const char*)) {
  Usage usage{.memory = shared_memory_bytes()};
  DIR* const processes = opendir("/proc");
  if (!processes) return usage;
  while (const dirent* const entry = readdir(processes)) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    ++usage.processes;
    usage.memory += bytes_of(entry->d_name);
  }
  closedir(processes);
  return usage;
}

// Tells the server what was broken, if anything was.
bool broken(const Limits& limits, int channel) {
  char message[64];
  Usage usage = measure(resident_bytes);
  if (limits.memory && usage.memory > limits.memory) usage.memory = measure(proportional_bytes).memory;
  if (limits.memory && usage.memory > limits.memory) {
    snprintf(message, sizeof message, "memory %llu", usage.memory);
  } else if (limits.processes && usage.processes > limits.processes) {
    snprintf(message, sizeof message, "processes %lu", usage.processes);
  } else {
    return false;
  }
  send(channel, message, strlen(message), MSG_NOSIGNAL | MSG_DONTWAIT);
  return true;
}

// The kernel, short of memory, ends what is in here before it ends the server.
void offer_to_the_kernel() {
  const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  (void)!write(fd, "900", 3);
  close(fd);
}

pid_t start(char** command) {
  const pid_t program = fork();
  if (program != 0) return program;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execvp(command[0], command);
  const int failed = errno;
  fprintf(stderr, "cannot run %s: %s\n", command[0], strerror(failed));
  _exit(failed == ENOENT ? 127 : 126);
}

// Takes in what has ended. Ends with the program, as the program ended.
void reap(pid_t program) {
  int status = 0;
  for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (ended == program) _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  }
}

void hear(int channel, pid_t program) {
  char message[16];
  const ssize_t got = recv(channel, message, sizeof message, MSG_DONTWAIT);
  if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) _exit(killed);
  if (got > 0 && message[0] == 'T') kill(program, SIGTERM);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) return 64;
  const int channel = atoi(arguments[1]);
  const Limits limits{.memory = strtoull(arguments[2], nullptr, 10), .processes = strtoul(arguments[3], nullptr, 10)};
  // The program sees nothing of what bubblewrap was given.
  close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
  offer_to_the_kernel();
  // Who may not be dumped may not be traced by what runs beside it.
  prctl(PR_SET_DUMPABLE, 0);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGCHLD);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  const int ended = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  pollfd pollers[] = {{.fd = channel, .events = POLLIN, .revents = 0}, {.fd = ended, .events = POLLIN, .revents = 0}};
  // The server may be gone before there is a program.
  if (char byte; recv(channel, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0) return killed;
  const pid_t program = start(arguments + 4);
  if (program < 0) return 71;
  while (true) {
    poll(pollers, 2, look_every_ms);
    if (pollers[0].revents) hear(channel, program);
    signalfd_siginfo signal{};
    while (read(ended, &signal, sizeof signal) > 0) {
    }
    reap(program);
    if (broken(limits, channel)) return killed;
  }
}
