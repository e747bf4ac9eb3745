#include "training/sandbox/sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "base/eventually.h"

namespace tarn::training {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;

class SandboxTest : public testing::Test {
 protected:
  SandboxTest() {
    std::filesystem::create_directories(folder / "opt-ml");
    std::ofstream(folder / "secret") << "the server's";
  }
  ~SandboxTest() override { std::filesystem::remove_all(folder); }

  SandboxSpec shell(const std::string& script) {
    return {
        .command = {"/bin/sh", "-c", script}, .environment = {{"PATH", "/usr/bin:/bin"}}, .opt_ml = folder / "opt-ml"};
  }
  struct Outcome {
    int status;
    std::vector<std::string> lines;
    Exit::Broken broken;
    std::uint64_t used;
    std::string text() const {
      std::string all;
      for (const auto& line : lines) all += line + "\n";
      return all;
    }
  };
  Outcome run(const SandboxSpec& spec) {
    Outcome outcome{};
    SandboxedProcess process(spec);
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < until) {
      if (const auto exit = process.poll(100, [&](const auto& line) { outcome.lines.push_back(line); })) {
        outcome.status = exit->status;
        outcome.broken = exit->broken;
        outcome.used = exit->used;
        return outcome;
      }
    }
    ADD_FAILURE() << "did not end";
    return outcome;
  }

  std::filesystem::path folder = "/tmp/tarn-sandbox-" + std::to_string(::getpid());
};

TEST_F(SandboxTest, TellsLinesAndStatus) {
  const auto outcome = run(shell("echo one; echo two >&2; printf three; exit 7"));
  EXPECT_EQ(outcome.status, 7);
  EXPECT_EQ(outcome.lines, (std::vector<std::string>{"one", "two", "three"}));
}

TEST_F(SandboxTest, SeesItsOwnFolderAndNothingOfTheServer) {
  ::setenv("TARN_TEST_SECRET", "not for you", 1);
  const auto outcome =
      run(shell("echo made > /opt/ml/file; cat " + (folder / "secret").string() + "; ls " + folder.string() +
                "; ls /root /home /var /work; env; ls /; cat /etc/shadow; touch /usr/x; touch /etc/x"));
  ::unsetenv("TARN_TEST_SECRET");
  EXPECT_EQ(outcome.text().find("the server's"), std::string::npos);
  EXPECT_EQ(outcome.text().find("not for you"), std::string::npos);
  EXPECT_THAT(outcome.text(), HasSubstr("cannot access '" + folder.string() + "'"));
  EXPECT_THAT(outcome.text(), HasSubstr("cannot access '/root'"));
  EXPECT_THAT(outcome.text(), HasSubstr("/etc/shadow: No such file"));
  EXPECT_THAT(outcome.text(), HasSubstr("cannot touch '/usr/x'"));
  std::ifstream file(folder / "opt-ml" / "file");
  std::string made;
  file >> made;
  EXPECT_EQ(made, "made");
}

TEST_F(SandboxTest, SeesNoOtherProcessesAndHasNoPrivileges) {
  const auto outcome =
      run(shell("ls /proc | grep -c '^[0-9]'; id -u; hostname; grep CapEff /proc/self/status; kill -9 " +
                std::to_string(::getpid()) + " 2>&1"));
  ASSERT_GE(outcome.lines.size(), 4u);
  EXPECT_LE(std::stoi(outcome.lines[0]), 4);
  EXPECT_EQ(outcome.lines[1], "1000");
  EXPECT_EQ(outcome.lines[2], "algo-1");
  EXPECT_THAT(outcome.lines[3], HasSubstr("0000000000000000"));
}

TEST_F(SandboxTest, HasNoNetworkUnlessItIsShared) {
  auto spec = shell("cat /proc/net/dev | grep -v -e Inter -e face -e lo: | wc -l");
  EXPECT_EQ(run(spec).lines, std::vector<std::string>{"0"});
}

TEST_F(SandboxTest, ASignalReachesTheProgramItself) {
  SandboxedProcess process(shell("trap 'echo stopping; exit 3' TERM; echo ready; while true; do sleep 0.05; done"));
  std::vector<std::string> lines;
  const auto take = [&](const std::string& line) { lines.push_back(line); };
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (lines.empty() && std::chrono::steady_clock::now() < until) process.poll(50, take);
  process.terminate();
  std::optional<Exit> exit;
  while (!exit && std::chrono::steady_clock::now() < until) exit = process.poll(50, take);
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->status, 3);
  EXPECT_THAT(lines, Contains("stopping"));
}

TEST_F(SandboxTest, KillEndsAllThatIsInside) {
  SandboxedProcess process(shell("trap '' TERM; echo ready; sleep 1000 & sleep 1000"));
  std::vector<std::string> lines;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  const auto take = [&](const std::string& line) { lines.push_back(line); };
  while (lines.empty() && std::chrono::steady_clock::now() < until) process.poll(50, take);
  process.kill();
  std::optional<Exit> exit;
  while (!exit && std::chrono::steady_clock::now() < until) exit = process.poll(50, take);
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->status, 137);
}

TEST_F(SandboxTest, ASignalThatComesBeforeTheProgramWaitsForIt) {
  SandboxedProcess process(shell("sleep 1000"));
  process.terminate();
  std::optional<Exit> exit;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!exit && std::chrono::steady_clock::now() < until) exit = process.poll(50, [](const auto&) {});
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->status, 128 + 15);
}

