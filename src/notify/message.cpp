// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "notify/notifier.h"
#include "policy/principal.h"

namespace tarn::notify {
namespace {

using nlohmann::ordered_json;

// As forms are encoded, with slashes left.
std::string encoded_key(const std::string& key) {
  std::string encoded = uri_encode(key, true);
  for (std::size_t at = encoded.find("%20"); at != std::string::npos; at = encoded.find("%20", at)) {
    encoded.replace(at, 3, "+");
  }
  return encoded;
}

std::string_view version_of(const std::string& event) {
  for (const std::string_view late : {"LifecycleExpiration:", "LifecycleTransition", "IntelligentTiering",
                                      "ObjectAcl:", "ObjectTagging:", "ObjectRestore:Delete"}) {
    if (event.starts_with(late)) return "2.3";
  }
  return event.starts_with("Replication:") ? "2.2" : "2.1";
}

std::string principal_id(const objects::ChangeRecord& record) {
  return record.requester_id.empty() ? record.requester : "AWS:" + record.requester_id;
}

ordered_json object_of(const objects::ChangeRecord& record) {
  ordered_json object{{"key", encoded_key(record.key)}};
  const bool removed = record.event.starts_with("ObjectRemoved:") || record.event.starts_with("LifecycleExpiration:");
  if (!removed) {
    object["size"] = record.size;
    object["eTag"] = record.e_tag;
  } else if (record.delete_marker) {
    object["eTag"] = "d41d8cd98f00b204e9800998ecf8427e";  // Of nothing, which is what a marker holds.
  }
  if (!record.version_id.empty()) object["versionId"] = record.version_id;
  object["sequencer"] = record.sequencer();
  return object;
}

}  // namespace

std::string message_of(const objects::ChangeRecord& record, std::string_view configuration_id) {
  ordered_json event{
      {"eventVersion", version_of(record.event)},
      {"eventSource", "aws:s3"},
      {"awsRegion", record.region},
      {"eventTime", iso8601(record.time)},
      {"eventName", record.event},
      {"userIdentity", {{"principalId", principal_id(record)}}},
      {"requestParameters", {{"sourceIPAddress", record.source_ip}}},
      {"responseElements", {{"x-amz-request-id", record.request_id}, {"x-amz-id-2", record.request_id}}}};
  const std::string owner = policy::canonical_user_id(AccountId::trusted(record.bucket_owner));
  event["s3"] = {{"s3SchemaVersion", "1.0"},
                 {"configurationId", configuration_id},
                 {"bucket",
                  {{"name", record.bucket},
                   {"ownerIdentity", {{"principalId", owner}}},
                   {"arn", "arn:aws:s3:::" + record.bucket}}},
                 {"object", object_of(record)}};
  if (record.event == "ObjectRestore:Completed" && record.restored_until) {
    event["glacierEventData"] = {{"restoreEventData",
                                  {{"lifecycleRestorationExpiryTime", iso8601(*record.restored_until)},
                                   {"lifecycleRestoreStorageClass", record.storage_class}}}};
  }
  if (record.event == "LifecycleTransition") {
    event["lifecycleEventData"] = {{"transitionEventData", {{"destinationStorageClass", record.storage_class}}}};
  }
  return ordered_json{{"Records", ordered_json::array({std::move(event)})}}.dump();
}

}  // namespace tarn::notify
