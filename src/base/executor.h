// Executors: where coroutines run.
//
// A thread that runs coroutines has a current executor. Every awaitable that leaves its thread (a blocking job, a
// commit, a timer) notes the executor it was awaited on and comes back to it, so that code between two awaits never
// moves from one thread to another unasked.
#pragma once

#include <chrono>
#include <coroutine>
#include <memory>

namespace tarn {

class Executor {
 public:
  virtual ~Executor() = default;

  // Resumes `handle` on this executor, soon. From any thread.
  virtual void post(std::coroutine_handle<> handle) = 0;

  // The same, not before `delay` has passed.
  virtual void post_after(std::chrono::nanoseconds delay, std::coroutine_handle<> handle) = 0;

  // The executor of the calling thread, or null on a thread that runs no coroutines.
  static Executor* current() { return current_; }

  // Makes `executor` current for a scope: what an executor's own loop does around resuming.
  class Scope {
   public:
    explicit Scope(Executor* executor) : before_(current_) { current_ = executor; }
    ~Scope() { current_ = before_; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Executor* before_;
  };

 private:
  static thread_local Executor* current_;
};

// An executor that is a plain loop: for tests, for sync_wait, and for background threads that have no sockets.
class RunLoop : public Executor {
 public:
  RunLoop();
  ~RunLoop() override;

  void post(std::coroutine_handle<> handle) override;
  void post_after(std::chrono::nanoseconds delay, std::coroutine_handle<> handle) override;

  // Resumes what is posted until stop(). One thread at a time.
  void run();

  // Resumes what is ready now, without waiting; how many it resumed.
  std::size_t run_ready();

  // Everything that waits for its time is posted now: for an orderly end.
  void expire_timers();

  // run() returns soon. From any thread; what is still posted stays posted.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What a thread is for decides what it may do: see sync_wait.
enum class ThreadKind { other, io, blocking, committer, engine };
ThreadKind thread_kind();
void set_thread_kind(ThreadKind kind, const char* name);

}  // namespace tarn
