// GetBucketRequestPayment: the bucket's owner, unless it was said otherwise.
#include "api/s3/get_bucket_request_payment.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetBucketRequestPaymentOutput> get_bucket_request_payment(S3& s3, GetBucketRequestPaymentRequest request) {
  const auto bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetBucketRequestPayment");
  GetBucketRequestPaymentOutput output;
  const bool requester = bucket->configuration(objects::ConfigurationKind::request_payment);
  output.payer = requester ? Payer::requester : Payer::bucket_owner;
  co_return output;
}

}  // namespace tarn::s3
