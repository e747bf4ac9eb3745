// on_own_thread(f): runs work that lasts (a job, the start of an endpoint) on a thread made for it.
#pragma once

#include <thread>
#include <type_traits>
#include <utility>

#include "base/task.h"

namespace tarn::training {

// The result comes back on the awaiting executor. What `job` captures by reference lives in the awaiting coroutine.
template <typename Job>
auto on_own_thread(const char* name, Job job) -> Task<std::invoke_result_t<Job&>> {
  OneShot<std::invoke_result_t<Job&>> done;
  std::thread thread([&job, &done, name] {
    set_thread_kind(ThreadKind::engine, name);
    try {
      done.set(job());
    } catch (...) {
      done.fail(std::current_exception());
    }
  });
  thread.detach();
  co_return co_await done;
}

}  // namespace tarn::training
