// A query in the server's process beside one in a process of its own: bench_worker [RUNS].
//
// "new process" is fork and exec of this program, an engine and a first query; "waiting process" has done all that and
// gets the query through a socket; "in process" makes a connection of an engine that is there. CPU is what the whole
// costs, the process's start included; memory is what a worker that has answered one query keeps for itself.
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/executor.h"
#include "duck/engine.h"
#include "duck/memory_files.h"
#include "measure.h"

namespace {

using namespace tarn;
using Clock = std::chrono::steady_clock;

const duck::EngineOptions options{.memory_bytes = 1ull << 30, .threads = 2};
const std::string small = "SELECT 1 AS x";
// A result of some 50 MB of text.
const std::string large = "SELECT range AS a, 'a text of some length ' || range AS b FROM range(1000000)";

// What the process has for itself, in MiB: its pages that are no file's.
double private_mib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  long kib = 0;
  while (status >> word) {
    if (word == "RssAnon:") status >> kib;
  }
  return static_cast<double>(kib) / 1024;
}

double children_cpu() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void send_all(int socket, const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t count = ::write(socket, bytes.data() + at, bytes.size() - at);
    if (count <= 0) std::exit(1);
    at += static_cast<std::size_t>(count);
  }
}

// Runs the query and hands its rows over as lines of text, a megabyte at a time.
void answer(duck::Engine& engine, const std::string& sql, const std::function<void(const std::string&)>& give) {
  const auto connection = engine.connect(std::make_shared<duck::MemoryFiles>());
  const auto result = connection->run(sql);
  std::string text;
  while (const auto chunk = result->next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      for (std::size_t column = 0; column < result->columns().size(); ++column) {
        chunk->append_text(column, row, text);
        text += ',';
      }
      text += '\n';
    }
    if (text.size() < (1u << 20)) continue;
    give(text);
    text.clear();
  }
  give(text);
}

// The other side: a query comes, its rows go, then a NUL, then what the process keeps for itself.
int work(int socket) {
  set_thread_kind(ThreadKind::engine, "main");
  duck::Engine engine(options);
  std::array<char, 4096> query;
  for (;;) {
    const ssize_t length = ::read(socket, query.data(), query.size());
    if (length <= 0) return 0;
    answer(engine, std::string(query.data(), static_cast<std::size_t>(length)),
           [&](const std::string& text) { send_all(socket, text); });
    send_all(socket, std::string(1, '\0') + std::to_string(private_mib()) + "\n");
  }
}

struct Worker {
  int socket = -1;
  pid_t pid = 0;

  explicit Worker(const char* program) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) std::exit(1);
    const std::string name = std::to_string(ends[1]);
    pid = ::fork();
    if (pid == 0) {
      ::close(ends[0]);
      ::execl(program, program, "--worker", name.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    socket = ends[0];
  }
  ~Worker() {
    ::close(socket);
    int status = 0;
    ::waitpid(pid, &status, 0);
  }
  // What the worker says of its memory.
  double run(const std::string& sql) const {
    send_all(socket, sql);
    std::vector<char> buffer(1 << 20);
    std::string tail;
    while (tail.empty() || tail.back() != '\n') {
      const ssize_t count = ::read(socket, buffer.data(), buffer.size());
      if (count <= 0) std::exit(1);
      const char* const end = buffer.data() + count;
      const char* const mark = tail.empty() ? std::find(buffer.data(), const_cast<char*>(end), '\0') : buffer.data();
      tail.append(mark, end);
    }
    return std::atof(tail.c_str() + 1);
  }
};

struct Cost {
  double seconds = 1e9, cpu = 1e9;
};

Cost best(int runs, const std::function<void()>& action) {
  Cost cost;
  for (int i = 0; i < runs; ++i) {
    const auto start = Clock::now();
    const double cpu = bench::cpu_seconds() + children_cpu();
    action();
    cost.cpu = std::min(cost.cpu, bench::cpu_seconds() + children_cpu() - cpu);
    cost.seconds = std::min(cost.seconds, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return cost;
}

void print(const char* what, const Cost& cost) {
  std::printf("%-44s %9.2f ms %9.2f ms CPU\n", what, cost.seconds * 1e3, cost.cpu * 1e3);
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 2 && std::strcmp(arguments[1], "--worker") == 0) return work(std::atoi(arguments[2]));
  const int runs = count > 1 ? std::atoi(arguments[1]) : 10;
  std::printf("best of %d; load %.1f\n", runs, bench::load_average());
  double memory = 0;
  print("SELECT 1, new process, to its end", best(runs, [&] { memory = Worker("/proc/self/exe").run(small); }));
  {
    const Worker waiting("/proc/self/exe");
    waiting.run(small);
    print("SELECT 1, waiting process (its CPU not seen)", best(runs, [&] { waiting.run(small); }));
    print("50 MB of rows, waiting process (the same)", best(runs, [&] { waiting.run(large); }));
  }
  print("50 MB of rows, new process, to its end", best(runs, [&] { Worker("/proc/self/exe").run(large); }));
  // Last, so that no process is made of one with an engine.
  set_thread_kind(ThreadKind::engine, "main");
  duck::Engine engine(options);
  std::size_t bytes = 0;
  const auto give = [&](const std::string& text) { bytes += text.size(); };
  print("SELECT 1, in process", best(runs, [&] { answer(engine, small, give); }));
  print("50 MB of rows, in process", best(runs, [&] { answer(engine, large, give); }));
  std::printf("a worker that answered one query keeps %.0f MiB for itself\n", memory);
  return bytes > 0 ? 0 : 1;
}
