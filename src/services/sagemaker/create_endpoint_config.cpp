// CreateEndpointConfig: which models share an endpoint's calls, and by which weights.
#include "api/sagemaker/create_endpoint_config.h"

#include "services/sagemaker/sagemaker.h"

namespace tarn::sagemaker {

Task<CreateEndpointConfigOutput> create_endpoint_config(SageMaker& sagemaker, CreateEndpointConfigRequest request) {
  refuse_if(request.data_capture_config && request.data_capture_config->enable_capture.value_or(false),
            "DataCaptureConfig");
  refuse_if(request.async_inference_config.has_value(), "AsyncInferenceConfig");
  refuse_if(request.explainer_config.has_value(), "ExplainerConfig");
  refuse_if(request.shadow_production_variants && !request.shadow_production_variants->empty(),
            "ShadowProductionVariants");
  refuse_if(request.kms_key_id && !request.kms_key_id->empty(), "KmsKeyId");
  refuse_if(request.vpc_config.has_value(), "VpcConfig");
  refuse_if(request.execution_role_arn.has_value(),
            "ExecutionRoleArn of an endpoint configuration (inference components)");
  training::EndpointConfig config;
  config.name = std::move(request.endpoint_config_name);
  for (auto& variant : request.production_variants) {
    refuse_if(variant.serverless_config.has_value(), "ServerlessConfig");
    refuse_if(variant.accelerator_type.has_value(), "AcceleratorType");
    require_instance_type(variant.instance_type, "productionVariants.instanceType");
    if (!variant.model_name)
      throw Error(training::errors::validation, "Production variant '" + variant.variant_name + "' names no model.");
    training::Variant one;
    one.name = std::move(variant.variant_name);
    one.model = std::move(*variant.model_name);
    one.weight = variant.initial_variant_weight.value_or(1.0f);
    one.instance_count = variant.initial_instance_count.value_or(1);
    one.instance_type = std::move(variant.instance_type).value_or("");
    one.startup_timeout_seconds = variant.container_startup_health_check_timeout_in_seconds.value_or(240);
    config.variants.push_back(std::move(one));
  }
  const auto made =
      co_await sagemaker.training.create_config(account_of(sagemaker), std::move(config), tags_from(request.tags));
  co_return CreateEndpointConfigOutput{.endpoint_config_arn = made.arn};
}

}  // namespace tarn::sagemaker