TEST_F(SandboxTest, TheFirstProcessIsOutOfTheProgramsReach) {
  const auto outcome =
      run(shell("kill -9 1; kill -STOP 1; ls -l /proc/1/fd 2>&1; cat /proc/1/environ 2>&1; ls /proc/self/fd; "
                "sleep 0.3; echo alive; exit 5"));
  EXPECT_EQ(outcome.status, 5);
  EXPECT_THAT(outcome.text(), HasSubstr("/proc/1/fd"));
  EXPECT_THAT(outcome.text(), HasSubstr("Permission denied"));
  EXPECT_THAT(outcome.lines, Contains("alive"));
  // 0, 1, 2, and the folder that ls looks at: no way to the server.
  EXPECT_THAT(outcome.text(), HasSubstr("0\n1\n2\n3\nalive"));
}

TEST_F(SandboxTest, WhatTheProgramLeavesBehindEndsWithIt) {
  const auto outcome = run(shell("setsid sleep 4242.1 & echo left"));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.lines, std::vector<std::string>{"left"});
}

TEST_F(SandboxTest, TheProgramsStatusIsTold) {
  EXPECT_EQ(run(shell("kill -SEGV $$")).status, 128 + 11);
  auto absent = shell("");
  absent.command = {"no-such-program"};
  EXPECT_EQ(run(absent).status, 127);
  auto folder_as_program = shell("");
  folder_as_program.command = {"/usr"};
  EXPECT_EQ(run(folder_as_program).status, 126);
}

TEST_F(SandboxTest, TemporaryFilesLieInTheJobsFolder) {
  EXPECT_EQ(run(shell("echo kept > /tmp/file; stat -c %a /tmp")).status, 0);
  std::ifstream file(folder / "tmp" / "file");
  std::string kept;
  file >> kept;
  EXPECT_EQ(kept, "kept");
}

TEST_F(SandboxTest, AnEndlessLineIsCut) {
  const auto outcome = run(shell("head -c 1000000 /dev/zero | tr '\\0' x"));
  std::size_t all = 0;
  for (const auto& line : outcome.lines) {
    EXPECT_LE(line.size(), 400'000u);
    all += line.size();
  }
  EXPECT_EQ(all, 1'000'000u);
}

TEST_F(SandboxTest, AProgramThatIsNotThereFails) {
  auto spec = shell("");
  spec.command = {"/no/such/program"};
  const auto outcome = run(spec);
  EXPECT_NE(outcome.status, 0);
  EXPECT_THAT(outcome.text(), HasSubstr("/no/such/program"));
}

// ---- limits

constexpr std::uint64_t mebibyte = 1 << 20;

TEST_F(SandboxTest, OneProcessCannotTakeMoreMemoryThanAll) {
  auto spec = shell("head -c 400000000 /dev/zero | tail -c 400000000 | wc -c");
  spec.limits.memory_bytes = 256 * mebibyte;
  const auto outcome = run(spec);
  EXPECT_TRUE(outcome.broken == Exit::Broken::memory || outcome.text().find("memory exhausted") != std::string::npos)
      << outcome.text();
}

TEST_F(SandboxTest, ProcessesThatTakeTooMuchTogetherAreEnded) {
  auto spec = shell(
      "(head -c 170000000 /dev/zero; sleep 20) | tail -c 170000000 > /dev/null &"
      "(head -c 170000000 /dev/zero; sleep 20) | tail -c 170000000 > /dev/null & wait");
  spec.limits.memory_bytes = 256 * mebibyte;
  const auto outcome = run(spec);
  EXPECT_EQ(outcome.status, 137);
  EXPECT_EQ(outcome.broken, Exit::Broken::memory);
  EXPECT_GT(outcome.used, 256 * mebibyte);
  EXPECT_LT(outcome.used, 512 * mebibyte);
}

TEST_F(SandboxTest, FilesInMemoryCount) {
  auto spec = shell(
      "(head -c 200000000 /dev/zero; sleep 20) | tail -c 200000000 > /dev/null & "
      "head -c 200000000 /dev/zero > /dev/shm/file; wait");
  spec.limits.memory_bytes = 256 * mebibyte;
  EXPECT_EQ(run(spec).broken, Exit::Broken::memory);
  spec.command.back() = "head -c 400000000 /dev/zero > /dev/shm/file";
  EXPECT_THAT(run(spec).text(), HasSubstr("No space left on device"));
}

TEST_F(SandboxTest, MemoryThatForksShareCountsOnce) {
  auto spec = shell("");
  spec.command = {"/usr/bin/python3", "-c",
                  "import os, time\n"
                  "data = b'x' * (150 << 20)\n"
                  "for _ in range(3):\n"
                  "    if os.fork() == 0:\n"
                  "        time.sleep(1)\n"
                  "        os._exit(0)\n"
                  "for _ in range(3): os.wait()\n"
                  "print('done', len(data))\n"};
  spec.limits.memory_bytes = 256 * mebibyte;
  const auto outcome = run(spec);
  EXPECT_EQ(outcome.broken, Exit::Broken::nothing);
  EXPECT_EQ(outcome.lines, std::vector<std::string>{"done 157286400"});
}

TEST_F(SandboxTest, TooManyProcessesAreEnded) {
  auto spec = shell("i=0; while [ $i -lt 60 ]; do sleep 20 & i=$((i + 1)); done; wait");
  spec.limits.processes = 40;
  const auto outcome = run(spec);
  EXPECT_EQ(outcome.status, 137);
  EXPECT_EQ(outcome.broken, Exit::Broken::processes);
  EXPECT_GT(outcome.used, 40u);
}

TEST_F(SandboxTest, AFileHasALargestSize) {
  auto spec = shell("head -c 3000000 /dev/zero > /opt/ml/file; stat -c %s /opt/ml/file");
  spec.limits.file_bytes = 1'000'000;
  EXPECT_THAT(run(spec).lines, Contains("1000000"));
}

}  // namespace
}  // namespace tarn::training
