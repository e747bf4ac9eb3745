#include "objects/eventbridge.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tarn::objects {
namespace {

ChangeRecord change(const std::string& event) {
  return {.event = event,
          .operation = "PutObject",
          .bucket = "lake",
          .key = "raw/a b+ä.csv",
          .version_id = "v1",
          .size = 5,
          .e_tag = "abc",
          .sequence = 255,
          .storage_class = "GLACIER",
          .requester = "111122223333",
          .source_ip = "192.0.2.7",
          .request_id = "R"};
}

nlohmann::json detail(const ChangeRecord& record) {
  return nlohmann::json::parse(event_detail(record));
}

// The example of the user guide, "EventBridge event message structure".
TEST(EventBridge, ObjectCreated) {
  EXPECT_EQ(event_detail_type(change("ObjectCreated:Put")), "Object Created");
  EXPECT_EQ(detail(change("ObjectCreated:Put")), nlohmann::json::parse(R"({
    "version": "0",
    "bucket": {"name": "lake"},
    "object": {"key": "raw/a b+ä.csv", "size": 5, "etag": "abc", "version-id": "v1", "sequencer": "00000000000000ff"},
    "request-id": "R",
    "requester": "111122223333",
    "source-ip-address": "192.0.2.7",
    "reason": "PutObject"})"));
}

TEST(EventBridge, ObjectDeleted) {
  ChangeRecord record = change("ObjectRemoved:DeleteMarkerCreated");
  record.delete_marker = true;
  record.operation = "DeleteObject";
  EXPECT_EQ(event_detail_type(record), "Object Deleted");
  EXPECT_EQ(detail(record)["deletion-type"], "Delete Marker Created");
  EXPECT_FALSE(detail(record)["object"].contains("size"));
  EXPECT_EQ(detail(change("LifecycleExpiration:Delete"))["deletion-type"], "Permanently Deleted");
}

TEST(EventBridge, OtherChanges) {
  EXPECT_EQ(detail(change("LifecycleTransition"))["destination-storage-class"], "GLACIER");
  EXPECT_EQ(event_detail_type(change("ObjectRestore:Completed")), "Object Restore Completed");
  ChangeRecord restored = change("ObjectRestore:Completed");
  restored.restored_until = *parse_iso8601("2030-01-02T00:00:00Z");
  EXPECT_EQ(detail(restored)["restore-expiry-time"], "2030-01-02T00:00:00Z");
  EXPECT_EQ(event_detail_type(change("ObjectTagging:Put")), "Object Tags Added");
  EXPECT_FALSE(event_detail_type(change("Unknown:Thing")));
}

}  // namespace
}  // namespace tarn::objects
