// DeleteEndpointConfig: endpoints that were made of it go on.
#include "api/sagemaker/delete_endpoint_config.h"

#include "services/sagemaker/sagemaker.h"

namespace tarn::sagemaker {

Task<DeleteEndpointConfigOutput> delete_endpoint_config(SageMaker& sagemaker, DeleteEndpointConfigRequest request) {
  co_await sagemaker.training.delete_config(account_of(sagemaker), std::move(request.endpoint_config_name));
  co_return DeleteEndpointConfigOutput{};
}

}  // namespace tarn::sagemaker
