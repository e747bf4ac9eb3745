// blocking(f): runs work that waits for a disk or burns a core away from the I/O threads.
//
// A bounded pool of threads; a job there never awaits another, so the pool cannot wait for itself.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/task.h"

namespace tarn {

// Runs `job` on a pool thread. The pool's size is TARN_BLOCKING_THREADS or 8; jobs queue beyond it.
void run_on_blocking_pool(std::move_only_function<void()> job);

// Awaits `job`, run by `run_on_pool` on a thread of its pool: the result comes back on the awaiting executor. What the
// job captures by reference lives in the awaiting coroutine, which stays suspended until the job is done.
template <typename Job>
auto awaited_on(void (*run_on_pool)(std::move_only_function<void()>), Job job) -> Task<std::invoke_result_t<Job&>> {
  using Result = std::invoke_result_t<Job&>;
  using Stored = std::conditional_t<std::is_void_v<Result>, std::monostate, Result>;
  OneShot<Stored> done;
  run_on_pool([&job, &done] {
    try {
      if constexpr (std::is_void_v<Result>) {
        job();
        done.set({});
      } else {
        done.set(job());
      }
    } catch (...) {
      done.fail(std::current_exception());
    }
  });
  if constexpr (std::is_void_v<Result>) {
    co_await done;
  } else {
    co_return co_await done;
  }
}

// `co_await blocking([&] { return pread(…); })`: see awaited_on().
template <typename Job>
auto blocking(Job job) -> Task<std::invoke_result_t<Job&>> {
  return awaited_on(run_on_blocking_pool, std::move(job));
}

}  // namespace tarn
