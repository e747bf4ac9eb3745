#include "base/gunzip.h"

#include <gtest/gtest.h>

#include "base/gzip.h"

namespace tarn {
namespace {

// Pushes `step` bytes and takes `room` at a time.
std::string streamed(Gunzip& stream, std::string_view packed, std::size_t step, std::size_t room) {
  std::string all, out(room, '\0');
  for (std::size_t at = 0; at < packed.size(); at += step) {
    stream.push(packed.substr(at, step));
    std::size_t taken;
    do {
      taken = stream.take(out);
      all.append(out, 0, taken);
    } while (taken == room);
  }
  return all;
}

TEST(GunzipStream, GivesTheSameHoweverItIsCut) {
  std::string text;
  while (text.size() < 20'000) text += std::to_string(text.size() * 2'654'435'761u);
  const std::string packed = gzip(text) + gzip("") + gzip("end");
  for (const std::size_t step : {1u, 7u, 1000u, 1u << 20}) {
    for (const std::size_t room : {1u, 100u, 20'000u, 20'003u, 1u << 20}) {
      Gunzip stream;
      EXPECT_EQ(streamed(stream, packed, step, room), text + "end");
      EXPECT_TRUE(stream.whole());
      EXPECT_EQ(stream.position(), packed.size());
    }
  }
}

TEST(GunzipStream, KnowsWhetherItIsWhole) {
  const std::string packed = gzip("some text that is packed");
  Gunzip empty;
  EXPECT_FALSE(empty.begun());
  for (std::size_t size = 1; size < packed.size(); ++size) {
    Gunzip stream;
    streamed(stream, packed.substr(0, size), 3, 5);
    EXPECT_TRUE(stream.begun());
    EXPECT_FALSE(stream.whole()) << size;
  }
  // The beginning of a second member.
  Gunzip stream;
  EXPECT_EQ(streamed(stream, packed + packed.substr(0, 4), 3, 5), "some text that is packed");
  EXPECT_FALSE(stream.whole());
}

TEST(GunzipStream, LeavesZerosThatFillUpTheEnd) {
  for (const std::size_t step : {1u, 10u, 10'000u}) {
    Gunzip stream;
    EXPECT_EQ(streamed(stream, gzip("text") + std::string(512, '\0') + "left", step, 100), "text");
    EXPECT_TRUE(stream.whole());
  }
  Gunzip zeros;
  EXPECT_THROW(streamed(zeros, std::string(512, '\0'), 100, 100), GunzipError);
}

TEST(GunzipStream, SaysWhereItIsDamaged) {
  std::string text;
  while (text.size() < 200'000) text += std::to_string(text.size() * 2'654'435'761u);
  std::string packed = gzip(text);
  packed[packed.size() - 6] ^= 1;  // Of the checksum.
  Gunzip stream;
  try {
    streamed(stream, packed, 1000, 1000);
    FAIL() << "taken";
  } catch (const GunzipError& error) {
    EXPECT_STREQ(error.what(), "incorrect data check");
    EXPECT_GE(stream.position(), packed.size() - 8);
  }
}

}  // namespace
}  // namespace tarn
