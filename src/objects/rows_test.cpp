#include "objects/rows.h"

#include <gtest/gtest.h>

#include "objects/outbox.h"

namespace tarn::objects {
namespace {

ObjectVersion full_version() {
  ObjectVersion version;
  version.sequence = 1'700'000'000'000;
  version.nonce = 42;
  version.null = false;
  version.size = 123'456'789'012;
  version.e_tag = "9a0364b9e99bb480dd25e1f0284c8555-17";
  version.modified = from_millis(1'700'000'000'123);
  version.owner = AccountId::trusted("111122223333");
  version.storage_class = StorageClass::glacier;
  version.parts = 17;
  version.description = {.content_type = "text/csv", .cache_control = "no-cache", .metadata = {{"a", "b"}, {"c", ""}}};
  version.tags = {{"team", "ml"}, {"empty", ""}};
  version.checksum = StoredChecksum{ChecksumAlgorithm::crc32c, ChecksumType::composite, "abcd"};
  version.restore = Restore{.ongoing = false, .days = 3, .expires = from_millis(1'800'000'000'000)};
  version.restored = blob::BlobRef{.tier = {1}, .id = 9, .size = 10};
  version.location = blob::BlobRef{.tier = {2}, .id = 7, .size = 8};
  return version;
}

TEST(Rows, VersionsComeBackWhole) {
  const ObjectVersion version = full_version();
  const ObjectVersion back = rows::unpack_version(rows::pack(version));
  EXPECT_EQ(back.id(), version.id());
  EXPECT_EQ(back.size, version.size);
  EXPECT_EQ(back.e_tag, version.e_tag);
  EXPECT_EQ(back.modified, version.modified);
  EXPECT_EQ(back.owner, version.owner);
  EXPECT_EQ(back.storage_class, version.storage_class);
  EXPECT_EQ(back.parts, version.parts);
  EXPECT_EQ(back.description, version.description);
  EXPECT_EQ(back.tags, version.tags);
  EXPECT_EQ(back.checksum, version.checksum);
  EXPECT_EQ(back.restore, version.restore);
  EXPECT_EQ(back.restored, version.restored);
  EXPECT_EQ(back.location, version.location);
}

TEST(Rows, ListingsReadTheFrontOfAVersion) {
  const ListedObject listed = rows::unpack_listed(rows::pack(full_version()));
  EXPECT_EQ(listed.id(), full_version().id());
  EXPECT_EQ(listed.size, 123'456'789'012u);
  EXPECT_EQ(listed.e_tag, full_version().e_tag);
  EXPECT_EQ(listed.checksum_algorithm, ChecksumAlgorithm::crc32c);
  EXPECT_EQ(listed.restored_until, from_millis(1'800'000'000'000));
  EXPECT_TRUE(listed.tagged);
}

TEST(Rows, AnyETagComesBackAsItWas) {
  for (const std::string e_tag :
       {"d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e-1",
        "d41d8cd98f00b204e9800998ecf8427e-10000", "d41d8cd98f00b204e9800998ecf8427e-01",
        "D41D8CD98F00B204E9800998ECF8427E", "d41d8cd98f00b204e9800998ecf8427e-", "d41d8cd98f00b204e9800998ecf8427e-x",
        "opaque", "-5", "d41d8cd98f00b204e9800998ecf8427e-99999999999"}) {
    ObjectVersion version = full_version();
    version.e_tag = e_tag;
    EXPECT_EQ(rows::unpack_version(rows::pack(version)).e_tag, e_tag);
  }
}

// A version's row stays short: listings cost what they return.
TEST(Rows, APlainVersionIsShort) {
  ObjectVersion version;
  version.e_tag = "d41d8cd98f00b204e9800998ecf8427e";
  version.owner = AccountId::trusted("111122223333");
  version.description.content_type = "binary/octet-stream";
  version.checksum = StoredChecksum{ChecksumAlgorithm::crc64nvme, ChecksumType::full_object, "12345678"};
  EXPECT_LT(rows::pack(version).size(), 120u);
}

TEST(Rows, WhatIsCutShortIsRefused) {
  const std::string row = rows::pack(full_version());
  for (std::size_t size = 0; size < row.size(); ++size) {
    EXPECT_THROW(rows::unpack_version(std::string_view(row).substr(0, size)), std::runtime_error) << size;
  }
  EXPECT_THROW(rows::unpack_version("\x7f rest"), std::runtime_error);
}

TEST(Rows, KeysKeepTheirOrder) {
  using namespace std::string_literals;
  const std::vector<std::string> keys{"\0"s, "\0\0"s, "\1"s, "a"s, "a\0"s, "a\0b"s, "a\1"s, "ab"s, "b"s, "\xff"s};
  for (std::size_t i = 0; i + 1 < keys.size(); ++i) {
    EXPECT_LT(rows::current_key(keys[i]), rows::current_key(keys[i + 1]));
    EXPECT_LT(rows::version_key(keys[i], 1), rows::version_key(keys[i + 1], 9));
    EXPECT_LT(rows::version_key(keys[i], 9), rows::version_key(keys[i], 8)) << "newest first";
  }
  for (const std::string& key : keys) {
    const rows::VersionPlace place = rows::parse_version_key(rows::version_key(key, 12345));
    EXPECT_EQ(place.key, key);
    EXPECT_EQ(place.sequence, 12345u);
  }
}

TEST(Rows, BrokenKeysAreRefused) {
  using namespace std::string_literals;
  for (const std::string& broken : {"v/a\0"s, "v/a\0\2"s, "v/a\0\1123"s, "v"s}) {
    EXPECT_THROW(rows::parse_version_key(broken), std::runtime_error);
  }
}

TEST(Rows, StatesConfigurationsAndGarbageComeBack) {
  rows::State state{.versioning = Versioning::suspended, .object_lock = true, .generation = 300, .name = "lake"};
  const rows::State back = rows::unpack_state(rows::pack(state));
  EXPECT_EQ(back.versioning, Versioning::suspended);
  EXPECT_TRUE(back.object_lock);
  EXPECT_EQ(back.generation, 300u);
  EXPECT_EQ(back.name, "lake");
  EXPECT_EQ(rows::parse_configuration_key(rows::configuration_key(ConfigurationKind::acl)), ConfigurationKind::acl);
  EXPECT_FALSE(rows::parse_configuration_key("b/state"));
  const rows::Garbage parts{.kind = rows::Garbage::Kind::parts, .sequence = 5, .nonce = 6};
  EXPECT_EQ(rows::unpack_garbage(rows::pack(parts)).nonce, 6u);
  EXPECT_EQ(
      rows::unpack_garbage(rows::pack(rows::Garbage{.kind = rows::Garbage::Kind::upload_parts, .upload = "u"})).upload,
      "u");
}

TEST(VersionId, HasOneSpelling) {
  const VersionId id = version_id_of(0x18c, 0xff00);
  EXPECT_EQ(id.text(), "000000000000018c000000000000ff00");
  EXPECT_EQ(parse_version_id(id.text()), std::pair(std::uint64_t{0x18c}, std::uint64_t{0xff00}));
  EXPECT_FALSE(parse_version_id("000000000000018c000000000000FF00"));
  EXPECT_FALSE(parse_version_id("null"));
  EXPECT_FALSE(parse_version_id(""));
}

TEST(Outbox, RecordsComeBackWhole) {
  ChangeRecord record{.event = "ObjectCreated:Put",
                      .operation = "PutObject",
                      .bucket = "lake",
                      .key = "a b/ä",
                      .size = 5,
                      .sequence = 0xabc};
  record.restored_until = from_millis(5);
  const ChangeRecord back = unpack_change_record(pack(record));
  EXPECT_EQ(back.event, record.event);
  EXPECT_EQ(back.key, record.key);
  EXPECT_EQ(back.sequencer(), "0000000000000abc");
  EXPECT_EQ(back.restored_until, record.restored_until);
  EXPECT_THROW(unpack_change_record("x"), std::runtime_error);
  EXPECT_THROW(unpack_change_record(pack(record).substr(0, 20)), std::runtime_error);
}

}  // namespace
}  // namespace tarn::objects
