// DescribeTrainingJob: what was asked for, how far it is, and what became of it.
#include "api/sagemaker/describe_training_job.h"

#include "services/sagemaker/job_convert.h"
#include "services/sagemaker/sagemaker.h"

namespace tarn::sagemaker {

Task<DescribeTrainingJobOutput> describe_training_job(SageMaker& sagemaker, DescribeTrainingJobRequest request) {
  co_return job_to(co_await sagemaker.training.find_job(account_of(sagemaker), std::move(request.training_job_name)));
}

}  // namespace tarn::sagemaker
