// Encryption at rest between S3's headers and the domain's words.
#pragma once

#include <optional>
#include <string>

#include "services/s3/common.h"

namespace tarn::s3 {

struct CustomerKeyHeaders {
  std::optional<std::string> algorithm;
  std::optional<std::string> key;  // Base64.
  std::optional<std::string> md5;
};
// None: the request brings no key. Throws InvalidArgument or InvalidEncryptionAlgorithmError for half of one, and
// InvalidRequest where it came over a connection that anyone can read.
std::optional<objects::CustomerKey> customer_key(const S3& s3, const CustomerKeyHeaders& headers);

template <typename Request>
std::optional<objects::CustomerKey> customer_key_of(const S3& s3, const Request& request) {
  return customer_key(s3, {.algorithm = request.sse_customer_algorithm,
                           .key = request.sse_customer_key,
                           .md5 = request.sse_customer_key_md5});
}
template <typename Request>
std::optional<objects::CustomerKey> source_customer_key_of(const S3& s3, const Request& request) {
  return customer_key(s3, {.algorithm = request.copy_source_sse_customer_algorithm,
                           .key = request.copy_source_sse_customer_key,
                           .md5 = request.copy_source_sse_customer_key_md5});
}

// x-amz-server-side-encryption: AES256 where the lake seals; what needs KMS is refused.
void check_algorithm(const S3& s3, ServerSideEncryption algorithm);
[[noreturn]] void refuse_two_encryptions(std::string_view algorithm);

// Of PutObject, CopyObject and CreateMultipartUpload.
template <typename Request>
std::optional<objects::CustomerKey> encryption_of_new(const S3& s3, const Request& request) {
  if (request.server_side_encryption && request.sse_customer_algorithm) {
    refuse_two_encryptions(to_string(*request.server_side_encryption));
  }
  if (request.server_side_encryption) check_algorithm(s3, *request.server_side_encryption);
  if (request.sse_kms_key_id) refuse_header("x-amz-server-side-encryption-aws-kms-key-id");
  if (request.sse_kms_encryption_context) refuse_header("x-amz-server-side-encryption-context");
  return customer_key_of(s3, request);
}

std::string customer_key_md5_text(const objects::Seal& seal);

template <typename Output>
void tell_seal(const objects::Seal& seal, Output& output) {
  if (seal.kind == objects::Seal::Kind::server) output.server_side_encryption = ServerSideEncryption::aes256;
  if constexpr (requires { output.sse_customer_algorithm; }) {
    if (seal.kind == objects::Seal::Kind::customer) {
      output.sse_customer_algorithm = "AES256";
      output.sse_customer_key_md5 = customer_key_md5_text(seal);
    }
  }
}

}  // namespace tarn::s3
