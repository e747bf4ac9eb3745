#include "objects/errors.h"
#include "services/s3control/s3control.h"

namespace tarn::s3control {

BucketName tagged_bucket(const std::string& arn) {
  constexpr std::string_view buckets = "arn:aws:s3:::";
  if (!arn.starts_with(buckets)) {
    throw Error(tarn::errors::not_implemented, "Tarn keeps tags of buckets, and has no other resources that have any.",
                arn);
  }
  if (auto name = BucketName::parse(arn.substr(buckets.size()))) return *name;
  throw Error(objects::errors::invalid_request, "The ARN names no bucket.", arn);
}

}  // namespace tarn::s3control
