// DeleteAccessKey: a key that proves nothing any more.
#include "api/iam/delete_access_key.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<DeleteAccessKeyOutput> delete_access_key(Iam& iam, DeleteAccessKeyRequest request) {
  co_await iam.directory().delete_access_key(iam.access, request.user_name.value_or(""), request.access_key_id);
  co_return DeleteAccessKeyOutput{};
}

}  // namespace tarn::iam
