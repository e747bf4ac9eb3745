// CreateTrainingJob: a job that starts by itself, soon.
#include "api/sagemaker/create_training_job.h"

#include "services/sagemaker/job_convert.h"
#include "services/sagemaker/sagemaker.h"

namespace tarn::sagemaker {

Task<CreateTrainingJobOutput> create_training_job(SageMaker& sagemaker, CreateTrainingJobRequest request) {
  co_await require_role(sagemaker, request.role_arn);
  const training::TagMap tags = tags_from(request.tags);
  const auto job = co_await sagemaker.training.create_job(account_of(sagemaker), job_from(std::move(request)), tags);
  co_return CreateTrainingJobOutput{.training_job_arn = job.arn};
}

}  // namespace tarn::sagemaker
