#include "training/sandbox/leftovers.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <thread>

#include "base/eventually.h"
#include "training/sandbox/sandbox.h"

namespace tarn::training {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// Processes of this machine, wherever they hide, that have this among their arguments.
std::vector<pid_t> processes_named(const std::string& argument) {
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name[0] < '0' || name[0] > '9') continue;
    std::ifstream file(entry.path() / "cmdline", std::ios::binary);
    const std::string all(std::istreambuf_iterator<char>(file), {});
    if (all.find(argument) != std::string::npos) found.push_back(std::stoi(name));
  }
  return found;
}

class LeftoversTest : public testing::Test {
 protected:
  LeftoversTest() {
    fs::create_directories(work / "job-one-a1b2c3d4" / "opt-ml");
    fs::create_directories(others / "job-one-e5f6a7b8" / "opt-ml");
  }
  ~LeftoversTest() override { fs::remove_all(top); }

  // Deaf to SIGTERM, with a child in a session of its own, waiting for a pipe that nobody feeds.
  SandboxSpec stubborn(const fs::path& folder) const {
    return {.command = {"/bin/sh", "-c",
                        "trap '' TERM; setsid sleep " + marker + " & mkfifo /opt/ml/$$; echo ready; cat /opt/ml/$$ - " +
                            marker},
            .environment = {{"PATH", "/usr/bin:/bin"}},
            .opt_ml = folder / "opt-ml"};
  }

  // A server that runs one program and is killed after a while.
  void serve_and_die(std::chrono::microseconds after) const {
    const pid_t server = ::fork();
    if (server == 0) {
      SandboxedProcess process(stubborn(work / "job-one-a1b2c3d4"));
      while (true) process.poll(1000, [](const auto&) {});
    }
    std::this_thread::sleep_for(after);
    ::kill(server, SIGKILL);
    ::waitpid(server, nullptr, 0);
  }

  // bubblewrap without our first process and without --die-with-parent, as if all else had failed.
  pid_t start_bare(const fs::path& folder) const {
    const std::string command = "exec bwrap --unshare-user --unshare-pid --ro-bind / / --proc /proc --bind " +
                                (folder / "opt-ml").string() + " /opt -- sleep " + marker;
    const char* const arguments[] = {"/bin/sh", "-c", command.c_str(), nullptr};
    pid_t process = 0;
    EXPECT_EQ(::posix_spawn(&process, "/bin/sh", nullptr, nullptr, const_cast<char**>(arguments), environ), 0);
    return process;
  }

  fs::path top = "/tmp/tarn-leftovers-" + std::to_string(::getpid());
  fs::path work = top / "jobs";
  fs::path others = top / "others";
  std::string marker = "77777." + std::to_string(::getpid());
};

TEST_F(LeftoversTest, NothingOutlivesAServerThatIsKilledAtAnyMoment) {
  std::mt19937 random(7);
  for (int round = 0; round < 40; ++round) {
    // Most within the start of a sandbox, which takes some ten milliseconds; some when its program runs.
    const auto after = round % 4 == 3 ? 150ms : std::chrono::microseconds(random() % 40'000);
    serve_and_die(std::chrono::duration_cast<std::chrono::microseconds>(after));
  }
  EXPECT_TRUE(eventually([&] { return processes_named(marker).empty(); })) << processes_named(marker).size();
  EXPECT_TRUE(processes_of_sandboxes(work).empty());
}

TEST_F(LeftoversTest, WhatRunsIsSeenUntilItsServerIsKilled) {
  const pid_t server = ::fork();
  if (server == 0) {
    SandboxedProcess process(stubborn(work / "job-one-a1b2c3d4"));
    while (true) process.poll(1000, [](const auto&) {});
  }
  EXPECT_TRUE(eventually([&] { return processes_of_sandboxes(work).size() >= 3; }));
  EXPECT_TRUE(processes_of_sandboxes(others).empty());
  ::kill(server, SIGKILL);
  ::waitpid(server, nullptr, 0);
  EXPECT_TRUE(eventually([&] { return processes_of_sandboxes(work).empty(); }));
}

TEST_F(LeftoversTest, LeftoversAreEndedAndOthersAreNot) {
  const pid_t left = start_bare(work / "job-one-a1b2c3d4");
  const pid_t other = start_bare(others / "job-one-e5f6a7b8");
  ASSERT_TRUE(eventually([&] { return processes_of_sandboxes(others).size() >= 2; }));
  ASSERT_TRUE(eventually([&] { return processes_of_sandboxes(work).size() >= 2; }));
  EXPECT_GE(end_leftovers(work), 1u);
  EXPECT_TRUE(processes_of_sandboxes(work).empty());
  ::waitpid(left, nullptr, 0);
  EXPECT_GE(processes_of_sandboxes(others).size(), 2u);
  EXPECT_GE(end_leftovers(others), 1u);
  ::waitpid(other, nullptr, 0);
  EXPECT_EQ(end_leftovers(work), 0u);
  EXPECT_EQ(end_leftovers(top / "no such folder"), 0u);
}

}  // namespace
}  // namespace tarn::training
