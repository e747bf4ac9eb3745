// DescribeEndpointConfig.
#include "api/sagemaker/describe_endpoint_config.h"

#include "services/sagemaker/sagemaker.h"

namespace tarn::sagemaker {

Task<DescribeEndpointConfigOutput> describe_endpoint_config(SageMaker& sagemaker,
                                                            DescribeEndpointConfigRequest request) {
  auto config = co_await sagemaker.training.find_config(account_of(sagemaker), std::move(request.endpoint_config_name));
  DescribeEndpointConfigOutput output;
  output.endpoint_config_name = std::move(config.name);
  output.endpoint_config_arn = std::move(config.arn);
  output.creation_time = config.created;
  for (auto& variant : config.variants) {
    ProductionVariant one;
    one.variant_name = std::move(variant.name);
    one.model_name = std::move(variant.model);
    one.initial_variant_weight = static_cast<float>(variant.weight);
    one.initial_instance_count = static_cast<std::int32_t>(variant.instance_count);
    if (!variant.instance_type.empty()) one.instance_type = std::move(variant.instance_type);
    one.container_startup_health_check_timeout_in_seconds = static_cast<std::int32_t>(variant.startup_timeout_seconds);
    output.production_variants.push_back(std::move(one));
  }
  co_return output;
}

}  // namespace tarn::sagemaker
