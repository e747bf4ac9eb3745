// GetBucketRequestPayment: always the bucket's owner.
#include "api/s3/get_bucket_request_payment.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetBucketRequestPaymentOutput> get_bucket_request_payment(S3& s3, GetBucketRequestPaymentRequest request) {
  (void)co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetBucketRequestPayment");
  GetBucketRequestPaymentOutput output;
  output.payer = Payer::bucket_owner;
  co_return output;
}

}  // namespace tarn::s3
