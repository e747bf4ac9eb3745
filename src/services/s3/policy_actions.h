// Which actions S3 has, so that a bucket's policy that names another is refused when it is put.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tarn::s3 {

struct PolicyAction {
  // `neither`: of accounts, access points, jobs; nothing that the policy of a bucket could speak of.
  enum class Kind : std::uint8_t { bucket, object, neither };
  std::string_view name;  // Without "s3:".
  Kind kind;
  std::string_view keys;  // Lower case, blanks between; one that ends in '/' stands for all that begin so.
};

std::span<const PolicyAction> policy_actions();

}  // namespace tarn::s3
