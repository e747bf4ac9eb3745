#include "app/data_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace tarn::app {
namespace {

class DataFolderTest : public testing::Test {
 protected:
  DataFolderTest() {
    char name[] = "/tmp/tarn-folder-XXXXXX";
    EXPECT_TRUE(::mkdtemp(name));
    base_ = name;
  }
  ~DataFolderTest() override { std::filesystem::remove_all(base_); }
  std::string path() const { return base_ + "/data"; }

  std::string base_;
};

TEST_F(DataFolderTest, BelongsToOneServer) {
  {
    const DataFolder first(path());
    EXPECT_THROW(DataFolder second(path()), std::runtime_error);
  }
  EXPECT_NO_THROW(DataFolder again(path()));
}

TEST_F(DataFolderTest, KeepsTheRootKeyForItsOwnerOnly) {
  const DataFolder folder(path());
  EXPECT_FALSE(folder.root_key());
  folder.keep_root_key({.access_key_id = "AKIA", .secret_access_key = "a/b+\"c"});
  const auto key = folder.root_key();
  ASSERT_TRUE(key);
  EXPECT_EQ(key->access_key_id, "AKIA");
  EXPECT_EQ(key->secret_access_key, "a/b+\"c");
  struct stat about{};
  ASSERT_EQ(::stat((path() + "/root-key.json").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  ASSERT_EQ(::stat(path().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0700u);
}

TEST_F(DataFolderTest, ACertificateIsMadeOnceAndItsKeyIsItsOwnersOnly) {
  const auto read = [](const std::string& name) {
    std::ifstream file(name);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const DataFolder folder(path());
  folder.make_tls_certificate();
  const std::string certificate = read(folder.tls_certificate()), key = read(folder.tls_key());
  EXPECT_EQ(certificate.find("-----BEGIN CERTIFICATE-----"), 0u);
  EXPECT_EQ(key.find("-----BEGIN PRIVATE KEY-----"), 0u);
  struct stat info{};
  ASSERT_EQ(::stat(folder.tls_key().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  folder.make_tls_certificate();
  EXPECT_EQ(read(folder.tls_certificate()), certificate);
  EXPECT_EQ(read(folder.tls_key()), key);
}

TEST_F(DataFolderTest, ADamagedKeyIsNotIgnored) {
  const DataFolder folder(path());
  std::ofstream(path() + "/root-key.json") << "{\"Access";
  EXPECT_THROW(folder.root_key(), std::runtime_error);
}

}  // namespace
}  // namespace tarn::app
