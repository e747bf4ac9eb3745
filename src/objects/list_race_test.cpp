// Lists of versions while versions come and go: what is there all the time is told, once.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>

#include "objects/testing.h"

namespace tarn::objects {
namespace {

using Version = std::pair<std::string, std::string>;  // Key and id.

// Lets something happen before each scan, as other requests do.
class BusyStore : public meta::MemoryStore {
 public:
  Task<std::vector<meta::Row>> leap_scan(meta::Partition partition, meta::RowKey first, meta::RowKey end,
                                         meta::ScanLimits limits, meta::Leap leap) override {
    if (meanwhile && !inside_) {
      inside_ = true;
      meanwhile();
      inside_ = false;
    }
    // Nobody promises that a leap is asked for once.
    const meta::Leap twice = [leap](std::string_view key) { return leap ? (leap(key), leap(key)) : meta::RowKey(); };
    co_return co_await meta::MemoryStore::leap_scan(std::move(partition), std::move(first), std::move(end), limits,
                                                    twice);
  }
  std::function<void()> meanwhile;

 private:
  bool inside_ = false;
};

class ListRace : public ::testing::Test {
 protected:
  ListRace() {
    sync_wait(objects_.create_bucket(access_, {.name = bucket_}));
    sync_wait(objects_.set_versioning(access_, bucket_, Versioning::enabled));
  }
  void put(const std::string& key) {
    clock_.advance(Milliseconds(1));
    const auto made = sync_wait(
        objects_.put(access_, PutRequest{.bucket = bucket_, .key = ObjectKey::trusted(key)}, std::string("x")));
    there_[key].push_back(made.id());
  }
  void remove(const std::string& key, std::size_t which) {
    auto& versions = there_[key];
    const VersionId id = versions[which];
    versions.erase(versions.begin() + static_cast<std::ptrdiff_t>(which));
    gone_.emplace_back(key, id.text());
    (void)sync_wait(objects_.remove(access_, {.bucket = bucket_, .key = ObjectKey::trusted(key), .version = id}));
  }
  std::vector<Version> all() const {
    std::vector<Version> all;
    for (const auto& [key, ids] : there_) {
      for (const VersionId& id : ids) all.emplace_back(key, id.text());
    }
    return all;
  }
  // How often each was told, page by page.
  std::map<Version, int> list(std::size_t max) {
    std::map<Version, int> told;
    ListVersionsRequest request{.bucket = bucket_, .max = max};
    for (int page = 0; page < 1000; ++page) {
      const Listing listing = sync_wait(objects_.list_versions(access_, request));
      for (const ListedObject& each : listing.objects) ++told[{each.key, each.id().text()}];
      if (!listing.truncated) return told;
      request.after = listing.next_after;
      request.after_version = listing.next_version;
    }
    ADD_FAILURE() << "a list without an end";
    return told;
  }

  BusyStore rows_;
  testing::MemoryBlobs blobs_;
  ManualClock clock_{from_millis(1'700'000'000'000)};
  SeededRandom random_{7};
  testing::ListedAccess access_;
  BucketName bucket_ = BucketName::trusted("lake");
  Objects objects_{Dependencies{.meta = rows_, .blobs = blobs_, .clock = clock_, .random = random_, .options = {}}};
  std::map<std::string, std::vector<VersionId>> there_;
  std::vector<Version> gone_;
};

// The version behind the current one changes its row when it takes that one's place.
TEST_F(ListRace, APromotedVersionIsTold) {
  for (const std::size_t max : {1u, 2u, 1000u}) {
    for (int scan = 1; scan < 5; ++scan) {
      there_.clear();
      for (const char* key : {"a", "b", "c"}) {
        for (int i = 0; i < 2; ++i) put(key + std::to_string(max) + std::to_string(scan));
      }
      const std::string key = "b" + std::to_string(max) + std::to_string(scan);
      const std::string first = there_[key][0].text();
      int scans = 0;
      rows_.meanwhile = [&] {
        if (++scans == scan) remove(key, 1);
      };
      const auto told = list(max);
      rows_.meanwhile = {};
      EXPECT_EQ(told.contains({key, first}) ? told.at({key, first}) : 0, 1) << max << ", scan " << scan;
    }
  }
}

TEST_F(ListRace, WhatStaysIsToldOnce) {
  std::mt19937 chance(1);
  for (int round = 0; round < 300; ++round) {
    for (int i = 0; i < 12; ++i) put("k" + std::to_string(chance() % 6));
    const auto before = all();
    gone_.clear();
    rows_.meanwhile = [&] {
      const std::string key = "k" + std::to_string(chance() % 6);
      const auto count = there_[key].size();
      if (chance() % 2 || count == 0) put(key);
      // Mostly the newest ones.
      else
        remove(key, chance() % 3 ? count - 1 : chance() % count);
    };
    const auto told = list(1 + chance() % 7);
    rows_.meanwhile = {};
    for (const Version& version : before) {
      if (std::ranges::find(gone_, version) != gone_.end()) continue;
      ASSERT_TRUE(told.contains(version)) << "round " << round << ": " << version.first;
    }
    for (const auto& [version, times] : told) EXPECT_EQ(times, 1) << "round " << round << ": " << version.first;
    while (all().size() > 20) {
      for (auto& [key, versions] : there_) {
        if (!versions.empty()) remove(key, 0);
      }
    }
  }
}

}  // namespace
}  // namespace tarn::objects
