#include "objects/objects.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "base/digest.h"
#include "objects/outbox.h"
#include "objects/testing.h"

namespace tarn::objects {
namespace {

using testing::Bench;
using testing::refusal;
using testing::repeated;

TEST(Objects, PutsAndReadsSmallAndLarge) {
  Bench lake;
  for (const std::size_t size : {0u, 1u, 4096u, 32768u, 32769u, 262144u, 262145u, 1000000u}) {
    const std::string bytes = repeated(size);
    const ObjectVersion made = lake.put("k", bytes);
    EXPECT_EQ(made.size, size);
    EXPECT_EQ(made.e_tag, to_hex(as_bytes(md5(as_bytes(bytes)))));
    EXPECT_EQ(made.checksum->value, checksum_of(ChecksumAlgorithm::crc64nvme, as_bytes(bytes)));
    EXPECT_EQ(made.id().text(), "null");
    EXPECT_EQ(lake.get("k"), bytes) << size;
    EXPECT_EQ(lake.rows("d/").size(), size > 0 && size <= 32768 ? 1u : 0u);
  }
}

TEST(Objects, ReadsRanges) {
  Bench lake;
  for (const std::size_t size : {100u, 100000u}) {
    const std::string bytes = repeated(size);
    const ObjectVersion made = lake.put("k", bytes);
    const auto stream = sync_wait(lake.objects.open(lake.access, made, {.offset = 10, .length = 50}));
    std::string out(60, '\0');
    const auto buffer = std::span(reinterpret_cast<std::byte*>(out.data()), out.size());
    EXPECT_EQ(sync_wait(read_fully(*stream, buffer)), 50u);
    EXPECT_EQ(out.substr(0, 50), bytes.substr(10, 50));
    EXPECT_EQ(refusal([&] { sync_wait(lake.objects.open(lake.access, made, {.offset = size, .length = 1})); }),
              "InvalidRange");
  }
}

TEST(Objects, DescriptionTagsAndChecksumAreKept) {
  Bench lake;
  PutRequest request{.bucket = lake.bucket, .key = Bench::key("k")};
  request.description = {.content_type = "text/csv", .metadata = {{"origin", "jfk"}}};
  request.tags = {{"team", "ml"}};
  request.checks.algorithm = ChecksumAlgorithm::sha256;
  sync_wait(lake.objects.put(lake.access, request, "abc"));
  const auto found = lake.find("k");
  EXPECT_EQ(found->description.content_type, "text/csv");
  EXPECT_EQ(found->description.metadata.at("origin"), "jfk");
  EXPECT_EQ(found->tags, request.tags);
  EXPECT_EQ(checksum_text(*found->checksum, 0), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

TEST(Objects, WrongDigestsLeaveNothing) {
  Bench lake;
  const std::string large = repeated(100'000);
  for (const std::string& bytes : {std::string("abc"), large}) {
    PutRequest request{.bucket = lake.bucket, .key = Bench::key("k")};
    request.checks.md5 = std::string(16, 'x');
    EXPECT_EQ(refusal([&] { sync_wait(lake.objects.put(lake.access, request, bytes)); }), "BadDigest");
    request.checks.md5.reset();
    request.checks.algorithm = ChecksumAlgorithm::crc32;
    request.checks.expected = [] { return std::optional<std::string>("1234"); };
    EXPECT_EQ(refusal([&] { sync_wait(lake.objects.put(lake.access, request, bytes)); }), "BadDigest");
    request.checks.expected = {};
    request.checks.length = bytes.size() + 1;
    EXPECT_EQ(refusal([&] { sync_wait(lake.objects.put(lake.access, request, bytes)); }), "IncompleteBody");
    request.checks.length = (5ULL << 30) + 1;
    EXPECT_EQ(refusal([&] { sync_wait(lake.objects.put(lake.access, request, bytes)); }), "EntityTooLarge");
  }
  EXPECT_EQ(lake.get("k"), "(none)");
  EXPECT_TRUE(lake.blobs.blobs.empty());
}

// The end of a body that fills its last buffer, told before or not, with all that can be held against it.
TEST(Objects, BodiesAroundTheBuffers) {
  Bench lake;
  std::size_t kept = 0;
  for (const std::size_t size : {262'143UL, 262'144UL, 262'145UL, 524'288UL, 1'048'576UL, 1'100'000UL}) {
    const std::string bytes = repeated(size);
    for (const bool told : {false, true}) {
      PutRequest request{.bucket = lake.bucket, .key = Bench::key("k" + std::to_string(++kept))};
      if (told) request.checks.length = size;
      for (const auto algorithm : {ChecksumAlgorithm::crc32, ChecksumAlgorithm::sha256}) {
        request.checks.algorithm = algorithm;
        request.checks.md5 = std::string(16, 'x');
        EXPECT_EQ(refusal([&] { sync_wait(lake.objects.put(lake.access, request, bytes)); }), "BadDigest") << size;
        request.checks.md5 = md5(as_bytes(bytes));
        request.checks.expected = [] { return std::optional<std::string>("1234"); };
        EXPECT_EQ(refusal([&] { sync_wait(lake.objects.put(lake.access, request, bytes)); }), "BadDigest") << size;
        request.checks.expected = {};
      }
      EXPECT_EQ(refusal([&] { sync_wait(lake.objects.put(lake.access, request, bytes.substr(1))); }),
                told ? "IncompleteBody" : "BadDigest");
      EXPECT_EQ(refusal([&] { sync_wait(lake.objects.put(lake.access, request, bytes + "1")); }),
                told ? "IncompleteBody" : "BadDigest");
      request.checks.md5.reset();
      if (told)
        EXPECT_EQ(refusal([&] { sync_wait(lake.objects.put(lake.access, request, bytes + "1")); }), "IncompleteBody");
      EXPECT_EQ(lake.blobs.blobs.size(), kept - 1);
      const ObjectVersion made = sync_wait(lake.objects.put(lake.access, request, bytes));
      EXPECT_EQ(made.e_tag, to_hex(as_bytes(md5(as_bytes(bytes)))));
      EXPECT_EQ(made.checksum->value, checksum_of(ChecksumAlgorithm::sha256, as_bytes(bytes)));
      EXPECT_EQ(lake.get(request.key.text()), bytes) << size;
    }
  }
}

TEST(Objects, OverwritingDropsTheOldBytes) {
  Bench lake;
  lake.put("k", repeated(100'000));
  lake.put("k", "small");
  lake.put("k", "smaller");
  EXPECT_EQ(lake.rows("d/").size(), 1u);
  EXPECT_EQ(lake.rows("c/").size(), 1u);
  EXPECT_EQ(lake.blobs.blobs.size(), 1u) << "readers may still be on their way";
  EXPECT_EQ(sync_wait(lake.objects.collect_garbage(100)), 0u);
  lake.clock.advance(std::chrono::minutes(6));
  EXPECT_EQ(sync_wait(lake.objects.collect_garbage(100)), 1u);
  EXPECT_TRUE(lake.blobs.blobs.empty());
  EXPECT_TRUE(lake.rows("g/").empty());
  EXPECT_EQ(lake.get("k"), "smaller");
}

TEST(Objects, AVersionFoundToBeReadSurvivesAnOverwrite) {
  Bench lake;
  lake.put("k", "first");
  const auto found = sync_wait(lake.objects.find_to_read(lake.access, lake.bucket, Bench::key("k")));
  const auto only_found = lake.find("k");
  lake.put("k", "second");
  const auto stream = sync_wait(lake.objects.open(lake.access, *found, {.offset = 0, .length = 5}));
  std::string out(5, '\0');
  sync_wait(read_fully(*stream, {reinterpret_cast<std::byte*>(out.data()), 5}));
  EXPECT_EQ(out, "first");
  EXPECT_EQ(sync_wait(lake.objects.open(lake.access, *only_found, {.offset = 0, .length = 5})), nullptr);
}

// ---- conditions

TEST(Conditions, IfAbsent) {
  Bench lake;
  const WriteConditions if_absent{.if_absent = true};
  lake.put("k", "1", if_absent);
  EXPECT_EQ(refusal([&] { lake.put("k", "2", if_absent); }), "PreconditionFailed");
  lake.remove("k");
  lake.put("k", "3", if_absent);
  lake.set_versioning(Versioning::enabled);
  lake.remove("k");
  lake.put("k", "4", if_absent);  // A delete marker counts as absent.
  EXPECT_EQ(lake.get("k"), "4");
}

TEST(Conditions, IfMatch) {
  Bench lake;
  EXPECT_EQ(refusal([&] { lake.put("k", "1", {.if_match = "x"}); }), "NoSuchKey");
  const ObjectVersion first = lake.put("k", "1");
  EXPECT_EQ(refusal([&] { lake.put("k", "2", {.if_match = "x"}); }), "PreconditionFailed");
  lake.put("k", "2", {.if_match = first.e_tag});
  lake.put("k", "3", {.if_match = "*"});
  EXPECT_EQ(refusal([&] { lake.put("k", "4", {.if_match = first.e_tag}); }), "PreconditionFailed");
  EXPECT_EQ(lake.get("k"), "3");
}

// A body that runs `meanwhile` before its last bytes come.
class SlowBody : public ByteStream {
 public:
  SlowBody(std::string bytes, std::function<Task<void>()> meanwhile)
      : inner_(std::move(bytes)), meanwhile_(std::move(meanwhile)) {}
  Task<std::size_t> read(std::span<std::byte> buffer) override {
    if (auto once = std::exchange(meanwhile_, {})) co_await once();
    co_return co_await inner_.read(buffer);
  }

 private:
  StringStream inner_;
  std::function<Task<void>()> meanwhile_;
};

std::string put_while(Bench& lake, const WriteConditions& conditions, std::function<Task<void>()> meanwhile) {
  SlowBody body("late", std::move(meanwhile));
  return refusal([&] {
    sync_wait(
        lake.objects.put(lake.access, {.bucket = lake.bucket, .key = Bench::key("k"), .conditions = conditions}, body));
  });
}

TEST(Conditions, AreCheckedAgainWhenTheBodyHasCome) {
  Bench lake;
  const auto overwrite = [&]() -> Task<void> {
    (void)co_await lake.objects.put(lake.access, {.bucket = lake.bucket, .key = Bench::key("k")}, "other");
  };
  const auto remove = [&]() -> Task<void> {
    (void)co_await lake.objects.remove(lake.access, {.bucket = lake.bucket, .key = Bench::key("k")});
  };
  EXPECT_EQ(put_while(lake, {.if_absent = true}, overwrite), "PreconditionFailed");
  const std::string e_tag = lake.put("k", "now").e_tag;
  EXPECT_EQ(put_while(lake, {.if_match = e_tag}, overwrite), "PreconditionFailed");
  EXPECT_EQ(put_while(lake, {.if_match = lake.find("k")->e_tag}, remove), "ConditionalRequestConflict");
  EXPECT_EQ(put_while(lake, {}, overwrite), "(none)");
  EXPECT_EQ(lake.get("k"), "late");
}

TEST(Conditions, OfManyWritersExactlyOneWins) {
  Bench lake;
  const auto race = [](Bench& bench) -> Task<int> {
    std::vector<Task<int>> writers;
    for (int i = 0; i < 32; ++i) {
      writers.push_back([](Bench& inner, int number) -> Task<int> {
        co_await yield_to_others();
        try {
          (void)co_await inner.objects.put(
              inner.access, {.bucket = inner.bucket, .key = Bench::key("lock"), .conditions = {.if_absent = true}},
              std::to_string(number));
          co_return 1;
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), errors::precondition_failed);
          co_return 0;
        }
      }(bench, i));
    }
    int winners = 0;
    for (const int won : co_await when_all(std::move(writers))) winners += won;
    co_return winners;
  };
  EXPECT_EQ(sync_wait(race(lake)), 1);
}

// ---- versioning

// Gives what it has in pieces, and lets others go on between them.
class Dripping : public ByteStream {
 public:
  explicit Dripping(std::string bytes) : bytes_(std::move(bytes)) {}
  Task<std::size_t> read(std::span<std::byte> buffer) override {
    co_await yield_to_others();
    const std::size_t count = std::min({buffer.size(), bytes_.size() - at_, std::size_t{50'000}});
    std::memcpy(buffer.data(), bytes_.data() + at_, count);
    at_ += count;
    co_return count;
  }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

TEST(Objects, TakesManyBodiesAtOnce) {
  Bench lake;
  constexpr std::size_t count = 300;
  const auto bytes_of = [](std::size_t i) { return repeated(33'000 + i * 911, static_cast<char>('A' + i % 26)); };
  std::vector<std::unique_ptr<Dripping>> bodies;
  std::vector<Task<ObjectVersion>> puts;
  for (std::size_t i = 0; i < count; ++i) {
    bodies.push_back(std::make_unique<Dripping>(bytes_of(i)));
    const PutRequest request{.bucket = lake.bucket, .key = Bench::key("k" + std::to_string(i))};
    puts.push_back(lake.objects.put(lake.access, request, *bodies.back()));
  }
  sync_wait(when_all(std::move(puts)));
  for (std::size_t i = 0; i < count; ++i) {
    const std::string bytes = bytes_of(i), name = "k" + std::to_string(i);
    EXPECT_EQ(lake.get(name), bytes) << i;
    EXPECT_EQ(lake.find(name)->e_tag, to_hex(as_bytes(md5(as_bytes(bytes))))) << i;
  }
}

TEST(Versions, EachPutIsKept) {
  Bench lake;
  lake.put("k", "before");
  lake.set_versioning(Versioning::enabled);
  const ObjectVersion one = lake.put("k", "one");
  const ObjectVersion two = lake.put("k", "two");
  EXPECT_EQ(lake.get("k"), "two");
  EXPECT_EQ(lake.get("k", one.id()), "one");
  EXPECT_EQ(lake.get("k", VersionId::trusted("null")), "before");
  const Listing all = lake.versions();
  ASSERT_EQ(all.objects.size(), 3u);
  EXPECT_EQ(all.objects[0].id(), two.id());
  EXPECT_TRUE(all.objects[0].latest);
  EXPECT_EQ(all.objects[1].id(), one.id());
  EXPECT_FALSE(all.objects[1].latest);
  EXPECT_EQ(all.objects[1].noncurrent_since, two.modified);
  EXPECT_EQ(all.objects[2].id().text(), "null");
  EXPECT_EQ(lake.list().objects.size(), 1u);
}

TEST(Versions, ADeleteMarkerHidesAndItsRemovalBringsBack) {
  Bench lake;
  lake.set_versioning(Versioning::enabled);
  const ObjectVersion one = lake.put("k", "one");
  const RemoveResult marker = lake.remove("k");
  EXPECT_TRUE(marker.delete_marker);
  EXPECT_EQ(lake.get("k"), "(none)");
  EXPECT_TRUE(lake.list().objects.empty());
  EXPECT_TRUE(lake.find("k", marker.version)->delete_marker);
  EXPECT_TRUE(lake.find("k", marker.version)->latest);
  ASSERT_EQ(lake.versions().objects.size(), 2u);
  EXPECT_TRUE(lake.versions().objects[0].delete_marker);
  EXPECT_TRUE(lake.versions().objects[0].latest);
  const RemoveResult undone = lake.remove("k", marker.version);
  EXPECT_TRUE(undone.delete_marker);
  EXPECT_EQ(lake.get("k"), "one");
  EXPECT_TRUE(lake.versions().objects[0].latest);
  lake.remove("k", one.id());
  EXPECT_TRUE(lake.versions().objects.empty());
  EXPECT_TRUE(lake.rows("h/").empty());
  EXPECT_TRUE(lake.rows("d/").empty());
}

TEST(Versions, RemovingTheCurrentPromotesTheNextUnlessItIsAMarker) {
  Bench lake;
  lake.set_versioning(Versioning::enabled);
  const ObjectVersion one = lake.put("k", "one");
  const RemoveResult marker = lake.remove("k");
  const ObjectVersion two = lake.put("k", "two");
  lake.remove("k", two.id());
  EXPECT_EQ(lake.get("k"), "(none)") << "the marker is the latest again";
  lake.remove("k", one.id());
  lake.remove("k", marker.version);
  EXPECT_TRUE(lake.versions().objects.empty());
}

TEST(Versions, OfSeveralMarkersTheLastToGoBringsBackWhatTheyHid) {
  Bench lake;
  lake.set_versioning(Versioning::enabled);
  lake.put("k", "one");
  const RemoveResult first = lake.remove("k");
  const RemoveResult second = lake.remove("k");
  const RemoveResult third = lake.remove("k");
  lake.remove("k", third.version);
  lake.remove("k", first.version);
  EXPECT_EQ(lake.get("k"), "(none)") << "the second still hides it";
  EXPECT_TRUE(lake.list().objects.empty());
  lake.remove("k", second.version);
  EXPECT_EQ(lake.get("k"), "one");
  EXPECT_EQ(lake.list().objects.size(), 1u);
}

TEST(Versions, VersionsThatWentAndCameLeaveTheRightOneCurrent) {
  Bench lake;
  lake.set_versioning(Versioning::enabled);
  const ObjectVersion one = lake.put("k", "one");
  const RemoveResult marker = lake.remove("k");
  const ObjectVersion two = lake.put("k", "two");
  lake.remove("k", two.id());
  lake.remove("k", marker.version);
  EXPECT_EQ(lake.get("k"), "one");
  lake.put("k", "three");
  EXPECT_EQ(lake.get("k"), "three");
  lake.remove("k", one.id());
  EXPECT_EQ(lake.get("k"), "three");
}

TEST(Versions, ADeleteOfNothingMakesAMarkerInVersionedBuckets) {
  Bench lake;
  EXPECT_FALSE(lake.remove("k").removed);
  lake.set_versioning(Versioning::enabled);
  EXPECT_TRUE(lake.remove("k").delete_marker);
  EXPECT_TRUE(lake.remove("k").delete_marker);
  EXPECT_EQ(lake.versions().objects.size(), 2u);
}

TEST(Versions, SuspendedBucketsReplaceTheNullVersionOnly) {
  Bench lake;
  lake.set_versioning(Versioning::enabled);
  const ObjectVersion one = lake.put("k", "one");
  lake.set_versioning(Versioning::suspended);
  EXPECT_EQ(lake.put("k", "null one").id().text(), "null");
  lake.put("k", "null two");
  EXPECT_EQ(lake.versions().objects.size(), 2u);
  EXPECT_EQ(lake.get("k", one.id()), "one");
  EXPECT_EQ(lake.get("k"), "null two");
  // The null version under a version with an id.
  lake.set_versioning(Versioning::enabled);
  lake.put("k", "three");
  EXPECT_EQ(lake.get("k", VersionId::trusted("null")), "null two");
  lake.set_versioning(Versioning::suspended);
  lake.put("k", "null four");
  EXPECT_EQ(lake.get("k", VersionId::trusted("null")), "null four");
  EXPECT_EQ(lake.versions().objects.size(), 3u);
  // A delete replaces the null version by a null marker.
  EXPECT_EQ(lake.remove("k").version->text(), "null");
  EXPECT_EQ(lake.versions().objects.size(), 3u);
  EXPECT_EQ(lake.get("k"), "(none)");
  EXPECT_EQ(lake.rows("d/").size(), 2u);
}

TEST(Versions, KeepTheirOrderWhateverTheClock) {
  Bench lake;
  lake.set_versioning(Versioning::enabled);
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    const PutRequest request{.bucket = lake.bucket, .key = Bench::key("k")};
    ids.insert(ids.begin(), sync_wait(lake.objects.put(lake.access, request, std::to_string(i))).id().text());
  }
  std::vector<std::string> listed;
  for (const ListedObject& version : lake.versions().objects) listed.push_back(version.id().text());
  EXPECT_EQ(listed, ids);
}

TEST(Versions, UnknownIdsAreValues) {
  Bench lake;
  lake.set_versioning(Versioning::enabled);
  const ObjectVersion one = lake.put("k", "one");
  EXPECT_FALSE(lake.find("k", version_id_of(one.sequence, one.nonce + 1)));
  EXPECT_FALSE(lake.find("k", version_id_of(one.sequence + 1, one.nonce)));
  EXPECT_FALSE(lake.find("k", VersionId::trusted("null")));
  EXPECT_FALSE(lake.find("k", VersionId::trusted("nonsense")));
  EXPECT_FALSE(lake.remove("k", VersionId::trusted("nonsense")).removed);
}

// ---- removing

TEST(Remove, ManyAtOnce) {
  Bench lake;
  std::vector<RemoveRequest> requests;
  for (int i = 0; i < 20; ++i) {
    const std::string name = "k" + std::to_string(i % 15);
    if (i < 10) lake.put(name, "x");
    requests.push_back({.bucket = lake.bucket, .key = Bench::key(name)});
  }
  lake.access.refusals.insert("s3:DeleteObject arn:aws:s3:::lake/k3");
  const auto results = sync_wait(lake.objects.remove_all(lake.access, requests));
  ASSERT_EQ(results.size(), 20u);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(results[i].refusal.has_value(), i % 15 == 3) << i;
    if (i < 10 && i != 3) EXPECT_TRUE(results[i].removed) << i;
    if (i >= 10 && i < 15) EXPECT_FALSE(results[i].removed) << i;
  }
  EXPECT_EQ(lake.list().objects.size(), 1u);
}

TEST(Remove, ManyAtOnceOfAVersionedBucket) {
  Bench lake;
  lake.set_versioning(Versioning::enabled);
  sync_wait(lake.objects.set_object_lock(lake.access, lake.bucket, std::nullopt));
  const ObjectVersion old = lake.put("a", "old"), now = lake.put("a", "now"), other = lake.put("b", "other");
  PutRequest held{.bucket = lake.bucket, .key = Bench::key("held")};
  held.lock.legal_hold = true;
  const ObjectVersion kept = sync_wait(lake.objects.put(lake.access, held, "kept"));

  const auto request = [&](const char* key, std::optional<VersionId> version = {}) {
    return RemoveRequest{.bucket = lake.bucket, .key = Bench::key(key), .version = std::move(version)};
  };
  const std::vector<RemoveRequest> requests{request("a", old.id()),    request("a"),       request("b", other.id()),
                                            request("b", other.id()),  request("missing"), request("missing", old.id()),
                                            request("held", kept.id())};
  const auto results = sync_wait(lake.objects.remove_all(lake.access, requests));
  ASSERT_EQ(results.size(), requests.size());
  EXPECT_TRUE(results[0].removed);
  EXPECT_FALSE(results[0].delete_marker);
  EXPECT_EQ(results[0].version, old.id());
  EXPECT_TRUE(results[1].delete_marker);
  ASSERT_TRUE(results[1].version);
  EXPECT_TRUE(lake.find("a", *results[1].version)->delete_marker);
  EXPECT_TRUE(results[2].removed);
  EXPECT_FALSE(results[3].removed) << "it is gone already, which is success";
  EXPECT_FALSE(results[3].refusal);
  EXPECT_TRUE(results[4].delete_marker) << "also where there is nothing";
  EXPECT_FALSE(results[5].removed);
  EXPECT_FALSE(results[5].refusal);
  ASSERT_TRUE(results[6].refusal);
  EXPECT_EQ(results[6].refusal->code().name, "AccessDenied");

  EXPECT_EQ(lake.get("a", now.id()), "now");
  EXPECT_FALSE(lake.find("a", old.id()));
  EXPECT_EQ(lake.get("held"), "kept");
  EXPECT_EQ(lake.versions().objects.size(), 4u) << "two of a, one of missing and the one that is held";
  EXPECT_EQ(lake.rows("d/").size(), 2u);
}

TEST(Remove, AThousandAtOnce) {
  Bench lake;
  std::vector<RemoveRequest> requests;
  for (int i = 0; i < 1000; ++i) {
    const std::string name = "k" + std::to_string(i);
    if (i % 3 != 0) lake.put(name, "x");
    requests.push_back({.bucket = lake.bucket, .key = Bench::key(name)});
  }
  const auto results = sync_wait(lake.objects.remove_all(lake.access, requests));
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(results[i].removed, i % 3 != 0) << i;
    EXPECT_FALSE(results[i].refusal) << i;
  }
  EXPECT_TRUE(lake.rows("c/").empty());
  EXPECT_TRUE(lake.rows("d/").empty());
}

TEST(Remove, OnlyIfItMatches) {
  Bench lake;
  const ObjectVersion made = lake.put("k", "x");
  const auto remove = [&](RemoveRequest request) {
    request.bucket = lake.bucket;
    request.key = Bench::key("k");
    return refusal([&] { sync_wait(lake.objects.remove(lake.access, request)); });
  };
  const RemoveRequest any{.bucket = lake.bucket, .key = Bench::key("k")};
  RemoveRequest request = any;
  request.if_match = "other";
  EXPECT_EQ(remove(request), "PreconditionFailed");
  request = any;
  request.if_size = 2;
  EXPECT_EQ(remove(request), "PreconditionFailed");
  request = any;
  request.if_row_version = made.row_version + 1000;
  EXPECT_EQ(remove(request), "(none)");
  EXPECT_EQ(lake.get("k"), "x") << "a sweep that decided on another version does nothing";
  request = any;
  request.if_match = made.e_tag;
  EXPECT_EQ(remove(request), "(none)");
  EXPECT_EQ(remove(request), "NoSuchKey");
}

// ---- tags

TEST(Tags, AreSetAndRemoved) {
  Bench lake;
  lake.put("k", "x");
  const Tags tags{{"a", "1"}, {"b", "2"}};
  EXPECT_EQ(sync_wait(lake.objects.set_tags(lake.access, lake.bucket, Bench::key("k"), {}, tags))->tags, tags);
  EXPECT_EQ(lake.find("k")->tags, tags);
  EXPECT_EQ(lake.get("k"), "x");
  EXPECT_FALSE(sync_wait(lake.objects.set_tags(lake.access, lake.bucket, Bench::key("none"), {}, tags)));
  sync_wait(lake.objects.set_tags(lake.access, lake.bucket, Bench::key("k"), {}, {}));
  EXPECT_TRUE(lake.find("k")->tags.empty());
}

// ---- copying

TEST(Copy, TakesBytesAndDescription) {
  Bench lake;
  for (const std::size_t size : {3u, 100000u}) {
    PutRequest request{.bucket = lake.bucket, .key = Bench::key("from")};
    request.description.content_type = "text/csv";
    request.tags = {{"t", "1"}};
    const std::string bytes = repeated(size);
    const ObjectVersion source = sync_wait(lake.objects.put(lake.access, request, bytes));
    const CopyRequest copy{
        .source_bucket = lake.bucket, .source_key = Bench::key("from"), .bucket = lake.bucket, .key = Bench::key("to")};
    const CopyResult result = sync_wait(lake.objects.copy(lake.access, copy));
    EXPECT_EQ(result.made.e_tag, source.e_tag);
    EXPECT_EQ(result.made.checksum, source.checksum);
    EXPECT_EQ(result.made.description, source.description);
    EXPECT_EQ(result.made.tags, source.tags);
    lake.remove("from");
    lake.clock.advance(std::chrono::hours(1));
    sync_wait(lake.objects.collect_garbage(100));
    EXPECT_EQ(lake.get("to"), bytes) << "a copy owns its bytes";
  }
  EXPECT_EQ(lake.blobs.copies, 1u);
}

TEST(Copy, InPlaceToAnotherClassMovesTheBytes) {
  Bench lake;
  lake.put("k", repeated(100'000));
  const CopyRequest copy{.source_bucket = lake.bucket,
                         .source_key = Bench::key("k"),
                         .bucket = lake.bucket,
                         .key = Bench::key("k"),
                         .storage_class = StorageClass::standard_ia};
  sync_wait(lake.objects.copy(lake.access, copy));
  lake.clock.advance(std::chrono::hours(1));
  sync_wait(lake.objects.collect_garbage(100));
  ASSERT_EQ(lake.blobs.blobs.size(), 1u);
  EXPECT_EQ(lake.blobs.blobs.begin()->second.tier, Bench::cold);
  EXPECT_EQ(lake.get("k"), repeated(100'000));
}

TEST(Copy, OfWhatIsNotThereOrNotAllowed) {
  Bench lake;
  lake.put("secret", "x");
  CopyRequest copy{
      .source_bucket = lake.bucket, .source_key = Bench::key("none"), .bucket = lake.bucket, .key = Bench::key("to")};
  EXPECT_EQ(refusal([&] { sync_wait(lake.objects.copy(lake.access, copy)); }), "NoSuchKey");
  copy.source_version = VersionId::trusted("nonsense");
  EXPECT_EQ(refusal([&] { sync_wait(lake.objects.copy(lake.access, copy)); }), "NoSuchVersion");
  copy.source_version.reset();
  copy.source_key = Bench::key("secret");
  lake.access.refusals.insert("s3:GetObject arn:aws:s3:::lake/secret");
  EXPECT_EQ(refusal([&] { sync_wait(lake.objects.copy(lake.access, copy)); }), "AccessDenied");
}

// ---- rights

TEST(Rights, AMissingKeyShowsOnlyToThoseWhoMayList) {
  Bench lake;
  EXPECT_FALSE(lake.find("k"));
  lake.access.refusals.insert("s3:ListBucket");
  EXPECT_EQ(refusal([&] { lake.find("k"); }), "AccessDenied");
}

TEST(Rights, TagsOfTheObjectAreFacts) {
  Bench lake;
  PutRequest request{.bucket = lake.bucket, .key = Bench::key("k"), .tags = {{"class", "secret"}}};
  const ObjectVersion made = sync_wait(lake.objects.put(lake.access, request, "x"));
  lake.find("k");
  ASSERT_EQ(lake.access.last_facts.size(), 1u);
  EXPECT_EQ(lake.access.last_facts[0].first, "s3:ExistingObjectTag/class");
  lake.find("k", made.id());
  EXPECT_EQ(lake.access.asked.back(), "s3:GetObjectVersion arn:aws:s3:::lake/k");
}

TEST(Rights, OldAndNewTagsAreFactsOfTagging) {
  Bench lake;
  PutRequest request{.bucket = lake.bucket, .key = Bench::key("k"), .tags = {{"class", "secret"}}};
  sync_wait(lake.objects.put(lake.access, request, "x"));
  sync_wait(lake.objects.set_tags(lake.access, lake.bucket, Bench::key("k"), {}, {{"class", "open"}}));
  const policy::Facts expected{{"s3:RequestObjectTag/class", {"open"}},
                               {"s3:RequestObjectTagKeys", {"class"}},
                               {"s3:ExistingObjectTag/class", {"secret"}}};
  EXPECT_EQ(lake.access.last_facts, expected);
}

TEST(Rights, EveryWayToBytesAsks) {
  Bench lake;
  const ObjectVersion made = lake.put("k", repeated(100'000));
  lake.access.refusals = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "s3:PutObjectTagging"};
  const auto denied = [&](auto action) { EXPECT_EQ(refusal(action), "AccessDenied"); };
  denied([&] { lake.get("k"); });
  denied([&] { sync_wait(lake.objects.open(lake.access, made, {.offset = 0, .length = 1})); });
  denied([&] { lake.put("k", "x"); });
  denied([&] { lake.remove("k"); });
  denied([&] { lake.list(); });
  denied([&] { sync_wait(lake.objects.set_tags(lake.access, lake.bucket, Bench::key("k"), {}, {{"a", "b"}})); });
  denied([&] { sync_wait(lake.objects.create_upload(lake.access, {.bucket = lake.bucket, .key = Bench::key("k")})); });
}

// ---- buckets

TEST(Buckets, AreCreatedListedAndDeleted) {
  Bench lake;
  const auto create = [&](const std::string& name) {
    return refusal([&] { sync_wait(lake.objects.create_bucket(lake.access, {.name = BucketName::trusted(name)})); });
  };
  EXPECT_EQ(create("another"), "(none)");
  EXPECT_EQ(create("another"), "BucketAlreadyOwnedByYou");
  testing::ListedAccess stranger("999988887777");
  EXPECT_EQ(refusal([&] { sync_wait(lake.objects.create_bucket(stranger, {.name = lake.bucket})); }),
            "BucketAlreadyExists");
  auto list = sync_wait(lake.objects.list_buckets(lake.access, {.max = 1}));
  ASSERT_EQ(list.buckets.size(), 1u);
  EXPECT_EQ(list.buckets[0]->name.text(), "another");
  EXPECT_EQ(list.next_after, "another");
  list = sync_wait(lake.objects.list_buckets(lake.access, {.after = "another"}));
  ASSERT_EQ(list.buckets.size(), 1u);
  EXPECT_EQ(list.buckets[0]->name.text(), "lake");
  EXPECT_TRUE(sync_wait(lake.objects.list_buckets(stranger, {})).buckets.empty());

  lake.put("k", "x");
  const auto remove = [&] { return refusal([&] { sync_wait(lake.objects.delete_bucket(lake.access, lake.bucket)); }); };
  EXPECT_EQ(remove(), "BucketNotEmpty");
  EXPECT_EQ(lake.get("k"), "x");
  lake.put("k2", "still writable");
  lake.remove("k");
  lake.remove("k2");
  EXPECT_EQ(remove(), "(none)");
  EXPECT_EQ(remove(), "NoSuchBucket");
  EXPECT_EQ(refusal([&] { lake.put("k", "x"); }), "NoSuchBucket");
  EXPECT_EQ(create("lake"), "(none)");
  EXPECT_TRUE(lake.list().objects.empty());
}

TEST(Buckets, ADeletedOneLeavesNoRows) {
  Bench lake;
  lake.put("k", repeated(100'000));
  const Upload upload =
      sync_wait(lake.objects.create_upload(lake.access, {.bucket = lake.bucket, .key = Bench::key("u")}));
  StringStream body("part");
  sync_wait(lake.objects.put_part(
      lake.access, {.bucket = lake.bucket, .key = Bench::key("u"), .upload = upload.id, .number = 1}, body));
  lake.remove("k");
  sync_wait(lake.objects.delete_bucket(lake.access, lake.bucket));
  lake.clock.advance(std::chrono::hours(1));
  sync_wait(lake.objects.collect_garbage(100));
  EXPECT_TRUE(lake.blobs.blobs.empty());
  for (const auto& partition : sync_wait(lake.meta.partitions("bucket/", "", 10))) {
    EXPECT_TRUE(sync_wait(lake.meta.scan(partition, "", "", {})).empty()) << partition.name;
  }
}

TEST(Buckets, ConfigurationsComeAndGo) {
  Bench lake;
  const auto get = [&] {
    return sync_wait(lake.objects.configuration(lake.access, lake.bucket, ConfigurationKind::lifecycle));
  };
  EXPECT_FALSE(get());
  sync_wait(lake.objects.put_configuration(lake.access, lake.bucket, ConfigurationKind::lifecycle, "one"));
  EXPECT_EQ(lake.access.asked.back(), "s3:PutLifecycleConfiguration arn:aws:s3:::lake");
  const auto one = get();
  EXPECT_EQ(one->document, "one");
  sync_wait(lake.objects.put_configuration(lake.access, lake.bucket, ConfigurationKind::lifecycle, "two"));
  EXPECT_EQ(get()->document, "two");
  EXPECT_GT(get()->revision, one->revision);
  sync_wait(lake.objects.remove_configuration(lake.access, lake.bucket, ConfigurationKind::lifecycle));
  EXPECT_FALSE(get());
}

TEST(Buckets, NewOnesArePrivate) {
  Bench lake;
  const BucketPointer bucket = sync_wait(lake.objects.peek_bucket(lake.bucket));
  EXPECT_EQ(bucket->configuration(ConfigurationKind::public_access_block)->document, "1111");
  EXPECT_EQ(bucket->configuration(ConfigurationKind::ownership)->document, "BucketOwnerEnforced");
}

// ---- outbox

TEST(Outbox, HasARowForEachChangeOnceThereAreNotifications) {
  Bench lake;
  lake.put("before", "x");
  EXPECT_TRUE(lake.rows("o/").empty());
  sync_wait(lake.objects.put_configuration(lake.access, lake.bucket, ConfigurationKind::notification, "on"));
  const ObjectVersion made = lake.put("k", "x");
  lake.remove("k");
  lake.set_versioning(Versioning::enabled);
  lake.remove("k");
  const auto rows = lake.rows("o/");
  ASSERT_EQ(rows.size(), 3u);
  const ChangeRecord put = unpack_change_record(rows[0].value);
  EXPECT_EQ(put.event, "ObjectCreated:Put");
  EXPECT_EQ(put.operation, "PutObject");
  EXPECT_EQ(put.key, "k");
  EXPECT_EQ(put.e_tag, made.e_tag);
  EXPECT_EQ(put.size, 1u);
  EXPECT_EQ(put.source_ip, "192.0.2.7");
  EXPECT_EQ(put.request_id, "REQUEST");
  EXPECT_EQ(put.version_id, "");
  EXPECT_EQ(unpack_change_record(rows[1].value).event, "ObjectRemoved:Delete");
  EXPECT_EQ(unpack_change_record(rows[2].value).event, "ObjectRemoved:DeleteMarkerCreated");
  EXPECT_NE(unpack_change_record(rows[2].value).version_id, "");
}

}  // namespace
}  // namespace tarn::objects
