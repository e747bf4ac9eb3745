#include "services/s3/encryption.h"

#include "base/digest.h"
#include "base/encoding.h"

namespace tarn::s3 {
namespace {

constexpr std::string_view header = "x-amz-server-side-encryption";
constexpr std::size_t customer_key_bytes = 32;

Error invalid(std::string message) {
  return Error(errors::invalid_argument, std::move(message))
      .with("ArgumentName", std::string(header))
      .with("ArgumentValue", "null");
}

}  // namespace

std::optional<objects::CustomerKey> customer_key(const S3& s3, const CustomerKeyHeaders& headers) {
  if (!headers.algorithm && !headers.key && !headers.md5) return std::nullopt;
  if (!s3.customer_keys) {
    throw Error(errors::invalid_request,
                "Requests specifying Server Side Encryption with Customer provided keys must be made over a secure "
                "connection. (This server speaks TLS when it is started with --tls.)");
  }
  if (!headers.algorithm) {
    throw invalid(
        "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption "
        "algorithm.");
  }
  if (*headers.algorithm != "AES256") {
    throw Error(errors::invalid_encryption_algorithm_error,
                "The Encryption request you specified is not valid. Supported value: AES256.")
        .with("ArgumentName", std::string(header))
        .with("ArgumentValue", *headers.algorithm);
  }
  if (!headers.key) {
    throw invalid(
        "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret "
        "key.");
  }
  const auto key = from_base64(*headers.key);
  if (!key) throw invalid("The secret key was invalid for the specified algorithm.");
  const std::string computed = md5(as_bytes(*key));
  if (headers.md5 && from_base64(*headers.md5) != computed) {
    throw invalid("The calculated MD5 hash of the key did not match the hash that was provided.");
  }
  if (key->size() != customer_key_bytes) throw invalid("The secret key was invalid for the specified algorithm.");
  return objects::CustomerKey{.bytes = *key, .md5 = computed};
}

void check_algorithm(const S3& s3, ServerSideEncryption algorithm) {
  if (algorithm == ServerSideEncryption::aes256) {
    if (!s3.objects.seals()) refuse_header(header);
    return;
  }
  if (algorithm == ServerSideEncryption::aws_kms || algorithm == ServerSideEncryption::aws_kms_dsse) {
    throw Error(errors::not_implemented, "Encryption under keys of KMS is not implemented")
        .with("Header", std::string(header));
  }
  throw Error(errors::invalid_argument, "The encryption method specified is not supported")
      .with("ArgumentName", std::string(header))
      .with("ArgumentValue", std::string(to_string(algorithm)));
}

void refuse_two_encryptions(std::string_view algorithm) {
  throw Error(errors::invalid_argument,
              "Server Side Encryption with Customer provided key is incompatible with the encryption method specified")
      .with("ArgumentName", std::string(header))
      .with("ArgumentValue", std::string(algorithm));
}

std::string customer_key_md5_text(const objects::Seal& seal) {
  return to_base64(as_bytes(seal.customer_key_md5));
}

}  // namespace tarn::s3
