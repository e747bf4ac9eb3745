// Writes rows and blobs until it is killed: crash_worker FOLDER FIRST. Tells each acknowledged step on standard output,
// "w 12\n" once 12 is written, "r 12\n" before and "R 12\n" after it is removed.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

#include "blob/local/local_store.h"
#include "meta/rocksdb/rocksdb_store.h"
#include "workload.h"

namespace {

void tell(char what, int n) {
  char line[32];
  const int length = std::snprintf(line, sizeof line, "%c %d\n", what, n);
  // Short writes to a pipe are whole. A reader that is gone ends us.
  if (::write(STDOUT_FILENO, line, static_cast<std::size_t>(length)) != length) std::_Exit(1);
}

tarn::Task<void> work(tarn::crash::Workload& workload, std::atomic<int>& next, unsigned seed) {
  std::mt19937 chance(seed);
  while (true) {
    const int n = next++;
    co_await workload.write(n);
    tell('w', n);
    if (chance() % 4 == 0) {
      tell('r', n);
      co_await workload.remove(n);
      tell('R', n);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string folder = argv[1];
  std::atomic<int> next{std::atoi(argv[2])};
  // Small tables in memory, so that kills meet flushes and compactions as well.
  const auto rows =
      tarn::meta::open_rocksdb(folder + "/meta", {.block_cache_bytes = 4 << 20, .memtable_bytes = 256 << 10});
  const auto blobs = tarn::sync_wait(tarn::blob::open_local(*rows, {.tiers = {folder + "/blobs"}}));
  tarn::crash::Workload workload(*rows, *blobs);
  std::vector<std::jthread> threads;
  for (unsigned thread = 0; thread < 2; ++thread) {
    threads.emplace_back([&, thread] {
      std::vector<tarn::Task<void>> tasks;
      for (unsigned i = 0; i < 6; ++i) tasks.push_back(work(workload, next, thread * 100 + i));
      tarn::sync_wait(tarn::when_all(std::move(tasks)));
    });
  }
}
