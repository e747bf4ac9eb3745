#include "http/loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/eventually.h"

namespace tarn::http {
namespace {

class CountingWatcher : public Loop::Watcher {
 public:
  CountingWatcher(int descriptor, std::atomic<int>& told, std::atomic<bool>& gone)
      : descriptor_(descriptor), told_(told), gone_(gone) {}
  ~CountingWatcher() override {
    ::close(descriptor_);
    gone_ = true;
  }
  void on_events(std::uint32_t) override { ++told_; }

 private:
  int descriptor_;
  std::atomic<int>& told_;
  std::atomic<bool>& gone_;
};

class LoopTest : public testing::Test {
 protected:
  LoopTest() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0); }
  ~LoopTest() override { ::close(ends[0]); }

  // Watches one end, or retires who watches it; then writes to the other.
  void run(bool retire) {
    auto watcher = std::make_unique<CountingWatcher>(ends[1], told, gone);
    CountingWatcher& watched = *watcher;
    const int copy = ::dup(ends[1]);  // As a process that is being started has one.
    loop.call([&, made = std::move(watcher)]() mutable { loop.watch(std::move(made), ends[1]); });
    std::thread thread([this] { loop.run(); });
    if (retire) loop.call([&] { loop.retire(watched); });
    // That the end can be written to is told at once.
    EXPECT_TRUE(eventually([&] { return retire ? gone.load() : told > 0; }));
    told = 0;
    EXPECT_EQ(::write(ends[0], "x", 1), 1);
    if (retire) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    } else {
      EXPECT_TRUE(eventually([&] { return told > 0; }));
    }
    loop.stop();
    thread.join();
    ::close(copy);
  }

  int ends[2];
  std::atomic<int> told = 0;
  std::atomic<bool> gone = false;
  Loop loop;
};

TEST_F(LoopTest, WhoRetiresIsGoneThoughNothingElseHappens) {
  auto watcher = std::make_unique<CountingWatcher>(ends[1], told, gone);
  CountingWatcher& watched = *watcher;
  loop.call([&, made = std::move(watcher)]() mutable { loop.watch(std::move(made), ends[1]); });
  std::thread thread([this] { loop.run(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  loop.call([&] { loop.retire(watched); });
  EXPECT_TRUE(eventually([&] { return gone.load(); }));
  loop.stop();
  thread.join();
}

TEST_F(LoopTest, WhoWatchesIsTold) {
  run(false);
  EXPECT_GT(told, 0);
  EXPECT_FALSE(gone);
}

TEST_F(LoopTest, WhoIsRetiredIsToldNoMoreThoughSomebodyHoldsItsDescriptor) {
  run(true);
  EXPECT_EQ(told, 0);
  EXPECT_TRUE(gone);
}

}  // namespace
}  // namespace tarn::http
