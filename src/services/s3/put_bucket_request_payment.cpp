// PutBucketRequestPayment: who pays. Nobody pays Tarn, but where requesters would, they must say that they know, and
// nobody comes unnamed: objects::BucketPolicies sees to it.
#include "api/s3/put_bucket_request_payment.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<PutBucketRequestPaymentOutput> put_bucket_request_payment(S3& s3, PutBucketRequestPaymentRequest request) {
  const auto bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:PutBucketRequestPayment");
  constexpr auto kind = objects::ConfigurationKind::request_payment;
  if (request.request_payment_configuration.payer == Payer::requester) {
    co_await s3.objects.put_configuration(s3.access, bucket->name, kind, "Requester");
  } else {
    co_await s3.objects.remove_configuration(s3.access, bucket->name, kind);
  }
  co_return PutBucketRequestPaymentOutput{};
}

}  // namespace tarn::s3
