#include "training/input/table_pieces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "duck/memory_files.h"
#include "formats/record_protobuf.h"
#include "formats/recordio.h"
#include "training/input/test_lake.h"

namespace tarn::training {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Row {
  std::vector<float> features;
  std::vector<float> label;
  friend bool operator==(const Row&, const Row&) = default;
};

class TablePiecesTest : public testing::Test {
 protected:
  TablePiecesTest() { set_thread_kind(ThreadKind::engine, "test"); }

  void put_parquet(const std::string& key, const std::string& select) {
    auto files = std::make_shared<duck::MemoryFiles>();
    engine.connect(files)->execute("COPY (" + select + ") TO 's3://b/out' (FORMAT parquet)");
    lake.put("b", key, *files->all().at("s3://b/out"));
  }
  std::vector<Row> rows(const std::string& content_type, std::optional<std::vector<std::size_t>> order = {}) {
    auto options = parse_table_options(content_type);
    std::vector<LakeObject> lineage;
    load_columns(lake, *options, lineage);
    const auto objects = lake.list("b", "t/");
    TableSource source(engine, lake, *options, objects);
    if (!order) order = epoch_order(objects.size(), std::nullopt, 0, {});
    std::string bytes;
    const auto pieces = source.pieces(*order);
    while (auto piece = pieces->next()) bytes += piece->bytes;
    formats::RecordIoReader reader(formats::memory_source(as_bytes(bytes)));
    formats::Record record;
    std::vector<Row> result;
    while (const auto payload = reader.next()) {
      formats::decode_record(*payload, record);
      const auto* label = record.label_named("values");
      result.push_back({record.feature("values")->float32, label ? label->float32 : std::vector<float>()});
    }
    return result;
  }
  std::string refusal(const std::string& content_type) {
    try {
      rows(content_type);
    } catch (const std::exception& error) {
      return error.what();
    }
    return "taken";
  }

