// ListTags: all of them; there are at most 50.
#include "api/sagemaker/list_tags.h"

#include "services/sagemaker/sagemaker.h"

namespace tarn::sagemaker {

Task<ListTagsOutput> list_tags(SageMaker& sagemaker, ListTagsRequest request) {
  const auto tags = co_await sagemaker.training.tags(account_of(sagemaker), std::move(request.resource_arn));
  co_return ListTagsOutput{.tags = tags_to(tags)};
}

}  // namespace tarn::sagemaker
