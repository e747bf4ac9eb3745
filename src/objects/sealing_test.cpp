#include <gtest/gtest.h>

#include "base/digest.h"
#include "objects/encryption.h"
#include "objects/rows.h"
#include "objects/testing.h"

namespace tarn::objects {
namespace {

using testing::Bench;
using testing::refusal;
using testing::repeated;

CustomerKey customer(char letter) {
  const std::string bytes(32, letter);
  return {.bytes = bytes, .md5 = md5(as_bytes(bytes))};
}

Options sealed() {
  Options options = Bench::default_options();
  options.sealed = true;
  return options;
}

class SealedBench : public Bench {
 public:
  SealedBench() : Bench(sealed()) {}
  ObjectVersion put_with(const std::string& name, std::string bytes, std::optional<CustomerKey> with) {
    return sync_wait(
        objects.put(access, PutRequest{.bucket = bucket, .key = key(name), .customer_key = with}, std::move(bytes)));
  }
  std::string read(const ObjectVersion& version, ByteRange range, std::optional<CustomerKey> with = {}) {
    const auto stream = sync_wait(objects.open(access, version, range, with));
    std::string bytes(range.length, '\0');
    EXPECT_EQ(sync_wait(read_fully(*stream, {reinterpret_cast<std::byte*>(bytes.data()), bytes.size()})), range.length);
    return bytes;
  }
  // Does any row or blob show these bytes?
  bool shows(const std::string& bytes) {
    for (const auto& row : rows("")) {
      if (row.value.find(bytes) != std::string::npos) return true;
    }
    return false;
  }
};

TEST(Sealing, SmallObjectsLieSealed) {
  SealedBench bench;
  const auto version = bench.put("k", "a very secret text");
  EXPECT_EQ(version.seal.kind, Seal::Kind::server);
  EXPECT_EQ(version.size, 18u);
  EXPECT_EQ(version.e_tag, to_hex(as_bytes(md5(as_bytes("a very secret text")))));
  EXPECT_FALSE(bench.shows("secret"));
  EXPECT_EQ(bench.get("k"), "a very secret text");
  EXPECT_EQ(bench.read(version, {.offset = 7, .length = 6}), "secret");
  EXPECT_EQ(bench.put("empty", "").size, 0u);
  EXPECT_EQ(bench.get("empty"), "");
}

TEST(Sealing, LargeObjectsHaveAKeyEach) {
  SealedBench bench;
  const std::string bytes = repeated(100'000);
  bench.put("one", bytes);
  bench.put("two", bytes);
  ASSERT_EQ(bench.blobs.blobs.size(), 2u);
  const auto& [first, second] = std::pair(bench.blobs.blobs.begin()->second, bench.blobs.blobs.rbegin()->second);
  EXPECT_EQ(first.key.size(), 32u);
  EXPECT_NE(first.key, second.key);
  EXPECT_EQ(bench.get("one"), bytes);
}

TEST(Sealing, CopiesTakeTheKeyAlong) {
  SealedBench bench;
  bench.put("one", repeated(100'000));
  const auto copied = sync_wait(bench.objects.copy(bench.access, {.source_bucket = bench.bucket,
                                                                  .source_key = bench.key("one"),
                                                                  .bucket = bench.bucket,
                                                                  .key = bench.key("two")}));
  EXPECT_EQ(bench.blobs.copies, 1u);
  EXPECT_EQ(copied.made.seal, copied.source.seal);
  EXPECT_EQ(bench.get("two"), repeated(100'000));
}

TEST(Sealing, MovesAndRestoresKeepIt) {
  SealedBench bench;
  for (const std::size_t size : {100u, 100'000u}) {
    bench.put("k", repeated(size));
    ASSERT_TRUE(sync_wait(bench.objects.transition(bench.access, *bench.find("k"), StorageClass::glacier)));
    EXPECT_FALSE(bench.shows(repeated(50)));
    sync_wait(bench.objects.restore(
        bench.access, {.bucket = bench.bucket, .key = bench.key("k"), .days = 1, .speed = Restore::Speed::expedited}));
    bench.clock.advance(std::chrono::hours(1));
    sync_wait(bench.objects.settle_restores(bench.access, bench.bucket, bench.clock.now()));
    EXPECT_EQ(bench.get("k"), repeated(size));
  }
}

TEST(Sealing, PlainStaysReadableAndIsSealedWhenCopied) {
  // What was written while bytes were kept plain.
  Bench plain;
  plain.put("k", "text");
  EXPECT_EQ(plain.find("k")->seal.kind, Seal::Kind::none);
  EXPECT_EQ(plain.get("k"), "text");
  EXPECT_FALSE(plain.objects.seals());
}

TEST(CustomerKeys, AreNeededToRead) {
  SealedBench bench;
  const auto version = bench.put_with("k", "a very secret text", customer('a'));
  EXPECT_EQ(version.seal.kind, Seal::Kind::customer);
  EXPECT_EQ(version.seal.customer_key_md5, customer('a').md5);
  EXPECT_NE(version.e_tag, to_hex(as_bytes(md5(as_bytes("a very secret text"))))) << "an MD5 would tell of the bytes";
  EXPECT_EQ(bench.read(version, {.offset = 0, .length = 18}, customer('a')), "a very secret text");
  EXPECT_EQ(refusal([&] { bench.read(version, {.offset = 0, .length = 1}); }), "InvalidRequest");
  EXPECT_EQ(refusal([&] { bench.read(version, {.offset = 0, .length = 1}, customer('b')); }), "AccessDenied");
  EXPECT_EQ(refusal([&] { bench.objects.check_customer_key(version, customer('b')); }), "AccessDenied");
  EXPECT_EQ(refusal([&] { bench.objects.check_customer_key(version, customer('a')); }), "(none)");
  const auto ordinary = bench.put("ordinary", "text");
  EXPECT_EQ(refusal([&] { bench.objects.check_customer_key(ordinary, customer('a')); }), "InvalidRequest");
  EXPECT_FALSE(bench.shows(std::string(32, 'a'))) << "the key is kept nowhere";
}

TEST(CustomerKeys, ChangeWithACopy) {
  SealedBench bench;
  bench.put_with("a", repeated(100'000), customer('a'));
  const auto copy = [&](std::optional<CustomerKey> source, std::optional<CustomerKey> target) {
    return sync_wait(bench.objects.copy(bench.access, {.source_bucket = bench.bucket,
                                                       .source_key = bench.key("a"),
                                                       .source_customer_key = source,
                                                       .bucket = bench.bucket,
                                                       .key = bench.key("b"),
                                                       .customer_key = target}));
  };
  EXPECT_EQ(refusal([&] { copy({}, customer('b')); }), "InvalidRequest");
  EXPECT_EQ(refusal([&] { copy(customer('b'), {}); }), "AccessDenied");
  const auto made = copy(customer('a'), customer('b')).made;
  EXPECT_EQ(bench.read(made, {.offset = 99'000, .length = 1000}, customer('b')), repeated(100'000).substr(99'000));
  EXPECT_EQ(copy(customer('a'), {}).made.seal.kind, Seal::Kind::server);
  EXPECT_EQ(bench.get("b"), repeated(100'000));
}

TEST(CustomerKeys, GoWithEveryPart) {
  SealedBench bench;
  const Upload upload = sync_wait(bench.objects.create_upload(
      bench.access, {.bucket = bench.bucket, .key = bench.key("k"), .customer_key = customer('a')}));
  const auto send = [&](std::optional<CustomerKey> with) {
    StringStream body("part");
    return sync_wait(bench.objects.put_part(
        bench.access,
        {.bucket = bench.bucket, .key = upload.key, .upload = upload.id, .number = 1, .customer_key = std::move(with)},
        body));
  };
  EXPECT_EQ(refusal([&] { send({}); }), "InvalidRequest");
  EXPECT_EQ(refusal([&] { send(customer('b')); }), "InvalidRequest");
  const Part part = send(customer('a'));
  EXPECT_EQ(part.seal.kind, Seal::Kind::customer);
  const auto made = sync_wait(bench.objects.complete_upload(
      bench.access, {.bucket = bench.bucket, .key = upload.key, .upload = upload.id, .parts = {{1, part.e_tag, {}}}}));
  EXPECT_EQ(bench.read(made, {.offset = 0, .length = 4}, customer('a')), "part");
  EXPECT_EQ(refusal([&] { bench.read(made, {.offset = 0, .length = 4}); }), "InvalidRequest");

  const Upload ordinary =
      sync_wait(bench.objects.create_upload(bench.access, {.bucket = bench.bucket, .key = bench.key("k")}));
  StringStream body("part");
  EXPECT_EQ(refusal([&] {
              sync_wait(bench.objects.put_part(bench.access,
                                               {.bucket = bench.bucket,
                                                .key = ordinary.key,
                                                .upload = ordinary.id,
                                                .number = 1,
                                                .customer_key = customer('a')},
                                               body));
            }),
            "InvalidRequest");
}

TEST(CustomerKeys, CanBeBlocked) {
  SealedBench bench;
  const Encryption blocked{.customer_keys_block = true, .said_block = true};
  EXPECT_EQ(unpack_encryption(pack(blocked)), blocked);
  EXPECT_THROW(unpack_encryption("\x7f"), std::runtime_error);
  sync_wait(bench.objects.put_configuration(bench.access, bench.bucket, ConfigurationKind::encryption, pack(blocked)));
  EXPECT_EQ(refusal([&] { bench.put_with("k", "x", customer('a')); }), "AccessDenied");
  EXPECT_EQ(refusal([&] { bench.put_with("k", "x", {}); }), "(none)");
}

TEST(Rows, SealsStandInThem) {
  ObjectVersion version;
  version.seal = {.kind = Seal::Kind::customer, .wrapped_key = "wrapped", .customer_key_md5 = "digest"};
  EXPECT_EQ(rows::unpack_version(rows::pack(version)).seal, version.seal);
  Upload upload;
  upload.seal = {.kind = Seal::Kind::server, .wrapped_key = "wrapped", .customer_key_md5 = {}};
  EXPECT_EQ(rows::unpack_upload(rows::pack(upload)).seal, upload.seal);
}

}  // namespace
}  // namespace tarn::objects
