// AbortMultipartUpload: the upload and its parts are gone.
#include "api/s3/abort_multipart_upload.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<AbortMultipartUploadOutput> abort_multipart_upload(S3& s3, AbortMultipartUploadRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  co_await s3.objects.abort_upload(s3.access, bucket_name(request.bucket), object_key(request.key), request.upload_id);
  AbortMultipartUploadOutput output;
  output.http_status = 204;
  co_return output;
}

}  // namespace tarn::s3
