#include "objects/notification.h"

#include <gtest/gtest.h>

namespace tarn::objects {
namespace {

NotificationTarget target(std::vector<std::string> events, std::string prefix = "", std::string suffix = "") {
  return {.id = "i", .arn = "a", .events = std::move(events), .prefix = std::move(prefix), .suffix = std::move(suffix)};
}

TEST(Notification, IsReadAsItWasWritten) {
  const Notification both{.event_bridge = true,
                          .targets = {target({"s3:ObjectCreated:*"}, "raw/", ".csv"), target({})}};
  EXPECT_EQ(unpack_notification(pack(both)), both);
  EXPECT_EQ(unpack_notification(pack(Notification{})), Notification{});
  // As the first version wrote it.
  EXPECT_EQ(unpack_notification(std::string("\1\1", 2)), Notification{.event_bridge = true});
  const std::string whole = pack(both);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW(unpack_notification(whole.substr(0, size)), std::runtime_error) << size;
  }
  EXPECT_THROW(unpack_notification("x"), std::runtime_error);
}

TEST(Notification, EventsAndKeysDecide) {
  const auto created = target({"s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"}, "raw/", ".csv");
  EXPECT_TRUE(wants(created, "ObjectCreated:Put", "raw/a.csv"));
  EXPECT_TRUE(wants(created, "ObjectCreated:CompleteMultipartUpload", "raw/a.csv"));
  EXPECT_TRUE(wants(created, "ObjectRemoved:Delete", "raw/a.csv"));
  EXPECT_FALSE(wants(created, "ObjectRemoved:DeleteMarkerCreated", "raw/a.csv"));
  EXPECT_FALSE(wants(created, "ObjectCreated:Put", "cooked/a.csv"));
  EXPECT_FALSE(wants(created, "ObjectCreated:Put", "raw/a.json"));
  EXPECT_TRUE(wants(target({"s3:LifecycleTransition"}), "LifecycleTransition", "k"));
}

TEST(Notification, TwoForOneChangeOverlap) {
  const auto all = target({"s3:ObjectCreated:*"});
  EXPECT_TRUE(overlap(all, target({"s3:ObjectCreated:Put"})));
  EXPECT_TRUE(overlap(target({"s3:ObjectCreated:Put"}), all));
  EXPECT_TRUE(overlap(all, target({"s3:ObjectCreated:*"}, "raw/")));
  EXPECT_FALSE(overlap(all, target({"s3:ObjectRemoved:*"})));
  EXPECT_FALSE(overlap(target({"s3:ObjectCreated:*"}, "a/"), target({"s3:ObjectCreated:*"}, "b/")));
  EXPECT_FALSE(overlap(target({"s3:ObjectCreated:*"}, "", ".csv"), target({"s3:ObjectCreated:*"}, "", ".json")));
  // S3 takes what differs in either for apart.
  EXPECT_FALSE(overlap(target({"s3:ObjectCreated:*"}, "a/", ".csv"), target({"s3:ObjectCreated:*"}, "b/", ".csv")));
}

}  // namespace
}  // namespace tarn::objects
