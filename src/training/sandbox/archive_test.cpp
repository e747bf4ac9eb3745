#include "training/sandbox/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>

namespace tarn::training {
namespace {

namespace fs = std::filesystem;

class ArchiveTest : public testing::Test {
 protected:
  ArchiveTest() { fs::create_directories(folder / "in"); }
  ~ArchiveTest() override { fs::remove_all(folder); }

  void write(const fs::path& path, const std::string& bytes) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }
  std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
  }
  void extract(const std::string& bytes, ArchiveLimits limits = {}) {
    std::size_t at = 0;
    read_tar_gz(
        [&](std::span<std::byte> out) {
          const std::size_t count = std::min({out.size(), bytes.size() - at, std::size_t{1000}});
          std::memcpy(out.data(), bytes.data() + at, count);
          at += count;
          return count;
        },
        folder / "out", limits);
  }
  // What the system's tar makes of a shell's work in an empty folder.
  std::string made_by_tar(const std::string& script, const std::string& arguments) {
    const std::string place = (folder / "made").string();
    const std::string command = "rm -rf " + place + " && mkdir " + place + " && cd " + place + " && " + script +
                                " && tar -czf ../made.tgz " + arguments;
    EXPECT_EQ(std::system(command.c_str()), 0);
    return read(folder / "made.tgz");
  }

  fs::path folder = "/tmp/tarn-archive-" + std::to_string(::getpid());
};

TEST_F(ArchiveTest, WhatWasWrittenComesBack) {
  const std::string large(3'000'001, 'x');
  const std::string deep = "deep/" + std::string(90, 'a') + "/" + std::string(90, 'b');
  write(folder / "in/model.json", "{}");
  write(folder / "in/code/inference.py", "pass");
  write(folder / "in/large", large);
  write(folder / "in" / deep, "deep");
  write(folder / "in/empty", "");
  fs::create_directories(folder / "in/folder");
  fs::permissions(folder / "in/model.json", fs::perms::owner_exec, fs::perm_options::add);
  write_tar_gz(folder / "in", folder / "a.tar.gz");
  extract(read(folder / "a.tar.gz"));
  EXPECT_EQ(read(folder / "out/model.json"), "{}");
  EXPECT_EQ(read(folder / "out/code/inference.py"), "pass");
  EXPECT_EQ(read(folder / "out/large"), large);
  EXPECT_EQ(read(folder / "out" / deep), "deep");
  EXPECT_TRUE(fs::exists(folder / "out/empty"));
  EXPECT_TRUE(fs::is_directory(folder / "out/folder"));
  EXPECT_NE(fs::status(folder / "out/model.json").permissions() & fs::perms::owner_exec, fs::perms::none);
  // And another tar reads it too.
  EXPECT_EQ(
      std::system(
          ("cd " + folder.string() + " && mkdir other && tar -xzf a.tar.gz -C other && diff -r in other").c_str()),
      0);
}

TEST_F(ArchiveTest, LinksOutOfTheFolderAreLeftOut) {
  write(folder / "secret", "the server's");
  write(folder / "in/file", "mine");
  fs::create_symlink("../secret", folder / "in/outside");
  fs::create_symlink("file", folder / "in/inside");
  write_tar_gz(folder / "in", folder / "a.tar.gz");
  extract(read(folder / "a.tar.gz"));
  EXPECT_FALSE(fs::exists(folder / "out/outside"));
  EXPECT_EQ(read(folder / "out/inside"), "mine");
}

TEST_F(ArchiveTest, ReadsWhatOtherTarsWrite) {
  const std::string name(150, 'n');
  for (const char* format : {"gnu", "ustar", "posix"}) {
    fs::remove_all(folder / "out");
    const std::string folder_name = std::string(format) == "ustar" ? std::string(80, 'd') : std::string(120, 'd');
    const std::string file_name = std::string(80, 'n');
    extract(made_by_tar("mkdir -p " + folder_name + " && echo hello > " + folder_name + "/" + file_name,
                        std::string("--format=") + format + " ."));
    EXPECT_EQ(read(folder / "out" / folder_name / file_name), "hello\n") << format;
  }
}

TEST_F(ArchiveTest, RefusesWhatWouldLeaveTheFolder) {
  EXPECT_THROW(extract(made_by_tar("echo x > y", "--transform=s,y,../y, -P y")), ArchiveError);
  EXPECT_THROW(extract(made_by_tar("echo x > y", "--transform=s,^,/tmp/, -P y")), ArchiveError);
  EXPECT_THROW(extract(made_by_tar("ln -s /etc link", "link")), ArchiveError);
  EXPECT_THROW(extract(made_by_tar("mkfifo f", "f")), ArchiveError);
  EXPECT_FALSE(fs::exists(folder / "y"));
}

TEST_F(ArchiveTest, RefusesBrokenOnesAndThoseBeyondTheLimits) {
  const std::string good = made_by_tar("head -c 100000 /dev/urandom > y", "y");
  EXPECT_THROW(extract("no archive"), ArchiveError);
  EXPECT_THROW(extract(""), ArchiveError);
  EXPECT_THROW(extract(good.substr(0, good.size() / 2)), ArchiveError);
  std::string flipped = good;
  flipped[good.size() / 2] ^= 1;
  EXPECT_THROW(extract(flipped), ArchiveError);
  EXPECT_THROW(extract(good, {.bytes = 99'999}), ArchiveError);
  EXPECT_THROW(extract(made_by_tar("touch a b c", "a b c"), {.entries = 2}), ArchiveError);
}

}  // namespace
}  // namespace tarn::training
