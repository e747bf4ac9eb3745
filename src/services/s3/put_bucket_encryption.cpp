// PutBucketEncryption: what is sealed by the lake's own keys anyway, said so; and whether objects may bring keys.
#include "api/s3/put_bucket_encryption.h"

#include <algorithm>

#include "objects/encryption.h"
#include "services/s3/encryption.h"

namespace tarn::s3 {
namespace {

// "NONE" takes a block away; it stands alone.
void add_blocked(const BlockedEncryptionTypes& blocked, objects::Encryption& encryption) {
  if (!blocked.encryption_type) return;
  for (const EncryptionType type : *blocked.encryption_type) {
    encryption.said_block = true;
    encryption.customer_keys_block = encryption.customer_keys_block || type == EncryptionType::sse_c;
  }
}

}  // namespace

Task<PutBucketEncryptionOutput> put_bucket_encryption(S3& s3, PutBucketEncryptionRequest request) {
  (void)co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:PutEncryptionConfiguration");
  const auto& rules = request.server_side_encryption_configuration.rules;
  if (rules.size() != 1) {
    throw Error(errors::malformed_xml,
                "The XML you provided was not well-formed or did not validate against our published schema");
  }
  const ServerSideEncryptionRule& rule = rules.front();
  if (const auto& wanted = rule.apply_server_side_encryption_by_default) {
    if (wanted->kms_master_key_id && wanted->sse_algorithm == ServerSideEncryption::aes256) {
      throw Error(errors::invalid_argument,
                  "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse")
          .with("ArgumentName", "ApplyServerSideEncryptionByDefault");
    }
    check_algorithm(s3, wanted->sse_algorithm);
  }
  objects::Encryption encryption{.bucket_key = rule.bucket_key_enabled.value_or(false)};
  if (rule.blocked_encryption_types) add_blocked(*rule.blocked_encryption_types, encryption);
  co_await s3.objects.put_configuration(s3.access, bucket_name(request.bucket), objects::ConfigurationKind::encryption,
                                        objects::pack(encryption));
  co_return PutBucketEncryptionOutput{};
}

}  // namespace tarn::s3
