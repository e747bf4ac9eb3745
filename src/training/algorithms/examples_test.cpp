#include "training/algorithms/examples.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "formats/record_protobuf.h"
#include "formats/recordio.h"
#include "training/algorithms/client_error.h"

namespace tarn::algorithms {
namespace {

std::string framed(const formats::Record& record) {
  std::string message;
  formats::encode_record(record, message);
  std::string out;
  formats::append_recordio(out, as_bytes(message));
  return out;
}

formats::Record dense(std::vector<float> features, std::vector<float> label) {
  formats::Record record;
  record.features.push_back(
      {.name = "values", .kind = formats::RecordValue::Kind::float32, .float32 = std::move(features)});
  if (!label.empty()) {
    record.label.push_back(
        {.name = "values", .kind = formats::RecordValue::Kind::float32, .float32 = std::move(label)});
  }
  return record;
}

formats::Record sparse(std::vector<float> values, std::vector<std::uint64_t> keys, std::uint64_t width) {
  formats::Record record = dense(std::move(values), {1});
  record.features[0].keys = std::move(keys);
  if (width > 0) record.features[0].shape = {width};
  return record;
}

Examples read(ExampleFormat format, std::string_view bytes, std::optional<std::size_t> dimension = {}) {
  Examples examples;
  // A few bytes at a time, so that every boundary is met.
  auto source = formats::memory_source(as_bytes(bytes));
  const auto reader = make_example_reader(
      {.format = format},
      [&](std::span<std::byte> out) { return source(out.first(std::min<std::size_t>(3, out.size()))); }, dimension);
  while (reader->read(examples, 2) > 0) {
  }
  return examples;
}

std::string refusal(ExampleFormat format, std::string_view bytes, std::optional<std::size_t> dimension = {}) {
  try {
    read(format, bytes, dimension);
  } catch (const ClientError& error) {
    return error.what();
  }
  return "taken";
}

TEST(Examples, CsvHasTheLabelFirst) {
  const auto examples = read(ExampleFormat::csv, "1,0.5,-2\n0, 1e3 ,\"7\"\r\n\n1,+1,.5");
  ASSERT_EQ(examples.size(), 3u);
  EXPECT_EQ(examples.dimension(), 2u);
  EXPECT_EQ(examples.label(0), 1);
  EXPECT_EQ(examples.values(0)[1], -2);
  EXPECT_EQ(examples.values(1)[0], 1000);
  EXPECT_EQ(examples.values(1)[1], 7);
  EXPECT_EQ(examples.values(2)[1], 0.5f);
}

TEST(Examples, CsvThatIsNoneIsRefusedWithItsRow) {
  EXPECT_NE(refusal(ExampleFormat::csv, "label,a\n1,2\n").find("Record 1: column 1 is not a number: 'label'"),
            std::string::npos);
  EXPECT_NE(refusal(ExampleFormat::csv, "1,2,3\n1,2\n").find("Record 2 has 1 features, but feature_dim is 2"),
            std::string::npos);
  EXPECT_NE(refusal(ExampleFormat::csv, "1,2\n", 4).find("feature_dim is 4"), std::string::npos);
  EXPECT_NE(refusal(ExampleFormat::csv, "1,nan\n").find("not a number: 'nan'"), std::string::npos);
  EXPECT_NE(refusal(ExampleFormat::csv, "1,\n").find("column 2 is not a number: ''"), std::string::npos);
  EXPECT_NE(refusal(ExampleFormat::csv, "1\n").find("a label and at least one feature"), std::string::npos);
}

TEST(Examples, RecordsAreDenseOrSparse) {
  auto examples = read(ExampleFormat::recordio_protobuf, framed(dense({1, 2}, {1})) + framed(sparse({5}, {1}, 2)));
  EXPECT_FALSE(examples.sparse());
  ASSERT_EQ(examples.size(), 2u);
  EXPECT_EQ(examples.values(1)[0], 0);
  EXPECT_EQ(examples.values(1)[1], 5);

  examples = read(ExampleFormat::recordio_protobuf, framed(sparse({5, 6}, {1, 300}, 1000)) +
                                                        framed(sparse({}, {}, 1000)) + framed(sparse({7}, {0}, 1000)));
  EXPECT_TRUE(examples.sparse());
  EXPECT_EQ(examples.dimension(), 1000u);
  ASSERT_EQ(examples.size(), 3u);
  EXPECT_EQ(examples.indexes(0)[1], 300u);
  EXPECT_TRUE(examples.values(1).empty());
  EXPECT_EQ(examples.values(2)[0], 7);
}

TEST(Examples, RecordsThatAreNoExamplesAreRefused) {
  const auto check = [](const std::string& bytes, const char* message) {
    const std::string got = refusal(ExampleFormat::recordio_protobuf, bytes);
    EXPECT_NE(got.find(message), std::string::npos) << got;
  };
  check(framed(dense({1}, {})), "Record 1 has no label");
  check(framed(dense({1}, {1})) + framed(dense({1, 2}, {1})), "Record 2 has 2 features");
  check(framed(sparse({1}, {3}, 3)), "has the key 3, but feature_dim is 3");
  check(framed(sparse({1}, {0}, 0)), "sparse and has no shape");
  check(framed(sparse({1, 2}, {0}, 9)), "1 keys for 2 values");
  check(framed(dense({std::numeric_limits<float>::infinity()}, {1})), "Feature 0 of record 1 is not a finite");
  check("1,2,3\n1,2,3\n", "magic number is missing");
  check(framed({}), "no tensor named 'values'");
}

TEST(Examples, ContentTypesAreParsed) {
  EXPECT_EQ(parse_content_type("").format, ExampleFormat::recordio_protobuf);
  EXPECT_EQ(parse_content_type("application/x-recordio-protobuf; from=parquet; label=late").format,
            ExampleFormat::recordio_protobuf);
  EXPECT_EQ(parse_content_type("text/csv; label_size=0").label_size, 0u);
  EXPECT_THROW(parse_content_type("application/x-parquet"), ClientError);
  EXPECT_THROW(parse_content_type("text/csv;label_size=2"), ClientError);
}

}  // namespace
}  // namespace tarn::algorithms
