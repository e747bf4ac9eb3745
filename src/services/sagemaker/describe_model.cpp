// DescribeModel.
#include "api/sagemaker/describe_model.h"

#include "services/sagemaker/sagemaker.h"

namespace tarn::sagemaker {

Task<DescribeModelOutput> describe_model(SageMaker& sagemaker, DescribeModelRequest request) {
  auto model = co_await sagemaker.training.find_model(account_of(sagemaker), std::move(request.model_name));
  DescribeModelOutput output;
  ContainerDefinition container;
  container.image = std::move(model.image);
  container.mode = ContainerMode::single_model;
  if (!model.model_data_url.empty()) container.model_data_url = std::move(model.model_data_url);
  if (!model.container_host_name.empty()) container.container_hostname = std::move(model.container_host_name);
  container.environment = std::move(model.environment);
  output.model_name = std::move(model.name);
  output.model_arn = std::move(model.arn);
  output.primary_container = std::move(container);
  output.execution_role_arn = std::move(model.role_arn);
  output.creation_time = model.created;
  output.enable_network_isolation = model.network_isolation;
  co_return output;
}

}  // namespace tarn::sagemaker
