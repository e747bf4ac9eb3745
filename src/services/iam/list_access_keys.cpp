// ListAccessKeys: the keys of a user, without their secrets.
#include "api/iam/list_access_keys.h"

#include "services/iam/iam.h"
#include "services/iam/page.h"

namespace tarn::iam {

Task<ListAccessKeysOutput> list_access_keys(Iam& iam, ListAccessKeysRequest request) {
  const auto [user, keys] = co_await iam.directory().access_keys(iam.access, request.user_name.value_or(""));
  std::vector<AccessKeyMetadata> shapes;
  for (const identity::AccessKey& key : keys) {
    AccessKeyMetadata shape;
    if (!user.empty()) shape.user_name = user;
    shape.access_key_id = key.id;
    shape.status = key.active ? StatusType::active : StatusType::inactive;
    shape.create_date = key.created;
    shapes.push_back(std::move(shape));
  }
  ListAccessKeysOutput output;
  const auto by_id = [](const AccessKeyMetadata& key) { return key.access_key_id.value_or(""); };
  output.access_key_metadata = take_page("ListAccessKeys", std::move(shapes), by_id, request, output);
  co_return output;
}

}  // namespace tarn::iam
