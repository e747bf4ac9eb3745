#include "blob/local/local_store.h"

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "base/os/memory_file.h"
#include "blob/local/format.h"
#include "blob/store_contract_test.h"
#include "meta/memory/memory_store.h"

namespace tarn::blob {
namespace {

struct LocalHolder : StoreHolder {
  explicit LocalHolder(FileSystem* given, std::string folder) : files(given), root(std::move(folder)) { reopen(); }
  Store& store() override { return *local; }
  void reopen() override {
    local.reset();
    local = sync_wait(open_local(rows, {.tiers = {root + "/hot", root + "/cold"}, .files = files}));
  }
  meta::MemoryStore rows;
  FileSystem* files;
  std::string root;
  std::unique_ptr<Store> local;
};

struct MemoryFiles {
  MemoryDisk disk;
};
// Over files in memory; `can_clone` for a file system that shares bytes, `cached` false where nothing is in memory.
struct InMemory : MemoryFiles, LocalHolder {
  explicit InMemory(bool can_clone = false, bool cached = true) : LocalHolder(&disk, "/lake") {
    disk.set_can_clone(can_clone);
    disk.set_cached(cached);
  }
};

// Over the system's files.
struct OnDisk : LocalHolder {
  OnDisk() : LocalHolder(nullptr, make_folder()) {}
  ~OnDisk() override {
    local.reset();
    std::filesystem::remove_all(root);
  }
  static std::string make_folder() {
    char pattern[] = "/tmp/tarn-blob-test-XXXXXX";
    return ::mkdtemp(pattern);
  }
};

INSTANTIATE_TEST_SUITE_P(
    Local, StoreContract,
    testing::Values(
        ContractCase{"PlainInMemory", Format::plain, [] { return std::make_unique<InMemory>(); }},
        ContractCase{"SealedInMemory", Format::sealed, [] { return std::make_unique<InMemory>(); }},
        ContractCase{"PlainCloned", Format::plain, [] { return std::make_unique<InMemory>(true); }},
        ContractCase{"SealedCloned", Format::sealed, [] { return std::make_unique<InMemory>(true); }},
        ContractCase{"PlainNeverCached", Format::plain, [] { return std::make_unique<InMemory>(false, false); }},
        ContractCase{"SealedNeverCached", Format::sealed, [] { return std::make_unique<InMemory>(false, false); }},
        ContractCase{"PlainOnDisk", Format::plain, [] { return std::make_unique<OnDisk>(); }},
        ContractCase{"SealedOnDisk", Format::sealed, [] { return std::make_unique<OnDisk>(); }}),
    [](const auto& info) { return info.param.name; });

DataKey key_for(Format format, char of = 'k') {
  return {format == Format::sealed ? std::string(32, of) : std::string()};
}

BlobRef write(Store& store, Format format, std::string_view bytes) {
  const auto writer = sync_wait(store.create({.tier = {}, .format = format, .key = key_for(format)}));
  sync_wait(writer->append(as_bytes(bytes)));
  return sync_wait(writer->finish());
}

std::string read(Store& store, const BlobRef& ref, DataKey key, ByteRange range) {
  const auto reader = sync_wait(store.open(ref, range, std::move(key)));
  std::string bytes, buffer(70'000, '\0');
  while (const auto got = sync_wait(reader->read(std::as_writable_bytes(std::span(buffer))))) {
    bytes.append(buffer, 0, got);
  }
  return bytes;
}
std::string read(Store& store, const BlobRef& ref) {
  return read(store, ref, key_for(ref.format), {.offset = 0, .length = ref.size});
}

std::string only_file(FileSystem& files, const std::string& folder) {
  for (const auto& name : files.list(folder)) {
    const std::string path = join_path(folder, name);
    if (!files.is_folder(path)) return path;
    if (auto found = only_file(files, path); !found.empty()) return found;
  }
  return {};
}

class Damage : public testing::TestWithParam<Format> {};

// Any one bit of the file: either what is read is right, or it is Corrupt. And verify() finds every one.
TEST_P(Damage, AFlippedBitIsNeverServed) {
  const std::string bytes = noise(150'000);
  InMemory holder;
  const BlobRef ref = write(holder.store(), GetParam(), bytes);
  const std::string path = only_file(holder.disk, "/lake");
  const std::uint64_t length = *holder.disk.size_of(path);
  std::mt19937 chance(5);
  std::vector<std::uint64_t> places = {0,   8,      9,          12,          63,          64,
                                       100, 65'600, length - 1, length - 64, length - 65, length - 30};
  for (std::uint64_t at = length - 80; at < length; ++at) places.push_back(at);
  for (int i = 0; i < 60; ++i) places.push_back(chance() % length);
  for (const auto at : places) {
    const unsigned bit = chance() % 8;
    holder.disk.flip_bit(path, at, bit);
    holder.reopen();
    try {
      EXPECT_TRUE(read(holder.store(), ref) == bytes) << at;
      EXPECT_LT(at, 64u) << "only the header's bytes have no part in reading";
    } catch (const Corrupt&) {
    }
    EXPECT_FALSE(sync_wait(holder.store().verify(ref))) << at;
    if (at >= 64) {  // A copy writes its own header.
      EXPECT_THROW(std::ignore = sync_wait(holder.store().copy(ref, Tier{1})), Corrupt) << at;
    }
    holder.disk.flip_bit(path, at, bit);
  }
  holder.reopen();
  EXPECT_TRUE(sync_wait(holder.store().verify(ref)));
  EXPECT_TRUE(read(holder.store(), ref) == bytes);
}

TEST_P(Damage, AChunkThatIsNotAskedForDoesNoHarm) {
  const std::string bytes = noise(300'000);
  InMemory holder;
  const BlobRef ref = write(holder.store(), GetParam(), bytes);
  holder.disk.flip_bit(only_file(holder.disk, "/lake"), 70'000, 1);
  const DataKey key = key_for(GetParam());
  EXPECT_EQ(read(holder.store(), ref, key, {.offset = 10, .length = 100}), bytes.substr(10, 100));
  EXPECT_EQ(read(holder.store(), ref, key, {.offset = 200'000, .length = 90'000}), bytes.substr(200'000, 90'000));
  EXPECT_THROW(read(holder.store(), ref, key, {.offset = 65'000, .length = 1'000}), Corrupt);
}

TEST_P(Damage, ATruncatedFileIsCorrupt) {
  const std::string bytes = noise(150'000);
  for (const std::uint64_t cut : {1u, 63u, 64u, 200u, 70'000u, 150'000u, 150'100u}) {
    InMemory holder;
    const BlobRef ref = write(holder.store(), GetParam(), bytes);
    const auto file = holder.disk.open(only_file(holder.disk, "/lake"), OpenMode::read_write);
    file->truncate(file->size() - cut);
    EXPECT_THROW(read(holder.store(), ref), Corrupt) << cut;
    EXPECT_FALSE(sync_wait(holder.store().verify(ref))) << cut;
  }
}

TEST_P(Damage, AnotherBlobsFileIsNotTaken) {
  InMemory holder;
  const BlobRef first = write(holder.store(), GetParam(), "0123456789");
  const std::string path = only_file(holder.disk, "/lake");
  const BlobRef second = write(holder.store(), GetParam(), "abcdefghij");
  holder.disk.rename(path, path + ".kept");
  const std::string other = only_file(holder.disk, "/lake/hot/02");
  ASSERT_FALSE(other.empty());
  holder.disk.link(other, path);
  EXPECT_THROW(read(holder.store(), first), Corrupt);
  EXPECT_EQ(read(holder.store(), second), "abcdefghij");
}

TEST_P(Damage, AFullDiskIsSaidAndLeavesNothing) {
  InMemory holder;
  const std::string bytes = noise(3'000'000);
  for (const std::uint64_t room : {0u, 100'000u, 1'000'000u, 2'999'999u, 3'000'100u}) {
    holder.disk.set_capacity(room);
    try {
      write(holder.store(), GetParam(), bytes);
      FAIL() << room;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), errors::insufficient_storage);
    }
    holder.reopen();
    EXPECT_EQ(only_file(holder.disk, "/lake"), "") << room;
  }
  holder.disk.set_capacity(100 << 20);
  const BlobRef whole = write(holder.store(), GetParam(), bytes);
  EXPECT_TRUE(read(holder.store(), whole) == bytes);

  holder.disk.set_capacity(4'000'000);
  try {
    (void)sync_wait(holder.store().copy(whole, Tier{1}));
    FAIL() << "there is no room for a second one";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), errors::insufficient_storage);
  }
  holder.reopen();
  EXPECT_EQ(only_file(holder.disk, "/lake/cold"), "");
  EXPECT_TRUE(read(holder.store(), whole) == bytes);
}

TEST_P(Damage, ADiskThatFailsIsNotSilent) {
  InMemory holder;
  const auto fail = [&](FileAction what) {
    holder.disk.set_fault([what](FileAction action, const std::string&) { return action == what ? EIO : 0; });
  };
  for (const auto action : {FileAction::write, FileAction::sync, FileAction::sync_folder, FileAction::open}) {
    fail(action);
    EXPECT_THROW(write(holder.store(), GetParam(), "bytes"), FileError);
  }
  holder.disk.set_fault(nullptr);
  const BlobRef ref = write(holder.store(), GetParam(), "bytes");
  fail(FileAction::read);
  EXPECT_THROW(read(holder.store(), ref), FileError);
  EXPECT_THROW(std::ignore = sync_wait(holder.store().verify(ref)), FileError);
}

INSTANTIATE_TEST_SUITE_P(, Damage, testing::Values(Format::plain, Format::sealed),
                         [](const auto& info) { return info.param == Format::plain ? "Plain" : "Sealed"; });

// Every finished blob is there after a power cut, whole; one that was not finished is told and can be removed.
TEST(LocalStore, APowerCutLosesNothingFinished) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Format format = seed % 2 ? Format::plain : Format::sealed;
    meta::MemoryStore rows;
    auto disk = std::make_unique<MemoryDisk>();
    auto store = sync_wait(open_local(rows, {.tiers = {"/t"}, .files = disk.get()}));
    std::vector<std::pair<BlobRef, std::string>> finished;
    for (unsigned i = 0; i < 10; ++i) {
      std::string bytes = noise((seed * 7919 * i) % 400'000, i);
      const BlobRef ref = write(*store, format, bytes);
      finished.emplace_back(ref, std::move(bytes));
    }
    // Two under way, one of them removed again.
    const auto half = sync_wait(store->create({.tier = {}, .format = format, .key = key_for(format), .owner = "half"}));
    sync_wait(half->append(as_bytes(noise(600'000))));
    sync_wait(store->remove(finished.back().first));
    const auto removed = finished.back();
    finished.pop_back();

    const auto next = disk->after_power_cut(seed);
    auto after = sync_wait(open_local(rows, {.tiers = {"/t"}, .files = next.get()}));
    for (const auto& [ref, bytes] : finished) EXPECT_TRUE(read(*after, ref) == bytes) << "seed " << seed;
    EXPECT_THROW(read(*after, removed.first), NotFound) << "a removal is durable, too";
    while (true) {
      const auto found = sync_wait(after->unsettled(100));
      if (found.empty()) break;
      for (const auto& one : found) {
        const bool named = std::ranges::any_of(finished, [&](const auto& blob) { return blob.first.id == one.ref.id; });
        if (named) {
          after->settled(one.ref);
        } else {
          EXPECT_EQ(one.ref.id, half->ref().id) << "seed " << seed;
          sync_wait(after->remove(one.ref));
        }
      }
    }
    for (const auto& [ref, bytes] : finished) EXPECT_TRUE(read(*after, ref) == bytes) << "seed " << seed;
    after.reset();
  }
}

TEST(LocalStore, ASealedBlobNeedsItsKey) {
  InMemory holder;
  const BlobRef ref = write(holder.store(), Format::sealed, "secret bytes");
  const ByteRange all{.offset = 0, .length = ref.size};
  EXPECT_THROW(read(holder.store(), ref, key_for(Format::sealed, 'x'), all), Corrupt);
  EXPECT_THROW(read(holder.store(), ref, {}, all), std::invalid_argument);
  EXPECT_THROW(sync_wait(holder.store().create({.tier = {}, .format = Format::sealed, .key = {"short"}})),
               std::invalid_argument);
  const auto file = holder.disk.open(only_file(holder.disk, "/lake"), OpenMode::read);
  std::string stored(file->size(), '\0');
  file->read_at(0, std::as_writable_bytes(std::span(stored)));
  EXPECT_EQ(stored.find("secret"), std::string::npos);
}

// Two blobs under one data key have nothing in common; chunks cannot change places.
TEST(LocalStore, ChunksOfASealedBlobCannotBeMoved) {
  InMemory holder;
  const std::string chunk = noise(65'536);
  const BlobRef ref = write(holder.store(), Format::sealed, chunk + chunk + chunk);
  const std::string path = only_file(holder.disk, "/lake");
  const auto file = holder.disk.open(path, OpenMode::read_write);
  const Layout layout(Format::sealed, ref.size, 0);
  std::string first(layout.stored_length(0), '\0'), second = first;
  file->read_at(layout.chunk_at(0), std::as_writable_bytes(std::span(first)));
  file->read_at(layout.chunk_at(1), std::as_writable_bytes(std::span(second)));
  EXPECT_NE(first, second) << "the same bytes, another chunk";
  file->write_at(layout.chunk_at(0), as_bytes(second));
  file->write_at(layout.chunk_at(1), as_bytes(first));
  EXPECT_THROW(read(holder.store(), ref), Corrupt);
}

// Slices cover a range without a gap, and lead to the very bytes.
TEST(LocalStore, SlicesLeadToTheBytes) {
  OnDisk holder;
  const std::string bytes = noise(9'000'000);
  const BlobRef ref = write(holder.store(), Format::plain, bytes);
  for (const ByteRange range : {ByteRange{0, 9'000'000}, ByteRange{100, 8'000'000}, ByteRange{65'536, 65'536},
                                ByteRange{8'999'999, 1}, ByteRange{5, 0}}) {
    for (int round = 0; round < 2; ++round) {
      const auto reader = sync_wait(holder.store().open(ref, range));
      std::string got, buffer(65'536, '\0');
      int slices = 0;
      while (true) {
        if (const auto slice = reader->next_slice()) {
          ASSERT_GT(slice->length, 0u);
          std::string piece(slice->length, '\0');
          ASSERT_EQ(::pread(slice->fd, piece.data(), piece.size(), static_cast<off_t>(slice->offset)),
                    static_cast<ssize_t>(piece.size()));
          got += piece;
          ++slices;
          continue;
        }
        const auto count = sync_wait(reader->read(std::as_writable_bytes(std::span(buffer))));
        if (count == 0) break;
        got.append(buffer, 0, count);
      }
      EXPECT_TRUE(got == bytes.substr(range.offset, range.length)) << range.offset << "+" << range.length;
      EXPECT_EQ(slices > 0, range.length > 0) << "just written bytes are in memory";
    }
  }
}

TEST(LocalStore, NoSliceOfADamagedOrSealedChunk) {
  OnDisk holder;
  const std::string bytes = noise(200'000);
  const BlobRef sealed = write(holder.store(), Format::sealed, bytes);
  EXPECT_FALSE(
      sync_wait(holder.store().open(sealed, {.offset = 0, .length = 10}, key_for(Format::sealed)))->next_slice());
  sync_wait(holder.store().remove(sealed));
  const BlobRef ref = write(holder.store(), Format::plain, bytes);
  const auto file = system_files().open(only_file(system_files(), holder.root), OpenMode::read_write);
  const std::byte wrong{static_cast<unsigned char>(~bytes[100'000])};
  file->write_at(64 + 100'000, {&wrong, 1});
  const auto reader = sync_wait(holder.store().open(ref, {.offset = 0, .length = ref.size}));
  const auto slice = reader->next_slice();
  ASSERT_TRUE(slice);
  EXPECT_EQ(slice->length, 65'536u) << "up to the damage";
  EXPECT_FALSE(reader->next_slice());
  std::string buffer(10, '\0');
  EXPECT_THROW(sync_wait(reader->read(std::as_writable_bytes(std::span(buffer)))), Corrupt);
}

TEST(LocalStore, OpenFilesAreBounded) {
  OnDisk holder;
  holder.local.reset();
  holder.local = sync_wait(open_local(holder.rows, {.tiers = {holder.root}, .max_open_files = 4}));
  const auto open_now = [] { return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}); };
  std::vector<BlobRef> refs;
  for (int i = 0; i < 40; ++i) refs.push_back(write(holder.store(), Format::plain, "blob " + std::to_string(i)));
  const auto before = open_now();
  for (std::size_t i = 0; i < refs.size(); ++i) EXPECT_EQ(read(holder.store(), refs[i]), "blob " + std::to_string(i));
  EXPECT_LE(open_now(), before + 4);
}

}  // namespace
}  // namespace tarn::blob
