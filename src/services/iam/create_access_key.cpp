// CreateAccessKey: a key of a user; its secret is told this once.
#include "api/iam/create_access_key.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<CreateAccessKeyOutput> create_access_key(Iam& iam, CreateAccessKeyRequest request) {
  const auto made = co_await iam.directory().create_access_key(iam.access, request.user_name.value_or(""));
  CreateAccessKeyOutput output;
  output.access_key.user_name = made.user;
  output.access_key.access_key_id = made.key.id;
  output.access_key.status = StatusType::active;
  output.access_key.secret_access_key = made.secret;
  output.access_key.create_date = made.key.created;
  co_return output;
}

}  // namespace tarn::iam
