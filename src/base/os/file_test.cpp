#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>

#include "base/encoding.h"
#include "base/os/file.h"
#include "base/os/memory_file.h"

namespace tarn {
namespace {

std::string text_at(const File& file, std::uint64_t offset, std::size_t length) {
  std::string out(length, '\0');
  out.resize(file.read_at(offset, std::as_writable_bytes(std::span(out))));
  return out;
}

void put(FileSystem& files, const std::string& path, std::string_view text) {
  files.open(path, OpenMode::truncate)->write_at(0, as_bytes(text));
}

std::string get(FileSystem& files, const std::string& path) {
  const auto file = files.open(path, OpenMode::read);
  return file ? text_at(*file, 0, file->size()) : "(none)";
}

// Both kinds of files answer alike.
class Files : public testing::TestWithParam<const char*> {
 protected:
  Files() {
    if (GetParam() == std::string("system")) {
      char pattern[] = "/tmp/tarn-file-test-XXXXXX";
      root_ = ::mkdtemp(pattern);
    } else {
      root_ = "/root";
      memory_.make_folders(root_);
    }
  }
  ~Files() override {
    if (&files() == &system_files()) std::filesystem::remove_all(root_);
  }
  FileSystem& files() {
    if (GetParam() == std::string("system")) return system_files();
    return memory_;
  }
  std::string path(std::string_view name) const { return join_path(root_, name); }