  duck::Engine engine;
  TestLake lake;
};

TEST_F(TablePiecesTest, ParquetBecomesRecords) {
  put_parquet("t/1", "SELECT 1 AS a, 0.5::DOUBLE AS b, true AS late UNION ALL SELECT -2, 2.25, false");
  put_parquet("t/2", "SELECT 3 AS a, 7::DOUBLE AS b, true AS late");
  EXPECT_THAT(rows("application/x-recordio-protobuf; from=parquet; label=late"),
              ElementsAre(Row{{1, 0.5}, {1}}, Row{{-2, 2.25}, {0}}, Row{{3, 7}, {1}}));
  EXPECT_THAT(rows("application/x-recordio-protobuf;from=parquet;label=late;features=b", {{1, 0}}),
              ElementsAre(Row{{7}, {1}}, Row{{0.5}, {1}}, Row{{2.25}, {0}}));
  EXPECT_THAT(rows("application/x-recordio-protobuf; from=parquet; features=late, a", {{1}}),
              ElementsAre(Row{{1, 3}, {}}));
}

TEST_F(TablePiecesTest, NumbersOfEveryType) {
  put_parquet("t/1",
              "SELECT 1::TINYINT a, 2::SMALLINT b, 3::BIGINT c, 1.5::DECIMAL(10,2) d, 0.25::FLOAT e, 9::UINTEGER f");
  EXPECT_THAT(rows("application/x-recordio-protobuf; from=parquet"), ElementsAre(Row{{1, 2, 3, 1.5, 0.25, 9}, {}}));
}

TEST_F(TablePiecesTest, ManyRowsKeepTheirOrder) {
  put_parquet("t/1", "SELECT i::FLOAT AS x, (i % 2)::INTEGER AS y FROM range(30000) t(i)");
  const auto all = rows("application/x-recordio-protobuf; from=parquet; label=y");
  ASSERT_EQ(all.size(), 30000u);
  for (std::size_t i = 0; i < all.size(); ++i) {
    ASSERT_EQ(all[i], (Row{{static_cast<float>(i)}, {static_cast<float>(i % 2)}}));
  }
}

TEST_F(TablePiecesTest, NullsFailOrBecomeZeroOrTheMean) {
  put_parquet("t/1", "SELECT 1::DOUBLE AS a, 1 AS y UNION ALL SELECT NULL, 0");
  put_parquet("t/2", "SELECT 5::DOUBLE AS a, 1 AS y");
  EXPECT_THAT(refusal("application/x-recordio-protobuf; from=parquet; label=y"),
              HasSubstr("Column a of s3://b/t/1 is NULL in row 2"));
  EXPECT_THAT(rows("application/x-recordio-protobuf; from=parquet; label=y; nulls=zero"),
              ElementsAre(Row{{1}, {1}}, Row{{0}, {0}}, Row{{5}, {1}}));
  EXPECT_THAT(rows("application/x-recordio-protobuf; from=parquet; label=y; nulls=mean"),
              ElementsAre(Row{{1}, {1}}, Row{{3}, {0}}, Row{{5}, {1}}));
}

TEST_F(TablePiecesTest, AColumnThatIsNoNumberIsNamed) {
  put_parquet("t/1", "SELECT 1 AS a, 'x' AS name");
  EXPECT_THAT(refusal("application/x-recordio-protobuf; from=parquet; label=a"),
              HasSubstr("Column name of s3://b/t/1 is no number but varchar"));
  EXPECT_THAT(refusal("application/x-recordio-protobuf; from=parquet; features=a,missing"), HasSubstr("missing"));
}

TEST_F(TablePiecesTest, ColumnsOfThePathMayBeFeatures) {
  put_parquet("t/month=1/x", "SELECT 10 AS a, 1 AS y");
  put_parquet("t/month=12/x", "SELECT 20 AS a, 0 AS y");
  EXPECT_THAT(rows("application/x-recordio-protobuf; from=parquet; label=y; features=month,a"),
              ElementsAre(Row{{1, 10}, {1}}, Row{{12, 20}, {0}}));
  EXPECT_THAT(rows("application/x-recordio-protobuf; from=parquet; label=y"),
              ElementsAre(Row{{10}, {1}}, Row{{20}, {0}}));
}

TEST_F(TablePiecesTest, CsvWithAHeaderBecomesRecords) {
  lake.put("b", "t/1.csv", "late,a,b\n1,2,3.5\n0,-1,7\n");
  EXPECT_THAT(rows("application/x-recordio-protobuf; from=csv; label=late"),
              ElementsAre(Row{{2, 3.5}, {1}}, Row{{-1, 7}, {0}}));
  lake.put("b", "t/1.csv", "late,a,b\n1,2,3.5\n0,NA,7\n");
  EXPECT_THAT(refusal("application/x-recordio-protobuf; from=csv; label=late"),
              HasSubstr("Column a of s3://b/t/1.csv is NULL in row 2"));
}

TEST_F(TablePiecesTest, LongListsComeFromAnObject) {
  put_parquet("t/1", "SELECT 1 AS a, 2 AS b, 3 AS c");
  lake.put("b", "columns.json", R"({"label": "c", "features": ["b", "a"]})");
  EXPECT_THAT(rows("application/x-recordio-protobuf; from=parquet; columns=s3://b/columns.json"),
              ElementsAre(Row{{2, 1}, {3}}));
  lake.put("b", "columns.json", "[1]");
  EXPECT_THAT(refusal("application/x-recordio-protobuf; from=parquet; columns=s3://b/columns.json"),
              HasSubstr("is not of the form"));
}

TEST(TableOptions, AreAskedForByTheContentType) {
  EXPECT_FALSE(parse_table_options("application/x-recordio-protobuf"));
  EXPECT_FALSE(parse_table_options("text/csv; label_size=1"));
  for (const char* broken : {"application/x-recordio-protobuf; from=orc", "text/csv; from=parquet",
                             "application/x-recordio-protobuf; from=csv; nulls=maybe",
                             "application/x-recordio-protobuf; from=csv; features=a,,b",
                             "application/x-recordio-protobuf; from=csv; columns=columns.json"}) {
    EXPECT_THROW(parse_table_options(broken), InputError) << broken;
  }
}

}  // namespace
}  // namespace tarn::training
