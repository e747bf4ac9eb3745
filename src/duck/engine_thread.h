// on_engine_thread(f): runs work that may wait for tasks (sync_wait) away from the I/O and blocking threads.
//
// A query occupies one thread of the pool from start to end. The pool is bounded; work queues beyond it.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>

#include "base/awaited_on.h"

namespace tarn::duck {

// The pool's size is TARN_ENGINE_THREADS or 16.
void run_on_engine_pool(std::function<void()> job);

// `co_await on_engine_thread([&] { … })`: see awaited_on().
template <typename Job>
auto on_engine_thread(Job job) -> Task<std::invoke_result_t<Job&>> {
  return awaited_on(run_on_engine_pool, std::move(job));
}

}  // namespace tarn::duck
