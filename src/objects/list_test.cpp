#include <gtest/gtest.h>

#include <algorithm>

#include "objects/testing.h"

namespace tarn::objects {
namespace {

using testing::Bench;

std::vector<std::string> keys_of(const Listing& listing) {
  std::vector<std::string> keys;
  for (const ListedObject& object : listing.objects) keys.push_back(object.key);
  return keys;
}

using Keys = std::vector<std::string>;

class ListTest : public ::testing::Test {
 protected:
  void put(const Keys& keys) {
    for (const std::string& key : keys) lake_.put(key, "x");
  }
  Listing list(const std::string& prefix, const std::string& delimiter, const std::string& after = "",
               std::size_t max = 1000) {
    return lake_.list({.bucket = lake_.bucket, .prefix = prefix, .delimiter = delimiter, .after = after, .max = max});
  }
  // All keys and common prefixes, page by page.
  Keys all_pages(const std::string& prefix, const std::string& delimiter, std::size_t max) {
    Keys told;
    std::string after;
    while (true) {
      const Listing page = list(prefix, delimiter, after, max);
      EXPECT_LE(page.objects.size() + page.common_prefixes.size(), max);
      for (const std::string& key : keys_of(page)) told.push_back(key);
      for (const std::string& common : page.common_prefixes) told.push_back(common);
      if (!page.truncated) return told;
      EXPECT_EQ(page.objects.size() + page.common_prefixes.size(), max);
      after = page.next_after;
    }
  }
  Bench lake_;
};

TEST_F(ListTest, InByteOrder) {
  put({"b", "a", "a/b", "B", "ä", "a b", "\xf0\x9f\x98\x80", std::string("z\0z", 3), "z"});
  EXPECT_EQ(keys_of(list("", "")),
            (Keys{"B", "a", "a b", "a/b", "b", "z", std::string("z\0z", 3), "ä", "\xf0\x9f\x98\x80"}));
}

TEST_F(ListTest, ByPrefix) {
  put({"raw/1", "raw/2", "rax", "ra", "raw"});
  EXPECT_EQ(keys_of(list("raw", "")), (Keys{"raw", "raw/1", "raw/2"}));
  EXPECT_EQ(keys_of(list("raw/", "")), (Keys{"raw/1", "raw/2"}));
  EXPECT_TRUE(list("rb", "").objects.empty());
}

TEST_F(ListTest, RollsUpByDelimiter) {
  put({"a", "photos/2023/1", "photos/2023/2", "photos/2024/1", "photos/x", "photosynthesis", "z/"});
  const Listing top = list("", "/");
  EXPECT_EQ(keys_of(top), (Keys{"a", "photosynthesis"}));
  EXPECT_EQ(top.common_prefixes, (Keys{"photos/", "z/"}));
  const Listing inside = list("photos/", "/");
  EXPECT_EQ(keys_of(inside), (Keys{"photos/x"}));
  EXPECT_EQ(inside.common_prefixes, (Keys{"photos/2023/", "photos/2024/"}));
  EXPECT_EQ(list("photos/20", "/").common_prefixes, (Keys{"photos/2023/", "photos/2024/"}));
  EXPECT_EQ(list("", "2/").common_prefixes.size(), 0u);
  EXPECT_EQ(list("", "otos").common_prefixes, (Keys{"photos"}));
}

TEST_F(ListTest, PagesTellEverythingOnce) {
  Keys keys;
  for (int folder = 0; folder < 7; ++folder) {
    for (int file = 0; file < 9; ++file) keys.push_back("d" + std::to_string(folder) + "/f" + std::to_string(file));
    keys.push_back("e" + std::to_string(folder));
  }
  put(keys);
  std::ranges::sort(keys);
  for (const std::size_t max : {1u, 2u, 3u, 10u, 63u, 1000u}) EXPECT_EQ(all_pages("", "", max), keys) << max;
  const Keys rolled{"d0/", "d1/", "d2/", "d3/", "d4/", "d5/", "d6/", "e0", "e1", "e2", "e3", "e4", "e5", "e6"};
  for (const std::size_t max : {1u, 2u, 3u, 10u, 1000u}) {
    Keys told = all_pages("", "/", max);
    std::ranges::sort(told);
    EXPECT_EQ(told, rolled) << max;
  }
}

TEST_F(ListTest, GoesOnAfterAKeyOrACommonPrefix) {
  put({"a", "d/1", "d/2", "e"});
  EXPECT_EQ(keys_of(list("", "", "a")), (Keys{"d/1", "d/2", "e"}));
  EXPECT_EQ(keys_of(list("", "", "d/")), (Keys{"d/1", "d/2", "e"}));
  EXPECT_EQ(list("", "/", "d/").common_prefixes, Keys{}) << "it was told";
  EXPECT_EQ(list("", "/", "d/1").common_prefixes, (Keys{"d/"})) << "there is more under it";
  EXPECT_EQ(keys_of(list("d/", "", "a")), (Keys{"d/1", "d/2"}));
  EXPECT_EQ(keys_of(list("a", "", "b")), Keys{});
}

TEST_F(ListTest, OfNothing) {
  put({"a"});
  const Listing none = list("", "", "", 0);
  EXPECT_TRUE(none.objects.empty());
  EXPECT_FALSE(none.truncated);
  EXPECT_FALSE(list("", "", "", 1).truncated) << "a full last page is the last";
}

// A delimiter's cost follows what is told, not what lies under it.
TEST_F(ListTest, LeapsOverWhatIsRolledUp) {
  for (int folder = 0; folder < 3; ++folder) {
    for (int file = 0; file < 500; ++file) lake_.put("d" + std::to_string(folder) + "/" + std::to_string(file), "");
  }
  EXPECT_EQ(list("", "/").common_prefixes, (Keys{"d0/", "d1/", "d2/"}));
}

TEST_F(ListTest, LeapsOverVersionsThatAreRolledUp) {
  lake_.set_versioning(Versioning::enabled);
  for (int folder = 0; folder < 3; ++folder) {
    for (int file = 0; file < 40; ++file) put({"d" + std::to_string(folder) + "/" + std::to_string(file % 7)});
  }
  put({"d1", "d3"});
  const Listing rolled = lake_.versions({.bucket = lake_.bucket, .delimiter = "/"});
  EXPECT_EQ(keys_of(rolled), (Keys{"d1", "d3"}));
  EXPECT_EQ(rolled.common_prefixes, (Keys{"d0/", "d1/", "d2/"}));
  const Listing first = lake_.versions({.bucket = lake_.bucket, .delimiter = "/", .max = 2});
  EXPECT_TRUE(first.truncated);
  const Listing rest = lake_.versions(
      {.bucket = lake_.bucket, .delimiter = "/", .after = first.next_after, .after_version = first.next_version});
  EXPECT_EQ(first.objects.size() + first.common_prefixes.size() + rest.objects.size() + rest.common_prefixes.size(),
            5u);
}

TEST_F(ListTest, VersionsPageByPage) {
  lake_.set_versioning(Versioning::enabled);
  for (int i = 0; i < 4; ++i) put({"a", "b", "c"});
  lake_.remove("b");
  std::vector<std::string> whole;
  for (const ListedObject& version : lake_.versions().objects) whole.push_back(version.key + version.id().text());
  EXPECT_EQ(whole.size(), 13u);
  for (const std::size_t max : {1u, 2u, 5u, 12u, 13u}) {
    std::vector<std::string> told;
    ListVersionsRequest request{.bucket = lake_.bucket, .max = max};
    while (true) {
      const Listing page = lake_.versions(request);
      for (const ListedObject& version : page.objects) {
        told.push_back(version.key + version.id().text());
        const bool first_of_key = told.size() == 1 || told[told.size() - 2].substr(0, 1) != version.key;
        EXPECT_EQ(version.latest, first_of_key);
        EXPECT_EQ(version.noncurrent_since.has_value(), !first_of_key);
      }
      if (!page.truncated) break;
      request.after = page.next_after;
      request.after_version = page.next_version;
    }
    EXPECT_EQ(told, whole) << max;
  }
}

TEST_F(ListTest, VersionsRollUpAndGoOnAfterKeys) {
  lake_.set_versioning(Versioning::enabled);
  put({"a", "d/1", "d/2", "e", "a"});
  const Listing rolled = lake_.versions({.bucket = lake_.bucket, .delimiter = "/"});
  EXPECT_EQ(keys_of(rolled), (Keys{"a", "a", "e"}));
  EXPECT_EQ(rolled.common_prefixes, (Keys{"d/"}));
  EXPECT_EQ(keys_of(lake_.versions({.bucket = lake_.bucket, .after = "a"})), (Keys{"d/1", "d/2", "e"}));
  EXPECT_EQ(keys_of(lake_.versions({.bucket = lake_.bucket, .prefix = "d/"})), (Keys{"d/1", "d/2"}));
}

TEST_F(ListTest, PrefixAndDelimiterAreFacts) {
  list("raw/", "/");
  EXPECT_EQ(lake_.access.asked.back(), "s3:ListBucket arn:aws:s3:::lake");
  ASSERT_FALSE(lake_.access.last_facts.empty());
  EXPECT_EQ(lake_.access.last_facts[0], (std::pair{std::string("s3:prefix"), std::vector<std::string>{"raw/"}}));
}

}  // namespace
}  // namespace tarn::objects
