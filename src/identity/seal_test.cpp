#include "identity/seal.h"

#include <gtest/gtest.h>

namespace tarn::identity {
namespace {

const std::string key(32, 'k');

TEST(Seal, OpensWhatItClosed) {
  SeededRandom random(1);
  const Seal seal(key, "test");
  for (const std::size_t size : {0U, 1U, 16U, 1000U}) {
    const std::string plain(size, 'p');
    const std::string sealed = seal.close(plain, random);
    EXPECT_EQ(sealed.size(), 12 + size + 16);
    EXPECT_EQ(seal.open(sealed), plain);
  }
  EXPECT_NE(seal.close("a", random), seal.close("a", random));
}

TEST(Seal, RefusesEveryOtherByte) {
  SeededRandom random(1);
  const Seal seal(key, "test");
  const std::string sealed = seal.close("some text", random);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(seal.open(changed)) << i;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) EXPECT_FALSE(seal.open(sealed.substr(0, size))) << size;
}

TEST(Seal, KeepsPurposesAndKeysApart) {
  SeededRandom random(1);
  const std::string sealed = Seal(key, "one").close("text", random);
  EXPECT_FALSE(Seal(key, "two").open(sealed));
  EXPECT_FALSE(Seal(std::string(32, 'x'), "one").open(sealed));
  EXPECT_THROW(Seal("short", "one"), std::runtime_error);
}

}  // namespace
}  // namespace tarn::identity
