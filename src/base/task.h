// Task: a coroutine that starts when it is awaited, and what runs several of them at once.
//
// A task runs on the executor that awaited it. It carries a stop token, inherited from the task that awaits it, which
// tells that its result is no longer wanted (client gone, query stopped, server ending), and at times a companion.
// when_all, spawn in a TaskScope and nothing else make concurrency.
#pragma once

#include <atomic>
#include <cassert>
#include <coroutine>
#include <exception>
#include <functional>
#include <optional>
#include <stop_token>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/executor.h"

namespace tarn {

// Goes along with a task into all that it awaits, so that what lies far below can ask for it; not into what it spawns.
class TaskCompanion {
 public:
  virtual ~TaskCompanion() = default;
};

namespace detail {

// What a task has from the one that awaits it. Owned by whoever started the outermost task, which outlives this one.
struct Inherited {
  const std::stop_token* stop = nullptr;  // Null: nothing ever stops it.
  TaskCompanion* companion = nullptr;

  void take_missing(const Inherited& from) {
    if (!stop) stop = from.stop;
    if (!companion) companion = from.companion;
  }
};

struct PromiseBase {
  std::coroutine_handle<> continuation = std::noop_coroutine();
  Inherited inherited;
  std::exception_ptr failure;

  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <typename Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> finished) noexcept {
      return finished.promise().continuation;
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() noexcept { return {}; }
  FinalAwaiter final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { failure = std::current_exception(); }
};

template <typename T>
struct Promise : PromiseBase {
  std::optional<T> value;
  std::coroutine_handle<Promise> get_return_object() { return std::coroutine_handle<Promise>::from_promise(*this); }
  template <typename U>
    requires std::is_constructible_v<T, U&&>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() {
    if (failure) std::rethrow_exception(std::move(failure));
    return std::move(*value);
  }
};

template <>
struct Promise<void> : PromiseBase {
  std::coroutine_handle<Promise> get_return_object() { return std::coroutine_handle<Promise>::from_promise(*this); }
  void return_void() noexcept {}
  void take() {
    if (failure) std::rethrow_exception(std::move(failure));
  }
};

}  // namespace detail

template <typename T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using value_type = T;

  Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  struct Awaiter {
    std::coroutine_handle<promise_type> handle;
    bool await_ready() const noexcept { return false; }
    template <typename Parent>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Parent> parent) noexcept {
      handle.promise().continuation = parent;
      if constexpr (std::is_base_of_v<detail::PromiseBase, Parent>) {
        handle.promise().inherited.take_missing(parent.promise().inherited);
      }
      return handle;
    }
    T await_resume() { return handle.promise().take(); }
  };
  Awaiter operator co_await() && noexcept { return Awaiter{handle_}; }

  // The task stops by `token` instead of its awaiter's; the token must outlive the task.
  Task&& stopped_by(const std::stop_token& token) && {
    handle_.promise().inherited.stop = &token;
    return std::move(*this);
  }

  // The task goes with `companion`, which must outlive it.
  Task&& accompanied_by(TaskCompanion& companion) && {
    handle_.promise().inherited.companion = &companion;
    return std::move(*this);
  }

  // For what starts tasks beside each other.
  Task&& inheriting(const detail::Inherited& inherited) && {
    handle_.promise().inherited.take_missing(inherited);
    return std::move(*this);
  }

 private:
  std::coroutine_handle<promise_type> handle_;
};

namespace detail {

// Reads what the running task inherited; a coroutine that is no task inherits nothing.
struct ReadInherited {
  Inherited inherited;
  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    if constexpr (std::is_base_of_v<PromiseBase, Promise>) inherited = handle.promise().inherited;
    return false;
  }
  const Inherited& await_resume() const noexcept { return inherited; }
};

}  // namespace detail

// `co_await stop_requested()`: is the result of the running task no longer wanted?
struct StopRequested : detail::ReadInherited {
  bool await_resume() const noexcept { return inherited.stop && inherited.stop->stop_requested(); }
};
inline StopRequested stop_requested() {
  return {};
}

// `co_await current_stop_token()`: the token itself, to hand to threads and libraries.
struct CurrentStopToken : detail::ReadInherited {
  std::stop_token await_resume() const noexcept { return inherited.stop ? *inherited.stop : std::stop_token(); }
};
inline CurrentStopToken current_stop_token() {
  return {};
}

