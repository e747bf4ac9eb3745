// DeleteTags.
#include "api/sagemaker/delete_tags.h"

#include "services/sagemaker/sagemaker.h"

namespace tarn::sagemaker {

Task<DeleteTagsOutput> delete_tags(SageMaker& sagemaker, DeleteTagsRequest request) {
  co_await sagemaker.training.remove_tags(account_of(sagemaker), std::move(request.resource_arn),
                                          std::move(request.tag_keys));
  co_return DeleteTagsOutput{};
}

}  // namespace tarn::sagemaker
