// GetBucketEncryption: AES256 also where nobody asked for it, since that is what happens.
#include "api/s3/get_bucket_encryption.h"

#include "objects/encryption.h"
#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetBucketEncryptionOutput> get_bucket_encryption(S3& s3, GetBucketEncryptionRequest request) {
  const objects::BucketPointer bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetEncryptionConfiguration");
  const bool configured = bucket->configuration(objects::ConfigurationKind::encryption) != nullptr;
  if (!configured && !s3.objects.seals()) {
    throw Error(errors::server_side_encryption_configuration_not_found_error,
                "The server side encryption configuration was not found")
        .with("BucketName", request.bucket);
  }
  const objects::Encryption encryption = objects::encryption_of(*bucket);
  ServerSideEncryptionRule rule;
  if (s3.objects.seals()) {
    rule.apply_server_side_encryption_by_default =
        ServerSideEncryptionByDefault{.sse_algorithm = ServerSideEncryption::aes256, .kms_master_key_id = {}};
  }
  rule.bucket_key_enabled = encryption.bucket_key;
  if (encryption.said_block) {
    rule.blocked_encryption_types.emplace().encryption_type.emplace().push_back(
        encryption.customer_keys_block ? EncryptionType::sse_c : EncryptionType::none);
  }
  GetBucketEncryptionOutput output;
  output.server_side_encryption_configuration.emplace().rules.push_back(std::move(rule));
  co_return output;
}

}  // namespace tarn::s3
