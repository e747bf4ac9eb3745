// CreateEndpoint: its servers start by themselves, soon.
#include "api/sagemaker/create_endpoint.h"

#include "services/sagemaker/sagemaker.h"

namespace tarn::sagemaker {

Task<CreateEndpointOutput> create_endpoint(SageMaker& sagemaker, CreateEndpointRequest request) {
  refuse_if(request.deployment_config.has_value(), "DeploymentConfig");
  const auto endpoint =
      co_await sagemaker.training.create_endpoint(account_of(sagemaker), std::move(request.endpoint_name),
                                                  std::move(request.endpoint_config_name), tags_from(request.tags));
  co_return CreateEndpointOutput{.endpoint_arn = endpoint.arn};
}

}  // namespace tarn::sagemaker
