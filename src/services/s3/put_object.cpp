// PutObject: the bytes of a key, whole, durable when it returns.
#include "api/s3/put_object.h"

#include "services/s3/put_request.h"
#include "tiers/lifecycle.h"

namespace tarn::s3 {

Task<PutObjectOutput> put_object(S3& s3, PutObjectRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  objects::PutRequest put = put_request_of(s3, request);
  if (asks_for_acl(request)) put.acl = co_await object_wish(s3, request);
  put.replica_of = version_id(s3.replica_of);
  if (!request.content_length && request.body) {
    throw Error(errors::missing_content_length, "You must provide the Content-Length HTTP header.");
  }

  objects::ObjectVersion made;
  if (request.body) {
    made = co_await s3.objects.put(s3.access, std::move(put), *request.body);
  } else {
    made = co_await s3.objects.put(s3.access, std::move(put), std::string());
  }
  PutObjectOutput output;
  output.e_tag = in_quotes(made.e_tag);
  output.version_id = version_header(made);
  output.expiration = tiers::expiration_header(made);
  set_checksum(output, made.checksum, made.parts);
  tell_seal(made.seal, output);
  co_return output;
}

}  // namespace tarn::s3
