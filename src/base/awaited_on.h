// awaited_on(): awaits what a thread of some pool does.
#pragma once

#include <exception>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/task.h"

namespace tarn {

// Awaits `job`, run by `run_on_pool` on a thread of its pool: the result comes back on the awaiting executor. What the
// job captures by reference lives in the awaiting coroutine, which stays suspended until the job is done.
template <typename RunOnPool, typename Job>
auto awaited_on(RunOnPool run_on_pool, Job job) -> Task<std::invoke_result_t<Job&>> {
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

}  // namespace tarn
