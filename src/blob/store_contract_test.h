// What every blob::Store promises, as tests. An implementation's test instantiates StoreContract with its factory.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "blob/store.h"

namespace tarn::blob {

// Keeps a store and whatever it stands on. reopen() ends the store as a process's end would.
struct StoreHolder {
  virtual ~StoreHolder() = default;
  virtual Store& store() = 0;
  virtual void reopen() = 0;
};

struct ContractCase {
  std::string name;
  Format format;
  std::function<std::unique_ptr<StoreHolder>()> make;
};

inline std::string noise(std::size_t length, unsigned seed = 1) {
  std::mt19937_64 chance(seed);
  std::vector<std::uint64_t> words(length / 8 + 1);
  std::ranges::generate(words, std::ref(chance));
  return {reinterpret_cast<const char*>(words.data()), length};
}

class StoreContract : public testing::TestWithParam<ContractCase> {
 protected:
  StoreContract() : holder_(GetParam().make()) {}
  Store& store() { return holder_->store(); }
  StoreHolder& holder() { return *holder_; }
  DataKey key() const { return {GetParam().format == Format::sealed ? std::string(32, 'k') : std::string()}; }

  std::unique_ptr<Writer> create(Tier tier = {}, std::string owner = {}) {
    return sync_wait(store().create(
        {.tier = tier, .format = GetParam().format, .key = key(), .size_hint = 0, .owner = std::move(owner)}));
  }
  BlobRef write(std::string_view bytes, std::size_t piece = 1 << 20, std::string owner = {}) {
    const auto writer = create({}, std::move(owner));
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      sync_wait(writer->append(as_bytes(bytes.substr(at, piece))));
    }
    return sync_wait(writer->finish());
  }
  std::string read(const BlobRef& ref, ByteRange range, std::size_t buffer_bytes = 100'000) {
    const auto reader = sync_wait(store().open(ref, range, key()));
    std::string bytes, buffer(buffer_bytes, '\0');
    while (true) {
      const auto got = sync_wait(reader->read(std::as_writable_bytes(std::span(buffer))));
      if (got == 0) return bytes;
      bytes.append(buffer, 0, got);
    }
  }
  std::string read(const BlobRef& ref) { return read(ref, {.offset = 0, .length = ref.size}); }

 private:
  std::unique_ptr<StoreHolder> holder_;
};

TEST_P(StoreContract, GivesBackWhatWasWritten) {
  for (const std::size_t length : {0u, 1u, 100u, 65'535u, 65'536u, 65'537u, 131'072u, 1'000'000u, 3'000'001u}) {
    const std::string bytes = noise(length);
    for (const std::size_t piece : {1u << 20, 65'536u, 7'777u}) {
      const BlobRef ref = write(bytes, piece);
      EXPECT_EQ(ref.size, length);
      EXPECT_EQ(ref.format, GetParam().format);
      EXPECT_TRUE(read(ref) == bytes) << length << " in pieces of " << piece;
    }
  }
}

// As bodies come: in pieces of one size, of which the last goes with the end, and is seldom whole.
TEST_P(StoreContract, TakesTheLastBytesWithTheEnd) {
  for (const std::size_t piece : {65'536u, 100'001u, 262'144u, 300'000u}) {
    for (const std::size_t length : {1u, 65'536u, 262'143u, 262'144u, 262'145u, 524'288u, 1'100'000u}) {
      const std::string bytes = noise(length);
      std::string_view left = bytes;
      const auto writer = create();
      for (; left.size() > piece; left.remove_prefix(piece)) sync_wait(writer->append(as_bytes(left.substr(0, piece))));
      const BlobRef ref = sync_wait(writer->finish(as_bytes(left)));
      EXPECT_EQ(ref.size, length);
      EXPECT_TRUE(read(ref) == bytes) << length << " in pieces of " << piece;
      EXPECT_TRUE(sync_wait(store().verify(ref))) << length << " in pieces of " << piece;
    }
  }
}

TEST_P(StoreContract, GivesRanges) {
  const std::string bytes = noise(500'000);
  const BlobRef ref = write(bytes);
  std::mt19937 chance(3);
  for (int i = 0; i < 200; ++i) {
    const std::uint64_t offset = chance() % (bytes.size() + 1), length = chance() % (bytes.size() - offset + 1);
    const std::size_t buffer = 1 + chance() % 200'000;
    EXPECT_TRUE(read(ref, {.offset = offset, .length = length}, buffer) == bytes.substr(offset, length))
        << offset << "+" << length << " by " << buffer;
  }
  EXPECT_EQ(read(ref, {.offset = bytes.size(), .length = 0}), "");
  EXPECT_THROW(read(ref, {.offset = bytes.size(), .length = 1}), std::out_of_range);
  EXPECT_THROW(read(ref, {.offset = 1, .length = bytes.size()}), std::out_of_range);
  EXPECT_THROW(read(ref, {.offset = 1, .length = UINT64_MAX}), std::out_of_range);
}

TEST_P(StoreContract, NamesABlobFromTheStart) {
  const auto writer = create();
  const BlobRef early = writer->ref();
  sync_wait(writer->append(as_bytes("bytes")));
  const BlobRef ref = sync_wait(writer->finish());
  EXPECT_EQ(early.id, ref.id);
  EXPECT_EQ(writer->ref(), ref);
}

TEST_P(StoreContract, NeverGivesAnIdTwice) {
  std::vector<std::uint64_t> ids;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 30; ++i) ids.push_back(create()->ref().id);
    holder().reopen();
  }
  std::ranges::sort(ids);
  EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end());
}

