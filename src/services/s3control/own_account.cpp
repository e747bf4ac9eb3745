#include "objects/errors.h"
#include "services/s3control/s3control.h"

namespace tarn::s3control {

AccountId own_account(const S3control& s3control, const std::string& named) {
  const auto& account = s3control.access.principal().account;
  if (!account || account->text() != named) throw Error(objects::errors::access_denied, "Access Denied");
  return *account;
}

}  // namespace tarn::s3control
