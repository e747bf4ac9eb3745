#include "training/input/pipe_feeder.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <set>
#include <thread>

#include "base/encoding.h"
#include "base/eventually.h"
#include "base/gzip.h"
#include "formats/recordio.h"
#include "training/input/test_lake.h"

namespace tarn::training {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::string all(PieceStream& stream) {
  std::string bytes;
  while (auto piece = stream.next()) {
    if (piece->slice) {
      std::string part(piece->slice->length, '\0');
      EXPECT_EQ(::pread(piece->slice->fd, part.data(), part.size(), static_cast<off_t>(piece->slice->offset)),
                static_cast<ssize_t>(part.size()));
      bytes += part;
    } else {
      bytes += piece->bytes;
    }
  }
  return bytes;
}

std::vector<std::string> records(std::string_view stream) {
  formats::RecordIoReader reader(formats::memory_source(as_bytes(stream)));
  std::vector<std::string> result;
  while (auto record = reader.next()) result.emplace_back(as_text(*record));
  return result;
}

TEST(Pieces, ObjectsFollowEachOtherWithoutSeparators) {
  TestLake lake;
  const std::string large(3'000'000, 'z');
  lake.put("b", "1", "one");
  lake.put("b", "2", "");
  lake.put("b", "3", large);
  EXPECT_EQ(all(*object_pieces(lake, lake.list("b", ""), {})), "one" + large);
}

TEST(Pieces, GzipIsFollowedThroughItsMembers) {
  TestLake lake;
  const std::string large(5'000'000, 'q');
  lake.put("b", "1", gzip("one") + gzip(large));
  lake.put("b", "2", gzip("end"));
  EXPECT_EQ(all(*object_pieces(lake, lake.list("b", ""), {.gzip = true})), "one" + large + "end");
  const std::string whole = gzip(large);
  for (const std::string& broken : {std::string("no gzip"), whole.substr(0, whole.size() / 2), std::string()}) {
    lake.put("b", "1", broken);
    try {
      all(*object_pieces(lake, lake.list("b", "1"), {.gzip = true}));
      FAIL() << "taken";
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr("s3://b/1 is no valid gzip"));
    }
  }
}

TEST(Pieces, EachObjectBecomesOneRecord) {
  TestLake lake;
  const std::string magic("\x0a\x23\xd7\xce", 4);
  lake.put("b", "1", "first");
  lake.put("b", "2", magic + "with the magic");
  lake.put("b", "3", "");
  EXPECT_EQ(records(all(*object_pieces(lake, lake.list("b", ""), {.record_wrapper = true}))),
            (std::vector<std::string>{"first", magic + "with the magic", ""}));
  lake.put("b", "1", gzip("first"));
  EXPECT_EQ(records(all(*object_pieces(lake, lake.list("b", "1"), {.gzip = true, .record_wrapper = true}))),
            std::vector<std::string>{"first"});
  LakeObject huge{.bucket = "b", .key = "huge", .version = "", .e_tag = "", .size = std::uint64_t{1} << 29};
  EXPECT_THROW(all(*object_pieces(lake, {huge}, {.record_wrapper = true})), InputError);
}

TEST(Pieces, AttributesAreRecordsOfTheirOwn) {
  TestLake lake;
  lake.put("b", "1", "image");
  std::vector<ManifestLine> lines(2);
  lines[0].attributes = {{.object = lake.find("b", "1"), .text = ""}, {.object = {}, .text = "1"}};
  lines[1].attributes = {{.object = lake.find("b", "1"), .text = ""}, {.object = {}, .text = "0"}};
  EXPECT_EQ(records(all(*manifest_pieces(lake, lines, true))), (std::vector<std::string>{"image", "1", "image", "0"}));
  EXPECT_EQ(all(*manifest_pieces(lake, lines, false)), "image1image0");
}

