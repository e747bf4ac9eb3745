#include "keys/keyring.h"

#include <gtest/gtest.h>

namespace tarn::keys {
namespace {

const std::string key(32, 'k');
const std::string other(32, 'o');

TEST(Seal, OpensOnlyWithItsKeyAndForItsPurpose) {
  SeededRandom random(1);
  for (const std::string& bytes : {std::string(), std::string("x"), std::string(100'000, 'y')}) {
    const std::string sealed = seal(key, bytes, "test", random);
    EXPECT_EQ(open(key, sealed, "test"), bytes);
    EXPECT_EQ(open(other, sealed, "test"), std::nullopt);
    EXPECT_EQ(open(key, sealed, "another"), std::nullopt);
    EXPECT_EQ(sealed.size(), bytes.size() + 28);
  }
  EXPECT_NE(seal(key, "same", "test", random), seal(key, "same", "test", random));
}

TEST(Seal, FindsEveryChangedByte) {
  SeededRandom random(2);
  const std::string sealed = seal(key, "bytes", "test", random);
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_EQ(open(key, changed, "test"), std::nullopt) << at;
    EXPECT_EQ(open(key, std::string_view(sealed).substr(0, at), "test"), std::nullopt) << at;
  }
  EXPECT_THROW(seal("short", "bytes", "test", random), std::invalid_argument);
  EXPECT_THROW(open("short", sealed, "test"), std::invalid_argument);
}

TEST(Keyring, WrapsDataKeys) {
  SeededRandom random(3);
  const Keyring ring(key, random);
  const DataKey first = ring.make();
  const DataKey second = ring.make();
  EXPECT_EQ(first.plain.size(), key_bytes);
  EXPECT_NE(first.plain, second.plain);
  EXPECT_EQ(ring.unwrap(first.wrapped), first.plain);
  const Keyring another(other, random);
  EXPECT_THROW(another.unwrap(first.wrapped), std::runtime_error);
  EXPECT_THROW(ring.unwrap(""), std::runtime_error);
  EXPECT_EQ(ring.fingerprint(), Keyring(key, random).fingerprint());
  EXPECT_NE(ring.fingerprint(), another.fingerprint());
  EXPECT_THROW(Keyring("short", random), std::invalid_argument);
}

TEST(CustomerKeys, AreNotTheMasters) {
  SeededRandom random(4);
  const DataKey made = make_under(key, random);
  EXPECT_EQ(unwrap_under(key, made.wrapped), made.plain);
  EXPECT_EQ(unwrap_under(other, made.wrapped), std::nullopt);
  EXPECT_THROW(Keyring(key, random).unwrap(made.wrapped), std::runtime_error) << "the same bytes, another purpose";
}

}  // namespace
}  // namespace tarn::keys
