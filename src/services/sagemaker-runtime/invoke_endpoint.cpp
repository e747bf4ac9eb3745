// InvokeEndpoint: the body goes to one of the endpoint's variants, what it answers comes back.
#include "api/sagemaker-runtime/invoke_endpoint.h"

#include "services/sagemaker-runtime/sagemaker_runtime.h"

namespace tarn::sagemakerruntime {

Task<InvokeEndpointOutput> invoke_endpoint(SageMakerRuntime& runtime, InvokeEndpointRequest request) {
  const auto refuse = [](bool given, const char* what) {
    if (given) throw Error(errors::validation_error, std::string(what) + " is not implemented.");
  };
  refuse(request.target_model.has_value(), "TargetModel (many models in one container)");
  refuse(request.target_container_hostname.has_value(), "TargetContainerHostname (many containers in one model)");
  refuse(request.inference_component_name.has_value(), "InferenceComponentName");
  refuse(request.enable_explanations.has_value(), "EnableExplanations");
  refuse(request.prefix_aware_id.has_value(), "PrefixAwareId");
  training::Invocation invocation;
  invocation.body = std::move(request.body);
  invocation.content_type = request.content_type.value_or("");
  invocation.accept = request.accept.value_or("");
  invocation.custom_attributes = request.custom_attributes.value_or("");
  invocation.target_variant = request.target_variant.value_or("");
  invocation.inference_id = request.inference_id.value_or("");
  invocation.session_id = request.session_id.value_or("");
  auto result = co_await runtime.training.invoke(policy::account_of(runtime.access), std::move(request.endpoint_name),
                                                 std::move(invocation));
  InvokeEndpointOutput output;
  output.body = std::move(result.body);
  output.content_type = std::move(result.content_type);
  output.invoked_production_variant = std::move(result.variant);
  if (!result.custom_attributes.empty()) output.custom_attributes = std::move(result.custom_attributes);
  co_return output;
}

}  // namespace tarn::sagemakerruntime
