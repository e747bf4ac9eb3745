#include <gtest/gtest.h>

#include "base/blocking.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/names.h"
#include "base/os/random.h"
#include "base/task.h"
#include "base/time.h"

namespace tarn {
namespace {

Task<int> forty_two() {
  co_return 42;
}
Task<int> failing() {
  throw std::runtime_error("no");
  co_return 0;
}
Task<int> twice_on_pool(int number) {
  const auto here = Executor::current();
  const int result = co_await blocking([number] { return number * 2; });
  EXPECT_EQ(Executor::current(), here);
  co_return result;
}

TEST(Task, ReturnsThroughAwaits) {
  const auto outer = []() -> Task<int> { co_return co_await forty_two() + 1; };
  EXPECT_EQ(sync_wait(outer()), 43);
}

TEST(Task, ThrowsThroughAwaits) {
  EXPECT_THROW(sync_wait(failing()), std::runtime_error);
}

TEST(Task, BlockingWorkComesBackToItsExecutor) {
  EXPECT_EQ(sync_wait(twice_on_pool(4)), 8);
}

TEST(Task, WhenAllKeepsTheOrder) {
  const auto run = []() -> Task<std::vector<int>> {
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 20; ++i) tasks.push_back(twice_on_pool(i));
    co_return co_await when_all(std::move(tasks));
  };
  const auto results = sync_wait(run());
  ASSERT_EQ(results.size(), 20u);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(results[i], 2 * i);
}

TEST(Task, WhenAllThrowsTheFirstFailureAfterAllEnded) {
  int ended = 0;
  const auto run = [](int& count) -> Task<int> {
    co_await sleep_for(std::chrono::milliseconds(5));
    ++count;
    co_return 0;
  };
  std::vector<Task<int>> tasks;
  tasks.push_back(failing());
  tasks.push_back(run(ended));
  EXPECT_THROW(sync_wait(when_all(std::move(tasks))), std::runtime_error);
  EXPECT_EQ(ended, 1);
}

TEST(Task, ACompanionGoesAlongWithAllThatIsAwaited) {
  const auto here = []() -> Task<TaskCompanion*> { co_return co_await current_companion(); };
  const auto below = [](auto ask) -> Task<TaskCompanion*> {
    std::vector<Task<TaskCompanion*>> tasks;
    tasks.push_back(ask());
    tasks.push_back(ask());
    const auto seen = co_await when_all(std::move(tasks));
    EXPECT_EQ(seen[0], seen[1]);
    EXPECT_EQ(seen[0], co_await ask());
    co_return seen[0];
  };
  TaskCompanion companion, other;
  EXPECT_EQ(sync_wait(below(here).accompanied_by(companion)), &companion);
  EXPECT_EQ(sync_wait(below(here)), nullptr);
  const auto nested = [](auto ask, TaskCompanion& inner) -> Task<TaskCompanion*> {
    co_return co_await ask().accompanied_by(inner);
  };
  EXPECT_EQ(sync_wait(nested(here, other).accompanied_by(companion)), &other);
}

TEST(Task, ACompanionDoesNotGoAlongWithWhatIsSpawned) {
  const auto run = []() -> Task<TaskCompanion*> {
    TaskCompanion* seen = co_await current_companion();
    TaskScope scope;
    const auto look = [](TaskCompanion*& into) -> Task<void> { into = co_await current_companion(); };
    scope.spawn(look(seen));
    co_await scope.join();
    co_return seen;
  };
  TaskCompanion companion;
  EXPECT_EQ(sync_wait(run().accompanied_by(companion)), nullptr);
}

TEST(Task, ScopeStopsAndJoinsWhatItSpawned) {
  const auto waits_for_stop = []() -> Task<void> {
    while (!co_await stop_requested()) co_await sleep_for(std::chrono::milliseconds(1));
  };
  const auto run = [](auto waiter) -> Task<void> {
    TaskScope scope;
    scope.spawn(waiter());
    scope.spawn(waiter());
    EXPECT_EQ(scope.running(), 2u);
    scope.request_stop();
    co_await scope.join();
    EXPECT_EQ(scope.running(), 0u);
  };
  sync_wait(run(waits_for_stop));
}

TEST(Encoding, Rfc4648Vectors) {
  for (const auto& [plain, encoded] : std::vector<std::pair<std::string, std::string>>{
           {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(to_base64(as_bytes(plain)), encoded);
    EXPECT_EQ(from_base64(encoded), plain);
  }
  for (const char* bad : {"Zg=", "Zg", "Z===", "Zm9v Zg==", "Zm9=v", "=Zm9"}) EXPECT_FALSE(from_base64(bad)) << bad;
}

TEST(Encoding, NamesAreComparedWithoutTheCaseOfAsciiLettersOnly) {
  EXPECT_TRUE(equal_ignoring_case("", ""));
  EXPECT_TRUE(equal_ignoring_case("X-Amz-Content-SHA256", "x-amz-content-sha256"));
  EXPECT_FALSE(equal_ignoring_case("x-amz-content-sha256", "x-amz-content-sha257"));
  EXPECT_FALSE(equal_ignoring_case("x-amz-date", "x-amz-dat"));
  // Every pair of bytes, at the front, among eight, and behind them.
  const auto lower = [](int byte) { return byte >= 'A' && byte <= 'Z' ? byte + 32 : byte; };
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      std::string one = "Header-Name", other = "hEADER-nAME";
      for (const std::size_t at : {0, 7, 10}) {
        one[at] = static_cast<char>(a);
        other[at] = static_cast<char>(b);
      }
      EXPECT_EQ(equal_ignoring_case(one, other), lower(a) == lower(b)) << a << ", " << b;
    }
  }
}

TEST(Encoding, UriEncodingIsSigV4s) {
  EXPECT_EQ(uri_encode("a b/ü~"), "a%20b%2F%C3%BC~");
  EXPECT_EQ(uri_encode("a b/c", true), "a%20b/c");
  EXPECT_EQ(uri_decode("a%20b+c"), "a b+c");
  EXPECT_EQ(uri_decode("a+b", true), "a b");
  EXPECT_FALSE(uri_decode("%4"));
  EXPECT_FALSE(uri_decode("%zz"));
}

TEST(Digest, KnownAnswers) {
  EXPECT_EQ(to_hex(as_bytes(md5(as_bytes("abc")))), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 4231, test case 2.
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const HmacSha256 keyed(as_bytes("Jefe"));
  for (const char* message : {"", "what do ya want for nothing?", "once more"}) {
    EXPECT_EQ(keyed(as_bytes(message)), hmac_sha256("Jefe", message)) << "the key serves again";
  }
  // RFC 4231, test case 6: a key longer than a block.
  EXPECT_EQ(to_hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  Digest pieces(DigestKind::sha256);
  pieces.update(as_bytes("a"));
  EXPECT_EQ(to_hex(as_bytes(pieces.peek())), to_hex(sha256("a")));
  pieces.update(as_bytes("bc"));
  EXPECT_EQ(to_hex(as_bytes(pieces.finish())), to_hex(sha256("abc")));
}

TEST(Time, SpellsAndReads) {
  const auto time = parse_iso8601("2013-01-15T10:30:00.250Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(iso8601(*time), "2013-01-15T10:30:00.250Z");
  EXPECT_EQ(http_date(*time), "Tue, 15 Jan 2013 10:30:00 GMT");
  EXPECT_EQ(iso8601_basic(*time), "20130115T103000Z");
  EXPECT_EQ(parse_iso8601("20130115T103000Z"), parse_iso8601("2013-01-15T10:30:00Z"));
  EXPECT_EQ(parse_iso8601("2013-01-15T12:30:00+02:00"), parse_iso8601("2013-01-15T10:30:00Z"));
  EXPECT_EQ(parse_iso8601("2013-01-15"), parse_iso8601("2013-01-15T00:00:00Z"));
  EXPECT_EQ(parse_http_date("Tue, 15 Jan 2013 10:30:00 GMT"), parse_iso8601("2013-01-15T10:30:00Z"));
  for (const char* bad :
       {"", "2013", "2013-13-01", "2013-02-30", "2013-01-15T25:00:00Z", "2013-01-15T10:30:00Zx", "x"}) {
    EXPECT_FALSE(parse_iso8601(bad)) << bad;
  }
}

TEST(Names, BucketNamesFollowTheRules) {
  EXPECT_TRUE(BucketName::parse(std::string(63, 'a')));
  EXPECT_FALSE(BucketName::parse(std::string(64, 'a')));
  for (const char* good : {"abc", "my-bucket", "a.b.c", "0ab"}) {
    EXPECT_TRUE(BucketName::parse(good)) << good;
  }
  for (const char* bad : {"", "ab", "Abc", "-ab", "ab-", "a..b", "192.168.5.4", "xn--abc", "abc-s3alias", "a_b"}) {
    EXPECT_FALSE(BucketName::parse(bad)) << bad;
  }
}

TEST(Names, KeysAreUtf8OfAtMost1024Bytes) {
  EXPECT_TRUE(ObjectKey::parse("ü/日本"));
  EXPECT_TRUE(ObjectKey::parse(std::string(1024, 'k')));
  EXPECT_FALSE(ObjectKey::parse(std::string(1025, 'k')));
  EXPECT_FALSE(ObjectKey::parse(""));
  EXPECT_FALSE(ObjectKey::parse("\xc0\x80"));          // Overlong.
  EXPECT_FALSE(ObjectKey::parse("\xed\xa0\x80"));      // A surrogate.
  EXPECT_FALSE(ObjectKey::parse("\xf4\x90\x80\x80"));  // Beyond Unicode.
  EXPECT_FALSE(ObjectKey::parse("ab\xe2\x82"));        // Cut short.
}

TEST(Random, SeededRepeatsAndUuidHasItsForm) {
  SeededRandom a(7), b(7);
  EXPECT_EQ(a.next(), b.next());
  SystemRandom system;
  const std::string uuid = system.uuid();
  EXPECT_EQ(uuid.size(), 36u);
  EXPECT_EQ(uuid[14], '4');
  EXPECT_NE(uuid, system.uuid());
  EXPECT_EQ(system.text(40, "ab").find_first_not_of("ab"), std::string::npos);
}

}  // namespace
}  // namespace tarn
