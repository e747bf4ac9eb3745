#include "formats/recordio.h"

#include <gtest/gtest.h>

#include <random>

#include "base/encoding.h"

namespace tarn::formats {
namespace {

std::string bytes_of(std::string_view hex) {
  return from_hex(hex).value();
}

std::vector<std::string> read_all(std::string_view stream, std::size_t step = 1 << 20) {
  auto source = memory_source(as_bytes(stream));
  RecordIoReader reader([&](std::span<std::byte> out) { return source(out.first(std::min(step, out.size()))); });
  std::vector<std::string> records;
  while (auto record = reader.next()) records.emplace_back(as_text(*record));
  return records;
}

struct Vector {
  const char* name;
  std::string payload;
  const char* encoded;
  std::size_t pieces;
};

class RecordIoVectors : public testing::TestWithParam<Vector> {};

TEST_P(RecordIoVectors, AreWrittenAndRead) {
  std::string out;
  EXPECT_EQ(append_recordio(out, as_bytes(GetParam().payload)), GetParam().pieces);
  EXPECT_EQ(to_hex(as_bytes(out)), GetParam().encoded);
  EXPECT_EQ(read_all(out), std::vector{GetParam().payload});
  EXPECT_EQ(needs_split(as_bytes(GetParam().payload)), GetParam().pieces > 1);
}

INSTANTIATE_TEST_SUITE_P(
    , RecordIoVectors,
    testing::Values(Vector{"Empty", "", "0a23d7ce00000000", 1},
                    Vector{"Padded", "hello", "0a23d7ce0500000068656c6c6f000000", 1},
                    Vector{"AlignedMagic", "abcd" + bytes_of("0a23d7ce") + "xyz",
                           "0a23d7ce04000020616263640a23d7ce0300006078797a00", 2},
                    Vector{"UnalignedMagic", "a" + bytes_of("0a23d7ce") + "xyz", "0a23d7ce08000000610a23d7ce78797a", 1},
                    Vector{"OnlyMagic", bytes_of("0a23d7ce"), "0a23d7ce000000200a23d7ce00000060", 2},
                    Vector{"MagicTwice", bytes_of("0a23d7ce0a23d7ce"),
                           "0a23d7ce000000200a23d7ce000000400a23d7ce00000060", 3}),
    [](const auto& info) { return info.param.name; });

TEST(RecordIo, ReadsWhatItWroteInPiecesOfAnySize) {
  std::mt19937 random(7);
  std::vector<std::string> records;
  std::string stream;
  for (int i = 0; i < 300; ++i) {
    std::string record;
    const auto words = random() % 40;
    for (unsigned word = 0; word < words; ++word) {
      if (random() % 5 == 0) {
        record += bytes_of("0a23d7ce");
      } else {
        record.append(random() % 6, static_cast<char>(random()));
      }
    }
    append_recordio(stream, as_bytes(record));
    records.push_back(std::move(record));
  }
  for (const std::size_t step : {1, 3, 7, 4096}) EXPECT_EQ(read_all(stream, step), records);
}

TEST(RecordIo, ReadsARecordLargerThanItsBuffer) {
  const std::string large(3 << 20, 'x');
  std::string stream;
  append_recordio(stream, as_bytes("first"));
  append_recordio(stream, as_bytes(large));
  EXPECT_EQ(read_all(stream, 65536), (std::vector<std::string>{"first", large}));
}

TEST(RecordIo, CountsSplitRecords) {
  std::string stream;
  append_recordio(stream, as_bytes("plain"));
  append_recordio(stream, as_bytes(bytes_of("0a23d7ce")));
  RecordIoReader reader(memory_source(as_bytes(stream)));
  while (reader.next()) {
  }
  EXPECT_EQ(reader.split_records(), 1u);
}

struct Broken {
  const char* name;
  const char* stream;
  const char* message;
};

class BrokenRecordIo : public testing::TestWithParam<Broken> {};

TEST_P(BrokenRecordIo, IsRefusedWithItsPlace) {
  const std::string stream = bytes_of(GetParam().stream);
  try {
    read_all(stream);
    FAIL() << "taken";
  } catch (const FormatError& error) {
    EXPECT_NE(std::string(error.what()).find(GetParam().message), std::string::npos) << error.what();
  }
}

INSTANTIATE_TEST_SUITE_P(
    , BrokenRecordIo,
    testing::Values(Broken{"NoMagic", "0011223300000000", "magic number is missing"},
                    Broken{"CutInHeader", "0a23d7ce0000", "ends inside a record's header"},
                    Broken{"CutInData", "0a23d7ce0500000068656c", "ends inside a record of 5 bytes"},
                    Broken{"CutInPadding", "0a23d7ce0500000068656c6c6f00", "ends inside a record of 5 bytes"},
                    Broken{"BeginsWithTheLastPiece", "0a23d7ce00000060", "not its first"},
                    Broken{"LastPieceMissing", "0a23d7ce00000020", "between the pieces"},
                    Broken{"WholeRecordInsideASplitOne", "0a23d7ce000000200a23d7ce00000000", "lacks its last piece"},
                    Broken{"UnknownFlag", "0a23d7ce00000080", "unknown RecordIO flag 4"},
                    Broken{"AHugeLengthWithoutBytes", "0a23d7ceffffff1f", "ends inside a record"}),
    [](const auto& info) { return info.param.name; });

TEST(RecordIo, BoundsWhatARecordMayHold) {
  std::string stream;
  append_recordio(stream, as_bytes(std::string(100, 'x')));
  RecordIoReader reader(memory_source(as_bytes(stream)), 99);
  EXPECT_THROW(reader.next(), FormatError);
}

}  // namespace
}  // namespace tarn::formats
