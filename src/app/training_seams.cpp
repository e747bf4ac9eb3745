// Training in the server: what jobs see of the lake, and the APIs that speak of them.
#include "api/logs/model.h"
#include "api/sagemaker-runtime/model.h"
#include "api/sagemaker/model.h"
#include "app/lake.h"
#include "services/logs/logs_api.h"
#include "services/sagemaker-runtime/sagemaker_runtime.h"
#include "services/sagemaker/sagemaker.h"
#include "training/objects_lake.h"

namespace tarn::app {

void Lake::make_training() {
  programs_url_ = programs_url_told_.get_future().share();
  container_credentials_ = std::make_unique<ContainerCredentials>(*identity_, random_);
  training::Options options;
  options.endpoint_url = [this] { return programs_url(); };
  options.region = options_.region;
  options.work_folder = folder_.path() + "/jobs";
  options.images = options_.images;
  // Within the queue's own patience when the server ends.
  options.shutdown_patience = std::chrono::seconds(3);
  training_ = std::make_unique<training::Training>(training::Dependencies{
      .meta = *meta_,
      .work = *queue_,
      .logs = *logs_,
      .wall = wall_,
      .random = random_,
      .lake_of_role = [this](std::string role, std::string session) -> Task<std::shared_ptr<training::Lake>> {
        return [](Lake& lake, std::string role_arn, std::string name) -> Task<std::shared_ptr<training::Lake>> {
          auto access = co_await lake.identity_->assume_for_service(role_arn, "sagemaker.amazonaws.com", name);
          co_return training::lake_of(*lake.objects_, std::move(access));
        }(*this, std::move(role), std::move(session));
      },
      .credentials_of_role = [this](std::string role, std::string session) -> Task<training::RoleCredentials> {
        return [](Lake& lake, std::string role_arn, std::string name) -> Task<training::RoleCredentials> {
          co_return lake.container_credentials_->open(lake.programs_url() + "/_tarn/credentials", std::move(role_arn),
                                                      std::move(name));
        }(*this, std::move(role), std::move(session));
      },
      .options = std::move(options)});
  queue_->every("expire log events", std::chrono::hours(1), [this]() -> Task<void> {
    return [](logs::Logs& logs) -> Task<void> { co_await logs.expire(100'000); }(*logs_);
  });
}

void Lake::add_training_services() {
  dispatcher_->add(
      aws::make_service<logsapi::LogsApi>(logsapi::model(), logsapi::handlers(), [this](const aws::Call& call) {
        return logsapi::LogsApi{.access = call.access, .logs = *logs_, .region = call.region};
      }));
  dispatcher_->add(
      aws::make_service<sagemaker::SageMaker>(sagemaker::model(), sagemaker::handlers(), [this](const aws::Call& call) {
        return sagemaker::SageMaker{.access = call.access, .training = *training_, .identity = *identity_};
      }));
  dispatcher_->add(aws::make_service<sagemakerruntime::SageMakerRuntime>(
      sagemakerruntime::model(), sagemakerruntime::handlers(), [this](const aws::Call& call) {
        return sagemakerruntime::SageMakerRuntime{.access = call.access, .training = *training_};
      }));
}

}  // namespace tarn::app
