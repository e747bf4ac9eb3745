// ListPolicyTags: the tags of a policy.
#include "api/iam/list_policy_tags.h"

#include "services/iam/iam.h"
#include "services/iam/page.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<ListPolicyTagsOutput> list_policy_tags(Iam& iam, ListPolicyTagsRequest request) {
  const auto use = co_await iam.directory().policy(iam.access, request.policy_arn, "iam:ListPolicyTags");
  ListPolicyTagsOutput output;
  output.tags = take_page("ListPolicyTags", tags_shape(use.policy.tags), &Tag::key, request, output);
  co_return output;
}

}  // namespace tarn::iam