 private:
  MemoryDisk memory_;
  std::string root_;
};

TEST_P(Files, WritesAndReadsRanges) {
  const auto file = files().open(path("a"), OpenMode::create_new);
  file->append(as_bytes("hello"));
  file->write_at(5, as_bytes(", world"));
  file->write_at(0, as_bytes("J"));
  file->sync();
  EXPECT_EQ(file->size(), 12u);
  EXPECT_EQ(text_at(*file, 0, 100), "Jello, world");
  EXPECT_EQ(text_at(*file, 7, 3), "wor");
  EXPECT_EQ(text_at(*file, 12, 3), "");
  EXPECT_EQ(text_at(*file, 99, 3), "");
  file->truncate(4);
  EXPECT_EQ(text_at(*file, 0, 100), "Jell");
}

TEST_P(Files, WhatWasJustWrittenIsInMemory) {
  const auto file = files().open(path("a"), OpenMode::create_new);
  file->append(as_bytes("hello"));
  std::byte buffer[5];
  // Where the file system cannot tell (tmpfs of old kernels), none is the right answer.
  const auto got = file->read_cached(0, buffer);
  if (got) {
    EXPECT_EQ(as_text(std::span(buffer).first(*got)), "hello");
  }
}

TEST_P(Files, ModesDecideWhatMayBeThere) {
  EXPECT_EQ(files().open(path("a"), OpenMode::read), nullptr);
  EXPECT_EQ(files().open(path("a"), OpenMode::read_write), nullptr);
  EXPECT_EQ(files().open(path("no/a"), OpenMode::create_new), nullptr);
  put(files(), path("a"), "x");
  EXPECT_THROW(files().open(path("a"), OpenMode::create_new), FileError);
  EXPECT_EQ(files().open(path("a"), OpenMode::append)->size(), 1u);
  EXPECT_EQ(files().open(path("a"), OpenMode::truncate)->size(), 0u);
}

TEST_P(Files, RenamesLinksAndUnlinks) {
  put(files(), path("a"), "1");
  put(files(), path("b"), "2");
  const auto open = files().open(path("b"), OpenMode::read);
  files().rename(path("a"), path("b"));
  EXPECT_EQ(get(files(), path("a")), "(none)");
  EXPECT_EQ(get(files(), path("b")), "1");
  EXPECT_EQ(text_at(*open, 0, 9), "2") << "an open file stays what it was";
  files().link(path("b"), path("c"));
  EXPECT_TRUE(files().unlink(path("b")));
  EXPECT_FALSE(files().unlink(path("b")));
  EXPECT_EQ(get(files(), path("c")), "1");
  EXPECT_THROW(files().rename(path("b"), path("d")), FileError);
  EXPECT_THROW(files().link(path("b"), path("d")), FileError);
}

TEST_P(Files, FoldersAreMadeListedAndRemoved) {
  files().make_folders(path("x/y/z"));
  files().make_folders(path("x/y/z"));
  put(files(), path("x/y/file"), "1");
  auto names = files().list(path("x/y"));
  std::ranges::sort(names);
  EXPECT_EQ(names, (std::vector<std::string>{"file", "z"}));
  EXPECT_TRUE(files().list(path("nothing")).empty());
  EXPECT_TRUE(files().is_folder(path("x/y")));
  EXPECT_FALSE(files().is_folder(path("x/y/file")));
  EXPECT_EQ(files().size_of(path("x/y/file")), 1u);
  EXPECT_EQ(files().size_of(path("x/none")), std::nullopt);
  EXPECT_THROW(files().remove_folder(path("x/y")), FileError);
  EXPECT_TRUE(files().remove_folder(path("x/y/z")));
  EXPECT_FALSE(files().remove_folder(path("x/y/z")));
  EXPECT_THROW(files().make_folders(path("x/y/file")), FileError);
  files().sync_folder(path("x"));
  EXPECT_THROW(files().sync_folder(path("nothing")), FileError);
}

TEST_P(Files, OneHolderOfALock) {
  auto first = files().lock(path("lock"));
  EXPECT_TRUE(first);
  EXPECT_FALSE(files().lock(path("lock")));
  first.reset();
  EXPECT_TRUE(files().lock(path("lock")));
}

TEST_P(Files, ErrorsNameThePath) {
  try {
    files().rename(path("missing"), path("b"));
    FAIL();
  } catch (const FileError& error) {
    EXPECT_EQ(error.code().value(), ENOENT);
    EXPECT_NE(std::string(error.what()).find("missing"), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(, Files, testing::Values("system", "memory"), [](const auto& info) { return info.param; });

// A power cut: what was synced stays, whatever the seed.
TEST(MemoryDisk, KeepsWhatWasSynced) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    MemoryDisk disk;
    disk.make_folders("/d");
    auto file = disk.open("/d/a", OpenMode::create_new);
    file->append(as_bytes("synced"));
    file->sync();
    disk.sync_folder("/d");
    file->append(as_bytes("-not"));
    const auto next = disk.after_power_cut(seed);
    const std::string text = get(*next, "/d/a");
    EXPECT_TRUE(text.starts_with("synced")) << text;
    EXPECT_THROW(file->append(as_bytes("x")), FileError) << "the old process is gone";
    EXPECT_THROW(disk.open("/d/a", OpenMode::read), FileError);
  }
}

// And what was not synced is sometimes lost and sometimes kept: names, bytes, removals.
TEST(MemoryDisk, LosesWhatWasNotSynced) {
  int names_lost = 0, names_kept = 0, torn = 0, removed = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    MemoryDisk disk;
    disk.make_folders("/d");
    put(disk, "/d/old", "old");
    disk.open("/d/old", OpenMode::read)->sync();
    disk.sync_folder("/d");
    const std::string long_text(8192, 'x');
    auto file = disk.open("/d/new", OpenMode::create_new);
    file->append(as_bytes(long_text));
    disk.unlink("/d/old");
    const auto next = disk.after_power_cut(seed);
    const std::string text = get(*next, "/d/new");
    (text == "(none)" ? names_lost : names_kept)++;
    if (text != "(none)" && !text.empty() && text != long_text) ++torn;
    if (get(*next, "/d/old") == "(none)") ++removed;
  }
  EXPECT_GT(names_lost, 20);
  EXPECT_GT(names_kept, 20);
  EXPECT_GT(torn, 10);
  EXPECT_GT(removed, 20);
  EXPECT_LT(removed, 180);
}

TEST(MemoryDisk, FailsAsOrdered) {
  MemoryDisk disk;
  disk.make_folders("/d");
  const auto file = disk.open("/d/a", OpenMode::create_new);
  disk.set_fault([](FileAction action, const std::string&) { return action == FileAction::sync ? EIO : 0; });
  file->append(as_bytes("x"));
  EXPECT_THROW(file->sync(), FileError);
  disk.set_fault(nullptr);
  disk.set_capacity(10);
  try {
    file->append(as_bytes("0123456789"));
    FAIL();
  } catch (const FileError& error) {
    EXPECT_TRUE(error.disk_full());
  }
  EXPECT_EQ(disk.space("/d").free_bytes, 9u);
  disk.flip_bit("/d/a", 0, 0);
  EXPECT_EQ(get(disk, "/d/a"), "y");
}

TEST(MemoryDisk, ClonesWhereItCan) {
  MemoryDisk disk;
  disk.make_folders("/d");
  put(disk, "/d/a", "bytes");
  EXPECT_FALSE(disk.clone("/d/a", "/d/b"));
  EXPECT_EQ(get(disk, "/d/b"), "(none)");
  disk.set_can_clone(true);
  EXPECT_TRUE(disk.clone("/d/a", "/d/b"));
  EXPECT_EQ(get(disk, "/d/b"), "bytes");
  EXPECT_THROW(disk.clone("/d/a", "/d/b"), FileError);
}

}  // namespace
}  // namespace tarn
