// UpdateAccessKey: switches a key on or off.
#include "api/iam/update_access_key.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<UpdateAccessKeyOutput> update_access_key(Iam& iam, UpdateAccessKeyRequest request) {
  if (request.status == StatusType::expired) {
    throw Error(errors::invalid_input_exception, "A key can be made Active or Inactive.");
  }
  co_await iam.directory().update_access_key(iam.access, request.user_name.value_or(""), request.access_key_id,
                                             request.status == StatusType::active);
  co_return UpdateAccessKeyOutput{};
}

}  // namespace tarn::iam
