#include "aws/event_stream.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "base/encoding.h"

namespace tarn::aws {
namespace {

TEST(EventStream, AnEmptyMessageIsItsFourNumbers) {
  EXPECT_EQ(to_hex(as_bytes(event_message({}, {}))), "000000100000000005c248eb7d98c8ff");
}

TEST(EventStream, HeadersComeBeforeThePayload) {
  const std::string message = event("Records", "application/octet-stream", "1,2\n");
  EXPECT_EQ(message.size(), 16 + (1 + 13 + 3 + 5) + (1 + 11 + 3 + 7) + (1 + 13 + 3 + 24) + 4);
  EXPECT_EQ(message.substr(12, 14), std::string("\x0d:message-type"));
  EXPECT_EQ(message.substr(message.size() - 8, 4), "1,2\n");
}

TEST(EventStream, ErrorsHaveACodeAndAText) {
  const std::string message = event_error("InternalError", "Something broke.");
  EXPECT_NE(message.find(":error-code"), std::string::npos);
  EXPECT_NE(message.find("Something broke."), std::string::npos);
}

TEST(EventStream, WhatIsTooLongIsRefused) {
  EXPECT_THROW(event_message({}, std::string((16 << 20) + 1, 'x')), std::length_error);
  EXPECT_THROW(event_message({{"n", std::string(40'000, 'x')}}, {}), std::length_error);
}

}  // namespace
}  // namespace tarn::aws
