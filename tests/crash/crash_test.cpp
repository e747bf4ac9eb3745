// The promise under which everything stands: what was acknowledged is there after a kill and after a power cut, whole;
// what was not is whole or absent; and no blob outlives the sweep without a row.
//
// TARN_CRASH_ROUNDS and TARN_CRASH_SEEDS set how many rounds are tried.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>

#include "base/os/memory_file.h"
#include "blob/local/local_store.h"
#include "meta/rocksdb/rocksdb_store.h"
#include "workload.h"

namespace tarn::crash {
namespace {

int setting(const char* name, int otherwise) {
  const char* value = std::getenv(name);
  return value ? std::atoi(value) : otherwise;
}

// Starts the worker, kills it after `lifetime`, and gives what it told.
std::string run_and_kill(const std::string& folder, int first, std::chrono::microseconds lifetime) {
  int pipe_ends[2];
  if (::pipe2(pipe_ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(pipe_ends[1], STDOUT_FILENO);
    ::execl(TARN_CRASH_WORKER, "crash_worker", folder.c_str(), std::to_string(first).c_str(), nullptr);
    ::_exit(127);
  }
  ::close(pipe_ends[1]);
  std::jthread killer([&] {
    std::this_thread::sleep_for(lifetime);
    ::kill(child, SIGKILL);
  });
  std::string told;
  char buffer[4096];
  for (ssize_t got; (got = ::read(pipe_ends[0], buffer, sizeof buffer)) > 0;)
    told.append(buffer, static_cast<std::size_t>(got));
  ::close(pipe_ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the worker ended by itself: " << status;
  return told;
}

int note(const std::string& told, Acknowledged& known) {
  std::istringstream lines(told);
  char what;
  int n, highest = 0;
  while (lines >> what >> n) {
    if (what == 'w') known.written.insert(n);
    if (what == 'r') known.unsettled.insert(n);
    if (what == 'R') known.removed.insert(n);
    highest = std::max(highest, n);
  }
  return highest;
}

std::size_t files_under(const std::string& folder) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) count += entry.is_regular_file();
  return count;
}

TEST(Crash, AKillLosesNothingAcknowledged) {
  char pattern[] = "/tmp/tarn-crash-XXXXXX";
  const std::string folder = ::mkdtemp(pattern);
  std::mt19937 chance(std::random_device{}());
  Acknowledged known;
  int first = 1, swept = 0;
  const int rounds = setting("TARN_CRASH_ROUNDS", 50);
  for (int round = 0; round < rounds; ++round) {
    // Everything is read again now and then, what the round wrote each time.
    const int read_from = round % 10 == 9 ? 0 : first;
    const auto told = run_and_kill(folder, first, std::chrono::microseconds(5'000 + chance() % 200'000));
    // What was under way may have been committed: its numbers are not used again.
    first = std::max(first, note(told, known)) + 100;
    const auto rows = meta::open_rocksdb(folder + "/meta");
    const auto blobs = sync_wait(blob::open_local(*rows, {.tiers = {folder + "/blobs"}}));
    Workload workload(*rows, *blobs);
    ASSERT_EQ(sync_wait(workload.verify(known, read_from)), "") << "round " << round;
    swept += sync_wait(workload.sweep());
    ASSERT_EQ(sync_wait(workload.verify(known, read_from)), "") << "round " << round << ", after the sweep";
    ASSERT_EQ(files_under(folder + "/blobs"), sync_wait(workload.named()).size()) << "an orphan, round " << round;
  }
  RecordProperty("acknowledged", static_cast<int>(known.written.size()));
  std::printf("%zu writes and %zu removals acknowledged in %d rounds, %d orphans swept\n", known.written.size(),
              known.removed.size(), rounds, swept);
  EXPECT_GT(known.written.size(), static_cast<std::size_t>(rounds) * 5);
  std::filesystem::remove_all(folder);
}

// The same in one process over the disk that forgets: the power goes after a random number of the disk's actions.
class PowerCut {
 public:
  explicit PowerCut(std::uint64_t seed) : chance_(seed), disk_(std::make_unique<MemoryDisk>()) {}

  // Runs until the power goes. The disk is then what was left.
  void run() {
    std::atomic<long> actions{static_cast<long>(20 + chance_() % 3'000)};
    disk_->set_fault(
        [&](FileAction action, const std::string&) { return action != FileAction::read && --actions <= 0 ? EIO : 0; });
    {
      std::unique_ptr<meta::Store> rows;
      std::unique_ptr<blob::Store> blobs;
      try {
        open(rows, blobs);
        Workload workload(*rows, *blobs);
        std::vector<Task<void>> tasks;
        for (unsigned i = 0; i < 6; ++i) tasks.push_back(work(workload, static_cast<unsigned>(chance_())));
        sync_wait(when_all(std::move(tasks)));
      } catch (const std::exception&) {
        // No power.
      }
      next_disk_ = disk_->after_power_cut(chance_());
    }
    disk_ = std::move(next_disk_);
    next_ += 100;
  }

  void check() {
    std::unique_ptr<meta::Store> rows;
    std::unique_ptr<blob::Store> blobs;
    open(rows, blobs);
    Workload workload(*rows, *blobs);
    ASSERT_EQ(sync_wait(workload.verify(known_, 0)), "");
    sync_wait(workload.sweep());
    ASSERT_EQ(sync_wait(workload.verify(known_, 0)), "") << "after the sweep";
    ASSERT_EQ(files("/lake/blobs"), sync_wait(workload.named()).size()) << "an orphan";
  }

  std::size_t acknowledged() const { return known_.written.size(); }

 private:
  void open(std::unique_ptr<meta::Store>& rows, std::unique_ptr<blob::Store>& blobs) {
    rows = meta::open_rocksdb("/lake/meta",
                              {.files = disk_.get(), .block_cache_bytes = 4 << 20, .memtable_bytes = 128 << 10});
    blobs = sync_wait(blob::open_local(*rows, {.tiers = {"/lake/blobs"}, .files = disk_.get()}));
  }

  Task<void> work(Workload& workload, unsigned seed) {
    std::mt19937 chance(seed);
    while (true) {
      const int n = next_++;
      co_await workload.write(n);
      known_.written.insert(n);
      if (chance() % 3 != 0) continue;
      known_.unsettled.insert(n);
      co_await workload.remove(n);
      known_.removed.insert(n);
    }
  }

  std::size_t files(const std::string& folder) {
    std::size_t count = 0;
    for (const auto& name : disk_->list(folder)) {
      const std::string path = join_path(folder, name);
      count += disk_->is_folder(path) ? files(path) : 1;
    }
    return count;
  }

  std::mt19937_64 chance_;
  std::unique_ptr<MemoryDisk> disk_, next_disk_;
  Acknowledged known_;
  int next_ = 1;
};

TEST(Crash, APowerCutLosesNothingAcknowledged) {
  const int seeds = setting("TARN_CRASH_SEEDS", 25), from = setting("TARN_CRASH_FIRST_SEED", 1);
  std::size_t acknowledged = 0;
  for (int seed = from; seed < from + seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    PowerCut cut(static_cast<std::uint64_t>(seed));
    for (int round = 0; round < 3; ++round) {
      SCOPED_TRACE("round " + std::to_string(round));
      cut.run();
      cut.check();
      if (HasFatalFailure()) return;
    }
    acknowledged += cut.acknowledged();
  }
  std::printf("%zu writes acknowledged before %d power cuts\n", acknowledged, seeds * 3);
  EXPECT_GT(acknowledged, static_cast<std::size_t>(seeds) * 10);
}

}  // namespace
}  // namespace tarn::crash
