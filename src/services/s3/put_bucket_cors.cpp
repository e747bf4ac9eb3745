// PutBucketCors: these rules instead of those it had.
#include "api/s3/put_bucket_cors.h"

#include "objects/cors.h"
#include "services/s3/common.h"

namespace tarn::s3 {

Task<PutBucketCorsOutput> put_bucket_cors(S3& s3, PutBucketCorsRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  std::vector<objects::CorsRule> rules;
  for (CORSRule& asked : request.cors_configuration.cors_rules) {
    rules.push_back({.id = std::move(asked.id).value_or(""),
                     .methods = std::move(asked.allowed_methods),
                     .origins = std::move(asked.allowed_origins),
                     .headers = std::move(asked.allowed_headers).value_or(std::vector<std::string>{}),
                     .expose = std::move(asked.expose_headers).value_or(std::vector<std::string>{}),
                     .max_age_seconds = asked.max_age_seconds});
  }
  objects::check(rules);
  co_await s3.objects.put_configuration(s3.access, bucket_name(request.bucket), objects::ConfigurationKind::cors,
                                        objects::pack(rules));
  co_return PutBucketCorsOutput{};
}

}  // namespace tarn::s3
