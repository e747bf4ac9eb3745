#include "services/s3/context.h"

#include "base/encoding.h"

namespace tarn::s3 {

S3 make_context(const aws::Call& call, objects::Objects& objects, Accounts& accounts, const Clock& lake_clock,
                const std::string& region, bool relaxed) {
  S3 s3{.access = call.access,
        .objects = objects,
        .accounts = accounts,
        .clock = lake_clock,
        .region = region,
        .host = std::string(call.http.host),
        .scheme = call.http.secure ? "https" : "http",
        .customer_keys = call.http.secure || relaxed,
        .trailers = call.authenticated.trailers};
  if (const auto announced = call.http.header("x-amz-trailer")) {
    s3.announced_trailer = checksum_algorithm_of_header(trim(*announced));
  }
  if (const auto source = call.http.header("x-tarn-replica-of")) s3.replica_of = *source;
  return s3;
}

}  // namespace tarn::s3
