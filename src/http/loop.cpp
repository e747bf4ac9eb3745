#include "http/loop.h"

#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace tarn::http {
namespace {

constexpr std::int64_t tick_ms = 1000;
constexpr std::size_t kept_buffers = 16;
constexpr std::size_t events_at_once = 256;

std::int64_t clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

Loop::Loop() : events_(events_at_once) {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  wake_event_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = nullptr}};
  if (wake_event_ < 0 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_event_, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  now_ms_ = clock_ns(CLOCK_MONOTONIC_COARSE) / 1'000'000;
}

Loop::~Loop() {
  ::close(wake_event_);
  ::close(epoll_);
}

void Loop::post(std::coroutine_handle<> handle) {
  if (Executor::current() == this) {
    posted_.push_back(handle);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    handed_.push_back(handle);
    has_handed_.store(true);
  }
  wake();
}

void Loop::post_after(std::chrono::nanoseconds delay, std::coroutine_handle<> handle) {
  const std::int64_t due = clock_ns(CLOCK_MONOTONIC) + std::max<std::int64_t>(delay.count(), 0);
  if (Executor::current() == this) {
    timers_.push_back({due, timer_order_++, handle});
    std::ranges::push_heap(timers_, std::greater<>());
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    handed_timers_.push_back({due, 0, handle});
    has_handed_.store(true);
  }
  wake();
}

void Loop::call(std::move_only_function<void()> function) {
  {
    const std::lock_guard lock(mutex_);
    handed_calls_.push_back(std::move(function));
    has_handed_.store(true);
  }
  wake();
}

void Loop::stop() {
  stopped_ = true;
  wake();
}

void Loop::wake() {
  // A loop that is awake looks at what was handed over before it sleeps, so only a sleeping one costs a system call.
  if (!sleeping_.exchange(false)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_event_, &one, sizeof one);
}

void Loop::take_handed() {
  if (!has_handed_.load()) return;
  std::vector<std::move_only_function<void()>> calls;
  {
    const std::lock_guard lock(mutex_);
    has_handed_.store(false);
    posted_.insert(posted_.end(), handed_.begin(), handed_.end());
    handed_.clear();
    for (Timer& timer : handed_timers_) {
      timer.order = timer_order_++;
      timers_.push_back(timer);
      std::ranges::push_heap(timers_, std::greater<>());
    }
    handed_timers_.clear();
    calls.swap(handed_calls_);
  }
  for (auto& function : calls) function();
}

void Loop::run() {
  const Executor::Scope scope(this);
  while (!stopped_) {
    take_handed();
    run_due();
    run_posted();
    // Sleeping is announced before the last look, so that whoever hands something over later sees it and wakes us.
    // Nor does it sleep over those who retired since the last burial: they hold connections open, and are counted.
    int timeout = posted_.empty() && retired_.empty() ? wait_ms() : 0;
    if (timeout != 0) {
      sleeping_ = true;
      if (has_handed_ || stopped_) timeout = 0;
    }
    const int count = ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), timeout);
    sleeping_ = false;
    now_ms_ = clock_ns(CLOCK_MONOTONIC_COARSE) / 1'000'000;
    tell(count);
    if (!watchers_.empty() && now_ms_ >= next_tick_ms_) tick();
    bury();
  }
}

void Loop::run_posted() {
  // Only what is there now: what these post waits for its turn behind the sockets.
  running_.swap(posted_);
  for (const auto handle : running_) handle.resume();
  running_.clear();
}

void Loop::run_due() {
  if (timers_.empty()) return;
  const std::int64_t now = clock_ns(CLOCK_MONOTONIC);
  while (!timers_.empty() && timers_.front().due_ns <= now) {
    posted_.push_back(timers_.front().handle);
    std::ranges::pop_heap(timers_, std::greater<>());
    timers_.pop_back();
  }
}

int Loop::wait_ms() const {
  std::int64_t wait = watchers_.empty() ? 3'600'000 : tick_ms;
  if (!timers_.empty()) {
    const std::int64_t left_ns = timers_.front().due_ns - clock_ns(CLOCK_MONOTONIC);
    wait = std::min(wait, std::max<std::int64_t>((left_ns + 999'999) / 1'000'000, 0));
  }
  return static_cast<int>(wait);
}

void Loop::tell(int count) {
  for (int i = 0; i < count; ++i) {
    if (auto* const watcher = static_cast<Watcher*>(events_[i].data.ptr)) watcher->on_events(events_[i].events);
  }
}

void Loop::tick() {
  next_tick_ms_ = now_ms_ + tick_ms;
  for_each([](Watcher& watcher) { watcher.on_tick(); });
}

void Loop::watch(std::unique_ptr<Watcher> watcher, int descriptor) {
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = watcher.get()}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
  watcher->place_ = watchers_.size();
  watcher->descriptor_ = descriptor;
  watchers_.push_back(std::move(watcher));
}

void Loop::retire(Watcher& watcher) {
  // Closing alone is not enough: a process that is being started holds copies of all descriptors for a moment, and as
  // long as there is one, events go on to come for a watcher that is no more.
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, watcher.descriptor_, nullptr);
  const std::size_t place = watcher.place_;
  retired_.push_back(std::move(watchers_[place]));
  if (place + 1 != watchers_.size()) {
    watchers_[place] = std::move(watchers_.back());
    watchers_[place]->place_ = place;
  }
  watchers_.pop_back();
}

void Loop::for_each(const std::function<void(Watcher&)>& function) {
  // From the back: a retired one is replaced by the last, which has had its turn. Who retires others besides itself
  // may make one miss this round.
  for (std::size_t i = watchers_.size(); i > 0; --i) {
    if (i <= watchers_.size()) function(*watchers_[i - 1]);
  }
}

void Loop::bury() {
  // Swapped out first: what a watcher destroys may retire another.
  while (!retired_.empty()) {
    std::vector<std::unique_ptr<Watcher>> dead;
    dead.swap(retired_);
  }
}

std::string_view Loop::date() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec != date_second_) {
    date_second_ = now.tv_sec;
    date_ = http_date(from_millis(now.tv_sec * 1000));
  }
  return date_;
}

std::unique_ptr<char[]> Loop::take_buffer() {
  if (buffers_.empty()) return std::make_unique_for_overwrite<char[]>(body_buffer_bytes);
  auto buffer = std::move(buffers_.back());
  buffers_.pop_back();
  return buffer;
}

void Loop::give_buffer(std::unique_ptr<char[]> buffer) {
  if (buffer && buffers_.size() < kept_buffers) buffers_.push_back(std::move(buffer));
}

}  // namespace tarn::http
