// Which of a bucket's versions other buckets are to have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "objects/version.h"

namespace tarn::objects {

struct ReplicationRule {
  std::string id;
  bool enabled = true;
  bool filtered =
      true;  // Has a Filter (V2); else a Prefix of the first form of rules, which takes delete markers along.
  std::int32_t priority = 0;
  std::string prefix;
  Tags tags;                // All of them must be there.
  bool filter_and = false;  // The filter was said as an And.
  bool delete_markers = false;
  std::string destination;  // The bucket's ARN.
  std::optional<StorageClass> storage_class;
  std::string account;       // Empty: not said.
  bool target_owns = false;  // AccessControlTranslation.
  friend bool operator==(const ReplicationRule&, const ReplicationRule&) = default;
};

// The document of ConfigurationKind::replication.
struct ReplicationConfiguration {
  std::string role;
  std::vector<ReplicationRule> rules;
  friend bool operator==(const ReplicationConfiguration&, const ReplicationConfiguration&) = default;
};
std::string pack(const ReplicationConfiguration& configuration);
// Throws std::runtime_error on bytes that are none.
ReplicationConfiguration unpack_replication(std::string_view document);

// For each destination that is to have the version, the rule of the highest priority that says so.
std::vector<ReplicationRule> rules_for(const ReplicationConfiguration& configuration, const ObjectVersion& version);

// A row of the bucket's that says that a version is to go elsewhere.
struct ReplicationRecord {
  std::string bucket;
  std::string key;
  std::string version_id;
};
std::string pack(const ReplicationRecord& record);
ReplicationRecord unpack_replication_record(std::string_view row);

inline constexpr std::string_view replication_prefix = "r/";

}  // namespace tarn::objects