// `co_await current_companion()`: who goes along with the running task; null for most.
struct CurrentCompanion : detail::ReadInherited {
  TaskCompanion* await_resume() const noexcept { return inherited.companion; }
};
inline CurrentCompanion current_companion() {
  return {};
}

// Suspends for `delay` on the current executor.
struct SleepFor {
  std::chrono::nanoseconds delay;
  bool await_ready() const noexcept { return delay.count() <= 0; }
  void await_suspend(std::coroutine_handle<> handle) { Executor::current()->post_after(delay, handle); }
  void await_resume() const noexcept {}
};
inline SleepFor sleep_for(std::chrono::nanoseconds delay) {
  return {delay};
}

// Lets everything else that is ready on this executor run first.
struct Yield {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) { Executor::current()->post(handle); }
  void await_resume() const noexcept {}
};
inline Yield yield_to_others() {
  return {};
}

// Goes on on `executor`: how a call that came from any thread reaches the thread that owns a state.
struct ResumeOn {
  Executor& executor;
  bool await_ready() const noexcept { return Executor::current() == &executor; }
  void await_suspend(std::coroutine_handle<> handle) { executor.post(handle); }
  void await_resume() const noexcept {}
};
inline ResumeOn resume_on(Executor& executor) {
  return {executor};
}

// A value that another thread delivers once; the one waiter resumes on its own executor.
//
// Lives until it was awaited; set() touches nothing after it has handed the waiter back.
template <typename T>
class OneShot {
 public:
  OneShot() = default;
  OneShot(const OneShot&) = delete;
  OneShot& operator=(const OneShot&) = delete;

  // From any thread, once.
  void set(T value) {
    value_.emplace(std::move(value));
    deliver();
  }
  void fail(std::exception_ptr failure) {
    failure_ = std::move(failure);
    deliver();
  }

  bool await_ready() const noexcept { return state_.load(std::memory_order_acquire) == delivered(); }
  bool await_suspend(std::coroutine_handle<> handle) noexcept {
    executor_ = Executor::current();
    assert(executor_ && "a coroutine that leaves its thread needs an executor to come back to");
    waiter_ = handle;
    void* expected = nullptr;
    return state_.compare_exchange_strong(expected, waiting(), std::memory_order_acq_rel);
  }
  T await_resume() {
    if (failure_) std::rethrow_exception(failure_);
    return std::move(*value_);
  }

 private:
  void* waiting() const { return const_cast<OneShot*>(this); }
  static void* delivered() {
    static char mark;
    return &mark;
  }
  void deliver() {
    // A waiter that was there stays suspended until it is posted; without one, nothing here is touched again.
    if (state_.exchange(delivered(), std::memory_order_acq_rel) == waiting()) {
      Executor* const executor = executor_;
      executor->post(waiter_);
    }
  }

  std::atomic<void*> state_{nullptr};
  Executor* executor_ = nullptr;
  std::coroutine_handle<> waiter_;
  std::optional<T> value_;
  std::exception_ptr failure_;
};

namespace detail {

// A coroutine that nobody awaits: runs until its end and frees itself.
struct Detached {
  struct promise_type {
    Detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

// Counts tasks that run at once on one executor, and wakes the one that waits for all.
struct Countdown {
  std::size_t left;
  std::coroutine_handle<> waiter;
  std::exception_ptr failure;

