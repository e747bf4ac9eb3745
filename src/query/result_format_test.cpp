#include "query/result_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tarn::query {
namespace {

using Row = std::vector<std::optional<std::string>>;
using ::testing::ElementsAre;

std::vector<Row> all_rows(std::string_view text, bool csv, std::size_t piece) {
  ResultReader reader(csv);
  std::vector<Row> rows;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    reader.feed(text.substr(at, piece));
    while (auto row = reader.next(false)) rows.push_back(std::move(*row));
  }
  while (auto row = reader.next(true)) rows.push_back(std::move(*row));
  EXPECT_EQ(reader.consumed(), text.size());
  return rows;
}

TEST(ResultFormat, QuotesEveryFieldAndLeavesNullOut) {
  std::string text;
  append_csv_field("a\"b\n", text);
  text += ',';
  append_csv_field(std::nullopt, text);
  text += ',';
  append_csv_field("", text);
  EXPECT_EQ(text, "\"a\"\"b\n\",,\"\"");
}

TEST(ResultFormat, ReadsBackWhatItWrote) {
  const std::string text = "\"a\",\"b\"\n\"x\"\"y,\nz\",\n,\"\"\n\"é\",\"last\"";
  for (const std::size_t piece : {1, 2, 3, 7, 100}) {
    EXPECT_THAT(all_rows(text, true, piece),
                ElementsAre(Row{"a", "b"}, Row{"x\"y,\nz", std::nullopt}, Row{std::nullopt, ""}, Row{"é", "last"}))
        << piece;
    EXPECT_THAT(all_rows("one\ttwo\n\nthree,\"x\"\n", false, piece),
                ElementsAre(Row{"one\ttwo"}, Row{""}, Row{"three,\"x\""}));
  }
  EXPECT_TRUE(all_rows("", true, 1).empty());
}

TEST(ResultFormat, TellsColumnsAsAthenaDoes) {
  const auto of = [](duck::Type type) { return result_column("c", type); };
  EXPECT_EQ(of({.kind = duck::TypeKind::real}), (ResultColumn{"c", "float", 17, 0, false}));
  EXPECT_EQ(of({.kind = duck::TypeKind::decimal, .precision = 10, .scale = 2}),
            (ResultColumn{"c", "decimal", 10, 2, false}));
  EXPECT_EQ(of({.kind = duck::TypeKind::varchar}), (ResultColumn{"c", "varchar", 2147483647, 0, true}));
  EXPECT_EQ(of({.kind = duck::TypeKind::date}), (ResultColumn{"c", "date", 0, 0, false}));
  EXPECT_EQ(of({.kind = duck::TypeKind::boolean}), (ResultColumn{"c", "boolean", 0, 0, false}));
}

// Field by field, as the JDBC driver's reader takes it.
TEST(ResultFormat, WritesMetadata) {
  const std::string file =
      metadata_file("id", "INSERT", 300, {{"n", "bigint", 19, 0, false}, {"j", "json", 0, 0, false}});
  const std::string expected = std::string("\x0a\x02id\x12\x06INSERT\x18\xac\x02") +
                               std::string(
                                   "\x22\x1c\x0a\x04hive\x22\x01n\x2a\x01n\x32\x06"
                                   "bigint\x38\x13\x40\x00\x48\x03\x50\x00",
                                   30) +
                               std::string("\x22\x14\x0a\x04hive\x22\x01j\x2a\x01j\x32\x04json\x48\x03", 22);
  EXPECT_EQ(file, expected);
}

}  // namespace
}  // namespace tarn::query
