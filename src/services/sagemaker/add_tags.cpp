// AddTags.
#include "api/sagemaker/add_tags.h"

#include "services/sagemaker/sagemaker.h"

namespace tarn::sagemaker {

Task<AddTagsOutput> add_tags(SageMaker& sagemaker, AddTagsRequest request) {
  const auto tags = co_await sagemaker.training.add_tags(account_of(sagemaker), std::move(request.resource_arn),
                                                         tags_from(request.tags));
  co_return AddTagsOutput{.tags = tags_to(tags)};
}

}  // namespace tarn::sagemaker
