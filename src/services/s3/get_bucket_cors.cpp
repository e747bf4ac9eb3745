// GetBucketCors
#include "api/s3/get_bucket_cors.h"

#include "objects/cors.h"
#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetBucketCorsOutput> get_bucket_cors(S3& s3, GetBucketCorsRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto found =
      co_await s3.objects.configuration(s3.access, bucket_name(request.bucket), objects::ConfigurationKind::cors);
  if (!found) {
    throw Error(errors::no_such_cors_configuration, "The CORS configuration does not exist")
        .with("BucketName", request.bucket);
  }
  GetBucketCorsOutput output;
  output.cors_rules.emplace();
  for (objects::CorsRule& rule : objects::unpack_cors(found->document)) {
    CORSRule told{.allowed_methods = std::move(rule.methods), .allowed_origins = std::move(rule.origins)};
    if (!rule.id.empty()) told.id = std::move(rule.id);
    if (!rule.headers.empty()) told.allowed_headers = std::move(rule.headers);
    if (!rule.expose.empty()) told.expose_headers = std::move(rule.expose);
    told.max_age_seconds = rule.max_age_seconds;
    output.cors_rules->push_back(std::move(told));
  }
  co_return output;
}

}  // namespace tarn::s3