TEST(Pieces, ReadingAheadKeepsOrderAndPassesFailuresOn) {
  TestLake lake;
  std::string expected;
  for (int i = 100; i < 160; ++i) {
    lake.put("b", std::to_string(i), std::string(200'000, static_cast<char>(i)));
    expected += std::string(200'000, static_cast<char>(i));
  }
  ReadAhead ahead(object_pieces(lake, lake.list("b", ""), {}));
  EXPECT_EQ(all(ahead), expected);
  auto objects = lake.list("b", "");
  lake.remove("b", "130");
  ReadAhead fails(object_pieces(lake, objects, {}));
  EXPECT_THROW(all(fails), Error);
  // Dropped in the middle: its thread ends.
  ReadAhead dropped(object_pieces(lake, lake.list("b", ""), {}));
  EXPECT_TRUE(dropped.next());
}

// Gives pieces of its number, each after a pause.
class Numbers : public PieceStream {
 public:
  Numbers(int count, std::chrono::microseconds pause) : count_(count), pause_(pause) {}
  std::optional<Piece> next() override {
    threads.insert(std::this_thread::get_id());
    if (given == count_) return std::nullopt;
    std::this_thread::sleep_for(pause_);
    return Piece{.bytes = std::to_string(given++) + ","};
  }
  std::atomic<int> given = 0;
  std::set<std::thread::id> threads;

 private:
  int count_;
  std::chrono::microseconds pause_;
};

TEST(Pieces, ASlowSourceIsPulledByAThreadOfItsOwn) {
  auto numbers = std::make_unique<Numbers>(50, 1ms);
  Numbers& source = *numbers;
  std::string expected;
  for (int i = 0; i < 50; ++i) expected += std::to_string(i) + ",";
  ReadAhead ahead(std::move(numbers));
  ahead.begin();
  EXPECT_EQ(source.given, 1);
  std::string bytes;
  for (int i = 0; i < 5; ++i) bytes += ahead.next()->bytes;
  // Nobody pulls, and still it goes on.
  EXPECT_TRUE(eventually([&] { return source.given >= 30; }));
  EXPECT_EQ(bytes + all(ahead), expected);
  EXPECT_EQ(source.threads.size(), 2u);
}

TEST(Pieces, AFastSourceIsPulledWhereItIsUsed) {
  TestLake lake;
  const std::string large(8'000'000, 'z');
  lake.put("b", "1", large);
  ReadAhead ahead(object_pieces(lake, lake.list("b", ""), {}));
  EXPECT_EQ(all(ahead), large);
  Numbers none(0, 0us);
  EXPECT_FALSE(none.next());
}

TEST(Pieces, WhatFailsAheadIsToldWhenItIsPulled) {
  TestLake lake;
  lake.put("b", "1", "x");
  const auto objects = lake.list("b", "");
  lake.remove("b", "1");
  ReadAhead ahead(object_pieces(lake, objects, {}));
  ahead.begin();
  EXPECT_THROW(ahead.next(), Error);
  EXPECT_THROW(ahead.next(), Error);
}

class PipeFeederTest : public testing::Test {
 protected:
  PipeFeederTest() { std::filesystem::create_directories(folder); }
  ~PipeFeederTest() override { std::filesystem::remove_all(folder); }

  int open_epoch(int epoch) {
    const auto path = folder / ("train_" + std::to_string(epoch));
    EXPECT_TRUE(eventually([&] { return std::filesystem::exists(path); }));
    return ::open(path.c_str(), O_RDONLY);
  }
  std::string read_epoch(int epoch) {
    const int fd = open_epoch(epoch);
    std::string bytes;
    char buffer[65536];
    for (ssize_t got; (got = ::read(fd, buffer, sizeof buffer)) > 0;)
      bytes.append(buffer, static_cast<std::size_t>(got));
    ::close(fd);
    return bytes;
  }
  PipeFeeder::Epoch from_lake() {
    return [this](std::uint64_t epoch) {
      std::vector<LakeObject> ordered;
      const auto objects = lake.list("b", "");
      for (const auto i : epoch_order(objects.size(), seed, epoch, {})) ordered.push_back(objects[i]);
      return object_pieces(lake, ordered, {});
    };
  }

  std::filesystem::path folder = "/tmp/tarn-pipe-feeder-" + std::to_string(::getpid());
  TestLake lake;
  std::optional<std::int64_t> seed;
  std::string failure;
};

TEST_F(PipeFeederTest, FeedsOneFifoAnEpochWithoutEnd) {
  for (int i = 0; i < 8; ++i) lake.put("b", std::to_string(i), std::string(1, static_cast<char>('0' + i)));
  seed = 5;
  PipeFeeder feeder(folder, "train", from_lake(), [](const auto&) { FAIL(); });
  std::vector<std::string> epochs;
  for (int epoch = 0; epoch < 5; ++epoch) epochs.push_back(read_epoch(epoch));
  for (auto epoch : epochs) {
    std::ranges::sort(epoch);
    EXPECT_EQ(epoch, "01234567");
  }
  EXPECT_NE(epochs[0], epochs[1]);
  EXPECT_FALSE(std::filesystem::exists(folder / "train_0"));
}

TEST_F(PipeFeederTest, AReaderThatStopsEarlyEndsTheEpoch) {
  for (int i = 0; i < 40; ++i) lake.put("b", std::to_string(i), std::string(1 << 20, 'x'));
  PipeFeeder feeder(folder, "train", from_lake(), [](const auto&) { FAIL(); });
  for (int epoch = 0; epoch < 3; ++epoch) {
    const int fd = open_epoch(epoch);
    ASSERT_GE(fd, 0);
    char byte;
    EXPECT_EQ(::read(fd, &byte, 1), 1);
    ::close(fd);
  }
  // Not all was read for three epochs of one byte each.
  EXPECT_LT(lake.opened, 120);
  EXPECT_EQ(read_epoch(3).size(), 40u << 20);
}

TEST_F(PipeFeederTest, TheNextFifoIsThereWhenTheLastEnds) {
  lake.put("b", "1", "x");
  PipeFeeder feeder(folder, "train", from_lake(), [](const auto&) { FAIL(); });
  // Readers that never wait for a pipe to appear; half of them leave before they have seen the end.
  for (int epoch = 0; epoch < 500; ++epoch) {
    const int fd = ::open((folder / ("train_" + std::to_string(epoch))).c_str(), O_RDONLY);
    ASSERT_GE(fd, 0) << epoch;
    char byte;
    ASSERT_EQ(::read(fd, &byte, 1), 1);
    if (epoch % 2 == 0) {
      ASSERT_EQ(::read(fd, &byte, 1), 0);
    }
    ::close(fd);
  }
}

TEST_F(PipeFeederTest, AReaderThatIsKilledBeforeItReadsEndsTheEpoch) {
  lake.put("b", "1", std::string(3 << 20, 'x'));
  PipeFeeder feeder(folder, "train", from_lake(), [](const auto&) { FAIL(); });
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(folder / "train_0"); }));
  const pid_t reader = ::fork();
  if (reader == 0) {
    ::open((folder / "train_0").c_str(), O_RDONLY);
    while (true) ::pause();
  }
  // It has opened the pipe once the feeder writes.
  EXPECT_TRUE(eventually([&] { return feeder.bytes_of_epoch() > 0; }));
  ::kill(reader, SIGKILL);
  ::waitpid(reader, nullptr, 0);
  EXPECT_EQ(read_epoch(1).size(), 3u << 20);
}

