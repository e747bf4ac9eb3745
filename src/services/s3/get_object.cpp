// GetObject: the bytes of one object version, whole or a range of them.
//
// Answers in the order S3 does, because clients branch on it: missing (404), precondition (412 or 304), range (416),
// archived (403).
#include "api/s3/get_object.h"

#include "services/s3/encryption.h"
#include "services/s3/locks.h"
#include "services/s3/reading.h"

namespace tarn::s3 {

Task<GetObjectOutput> get_object(S3& s3, GetObjectRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto customer_key = customer_key_of(s3, request);
  const BucketName bucket = bucket_name(request.bucket);
  const ObjectKey key = object_key(request.key);
  const std::optional<VersionId> id = version_id(request.version_id);

  // An overwrite may take the bytes away between finding and opening: what is there then is as good an answer.
  while (true) {
    const auto object = co_await s3.objects.find_to_read(s3.access, bucket, key, id);
    if (!object) co_await refuse_unread(s3, bucket, key, request.version_id);
    if (object->delete_marker) {
      throw Error(errors::method_not_allowed, "The specified method is not allowed against this resource.")
          .with("Method", "GET")
          .with("ResourceType", "DeleteMarker")
          .with_header("x-amz-delete-marker", "true")
          .with_header("x-amz-version-id", object->id().text())
          .with_header("Last-Modified", http_date(object->modified));
    }
    s3.objects.check_customer_key(*object, customer_key);
    check_read_preconditions(request, *object);
    const Selection selection = co_await select(s3, *object, request.range, request.part_number);

    // Only opened here. The connection pulls the bytes at its client's pace, so a slow one costs a buffer.
    auto body = co_await s3.objects.open(s3.access, *object, selection.range, customer_key);
    if (!body) continue;
    GetObjectOutput output;
    fill(s3, request, *object, selection, output);
    if (object->lock.any()) tell_lock(*object, co_await lock_view(s3, *object), output);
    output.body = std::move(body);
    co_return output;
  }
}

}  // namespace tarn::s3
