// ListTrainingJobs.
#include "api/sagemaker/list_training_jobs.h"

#include "services/sagemaker/page.h"
#include "services/sagemaker/sagemaker.h"

namespace tarn::sagemaker {

Task<ListTrainingJobsOutput> list_training_jobs(SageMaker& sagemaker, ListTrainingJobsRequest request) {
  refuse_if(request.warm_pool_status_equals.has_value(), "WarmPoolStatusEquals");
  refuse_if(request.training_plan_arn_equals.has_value(), "TrainingPlanArnEquals");
  auto jobs = co_await sagemaker.training.list_jobs(account_of(sagemaker));
  const SortBy sort = request.sort_by.value_or(SortBy::creation_time);
  const PageOptions options{.list = "ListTrainingJobs",
                            .descending = request.sort_order.value_or(SortOrder::ascending) == SortOrder::descending,
                            .limit = static_cast<std::size_t>(request.max_results.value_or(10)),
                            .token = request.next_token.value_or("")};
  const auto keep = [&](const training::Job& job) {
    return contains(job.spec.name, request.name_contains) &&
           (!request.status_equals || to_string(*request.status_equals) == job.status) &&
           between(job.created, request.creation_time_after, request.creation_time_before) &&
           between(job.modified, request.last_modified_time_after, request.last_modified_time_before);
  };
  const auto key = [sort](const training::Job& job) {
    return sort == SortBy::name ? job.spec.name : sort == SortBy::status ? job.status : sort_text(job.created);
  };
  auto page = list_page(std::move(jobs), options, keep, key, [](const training::Job& job) { return job.spec.name; });
  ListTrainingJobsOutput output;
  for (auto& job : page.items) {
    TrainingJobSummary one;
    one.training_job_name = std::move(job.spec.name);
    one.training_job_arn = std::move(job.arn);
    one.creation_time = job.created;
    one.training_end_time = job.ended;
    one.last_modified_time = job.modified;
    one.training_job_status = aws::parse_enum<TrainingJobStatus>(job.status).value_or(TrainingJobStatus::in_progress);
    one.secondary_status = aws::parse_enum<SecondaryStatus>(job.secondary_status);
    output.training_job_summaries.push_back(std::move(one));
  }
  output.next_token = std::move(page.next_token);
  co_return output;
}

}  // namespace tarn::sagemaker