  void arrive() {
    if (--left == 0 && waiter) Executor::current()->post(waiter);
  }
  bool await_ready() const noexcept { return left == 0; }
  void await_suspend(std::coroutine_handle<> handle) noexcept { waiter = handle; }
  void await_resume() {
    if (failure) std::rethrow_exception(failure);
  }
};

template <typename T>
Detached run_into(Task<T> task, std::optional<T>& slot, Countdown& countdown) {
  try {
    slot.emplace(co_await std::move(task));
  } catch (...) {
    if (!countdown.failure) countdown.failure = std::current_exception();
  }
  countdown.arrive();
}

inline Detached run_into(Task<void> task, Countdown& countdown) {
  try {
    co_await std::move(task);
  } catch (...) {
    if (!countdown.failure) countdown.failure = std::current_exception();
  }
  countdown.arrive();
}

}  // namespace detail

// Runs all at once on the current executor; their results in the same order. When some fail, waits for all and then
// throws the first failure. The caller bounds how many it hands over.
template <typename T>
Task<std::vector<T>> when_all(std::vector<Task<T>> tasks) {
  const detail::Inherited inherited = co_await detail::ReadInherited{};
  std::vector<std::optional<T>> slots(tasks.size());
  detail::Countdown countdown{.left = tasks.size(), .waiter = {}, .failure = {}};
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    detail::run_into(std::move(tasks[i]).inheriting(inherited), slots[i], countdown);
  }
  co_await countdown;
  std::vector<T> results;
  results.reserve(slots.size());
  for (auto& slot : slots) results.push_back(std::move(*slot));
  co_return results;
}

inline Task<void> when_all(std::vector<Task<void>> tasks) {
  const detail::Inherited inherited = co_await detail::ReadInherited{};
  detail::Countdown countdown{.left = tasks.size(), .waiter = {}, .failure = {}};
  for (auto& task : tasks) detail::run_into(std::move(task).inheriting(inherited), countdown);
  co_await countdown;
}

// Tasks that run beside their spawner, all on one executor. join() before it is destroyed.
class TaskScope {
 public:
  TaskScope() : token_(source_.get_token()) {}
  ~TaskScope() { assert(running_ == 0 && "a TaskScope is joined before it ends"); }
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

  // Starts `task` at once, on the current executor, which must be the scope's only one.
  void spawn(Task<void> task) {
    ++running_;
    run(*this, std::move(task));
  }

  // Tells all tasks of the scope that they are no longer wanted.
  void request_stop() { source_.request_stop(); }
  std::size_t running() const { return running_; }

  // Waits for all; then throws the first failure among them.
  auto join() {
    struct Join {
      TaskScope& scope;
      bool await_ready() const noexcept { return scope.running_ == 0; }
      void await_suspend(std::coroutine_handle<> handle) noexcept { scope.joiner_ = handle; }
      void await_resume() {
        if (auto failure = std::exchange(scope.failure_, {})) std::rethrow_exception(failure);
      }
    };
    return Join{*this};
  }

 private:
  static detail::Detached run(TaskScope& scope, Task<void> task) {
    try {
      co_await std::move(task).stopped_by(scope.token_);
    } catch (...) {
      if (!scope.failure_) scope.failure_ = std::current_exception();
    }
    if (--scope.running_ == 0 && scope.joiner_) Executor::current()->post(std::exchange(scope.joiner_, {}));
  }

  std::stop_source source_;
  std::stop_token token_;
  std::size_t running_ = 0;
  std::coroutine_handle<> joiner_;
  std::exception_ptr failure_;
};

// Runs `task` on `executor` with nobody waiting for it. It must not throw: there is nobody to tell.
inline void start_detached(Executor& executor, Task<void> task) {
  [](Executor& target, Task<void> inner) -> detail::Detached {
    co_await resume_on(target);
    co_await std::move(inner);
  }(executor, std::move(task));
}

// Runs `task` to its end on this thread. For tests, for main, and on engine threads only: an I/O thread that waits
// here would wait for itself.
template <typename T>
T sync_wait(Task<T> task) {
  assert((thread_kind() == ThreadKind::engine || thread_kind() == ThreadKind::other) &&
         "only engine threads may wait for a task");
  RunLoop loop;
  detail::Countdown countdown{.left = 1, .waiter = {}, .failure = {}};
  const auto finish = [](Task<void> inner, RunLoop& target) -> detail::Detached {
    co_await std::move(inner);
    target.stop();
  };
  if constexpr (std::is_void_v<T>) {
    const auto guarded = [](Task<void> inner, detail::Countdown& result) -> Task<void> {
      try {
        co_await std::move(inner);
      } catch (...) {
        result.failure = std::current_exception();
      }
    };
    {
      const Executor::Scope scope(&loop);
      finish(guarded(std::move(task), countdown), loop);
    }
    loop.run();
    if (countdown.failure) std::rethrow_exception(countdown.failure);
  } else {
    std::optional<T> slot;
    const auto guarded = [](Task<T> inner, std::optional<T>& out, detail::Countdown& result) -> Task<void> {
      try {
        out.emplace(co_await std::move(inner));
      } catch (...) {
        result.failure = std::current_exception();
      }
    };
    {
      const Executor::Scope scope(&loop);
      finish(guarded(std::move(task), slot, countdown), loop);
    }
    loop.run();
    if (countdown.failure) std::rethrow_exception(countdown.failure);
    return std::move(*slot);
  }
}

}  // namespace tarn
