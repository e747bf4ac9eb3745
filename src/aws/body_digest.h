// Digests that a client sends along with a document: Content-MD5 and x-amz-checksum-*, as S3 wants them.
#pragma once

#include <string_view>

#include "aws/authenticator.h"
#include "aws/model.h"
#include "http/http.h"

namespace tarn::aws {

// Throws Error (InvalidDigest, BadDigest, InvalidRequest) unless `body` is what its digests say, and if the operation
// demands one and there is none. Checksum headers that the operation has a member for are about an object, not about
// this body (CompleteMultipartUpload): they are left alone.
void check_body_digests(const Operation& operation, const http::Request& request, const Authenticated& authenticated,
                        std::string_view body);

}  // namespace tarn::aws
