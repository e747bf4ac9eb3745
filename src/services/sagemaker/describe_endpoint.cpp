// DescribeEndpoint.
#include "api/sagemaker/describe_endpoint.h"

#include "services/sagemaker/sagemaker.h"

namespace tarn::sagemaker {

Task<DescribeEndpointOutput> describe_endpoint(SageMaker& sagemaker, DescribeEndpointRequest request) {
  auto endpoint = co_await sagemaker.training.find_endpoint(account_of(sagemaker), std::move(request.endpoint_name));
  DescribeEndpointOutput output;
  output.endpoint_name = std::move(endpoint.name);
  output.endpoint_arn = std::move(endpoint.arn);
  output.endpoint_config_name = std::move(endpoint.config);
  output.endpoint_status = aws::parse_enum<EndpointStatus>(endpoint.status).value_or(EndpointStatus::creating);
  if (!endpoint.failure_reason.empty()) output.failure_reason = std::move(endpoint.failure_reason);
  output.creation_time = endpoint.created;
  output.last_modified_time = endpoint.modified;
  if (!endpoint.pending_config.empty())
    output.pending_deployment_summary =
        PendingDeploymentSummary{.endpoint_config_name = std::move(endpoint.pending_config)};
  const bool serves =
      output.endpoint_status == EndpointStatus::in_service || output.endpoint_status == EndpointStatus::updating;
  if (serves) {
    auto& variants = output.production_variants.emplace();
    for (auto& variant : endpoint.variants) {
      ProductionVariantSummary one;
      one.variant_name = std::move(variant.name);
      one.current_weight = one.desired_weight = static_cast<float>(variant.weight);
      // One program serves a variant, whatever was asked for.
      one.current_instance_count = 1;
      one.desired_instance_count = static_cast<std::int32_t>(variant.instance_count);
      variants.push_back(std::move(one));
    }
  }
  co_return output;
}

}  // namespace tarn::sagemaker
