// Runs one training job from its row to its end: input, program, output. Blocking; on a thread of its own.
#pragma once

#include <atomic>
#include <memory>

#include "base/names.h"
#include "training/job.h"
#include "training/runtime.h"

namespace tarn::training {

// How others reach a job that runs.
struct JobControl {
  std::atomic<bool> stop_requested = false;  // StopTrainingJob.
  std::atomic<bool> shutting_down = false;   // The server ends: the row stays as it is.
};

enum class RunEnd { over, shut_down };

// What stops it is told by status in its row; what goes wrong too. Throws only when rows cannot be written.
RunEnd run_job(Runtime& runtime, const AccountId& account, Job job, JobControl& control);

}  // namespace tarn::training
