// GetTags: the tags of a crawler, trigger, workflow or database, by its ARN.
#include "api/glue/get_tags.h"

#include "services/glue/glue.h"
#include "services/glue/tags.h"

namespace tarn::glue {

Task<GetTagsOutput> get_tags(Glue& glue, GetTagsRequest request) {
  GetTagsOutput output;
  output.tags = co_await resource_tags(glue, std::move(request.resource_arn));
  co_return output;
}

}  // namespace tarn::glue
