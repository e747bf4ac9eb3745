#include "training/sandbox/sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

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
    std::string text() const {
      std::string all;
      for (const auto& line : lines) all += line + "\n";
      return all;
    }
  };
  Outcome run(const SandboxSpec& spec) {
    Outcome outcome{};
    SandboxedProcess process(spec);
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (std::chrono::steady_clock::now() < until) {
      if (const auto exit = process.poll(100, [&](const auto& line) { outcome.lines.push_back(line); })) {
        outcome.status = exit->status;
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
  const auto until = std::chrono::steady_clock::now() + 10s;
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
  const auto until = std::chrono::steady_clock::now() + 10s;
  const auto take = [&](const std::string& line) { lines.push_back(line); };
  while (lines.empty() && std::chrono::steady_clock::now() < until) process.poll(50, take);
  process.kill();
  std::optional<Exit> exit;
  while (!exit && std::chrono::steady_clock::now() < until) exit = process.poll(50, take);
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->status, 137);
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

}  // namespace
}  // namespace tarn::training
