#include "base/gzip.h"

#include <gtest/gtest.h>

namespace tarn {
namespace {

TEST(Gzip, GoesThereAndBack) {
  for (const std::size_t size : {0u, 1u, 100u, 65'535u, 65'536u, 65'537u, 1'000'000u}) {
    std::string text;
    while (text.size() < size) text += std::to_string(text.size() * 2'654'435'761u);
    text.resize(size);
    EXPECT_EQ(gunzip(gzip(text), size), text) << size;
  }
}

TEST(Gzip, ReadsSeveralMembersAsOne) {
  EXPECT_EQ(gunzip(gzip("one, ") + gzip("two"), 100), "one, two");
}

TEST(Gzip, StopsAtTheLimit) {
  const std::string packed = gzip(std::string(10 << 20, 'x'));
  EXPECT_EQ(gunzip(packed, (10 << 20) - 1), std::unexpected(GunzipFailure::too_large));
  EXPECT_TRUE(gunzip(packed, 10 << 20).has_value());
  EXPECT_EQ(gunzip(gzip("x"), 0), std::unexpected(GunzipFailure::too_large));
}

TEST(Gzip, RefusesWhatIsNone) {
  const auto malformed = std::unexpected(GunzipFailure::malformed);
  EXPECT_EQ(gunzip("", 100), malformed);
  EXPECT_EQ(gunzip("plain text", 100), malformed);
  const std::string packed = gzip("some text that is packed");
  for (std::size_t size = 0; size < packed.size(); ++size) EXPECT_EQ(gunzip(packed.substr(0, size), 100), malformed);
  EXPECT_EQ(gunzip(packed + "and more", 100), malformed);
  std::string damaged = packed;
  damaged[damaged.size() - 5] ^= 1;
  EXPECT_EQ(gunzip(damaged, 100), malformed) << "its checksum";
}

}  // namespace
}  // namespace tarn
