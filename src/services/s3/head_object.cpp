// HeadObject: what GetObject would say, without the bytes. Archived objects answer too.
#include "api/s3/head_object.h"

#include "services/s3/encryption.h"
#include "services/s3/locks.h"
#include "services/s3/reading.h"

namespace tarn::s3 {

Task<HeadObjectOutput> head_object(S3& s3, HeadObjectRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto customer_key = customer_key_of(s3, request);
  const BucketName bucket = bucket_name(request.bucket);
  const ObjectKey key = object_key(request.key);
  const auto object = co_await s3.objects.find(s3.access, bucket, key, version_id(request.version_id));
  if (!object) co_await refuse_unread(s3, bucket, key, request.version_id);
  if (object->delete_marker) co_return delete_marker_answer<HeadObjectOutput>(*object);
  s3.objects.check_customer_key(*object, customer_key);
  check_read_preconditions(request, *object);
  HeadObjectOutput output;
  fill(s3, request, *object, co_await select(s3, *object, request.range, request.part_number), output);
  if (object->lock.any()) tell_lock(*object, co_await lock_view(s3, *object), output);
  co_return output;
}

}  // namespace tarn::s3
