#include "services/s3/replication_words.h"

#include <set>

namespace tarn::s3 {
namespace {

constexpr std::size_t most_replication_rules = 1'000;

[[noreturn]] void refuse_request(std::string message) {
  throw Error(errors::invalid_request, std::move(message));
}
[[noreturn]] void refuse_rules() {
  throw Error(errors::malformed_xml,
              "The XML you provided was not well-formed or did not validate against our published schema");
}
void refuse_unless_off(bool on, const char* what) {
  if (on) throw Error(errors::not_implemented, std::string("Tarn's replication does not know ") + what);
}

void take_filter(const ReplicationRuleFilter& filter, objects::ReplicationRule& rule) {
  if (int{filter.prefix.has_value()} + int{filter.tag.has_value()} + int{filter.and_.has_value()} > 1) refuse_rules();
  rule.prefix = filter.prefix.value_or("");
  if (filter.tag) rule.tags = tags_of({*filter.tag}, 10);
  if (!filter.and_) return;
  rule.filter_and = true;
  rule.prefix = filter.and_->prefix.value_or("");
  if (filter.and_->tags) rule.tags = tags_of(*filter.and_->tags, 10);
}

void take_destination(const Destination& destination, objects::ReplicationRule& rule) {
  rule.destination = destination.bucket;
  rule.account = destination.account.value_or("");
  if (destination.storage_class) rule.storage_class = storage_class_of(destination.storage_class);
  refuse_unless_off(destination.encryption_configuration.has_value(), "KMS keys of replicas");
  refuse_unless_off(
      destination.replication_time && destination.replication_time->status == ReplicationTimeStatus::enabled,
      "a time within which versions are replicated (ReplicationTime)");
  refuse_unless_off(destination.metrics && destination.metrics->status == MetricsStatus::enabled,
                    "metrics of a rule's own: /_tarn/metrics has those of all");
  if (!destination.access_control_translation) return;
  if (rule.account.empty()) refuse_request("Account must be specified with AccessControlTranslation.");
  rule.target_owns = true;
}

void take_criteria(const ReplicationRule& asked) {
  if (const auto& existing = asked.existing_object_replication) {
    refuse_unless_off(existing->status == ExistingObjectReplicationStatus::enabled, "existing objects");
  }
  if (!asked.source_selection_criteria) return;
  const SourceSelectionCriteria& criteria = *asked.source_selection_criteria;
  refuse_unless_off(
      criteria.replica_modifications && criteria.replica_modifications->status == ReplicaModificationsStatus::enabled,
      "changes of replicas that go back (ReplicaModifications)");
  refuse_unless_off(criteria.sse_kms_encrypted_objects &&
                        criteria.sse_kms_encrypted_objects->status == SseKmsEncryptedObjectsStatus::enabled,
                    "objects under KMS keys");
}

objects::ReplicationRule rule_in(const ReplicationRule& asked, std::size_t number) {
  constexpr const char* advice =
      " must be specified for this version of Cross Region Replication configuration schema. Please refer to S3 "
      "Developer Guide for more information.";
  objects::ReplicationRule rule;
  rule.id = asked.id.value_or("rule-" + std::to_string(number));
  if (rule.id.size() > 255) throw Error(errors::invalid_argument, "ID length should not exceed allowed limit of 255");
  rule.enabled = asked.status == ReplicationRuleStatus::enabled;
  if (asked.prefix.has_value() == asked.filter.has_value()) refuse_rules();
  rule.filtered = asked.filter.has_value();
  const bool markers = asked.delete_marker_replication &&
                       asked.delete_marker_replication->status == DeleteMarkerReplicationStatus::enabled;
  if (rule.filtered) {
    take_filter(*asked.filter, rule);
    if (!asked.priority) refuse_request(std::string("Priority") + advice);
    if (!asked.delete_marker_replication) refuse_request(std::string("DeleteMarkerReplication") + advice);
    if (*asked.priority < 0) throw Error(errors::invalid_argument, "Priority must not be negative");
    rule.priority = *asked.priority;
    if (markers && !rule.tags.empty()) {
      refuse_request(
          "Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 "
          "Developer Guide for more information.");
    }
  } else {
    if (asked.priority || asked.delete_marker_replication) refuse_rules();
    rule.prefix = *asked.prefix;
  }
  if (rule.prefix.size() > 1024) throw Error(errors::invalid_argument, "The prefix is longer than keys are");
  rule.delete_markers = markers;
  take_criteria(asked);
  take_destination(asked.destination, rule);
  return rule;
}

// Rules of the first form have neither priorities nor several destinations.
void check_first_form(const std::vector<objects::ReplicationRule>& rules) {
  for (const objects::ReplicationRule& one : rules) {
    if (one.filtered != rules.front().filtered) refuse_rules();
    if (one.filtered) continue;
    if (one.destination != rules.front().destination) {
      refuse_request("All rules must name the same destination bucket where they have no Filter.");
    }
    for (const objects::ReplicationRule& other : rules) {
      if (&one == &other || !other.prefix.starts_with(one.prefix)) continue;
      refuse_request("Found overlapping prefixes '" + one.prefix + "' and '" + other.prefix + "'");
    }
  }
}

}  // namespace

objects::ReplicationConfiguration replication_in(const ReplicationConfiguration& asked) {
  if (asked.rules.empty()) refuse_rules();
  if (asked.rules.size() > most_replication_rules) {
    refuse_request("The number of replication rules must not exceed the allowed limit of 1000 rules.");
  }
  if (!asked.role.starts_with("arn:aws:iam::") || asked.role.find(":role/") == std::string::npos) {
    throw Error(errors::invalid_argument, "Invalid Role ARN")
        .with("ArgumentName", "Role")
        .with("ArgumentValue", asked.role);
  }
  objects::ReplicationConfiguration configuration{.role = asked.role, .rules = {}};
  std::set<std::string> ids;
  std::set<std::int32_t> priorities;
  for (const ReplicationRule& each : asked.rules) {
    objects::ReplicationRule rule = rule_in(each, configuration.rules.size() + 1);
    if (!ids.insert(rule.id).second) throw Error(errors::invalid_argument, "Rule Id must be unique");
    if (rule.filtered && !priorities.insert(rule.priority).second) {
      refuse_request("Found duplicate priority '" + std::to_string(rule.priority) + "'. Priority must be unique.");
    }
    configuration.rules.push_back(std::move(rule));
  }
  check_first_form(configuration.rules);
  return configuration;
}

ReplicationConfiguration replication_out(const objects::ReplicationConfiguration& configuration) {
  ReplicationConfiguration out;
  out.role = configuration.role;
  for (const objects::ReplicationRule& rule : configuration.rules) {
    ReplicationRule told;
    told.id = rule.id;
    told.status = rule.enabled ? ReplicationRuleStatus::enabled : ReplicationRuleStatus::disabled;
    if (rule.filtered) {
      told.priority = rule.priority;
      ReplicationRuleFilter& filter = told.filter.emplace();
      if (rule.filter_and) {
        filter.and_.emplace();
        if (!rule.prefix.empty()) filter.and_->prefix = rule.prefix;
        if (!rule.tags.empty()) filter.and_->tags = tag_set_of(rule.tags);
      } else if (!rule.tags.empty()) {
        filter.tag = tag_set_of(rule.tags).front();
      } else {
        filter.prefix = rule.prefix;
      }
      told.delete_marker_replication.emplace().status =
          rule.delete_markers ? DeleteMarkerReplicationStatus::enabled : DeleteMarkerReplicationStatus::disabled;
    } else {
      told.prefix = rule.prefix;
    }
    told.destination.bucket = rule.destination;
    if (!rule.account.empty()) told.destination.account = rule.account;
    if (rule.storage_class) told.destination.storage_class = storage_class_as<StorageClass>(*rule.storage_class);
    if (rule.target_owns) told.destination.access_control_translation.emplace().owner = OwnerOverride::destination;
    out.rules.push_back(std::move(told));
  }
  return out;
}

}  // namespace tarn::s3