TEST_F(PipeFeederTest, ReadersShareAnEpochAndTheLastToLeaveEndsIt) {
  lake.put("b", "1", std::string(3 << 20, 'x'));
  PipeFeeder feeder(folder, "train", from_lake(), [](const auto&) { FAIL(); });
  const int first = open_epoch(0);
  // As a data loader's worker has it, after a fork.
  const int second = ::dup(first);
  std::string buffer(1 << 20, '\0');
  EXPECT_GT(::read(first, buffer.data(), buffer.size()), 0);
  ::close(first);
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(feeder.epoch(), 0u);
  std::size_t rest = 0;
  for (ssize_t got; (got = ::read(second, buffer.data(), buffer.size())) > 0;) rest += static_cast<std::size_t>(got);
  EXPECT_GT(rest, 1u << 20);
  ::close(second);
  EXPECT_EQ(read_epoch(1).size(), 3u << 20);
}

TEST_F(PipeFeederTest, WhatTakesThePlaceOfAPipeIsNotWrittenTo) {
  lake.put("b", "1", "x");
  std::atomic<bool> failed = false;
  PipeFeeder feeder(folder, "train", from_lake(), [&](const std::string&) { failed = true; });
  const auto pipe = folder / "train_0";
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(pipe); }));
  std::ofstream(folder / "secret") << "kept";
  std::filesystem::create_symlink(folder / "secret", folder / "link");
  std::filesystem::rename(folder / "link", pipe);
  EXPECT_TRUE(eventually([&] { return failed.load(); }));
  std::ifstream file(folder / "secret");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "kept");
}

TEST_F(PipeFeederTest, AJobThatNeverReadsCanBeStopped) {
  lake.put("b", "1", "x");
  PipeFeeder feeder(folder, "train", from_lake(), [](const auto&) { FAIL(); });
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(folder / "train_0"); }));
}

TEST_F(PipeFeederTest, WhatCannotBeReadFailsTheJobByName) {
  lake.put("b", "1", "x");
  auto objects = lake.list("b", "");
  lake.remove("b", "1");
  std::mutex mutex;
  std::condition_variable told;
  PipeFeeder feeder(
      folder, "train", [&](std::uint64_t) { return object_pieces(lake, objects, {}); },
      [&](const std::string& reason) {
        const std::scoped_lock lock(mutex);
        failure = reason;
        told.notify_all();
      });
  EXPECT_EQ(read_epoch(0), "");
  std::unique_lock lock(mutex);
  EXPECT_TRUE(told.wait_for(lock, kPatience, [&] { return !failure.empty(); }));
  EXPECT_EQ(failure, "Channel train: The specified key does not exist.");
}

}  // namespace
}  // namespace tarn::training
