#include "base/md5_stream.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <thread>

#include "base/digest.h"
#include "base/os/random.h"

namespace tarn {
namespace {

std::string random_bytes(std::size_t size) {
  SeededRandom random(size + 1);
  std::string bytes(size, '\0');
  random.fill({reinterpret_cast<std::byte*>(bytes.data()), bytes.size()});
  return bytes;
}

Task<void> update_in_pieces(Md5Stream& stream, std::string_view text, std::size_t piece) {
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    co_await stream.update(as_bytes(text.substr(0, piece)));
  }
}

// A stream of its own; what it says in the end.
Task<std::string> hashed(std::string_view text, std::size_t piece) {
  Md5Stream stream;
  co_await update_in_pieces(stream, text, piece);
  co_return to_hex(as_bytes(stream.finish()));
}

std::string right(std::string_view text) {
  return to_hex(as_bytes(md5(as_bytes(text))));
}

// RFC 1321, A.5.
TEST(Md5Stream, KnownValues) {
  const auto hash = [](std::string_view text) { return sync_wait(hashed(text, 1000)); };
  EXPECT_EQ(hash(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(hash("a"), "0cc175b9c0f1b6a831c399e269772661");
  EXPECT_EQ(hash("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(hash("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(hash("abcdefghijklmnopqrstuvwxyz"), "c3fcd3d76192e4007dfb496cca67e13b");
  EXPECT_EQ(hash("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"), "d174ab98d277d9f5a5611c2c9f419d9f");
  EXPECT_EQ(hash("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
            "57edf4a22be3c955ac49da2e2107b67a");
}

TEST(Md5Stream, EveryLengthAroundTheBlocks) {
  const std::string bytes = random_bytes(400);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const std::string_view text = std::string_view(bytes).substr(0, size);
    ASSERT_EQ(sync_wait(hashed(text, 1 + size % 130)), right(text)) << size;
  }
}

// Pieces that are hashed by the threads, before and behind others that are not.
TEST(Md5Stream, PiecesOfAllSizes) {
  const std::string bytes = random_bytes(3'000'001);
  for (const std::size_t piece : {63UL, 32'767UL, 32'768UL, 40'000UL, 65'537UL, 262'144UL, 5'000'000UL}) {
    EXPECT_EQ(sync_wait(hashed(bytes, piece)), right(bytes)) << piece;
  }
}

class Md5Kernels : public testing::TestWithParam<std::size_t> {};

// Every kernel, with every number of lanes taken, goes as far as OpenSSL, from any state and any address on.
TEST_P(Md5Kernels, LanesAreAsOneAfterTheOther) {
  if (GetParam() >= md5_kernels().size()) GTEST_SKIP() << "this CPU has fewer";
  const Md5Kernel& kernel = md5_kernels()[GetParam()];
  const Md5Kernel& one = md5_kernels().back();
  std::mt19937_64 chance(7);
  const std::string bytes = random_bytes(100'000);
  for (std::size_t count = 1; count <= kernel.lanes; ++count) {
    const std::size_t blocks = 1 + chance() % 40;
    std::vector<Md5State> states(count);
    std::vector<Md5Lane> lanes(count);
    for (std::size_t i = 0; i < count; ++i) {
      for (auto& word : states[i]) word = static_cast<std::uint32_t>(chance());
      lanes[i] = {.state = &states[i], .bytes = as_bytes(bytes).data() + chance() % 90'000};
    }
    std::vector<Md5State> expected = states;
    for (std::size_t i = 0; i < count; ++i) {
      const Md5Lane lane{.state = &expected[i], .bytes = lanes[i].bytes};
      md5_advance(one, {&lane, 1}, blocks);
    }
    kernel.run(lanes, blocks);
    EXPECT_EQ(states, expected) << kernel.name << ", " << count << " lanes";
  }
}

INSTANTIATE_TEST_SUITE_P(, Md5Kernels, testing::Range(std::size_t{0}, std::size_t{3}));

TEST(Md5KernelList, TheLastIsOfOneLaneAndNoBlocksChangeNothing) {
  EXPECT_EQ(md5_kernels().back().lanes, 1U);
  Md5State state = md5_begin;
  const Md5Lane lane{.state = &state, .bytes = nullptr};
  for (const Md5Kernel& kernel : md5_kernels()) md5_advance(kernel, {&lane, 1}, 0);
  EXPECT_EQ(state, md5_begin);
}

// More streams than lanes, which end at different blocks, on one thread.
TEST(Md5Stream, ManyAtOnce) {
  std::mt19937_64 chance(3);
  std::vector<std::string> texts;
  std::vector<Task<std::string>> tasks;
  for (int i = 0; i < 50; ++i) texts.push_back(random_bytes(chance() % 700'000));
  for (const auto& text : texts) tasks.push_back(hashed(text, 33'000 + chance() % 250'000));
  const auto digests = sync_wait(when_all(std::move(tasks)));
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(digests[i], right(texts[i])) << i;
}

// Streams of several threads; some are given up half-way, and nobody waits for those.
TEST(Md5Stream, ManyThreadsAndStreamsThatEndEarly) {
  std::vector<std::jthread> threads;
  for (std::size_t thread = 0; thread < 6; ++thread) {
    threads.emplace_back([thread] {
      const std::string bytes = random_bytes(500'000 + 70'000 * thread);
      for (int round = 0; round < 8; ++round) {
        auto given_up = std::make_unique<Md5Stream>();
        sync_wait(given_up->update(as_bytes(bytes).first(100'000)));
        if (round % 2 == 0) given_up.reset();
        EXPECT_EQ(sync_wait(hashed(bytes, 60'000 + 10'000 * thread)), right(bytes));
      }
    });
  }
}

// One whose next piece never comes delays the others by a moment at most, and then not at all.
TEST(Md5Stream, AStreamThatStandsStillHoldsNobodyUp) {
  Md5Stream still;
  const std::string bytes = random_bytes(1 << 20);
  sync_wait(still.update(as_bytes(bytes).first(100'000)));
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(sync_wait(hashed(bytes, 1 << 16)), right(bytes));
  // 320 pieces: a wait before each would be 0.3 s and more, were it only a millisecond.
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
  sync_wait(still.update(as_bytes(bytes).subspan(100'000)));
  EXPECT_EQ(to_hex(as_bytes(still.finish())), right(bytes));
}

}  // namespace
}  // namespace tarn
