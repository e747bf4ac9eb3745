// DeleteModel: the model's entry; its data and what serves it stay.
#include "api/sagemaker/delete_model.h"

#include "services/sagemaker/sagemaker.h"

namespace tarn::sagemaker {

Task<DeleteModelOutput> delete_model(SageMaker& sagemaker, DeleteModelRequest request) {
  co_await sagemaker.training.delete_model(account_of(sagemaker), std::move(request.model_name));
  co_return DeleteModelOutput{};
}

}  // namespace tarn::sagemaker
