// Access control lists between S3's words (canned names, grant headers, XML) and the domain's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/s3/types/access_control_policy.h"
#include "api/s3/types/grant.h"
#include "objects/acl.h"
#include "services/s3/common.h"

namespace tarn::s3 {

// What the headers of a request grant: `id="…", uri="…", emailAddress="…"`, a header a permission.
struct GrantHeaders {
  std::optional<std::string> full_control;
  std::optional<std::string> read;
  std::optional<std::string> read_acp;
  std::optional<std::string> write;
  std::optional<std::string> write_acp;
  bool any() const { return full_control || read || read_acp || write || write_acp; }
};

// Grantees of one header. Throws InvalidArgument for what is none.
struct NamedGrantee {
  enum class Kind { canonical_id, uri, email };
  Kind kind = Kind::canonical_id;
  std::string value;
};
std::vector<NamedGrantee> parse_grant_header(std::string_view header);

// x-amz-acl or x-amz-grant-… of a request that makes or changes a bucket or an object; InvalidRequest where both are.
Task<objects::AclWish> wish_of(S3& s3, std::optional<std::string> canned, GrantHeaders headers);
// The body of PutBucketAcl and PutObjectAcl. AccessDenied where it names another owner than `owner`.
Task<objects::AclWish> wish_of(S3& s3, const AccessControlPolicy& policy, const AccountId& owner);

std::vector<Grant> grants_of(const policy::Acl& acl);

// Of PutObject, CopyObject and CreateMultipartUpload.
template <typename Request>
Task<objects::AclWish> object_wish(S3& s3, const Request& request) {
  return wish_of(s3, request.acl,
                 {.full_control = request.grant_full_control,
                  .read = request.grant_read,
                  .read_acp = request.grant_read_acp,
                  .write = {},
                  .write_acp = request.grant_write_acp});
}
// Do they ask for anything?
template <typename Request>
bool asks_for_acl(const Request& request) {
  return request.acl || request.grant_full_control || request.grant_read || request.grant_read_acp ||
         request.grant_write_acp;
}

// Of PutBucketAcl and PutObjectAcl: exactly one of canned name, headers and body.
template <typename Request>
Task<objects::AclWish> put_wish(S3& s3, const Request& request, const AccountId& owner) {
  const GrantHeaders headers{.full_control = request.grant_full_control,
                             .read = request.grant_read,
                             .read_acp = request.grant_read_acp,
                             .write = request.grant_write,
                             .write_acp = request.grant_write_acp};
  if (request.access_control_policy) {
    if (request.acl || headers.any()) {
      throw Error(errors::unexpected_content, "This request does not support content");
    }
    return wish_of(s3, *request.access_control_policy, owner);
  }
  if (!request.acl && !headers.any()) {
    throw Error(errors::missing_security_header, "Your request was missing a required header")
        .with("MissingHeaderName", "x-amz-acl");
  }
  return wish_of(s3, request.acl, headers);
}

}  // namespace tarn::s3
