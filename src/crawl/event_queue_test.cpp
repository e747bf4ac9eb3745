#include "crawl/event_queue.h"

#include <gtest/gtest.h>

namespace tarn::crawl {
namespace {

std::string told(std::string_view message) {
  const auto changes = changes_in(message);
  if (!changes) return "none";
  std::string all;
  for (const ChangedObject& change : *changes) all += change.bucket + "/" + change.key + ";";
  return all;
}

TEST(ChangesIn, ReadsWhatS3AndEventBridgeSend) {
  EXPECT_EQ(told(R"({"Records":[{"s3":{"bucket":{"name":"b"},"object":{"key":"raw/a+b%2Bc%C3%A4.csv"}}},
                                {"s3":{"bucket":{"name":"b"},"object":{"key":"x"}}}]})"),
            "b/raw/a b+cä.csv;b/x;");
  EXPECT_EQ(told(R"({"source":"aws.s3","detail":{"bucket":{"name":"b"},"object":{"key":"a+b%20c"}}})"), "b/a+b%20c;");
  EXPECT_EQ(told(R"({"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"})"), "");
  EXPECT_EQ(told(R"({"Records":[]})"), "");
}

TEST(ChangesIn, WhatIsNeitherTellsNothing) {
  for (const char* message :
       {"", "hello", "[]", "{}", "null", R"({"Records":{}})", R"({"Records":[1]})", R"({"Records":[{}]})",
        R"({"Records":[{"s3":{"bucket":{"name":1},"object":{"key":"k"}}}]})",
        R"({"Records":[{"s3":{"bucket":{"name":"b"},"object":{"key":"%zz"}}}]})",
        R"({"source":"mine","detail":{"bucket":{"name":"b"},"object":{"key":"k"}}})",
        R"({"source":"aws.s3","detail":"x"})", R"({"source":"aws.s3"})"}) {
    EXPECT_EQ(told(message), "none") << message;
  }
}

TEST(EventQueueAddress, NamesAQueue) {
  EXPECT_EQ(event_queue_address("arn:aws:sqs:us-east-1:111122223333:q").name, "q");
  EXPECT_THROW(event_queue_address("arn:aws:sns:us-east-1:111122223333:t"), Error);
  EXPECT_THROW(event_queue_address(""), Error);
}

}  // namespace
}  // namespace tarn::crawl
