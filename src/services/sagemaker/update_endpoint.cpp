// UpdateEndpoint: other servers take over once they answer.
#include "api/sagemaker/update_endpoint.h"

#include "services/sagemaker/sagemaker.h"

namespace tarn::sagemaker {

Task<UpdateEndpointOutput> update_endpoint(SageMaker& sagemaker, UpdateEndpointRequest request) {
  refuse_if(request.deployment_config.has_value(), "DeploymentConfig");
  refuse_if(request.retain_all_variant_properties.value_or(false), "RetainAllVariantProperties");
  const auto endpoint = co_await sagemaker.training.update_endpoint(
      account_of(sagemaker), std::move(request.endpoint_name), std::move(request.endpoint_config_name));
  co_return UpdateEndpointOutput{.endpoint_arn = endpoint.arn};
}

}  // namespace tarn::sagemaker