TEST_P(StoreContract, ABlobOutlivesTheProcess) {
  const std::string bytes = noise(300'000);
  const BlobRef ref = write(bytes);
  holder().reopen();
  EXPECT_TRUE(read(ref) == bytes);
  EXPECT_TRUE(sync_wait(store().verify(ref)));
}

TEST_P(StoreContract, RemovesABlobButNotFromItsReaders) {
  const std::string bytes = noise(300'000);
  const BlobRef ref = write(bytes);
  const auto reader = sync_wait(store().open(ref, {.offset = 0, .length = ref.size}, key()));
  sync_wait(store().remove(ref));
  sync_wait(store().remove(ref));
  EXPECT_THROW(read(ref), NotFound);
  std::string buffer(bytes.size(), '\0'), got;
  while (const auto count = sync_wait(reader->read(std::as_writable_bytes(std::span(buffer))))) {
    got.append(buffer, 0, count);
  }
  EXPECT_TRUE(got == bytes);
}

TEST_P(StoreContract, AnUnfinishedBlobNeverWas) {
  BlobRef ref;
  {
    const auto writer = create();
    sync_wait(writer->append(as_bytes(noise(1'000'000))));
    ref = writer->ref();
  }
  ref.size = 1'000'000;
  holder().reopen();
  EXPECT_THROW(read(ref), NotFound);
  EXPECT_TRUE(sync_wait(store().unsettled(100)).empty());
}

TEST_P(StoreContract, CopiesToAnotherTier) {
  for (const std::size_t length : {0u, 10u, 10'000'000u}) {
    const std::string bytes = noise(length);
    const BlobRef ref = write(bytes, 1 << 20, "owner of it");
    const BlobRef copy = sync_wait(store().copy(ref, Tier{1}));
    EXPECT_NE(copy.id, ref.id);
    EXPECT_EQ(copy.tier, Tier{1});
    EXPECT_EQ(copy.size, ref.size);
    EXPECT_EQ(copy.format, ref.format);
    sync_wait(store().remove(ref));
    EXPECT_TRUE(read(copy) == bytes);
    EXPECT_TRUE(sync_wait(store().verify(copy)));
    // And the copy of a copy.
    const BlobRef back = sync_wait(store().copy(copy, Tier{0}));
    EXPECT_TRUE(read(back) == bytes);
  }
}

TEST_P(StoreContract, RefusesWhatItCannotDo) {
  EXPECT_THROW(create(Tier{9}), std::invalid_argument);
  EXPECT_THROW(create({}, std::string(8193, 'o')), std::length_error);
  const BlobRef ref = write("bytes");
  EXPECT_THROW(sync_wait(store().copy(ref, Tier{9})), std::invalid_argument);
  BlobRef gone = ref;
  gone.id += 1'000'000;
  EXPECT_THROW(read(gone), NotFound);
  EXPECT_THROW(sync_wait(store().copy(gone, Tier{1})), NotFound);
}

// After a stop, exactly the blobs that were not settled are told, each with its owner.
TEST_P(StoreContract, TellsWhatIsUnsettled) {
  std::vector<BlobRef> settled, open;
  for (int i = 0; i < 10; ++i) {
    settled.push_back(write("settled", 1 << 20, "row " + std::to_string(i)));
    store().settled(settled.back());
    open.push_back(write("open", 1 << 20, "row of " + std::to_string(i)));
  }
  holder().reopen();
  std::vector<std::string> owners;
  while (true) {
    const auto found = sync_wait(store().unsettled(3));
    if (found.empty()) break;
    EXPECT_LE(found.size(), 3u);
    for (const auto& one : found) {
      const auto known = std::ranges::find(open, one.ref);
      // A store may have forgotten what was settled: it is then told once more, whole.
      if (known == open.end()) {
        EXPECT_NE(std::ranges::find(settled, one.ref), settled.end());
        store().settled(one.ref);
      } else {
        owners.push_back(one.owner);
        sync_wait(store().remove(one.ref));
      }
    }
  }
  EXPECT_EQ(owners.size(), 10u);
  EXPECT_THAT(owners, testing::Contains("row of 3"));
  for (const auto& ref : settled) EXPECT_EQ(read(ref), "settled");
  // Not again.
  holder().reopen();
  EXPECT_TRUE(sync_wait(store().unsettled(100)).empty());
}

TEST_P(StoreContract, ManyWritersAtOnce) {
  const auto one = [this](int number) -> Task<BlobRef> {
    const std::string bytes = noise(40'000 + static_cast<std::size_t>(number) * 1'000, static_cast<unsigned>(number));
    const auto writer = co_await store().create({.tier = {}, .format = GetParam().format, .key = key()});
    for (std::size_t at = 0; at < bytes.size(); at += 10'000) {
      co_await writer->append(as_bytes(std::string_view(bytes).substr(at, 10'000)));
    }
    co_return co_await writer->finish();
  };
  std::vector<Task<BlobRef>> tasks;
  for (int i = 0; i < 100; ++i) tasks.push_back(one(i));
  const auto refs = sync_wait(when_all(std::move(tasks)));
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(read(refs[static_cast<std::size_t>(i)]) ==
                noise(40'000 + static_cast<std::size_t>(i) * 1'000, static_cast<unsigned>(i)));
  }
}

}  // namespace tarn::blob
