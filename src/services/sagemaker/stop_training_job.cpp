// StopTrainingJob: SIGTERM, and SIGKILL two minutes later.
#include "api/sagemaker/stop_training_job.h"

#include "services/sagemaker/sagemaker.h"

namespace tarn::sagemaker {

Task<StopTrainingJobOutput> stop_training_job(SageMaker& sagemaker, StopTrainingJobRequest request) {
  co_await sagemaker.training.stop_job(account_of(sagemaker), std::move(request.training_job_name));
  co_return StopTrainingJobOutput{};
}

}  // namespace tarn::sagemaker
