// Training jobs between SageMaker's words and training's.
#pragma once

#include "api/sagemaker/create_training_job.h"
#include "api/sagemaker/describe_training_job.h"
#include "training/job.h"

namespace tarn::sagemaker {

// Refuses what no job of Tarn's acts on.
training::JobSpec job_from(CreateTrainingJobRequest request);
DescribeTrainingJobOutput job_to(training::Job job);

}  // namespace tarn::sagemaker
