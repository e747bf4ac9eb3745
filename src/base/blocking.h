// blocking(f): runs work that waits for a disk or burns a core away from the I/O threads.
//
// A bounded pool of threads; a job there never awaits another, so the pool cannot wait for itself.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>

#include "base/awaited_on.h"

namespace tarn {

// Runs `job` on a pool thread. The pool's size is TARN_BLOCKING_THREADS or 8; jobs queue beyond it.
void run_on_blocking_pool(std::move_only_function<void()> job);

// `co_await blocking([&] { return pread(…); })`: see awaited_on().
template <typename Job>
auto blocking(Job job) -> Task<std::invoke_result_t<Job&>> {
  return awaited_on(run_on_blocking_pool, std::move(job));
}

}  // namespace tarn
