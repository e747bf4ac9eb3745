// The policy that a browser's form brings: until when, and with which fields, somebody may post in the signer's name.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html. Plain functions of bytes; who
// signed the policy is the authenticator's to know.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/post_form.h"
#include "base/time.h"

namespace tarn::aws {

struct PostPolicy {
  struct Condition {
    enum class Kind { equal, starts_with, length };
    Kind kind = Kind::equal;
    std::string field;  // In lower case, without '$'.
    std::string value;
    std::uint64_t least = 0;  // Of length.
    std::uint64_t most = 0;
    std::string text;  // As refusals quote it.
  };
  Timestamp expiration;
  std::vector<Condition> conditions;
};

// Throws InvalidPolicyDocument.
PostPolicy parse_post_policy(std::string_view json);

// How long the file may be.
struct LengthRange {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};

// Holds the fields of a form against the policy: all that it says must be so, and it must speak of every field. None:
// it says nothing of the length. Throws AccessDenied.
std::optional<LengthRange> check_post_policy(const PostPolicy& policy,
                                             const std::vector<std::pair<std::string, std::string>>& fields,
                                             std::string_view bucket, Timestamp now);

}  // namespace tarn::aws
