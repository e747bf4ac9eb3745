// meta::Store on RocksDB: durable commits, reads, scans, and how long a start takes.
//
//   bench_rows FOLDER [seconds a case] [rows for the start]
//
// FOLDER is emptied first. Compared with a bare log of group commits on the same disk (the first lines).
#include <fcntl.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <random>

#include "measure.h"
#include "meta/rocksdb/rocksdb_store.h"

namespace tarn::bench {
namespace {

std::string number_key(std::uint64_t number) {
  char text[32];
  std::snprintf(text, sizeof text, "c/key-%012llu", static_cast<unsigned long long>(number));
  return text;
}

std::string random_bytes(std::size_t length, std::uint64_t seed) {
  std::mt19937_64 chance(seed);
  std::string bytes(length, '\0');
  for (std::size_t i = 0; i + 8 <= length; i += 8) {
    const auto word = chance();
    std::memcpy(bytes.data() + i, &word, 8);
  }
  return bytes;
}

// A file that threads append 4 KiB to, synced once for all that wait: what the disk allows.
void bare_log(const std::string& folder, int writers, double seconds) {
  const std::string path = folder + "/bare-log";
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  std::mutex mutex;
  std::condition_variable synced;
  long begun = 0, done = 0;
  bool busy = false;
  std::atomic<long> offset{0}, operations{0};
  const std::string bytes = random_bytes(4096, 1);
  const Stretch stretch;
  std::vector<std::thread> threads;
  for (int i = 0; i < writers; ++i) {
    threads.emplace_back([&] {
      while (stretch.seconds() < seconds) {
        if (::pwrite(fd, bytes.data(), bytes.size(), offset.fetch_add(4096)) != 4096) std::abort();
        std::unique_lock lock(mutex);
        const long wanted = begun + 1;
        while (done < wanted) {
          if (busy) {
            synced.wait(lock);
            continue;
          }
          busy = true;
          const long mine = ++begun;
          lock.unlock();
          if (::fdatasync(fd) != 0) std::abort();
          lock.lock();
          busy = false;
          done = mine;
          synced.notify_all();
        }
        ++operations;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  stretch.print("bare log, 4 KiB, group fdatasync, " + std::to_string(writers) + " threads", operations,
                static_cast<double>(operations) * 4096);
  ::close(fd);
  ::unlink(path.c_str());
}

void commits(meta::Store& store, int writers, std::size_t value_bytes, bool checked, double seconds) {
  static std::atomic<std::uint64_t> next_key{0};
  std::atomic<long> operations{0};
  const std::string bytes = random_bytes(value_bytes, 7);
  const Stretch stretch;
  run_at_once(2, writers, [&](int) -> Task<void> {
    while (stretch.seconds() < seconds) {
      const auto key = number_key(next_key.fetch_add(1));
      meta::Batch batch;
      if (checked) batch.require_absent(key).require_present("b/state");
      batch.put(key, bytes);
      if (!(co_await store.commit({"bucket/bench"}, std::move(batch))).applied) std::abort();
      ++operations;
    }
  });
  stretch.print("commit " + std::to_string(value_bytes) + " B" + (checked ? ", two checks" : "") + ", " +
                    std::to_string(writers) + " at once",
                operations, static_cast<double>(operations) * static_cast<double>(value_bytes));
}

void reads(meta::Store& store, std::uint64_t rows, double seconds) {
  std::atomic<long> operations{0};
  const Stretch stretch;
  run_at_once(2, 2, [&](int number) -> Task<void> {
    std::mt19937_64 chance(static_cast<std::uint64_t>(number));
    while (stretch.seconds() < seconds) {
      for (int i = 0; i < 100; ++i) {
        if (!co_await store.get({"bucket/rows"}, number_key(chance() % rows))) std::abort();
      }
      operations += 100;
    }
  });
  stretch.print("get, rows of 200 B, at random", operations);

  std::atomic<long> pages{0};
  const Stretch scanning;
  run_at_once(2, 2, [&](int number) -> Task<void> {
    std::mt19937_64 chance(static_cast<std::uint64_t>(number));
    while (scanning.seconds() < seconds) {
      const auto page = co_await store.scan({"bucket/rows"}, number_key(chance() % (rows - 1000)), "", {});
      if (page.size() != 1000) std::abort();
      ++pages;
    }
  });
  scanning.print("scan, pages of 1,000 rows of 200 B", pages);
}

void fill(meta::Store& store, std::uint64_t rows) {
  const Stretch stretch;
  run_at_once(2, 16, [&](int number) -> Task<void> {
    for (std::uint64_t first = static_cast<std::uint64_t>(number) * 500; first < rows; first += 16 * 500) {
      std::vector<meta::Batch> batches;
      for (std::uint64_t key = first; key < std::min(rows, first + 500); ++key) {
        batches.push_back(meta::Batch().put(number_key(key), random_bytes(200, key)));
      }
      const auto done = co_await store.commit_each({"bucket/rows"}, std::move(batches));
      if (!done.front().applied) std::abort();
    }
  });
  stretch.print("fill, rows of 200 B, 500 a commit", static_cast<long>(rows));
}

void start(const std::string& folder, const char* what) {
  const double before = resident_mib();
  const Stretch stretch;
  const auto store = meta::open_rocksdb(folder);
  if (!sync_wait(store->get({"bucket/rows"}, number_key(77)))) std::abort();
  std::printf("%-52s %9.3f s to the first row, %.3f CPU s, memory %+.1f MiB\n", what, stretch.seconds(), stretch.cpu(),
              resident_mib() - before);
}

// What a SIGKILL leaves: the files as they are while the store is open.
void start_after_kill(const std::string& folder) {
  const std::string copy = folder + "-killed";
  {
    const auto store = meta::open_rocksdb(folder);
    fill(*store, 100'000);  // About 25 MB in the log.
    std::filesystem::copy(folder, copy, std::filesystem::copy_options::recursive);
  }
  start(copy, "start after a kill, 25 MB in the log");
  std::filesystem::remove_all(copy);
}

}  // namespace
}  // namespace tarn::bench

int main(int argc, char** argv) {
  using namespace tarn;
  using namespace tarn::bench;
  if (argc < 2) return std::fprintf(stderr, "usage: %s FOLDER [seconds] [rows]\n", argv[0]), 2;
  const std::string folder = argv[1];
  const double seconds = argc > 2 ? std::atof(argv[2]) : 3;
  const std::uint64_t rows = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1'000'000;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  {
    const auto store = meta::open_rocksdb(folder + "/commits");
    std::printf("memory with an empty store: %.1f MiB\n", resident_mib());
    if (!sync_wait(store->commit({"bucket/bench"}, meta::Batch().put("b/state", "1"))).applied) return 1;
    // Beside each other, because others may use the disk meanwhile.
    for (const int writers : {1, 8, 32}) {
      bare_log(folder, writers, seconds);
      commits(*store, writers, 4096, false, seconds);
    }
    commits(*store, 32, 4096, true, seconds);
    commits(*store, 32, 200, true, seconds);
    commits(*store, 8, 32 << 10, true, seconds);
    std::printf("memory after them: %.1f MiB\n", resident_mib());
  }
  {
    const auto store = meta::open_rocksdb(folder + "/rows");
    fill(*store, rows);
    reads(*store, rows, seconds);
  }
  start(folder + "/rows", "start after a clean stop");
  start_after_kill(folder + "/rows");
  std::filesystem::remove_all(folder);
}
