// DeleteEndpoint: its servers end.
#include "api/sagemaker/delete_endpoint.h"

#include "services/sagemaker/sagemaker.h"

namespace tarn::sagemaker {

Task<DeleteEndpointOutput> delete_endpoint(SageMaker& sagemaker, DeleteEndpointRequest request) {
  co_await sagemaker.training.delete_endpoint(account_of(sagemaker), std::move(request.endpoint_name));
  co_return DeleteEndpointOutput{};
}

}  // namespace tarn::sagemaker
