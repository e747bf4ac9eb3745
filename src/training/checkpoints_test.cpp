#include "training/checkpoints.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "base/eventually.h"
#include "training/input/test_lake.h"

namespace tarn::training {
namespace {

namespace fs = std::filesystem;

class CheckpointsTest : public testing::Test {
 protected:
  ~CheckpointsTest() override { fs::remove_all(top); }
  Checkpoints made() const { return Checkpoints(lake, "s3://bucket/checkpoints", folder); }
  void write(const fs::path& name, const std::string& text) const {
    fs::create_directories((folder / name).parent_path());
    std::ofstream(folder / name) << text;
  }
  std::string read(const fs::path& name) const {
    std::ifstream file(folder / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::optional<std::string> kept(const std::string& name) const { return lake->get("bucket", "checkpoints/" + name); }

  fs::path top = "/tmp/tarn-checkpoints-" + std::to_string(::getpid());
  fs::path folder = top / "checkpoints";
  std::shared_ptr<TestLake> lake = std::make_shared<TestLake>();
};

TEST_F(CheckpointsTest, WhatIsThereIsLoaded) {
  lake->put("bucket", "checkpoints/1", "one");
  lake->put("bucket", "checkpoints/deep/2", "two");
  lake->put("bucket", "checkpoints-of-others/3", "three");
  auto checkpoints = made();
  checkpoints.load();
  EXPECT_EQ(read("1"), "one");
  EXPECT_EQ(read("deep/2"), "two");
  EXPECT_EQ(std::distance(fs::recursive_directory_iterator(folder), {}), 3);
}

TEST_F(CheckpointsTest, WhatIsNewChangedOrGoneFollows) {
  lake->put("bucket", "checkpoints/stays", "same");
  lake->put("bucket", "checkpoints/goes", "old");
  auto checkpoints = made();
  checkpoints.load();
  lake->put("bucket", "checkpoints/stays", "changed behind the job's back");
  lake->put("bucket", "checkpoints/from-outside", "x");
  write("new/one", "1");
  fs::remove(folder / "goes");
  checkpoints.finish();
  EXPECT_EQ(kept("new/one"), "1");
  EXPECT_FALSE(kept("goes"));
  // Neither written again nor removed: the job did not touch them.
  EXPECT_EQ(kept("stays"), "changed behind the job's back");
  EXPECT_EQ(kept("from-outside"), "x");
}

TEST_F(CheckpointsTest, TheyFollowWhileTheJobRuns) {
  auto checkpoints = made();
  checkpoints.load();
  checkpoints.start();
  write("step", "7");
  EXPECT_TRUE(eventually([&] { return kept("step").has_value(); }));
  EXPECT_EQ(kept("step"), "7");
  write("step", "8 at last");
  checkpoints.finish();
  EXPECT_EQ(kept("step"), "8 at last");
}

TEST_F(CheckpointsTest, LinksLeadNowhere) {
  auto checkpoints = made();
  checkpoints.load();
  fs::create_directories(top / "server");
  std::ofstream(top / "server" / "secret") << "the server's";
  fs::create_symlink(top / "server" / "secret", folder / "link");
  fs::create_directory_symlink(top / "server", folder / "folder");
  checkpoints.finish();
  EXPECT_TRUE(lake->list("bucket", "").empty());
}

TEST_F(CheckpointsTest, RefusesAnAddressThatIsNone) {
  EXPECT_THROW(Checkpoints(lake, "/tmp/checkpoints", folder), InputError);
}

}  // namespace
}  // namespace tarn::training
