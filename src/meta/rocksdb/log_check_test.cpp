#include "meta/rocksdb/log_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/encoding.h"
#include "base/os/memory_file.h"
#include "meta/rocksdb/rocksdb_store.h"

namespace tarn::meta {
namespace {

const Partition partition{"p"};

std::string read_all(FileSystem& files, const std::string& path) {
  const auto file = files.open(path, OpenMode::read);
  std::string bytes(file->size(), '\0');
  bytes.resize(file->read_at(0, std::as_writable_bytes(std::span(bytes))));
  return bytes;
}

// A log as RocksDB writes it: `records` commits of `value_bytes` each.
std::string make_log(int records, std::size_t value_bytes) {
  MemoryDisk disk;
  auto store = open_rocksdb("/m", {.files = &disk, .block_cache_bytes = 1 << 20});
  for (int i = 0; i < records; ++i) {
    EXPECT_TRUE(sync_wait(store->commit(partition, Batch().put("k", std::string(value_bytes, 'a' + i % 26)))).applied);
  }
  for (const auto& name : disk.list("/m")) {
    if (name.ends_with(".log")) return read_all(disk, "/m/" + name);
  }
  ADD_FAILURE() << "no log";
  return {};
}

struct Verdict {
  bool good = false;
  std::optional<std::uint64_t> damage;
};
Verdict check(std::initializer_list<std::string_view> logs) {
  LogCheck check;
  Verdict verdict{.good = true, .damage = {}};
  for (const auto log : logs) verdict.good = verdict.good && check.add(as_bytes(log));
  verdict.damage = check.damage();
  return verdict;
}

TEST(LogCheck, AWholeLogIsGood) {
  for (const std::size_t bytes : {1u, 1000u, 32'000u, 100'000u}) {
    const Verdict verdict = check({make_log(20, bytes)});
    EXPECT_TRUE(verdict.good) << bytes;
    EXPECT_FALSE(verdict.damage) << bytes;
  }
  EXPECT_TRUE(check({""}).good);
  EXPECT_FALSE(check({std::string(100'000, '\0')}).damage) << "space that was set aside";
  EXPECT_FALSE(check({make_log(3, 100) + std::string(50'000, '\0')}).damage);
}

TEST(LogCheck, ATornEndIsNoLoss) {
  const std::string log = make_log(5, 100'000);
  // Cut anywhere in the last record, and any sector of it missing.
  for (std::size_t cut = 1; cut < 90'000; cut += 7'001) {
    EXPECT_TRUE(check({log.substr(0, log.size() - cut)}).good) << cut;
    std::string holed = log;
    std::fill_n(holed.begin() + static_cast<std::ptrdiff_t>(log.size() - cut), std::min<std::size_t>(cut, 512), 'x');
    const Verdict verdict = check({holed});
    EXPECT_TRUE(verdict.good) << cut;
    EXPECT_TRUE(verdict.damage) << cut;
  }
}

TEST(LogCheck, DamageBeforeTheEndIsALoss) {
  for (const std::size_t bytes : {4'000u, 100'000u}) {
    const std::string log = make_log(40, bytes);
    std::mt19937 chance(7);
    for (int i = 0; i < 50; ++i) {
      std::string flipped = log;
      // Before the last two records, and a record whose block ends before them.
      const auto at = chance() % (log.size() - 2 * bytes - 70'000);
      flipped[at] = static_cast<char>(flipped[at] ^ 1 << chance() % 8);
      const Verdict verdict = check({flipped});
      EXPECT_FALSE(verdict.good) << at;
      EXPECT_LE(verdict.damage, at);
    }
  }
}

// After a start that kept a torn log, the next log begins where the torn one's whole records end.
TEST(LogCheck, ALaterLogShowsWhatIsMissing) {
  auto disk = std::make_unique<MemoryDisk>();
  std::unique_ptr<MemoryDisk> next;
  auto store = open_rocksdb("/m", {.files = disk.get(), .block_cache_bytes = 1 << 20});
  const auto commit = [&store] {
    EXPECT_TRUE(sync_wait(store->commit(partition, Batch().put("k", std::string(50'000, 'x')))).applied);
  };
  for (int i = 0; i < 10; ++i) commit();
  next = disk->after_power_cut(1);
  store.reset();
  store = open_rocksdb("/m", {.files = next.get(), .block_cache_bytes = 1 << 20});
  commit();
  std::vector<std::string> logs;
  auto names = next->list("/m");
  std::ranges::sort(names);
  for (const auto& name : names) {
    if (name.ends_with(".log")) logs.push_back(read_all(*next, "/m/" + name));
  }
  ASSERT_EQ(logs.size(), 2u);
  EXPECT_TRUE(check({logs[0], logs[1]}).good);
  EXPECT_TRUE(check({logs[0] + "torn bytes of a record", logs[1]}).good);
  EXPECT_FALSE(check({logs[0].substr(0, logs[0].size() - 1), logs[1]}).good) << "the last synced record is cut";
}

TEST(LogCheck, RandomBytesDoNoHarm) {
  std::mt19937 chance(1);
  for (int i = 0; i < 200; ++i) {
    std::string noise(1 + chance() % 100'000, '\0');
    for (auto& byte : noise) byte = static_cast<char>(chance());
    const Verdict verdict = check({noise});
    EXPECT_TRUE(verdict.good);
    EXPECT_EQ(verdict.damage.has_value(), noise.size() >= 7) << noise.size();
  }
}

TEST(LogCheck, AStoreWhoseLogIsDamagedDoesNotOpen) {
  auto disk = std::make_unique<MemoryDisk>();
  auto store = open_rocksdb("/m", {.files = disk.get(), .block_cache_bytes = 1 << 20});
  for (int i = 0; i < 40; ++i) {
    EXPECT_TRUE(sync_wait(store->commit(partition, Batch().put(std::to_string(i), std::string(5'000, 'x')))).applied);
  }
  auto next = disk->after_power_cut(1);
  store.reset();
  for (const auto& name : next->list("/m")) {
    if (name.ends_with(".log")) next->flip_bit("/m/" + name, 50'000, 3);
  }
  try {
    open_rocksdb("/m", {.files = next.get()});
    FAIL() << "records that were synced would be lost";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("is damaged"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace tarn::meta
