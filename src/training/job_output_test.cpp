#include "training/job_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace tarn::training {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class JobOutput : public testing::Test {
 protected:
  ~JobOutput() override { fs::remove_all(folder); }
  void write(const fs::path& name, const std::string& text) const {
    fs::create_directories((folder / name).parent_path());
    std::ofstream(folder / name) << text;
  }
  std::string read(const fs::path& name) const {
    std::ifstream file(folder / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::vector<std::string> merge() const { return merge_folders({folder / "1", folder / "2"}, folder / "all"); }
  fs::path folder = "/tmp/tarn-job-output-" + std::to_string(::getpid());
};

TEST_F(JobOutput, FilesOfAllHostsAreThere) {
  write("1/model.bin", "one");
  write("1/deep/a", "a");
  write("2/deep/b", "b");
  write("2/deep/deeper/c", "c");
  EXPECT_THAT(merge(), IsEmpty());
  EXPECT_EQ(read("all/model.bin") + read("all/deep/a") + read("all/deep/b") + read("all/deep/deeper/c"), "oneabc");
}

TEST_F(JobOutput, TheFirstOfSeveralStays) {
  write("1/model.bin", "one");
  write("1/file", "file");
  write("2/model.bin", "two");
  write("2/file/inside", "x");
  EXPECT_THAT(merge(), testing::UnorderedElementsAre("model.bin", "file"));
  EXPECT_EQ(read("all/model.bin"), "one");
  EXPECT_EQ(read("all/file"), "file");
}

TEST_F(JobOutput, LinksAreMovedAndNeverFollowed) {
  write("outside/secret", "the server's");
  write("1/x", "");
  write("2/link/planted", "planted");
  fs::create_symlink(folder / "outside", folder / "1/link");
  EXPECT_THAT(merge(), ElementsAre("link"));
  EXPECT_FALSE(fs::exists(folder / "outside/planted"));
  EXPECT_TRUE(fs::is_symlink(folder / "all/link"));
  fs::create_symlink(folder / "outside", folder / "3");
  EXPECT_FALSE(has_files(folder / "3"));
  EXPECT_THAT(merge_folders({folder / "3"}, folder / "none"), IsEmpty());
  EXPECT_EQ(read("outside/secret"), "the server's");
}

TEST_F(JobOutput, AHostThatLeftNothingIsPassedOver) {
  write("2/model.bin", "two");
  EXPECT_THAT(merge(), IsEmpty());
  EXPECT_EQ(read("all/model.bin"), "two");
  EXPECT_TRUE(has_files(folder / "all"));
  fs::create_directories(folder / "empty");
  EXPECT_FALSE(has_files(folder / "empty"));
  EXPECT_FALSE(has_files(folder / "absent"));
}

}  // namespace
}  // namespace tarn::training
