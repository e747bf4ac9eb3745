#include "formats/record_protobuf.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "base/encoding.h"
#include "formats/recordio.h"

namespace tarn::formats {
namespace {

constexpr const char* dense_123 =
    "0a1a0a0676616c7565731210120e0a0c0000803f000000400000404012120a0676616c756573120812060a040000803f";
constexpr const char* sparse_1000 = "0a1f0a0676616c7565731215121 30a080000003f000000c0120301ac021a02e807";

std::string without_blanks(std::string text) {
  std::erase(text, ' ');
  return text;
}

Record decode(std::string_view hex) {
  Record record;
  decode_record(as_bytes(from_hex(without_blanks(std::string(hex))).value()), record);
  return record;
}

RecordValue floats(std::vector<float> values) {
  RecordValue value;
  value.name = "values";
  value.kind = RecordValue::Kind::float32;
  value.float32 = std::move(values);
  return value;
}

TEST(RecordProtobuf, ReadsADenseRecord) {
  const Record record = decode(dense_123);
  ASSERT_EQ(record.features.size(), 1u);
  EXPECT_EQ(record.feature("values")->float32, (std::vector<float>{1, 2, 3}));
  EXPECT_TRUE(record.feature("values")->keys.empty());
  EXPECT_EQ(record.label_named("values")->float32, std::vector<float>{1});
  EXPECT_EQ(record.feature("other"), nullptr);
}

TEST(RecordProtobuf, ReadsASparseRecord) {
  const Record record = decode(sparse_1000);
  const RecordValue* values = record.feature("values");
  EXPECT_EQ(values->float32, (std::vector<float>{0.5, -2}));
  EXPECT_EQ(values->keys, (std::vector<std::uint64_t>{1, 300}));
  EXPECT_EQ(values->shape, std::vector<std::uint64_t>{1000});
}

TEST(RecordProtobuf, WritesTheReferenceBytes) {
  Record dense;
  dense.features.push_back(floats({1, 2, 3}));
  dense.label.push_back(floats({1}));
  std::string out;
  encode_record(dense, out);
  EXPECT_EQ(to_hex(as_bytes(out)), dense_123);

  Record sparse;
  sparse.features.push_back(floats({0.5, -2}));
  sparse.features[0].keys = {1, 300};
  sparse.features[0].shape = {1000};
  out.clear();
  encode_record(sparse, out);
  EXPECT_EQ(to_hex(as_bytes(out)), without_blanks(sparse_1000));
}

TEST(RecordProtobuf, TakesUnpackedValuesUnknownFieldsAndLabelsFirst) {
  // label {"values": int32_tensor {values: 7 (unpacked), -1}}, field 15 (varint), features {"x": float64 unpacked 1.5}.
  const Record record = decode(
      "12190a0676616c756573120f3a0d080708ffffffffffffffffff01"
      "7801"
      "0a100a0178120b1a0909000000000000f83f");
  EXPECT_EQ(record.label_named("values")->int32, (std::vector<std::int32_t>{7, -1}));
  EXPECT_EQ(record.feature("x")->float64, std::vector<double>{1.5});
  EXPECT_EQ(record.label_named("values")->number(1), -1);
}

TEST(RecordProtobuf, AKeyThatComesTwiceKeepsItsLastValue) {
  Record twice;
  twice.features.push_back(floats({1}));
  twice.features.push_back(floats({2}));
  std::string out;
  encode_record(twice, out);
  Record record;
  decode_record(as_bytes(out), record);
  ASSERT_EQ(record.features.size(), 1u);
  EXPECT_EQ(record.features[0].float32, std::vector<float>{2});
}

TEST(RecordProtobuf, EveryKindComesBack) {
  Record record;
  record.features.push_back(floats({1.25f, std::nanf("")}));
  record.features.push_back({.name = "d", .kind = RecordValue::Kind::float64, .float64 = {1e300, -0.0}});
  record.features.push_back({.name = "i", .kind = RecordValue::Kind::int32, .int32 = {-2147483648, 2147483647}});
  record.features.push_back({.name = "b",
                             .kind = RecordValue::Kind::bytes,
                             .bytes = {"", std::string("\0\xff", 2)},
                             .content_type = "image/png"});
  record.uid = "u";
  record.metadata = "";
  record.configuration = "c";
  std::string out;
  encode_record(record, out);
  Record back;
  decode_record(as_bytes(out), back);
  EXPECT_EQ(back.feature("d")->float64, record.features[1].float64);
  EXPECT_EQ(back.feature("i")->int32, record.features[2].int32);
  EXPECT_EQ(back.feature("b")->bytes, record.features[3].bytes);
  EXPECT_EQ(back.feature("b")->content_type, "image/png");
  EXPECT_EQ(back.uid, "u");
  EXPECT_EQ(back.metadata, "");
  EXPECT_EQ(back.configuration, "c");
  EXPECT_EQ(back.feature("values")->size(), 2u);
}

TEST(RecordProtobuf, MemoryOfARecordIsUsedAgainWithoutItsContents) {
  Record record = decode(sparse_1000);
  decode_record(as_bytes(from_hex(dense_123).value()), record);
  EXPECT_EQ(record.feature("values")->float32, (std::vector<float>{1, 2, 3}));
  EXPECT_TRUE(record.feature("values")->keys.empty());
  decode_record({}, record);
  EXPECT_TRUE(record.features.empty());
  EXPECT_TRUE(record.label.empty());
}

TEST(RecordProtobuf, EveryTruncationIsRefusedOrShorter) {
  const std::string whole = from_hex(dense_123).value();
  for (std::size_t length = 1; length < whole.size(); ++length) {
    Record record;
    // Only the end of the features' entry is also the end of a message.
    if (length == 28) continue;
    EXPECT_THROW(decode_record(as_bytes(std::string_view(whole).substr(0, length)), record), FormatError) << length;
  }
}

TEST(RecordProtobuf, BrokenMessagesAreRefused) {
  EXPECT_THROW(decode("00"), FormatError);                                     // Field number 0.
  EXPECT_THROW(decode("0b"), FormatError);                                     // A group.
  EXPECT_THROW(decode("78ffffffffffffffffffff01"), FormatError);               // More than 64 bits.
  EXPECT_THROW(decode("0a0f0a017812 0a1208 0a06000080 3f0000"), FormatError);  // Packed floats of six bytes.
}

TEST(DenseRecordWriter, WritesTheReferenceBytesInTheirFrame) {
  DenseRecordWriter writer(3, true);
  writer.features()[0] = 1;
  writer.features()[1] = 2;
  writer.features()[2] = 3;
  writer.label() = 1;
  std::string out;
  writer.append(out);
  EXPECT_EQ(to_hex(as_bytes(out)), std::string("0a23d7ce30000000") + dense_123);
  EXPECT_EQ(out.size(), writer.record_bytes());
}

TEST(DenseRecordWriter, ColumnsBecomeTheSameRecordsAsRows) {
  for (const std::size_t width : {0, 1, 20, 40, 5000}) {
    std::vector<std::vector<float>> columns(width, std::vector<float>(150));
    std::vector<float> labels(150);
    std::vector<const float*> pointers;
    for (std::size_t column = 0; column < width; ++column) {
      for (std::size_t row = 0; row < 150; ++row) columns[column][row] = static_cast<float>(column * 1000 + row);
      pointers.push_back(columns[column].data());
    }
    for (std::size_t row = 0; row < 150; ++row) labels[row] = static_cast<float>(row);
    DenseRecordWriter writer(width, true);
    std::string by_columns;
    writer.append_columns(pointers, labels.data(), 150, by_columns);

    std::string by_rows;
    for (std::size_t row = 0; row < 150; ++row) {
      for (std::size_t column = 0; column < width; ++column) writer.features()[column] = columns[column][row];
      writer.label() = labels[row];
      writer.append(by_rows);
    }
    EXPECT_EQ(by_columns, by_rows) << width;
  }
}

TEST(DenseRecordWriter, ANumberThatLooksLikeTheMagicIsSplitAndComesBack) {
  // At some widths the floats lie on multiples of 4 in the payload, where the magic must not stand.
  const float magic = std::bit_cast<float>(recordio_magic);
  std::uint64_t splits = 0;
  for (std::size_t width = 1; width < 80; ++width) {
    std::vector<float> column(3, magic);
    const std::vector<const float*> columns(width, column.data());
    DenseRecordWriter writer(width, true);
    std::string out;
    writer.append_columns(columns, column.data(), 3, out);
    splits += writer.split_records();
    RecordIoReader reader(memory_source(as_bytes(out)));
    Record record;
    int count = 0;
    while (const auto payload = reader.next()) {
      decode_record(*payload, record);
      ASSERT_EQ(record.feature("values")->size(), width);
      for (const float value : record.feature("values")->float32) {
        ASSERT_EQ(std::bit_cast<std::uint32_t>(value), recordio_magic);
      }
      ++count;
    }
    EXPECT_EQ(count, 3);
    EXPECT_EQ(reader.split_records(), writer.split_records());
  }
  EXPECT_GT(splits, 0u);
}

}  // namespace
}  // namespace tarn::formats
