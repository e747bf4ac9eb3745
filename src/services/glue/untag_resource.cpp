// UntagResource: takes tags off a resource; those that it lacks do not matter.
#include "api/glue/untag_resource.h"

#include "services/glue/glue.h"
#include "services/glue/tags.h"

namespace tarn::glue {

Task<UntagResourceOutput> untag_resource(Glue& glue, UntagResourceRequest request) {
  const std::vector<std::string> keys = std::move(request.tags_to_remove);
  co_await resource_tags(glue, std::move(request.resource_arn), [&keys](Tags& tags) {
    for (const std::string& key : keys) tags.erase(key);
  });
  co_return UntagResourceOutput{};
}

}  // namespace tarn::glue
