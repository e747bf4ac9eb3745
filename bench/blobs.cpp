// blob::Store in files: writing, reading and slices, beside bare files on the same disk.
//
//   bench_blobs FOLDER [seconds a case]
//
// FOLDER is emptied first.
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <random>

#include "base/blocking.h"
#include "base/encoding.h"
#include "blob/local/local_store.h"
#include "measure.h"
#include "meta/rocksdb/rocksdb_store.h"

namespace tarn::bench {
namespace {

std::string random_bytes(std::size_t length) {
  std::mt19937_64 chance(1);
  std::vector<std::uint64_t> words(length / 8 + 1);
  for (auto& word : words) word = chance();
  return {reinterpret_cast<const char*>(words.data()), length};
}

std::string size_name(std::size_t bytes) {
  return bytes >= 1 << 20 ? std::to_string(bytes >> 20) + " MiB" : std::to_string(bytes >> 10) + " KiB";
}

// Bare files: write, fdatasync, on the blocking pool as the store does.
void bare_files(const std::string& folder, std::size_t size, int writers, double seconds) {
  const std::string bytes = random_bytes(size);
  std::atomic<long> operations{0};
  std::filesystem::create_directories(folder + "/bare");
  for (int i = 0; i < 256; ++i) std::filesystem::create_directories(folder + "/bare/" + std::to_string(i));
  const Stretch stretch;
  run_at_once(2, writers, [&](int) -> Task<void> {
    while (stretch.seconds() < seconds) {
      const long number = operations++;
      co_await blocking([&] {
        const std::string path = folder + "/bare/" + std::to_string(number % 256) + "/" + std::to_string(number);
        const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
        if (::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) || ::fdatasync(fd) != 0) {
          std::abort();
        }
        ::close(fd);
      });
    }
  });
  stretch.print("bare file, " + size_name(size) + ", write, fdatasync, " + std::to_string(writers) + " at once",
                operations, static_cast<double>(operations) * static_cast<double>(size));
  std::filesystem::remove_all(folder + "/bare");
}

blob::DataKey key_of(blob::Format format) {
  return {format == blob::Format::sealed ? std::string(32, 'k') : std::string()};
}

std::vector<blob::BlobRef> writes(blob::Store& store, blob::Format format, std::size_t size, int writers,
                                  double seconds) {
  const std::string bytes = random_bytes(size);
  std::mutex mutex;
  std::vector<blob::BlobRef> refs;
  const Stretch stretch;
  run_at_once(2, writers, [&](int) -> Task<void> {
    while (stretch.seconds() < seconds) {
      const auto writer = co_await store.create({.format = format, .key = key_of(format), .size_hint = size});
      for (std::size_t at = 0; at < size; at += 256 << 10) {
        co_await writer->append(as_bytes(std::string_view(bytes).substr(at, 256 << 10)));
      }
      const auto ref = co_await writer->finish();
      store.settled(ref);
      const std::lock_guard lock(mutex);
      refs.push_back(ref);
    }
  });
  stretch.print(std::string(format == blob::Format::plain ? "plain" : "sealed") + " blob, " + size_name(size) +
                    ", write, " + std::to_string(writers) + " at once",
                static_cast<long>(refs.size()), static_cast<double>(refs.size()) * static_cast<double>(size));
  return refs;
}

void reads(blob::Store& store, const std::vector<blob::BlobRef>& refs, std::size_t length, double seconds) {
  std::atomic<long> operations{0};
  const auto size = refs.front().size;
  const Stretch stretch;
  run_at_once(2, 8, [&](int number) -> Task<void> {
    std::mt19937_64 chance(static_cast<std::uint64_t>(number));
    std::vector<std::byte> buffer(256 << 10);
    while (stretch.seconds() < seconds) {
      const auto& ref = refs[chance() % std::min<std::size_t>(refs.size(), 64)];
      const auto reader =
          co_await store.open(ref, {.offset = chance() % (size - length + 1), .length = length}, key_of(ref.format));
      while (co_await reader->read(buffer) > 0) {
      }
      ++operations;
      co_await yield_to_others();
    }
  });
  stretch.print(std::string(refs.front().format == blob::Format::plain ? "plain" : "sealed") + " read, " +
                    size_name(length) + " of " + size_name(size),
                operations, static_cast<double>(operations) * static_cast<double>(length));
}

// Slices as a connection takes them; what read() has to give is counted as well.
void slices(blob::Store& store, const std::vector<blob::BlobRef>& refs, std::size_t length, double seconds) {
  std::atomic<long> operations{0};
  const auto size = refs.front().size;
  const Stretch stretch;
  run_at_once(2, 8, [&](int number) -> Task<void> {
    std::mt19937_64 chance(static_cast<std::uint64_t>(number));
    std::vector<std::byte> buffer(256 << 10);
    while (stretch.seconds() < seconds) {
      const auto& ref = refs[chance() % std::min<std::size_t>(refs.size(), 64)];
      const auto reader = co_await store.open(ref, {.offset = chance() % (size - length + 1), .length = length});
      while (reader->next_slice() || co_await reader->read(buffer) > 0) {
      }
      ++operations;
      co_await yield_to_others();
    }
  });
  stretch.print("slices (nothing sent), " + size_name(length) + " of " + size_name(size), operations,
                static_cast<double>(operations) * static_cast<double>(length));
}

}  // namespace
}  // namespace tarn::bench

int main(int argc, char** argv) {
  using namespace tarn;
  using namespace tarn::bench;
  if (argc < 2) return std::fprintf(stderr, "usage: %s FOLDER [seconds]\n", argv[0]), 2;
  const std::string folder = argv[1];
  const double seconds = argc > 2 ? std::atof(argv[2]) : 3;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  auto rows = meta::open_rocksdb(folder + "/meta");
  auto store = sync_wait(blob::open_local(*rows, {.tiers = {folder + "/blobs"}}));
  for (const std::size_t size : {std::size_t{64} << 10, std::size_t{1} << 20, std::size_t{16} << 20}) {
    const int writers = size > 1 << 20 ? 4 : 32;
    bare_files(folder, size, writers, seconds);
    for (const auto format : {blob::Format::plain, blob::Format::sealed}) {
      const auto refs = writes(*store, format, size, writers, seconds);
      reads(*store, refs, size, seconds);
      if (size > 64 << 10) reads(*store, refs, 64 << 10, seconds);
      if (format == blob::Format::plain) slices(*store, refs, size, seconds);
      run_at_once(2, 16, [&](int number) -> Task<void> {
        for (std::size_t i = static_cast<std::size_t>(number); i < refs.size(); i += 16)
          co_await store->remove(refs[i]);
      });
    }
  }
  store.reset();
  rows.reset();
  std::filesystem::remove_all(folder);
}
