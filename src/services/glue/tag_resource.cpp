// TagResource: adds tags to a resource; those of a key that it has change.
#include "api/glue/tag_resource.h"

#include "services/glue/glue.h"
#include "services/glue/tags.h"

namespace tarn::glue {

Task<TagResourceOutput> tag_resource(Glue& glue, TagResourceRequest request) {
  const Tags added = std::move(request.tags_to_add);
  co_await resource_tags(glue, std::move(request.resource_arn), [&added](Tags& tags) {
    for (const auto& [key, value] : added) tags[key] = value;
  });
  co_return TagResourceOutput{};
}

}  // namespace tarn::glue
