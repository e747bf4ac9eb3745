#include "training/disk_watch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/eventually.h"

namespace tarn::training {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class DiskWatchTest : public testing::Test {
 protected:
  DiskWatchTest() { fs::create_directories(folder / "a" / "b"); }
  ~DiskWatchTest() override { fs::remove_all(folder); }
  void write(const fs::path& name, std::size_t bytes) const { std::ofstream(folder / name) << std::string(bytes, 'x'); }

  fs::path folder = "/tmp/tarn-disk-" + std::to_string(::getpid());
};

TEST_F(DiskWatchTest, CountsFilesOfAllFolders) {
  write("one", 100'000);
  write("a/b/two", 200'000);
  const DiskUse use = disk_use(folder);
  EXPECT_EQ(use.file_bytes, 300'000u);
  EXPECT_GE(use.bytes, 300'000u);
  EXPECT_LT(use.bytes, 400'000u);
  EXPECT_EQ(use.files, 4u);
}

TEST_F(DiskWatchTest, HolesTakeNoRoomAndLinksAreNotFollowed) {
  write("holes", 1);
  fs::resize_file(folder / "holes", std::uintmax_t{1} << 40);
  fs::create_directory_symlink("/usr", folder / "link");
  const DiskUse use = disk_use(folder);
  EXPECT_LT(use.bytes, 1u << 20);
  EXPECT_EQ(use.file_bytes, std::uint64_t{1} << 40);
  EXPECT_EQ(use.files, 4u);
}

TEST_F(DiskWatchTest, WhatIsNotThereTakesNothing) {
  EXPECT_EQ(disk_use(folder / "none").bytes, 0u);
}

TEST_F(DiskWatchTest, TellsWhenTheLimitIsBroken) {
  DiskWatch watch(folder, 1'000'000, 1ms);
  write("one", 500'000);
  std::this_thread::sleep_for(30ms);
  EXPECT_FALSE(watch.exceeded());
  write("a/two", 700'000);
  EXPECT_TRUE(eventually([&] { return watch.exceeded(); }));
}

TEST_F(DiskWatchTest, EndsWhileItWaits) {
  const auto began = std::chrono::steady_clock::now();
  {
    DiskWatch watch(folder, 1'000'000, 1h);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, kPatience);
}

}  // namespace
}  // namespace tarn::training
