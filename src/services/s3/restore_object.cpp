// RestoreObject: an archived object within reach for some days.
#include "api/s3/restore_object.h"

#include "services/s3/common.h"

namespace tarn::s3 {
namespace {

objects::Restore::Speed speed_of(const RestoreRequest& request) {
  std::optional<Tier> tier = request.tier;
  if (request.glacier_job_parameters) tier = request.glacier_job_parameters->tier;
  switch (tier.value_or(Tier::standard)) {
    case Tier::expedited:
      return objects::Restore::Speed::expedited;
    case Tier::bulk:
      return objects::Restore::Speed::bulk;
    case Tier::standard:
      break;
  }
  return objects::Restore::Speed::standard;
}

}  // namespace

Task<RestoreObjectOutput> restore_object(S3& s3, RestoreObjectRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  if (!request.restore_request) {
    throw Error(errors::malformed_xml,
                "The XML you provided was not well-formed or did not validate against our published schema");
  }
  const RestoreRequest& wanted = *request.restore_request;
  if (wanted.type || wanted.select_parameters || wanted.output_location) {
    throw Error(errors::not_implemented, "Selecting from an archived object is not implemented");
  }
  if (!wanted.days || *wanted.days < 1) {
    throw Error(errors::malformed_xml,
                "The XML you provided was not well-formed or did not validate against our published schema");
  }
  const objects::RestoreOutcome outcome =
      co_await s3.objects.restore(s3.access, {.bucket = bucket_name(request.bucket),
                                              .key = object_key(request.key),
                                              .version = version_id(request.version_id),
                                              .days = static_cast<std::uint32_t>(*wanted.days),
                                              .speed = speed_of(wanted)});
  RestoreObjectOutput output;
  output.http_status = outcome == objects::RestoreOutcome::started ? 202 : 200;
  co_return output;
}

}  // namespace tarn::s3
