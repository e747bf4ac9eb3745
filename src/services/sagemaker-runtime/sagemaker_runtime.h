// sagemaker-runtime: asking endpoints.
#pragma once

#include "policy/access.h"
#include "training/training.h"

namespace tarn::sagemakerruntime {

struct SageMakerRuntime {
  const policy::Access& access;
  training::Training& training;
};

}  // namespace tarn::sagemakerruntime
