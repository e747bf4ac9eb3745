// on_engine_thread(f): runs work that may wait for tasks (sync_wait) away from the I/O and blocking threads.
//
// A query occupies one thread of the pool from start to end. The pool is bounded; work queues beyond it.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/task.h"

namespace tarn::duck {

// The pool's size is TARN_ENGINE_THREADS or 16.
void run_on_engine_pool(std::function<void()> job);

// `co_await on_engine_thread([&] { … })`: the result comes back on the awaiting executor. What the job captures by
// reference lives in the awaiting coroutine, which stays suspended until the job is done.
template <typename Job>
auto on_engine_thread(Job job) -> Task<std::invoke_result_t<Job&>> {
  using Result = std::invoke_result_t<Job&>;
  using Stored = std::conditional_t<std::is_void_v<Result>, std::monostate, Result>;
  OneShot<Stored> done;
  run_on_engine_pool([&job, &done] {
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

}  // namespace tarn::duck
