// How Parquet tables are read: what the engine is told of their files, and what comes out of files that differ.
#include "query/table_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/testing.h"

namespace tarn::query {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::TestLake;

// Every file has 100 rows and the columns that are given.
class KnownFooters : public ParquetFooters {
 public:
  std::optional<std::vector<duck::Column>> columns(const std::string& path) override {
    asked.push_back(path);
    return known;
  }
  std::optional<std::uint64_t> rows(const std::string& path) override {
    asked.push_back(path);
    return row_count;
  }
  std::optional<std::vector<duck::Column>> known;
  std::optional<std::uint64_t> row_count = 100;
  std::vector<std::string> asked;
};

catalog::Table parquet_table(std::vector<catalog::Column> columns) {
  catalog::Table table;
  table.name = "t";
  table.storage = catalog::StorageDescriptor{.columns = std::move(columns)};
  table.storage->serde = catalog::SerdeInfo{.library = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"};
  return table;
}

ScanFolder folder(const std::vector<std::pair<std::string, std::uint64_t>>& files) {
  ScanFolder folder;
  for (const auto& [path, size] : files) folder.files.push_back({.path = path, .size = size});
  return folder;
}

std::string scan(const catalog::Table& table, const std::vector<ScanFolder>& folders, KnownFooters& footers) {
  std::set<std::string> hidden;
  return scan_sql(table, folders, hidden, footers);
}

TEST(ScanSql, OneFileIsReadByItsOwnSchema) {
  KnownFooters footers;
  footers.known = {{{.name = "B", .type = {.kind = duck::TypeKind::varchar}},
                    {.name = "a", .type = {.kind = duck::TypeKind::integer}}}};
  const auto table =
      parquet_table({{.name = "a", .type = "bigint"}, {.name = "b", .type = "string"}, {.name = "c", .type = "date"}});
  EXPECT_EQ(scan(table, {folder({{"s3://lake/t/x", 10}})}, footers),
            "(SELECT CAST(\"a\" AS BIGINT) AS \"a\", CAST(\"B\" AS VARCHAR) AS \"b\", NULL::DATE AS \"c\" FROM "
            "read_parquet(['s3://lake/t/x'], hive_partitioning = false))");
}

TEST(ScanSql, OfSeveralFilesTheLargestTellsHowManyRowsThereAre) {
  KnownFooters footers;
  const auto table = parquet_table({{.name = "a", .type = "bigint"}});
  const std::string sql = scan(table, {folder({{"s3://lake/t/x", 10}, {"s3://lake/t/y", 50}})}, footers);
  EXPECT_THAT(sql, HasSubstr("schema = MAP {'a'"));
  EXPECT_THAT(sql, HasSubstr("explicit_cardinality = 120"));
  EXPECT_THAT(footers.asked, ElementsAre("s3://lake/t/y"));
}

TEST(ScanSql, FilesThatTellNothingAreLeftToTheEngine) {
  KnownFooters footers;
  footers.row_count.reset();
  const auto table = parquet_table({{.name = "a", .type = "bigint"}});
  const std::string sql = scan(table, {folder({{"s3://lake/t/x", 10}})}, footers);
  EXPECT_THAT(sql, HasSubstr("schema = MAP {'a'"));
  EXPECT_THAT(sql, Not(HasSubstr("explicit_cardinality")));
}

TEST(ScanSql, ManyFoldersCostOneFooter) {
  KnownFooters footers;
  footers.known.emplace();
  const auto table = parquet_table({{.name = "a", .type = "bigint"}});
  std::vector<ScanFolder> folders;
  for (int i = 0; i < 100; ++i) folders.push_back(folder({{"s3://lake/t/" + std::to_string(i) + "/x", 10}}));
  const std::string sql = scan(table, folders, footers);
  EXPECT_THAT(sql, HasSubstr("explicit_cardinality = "));
  EXPECT_EQ(footers.asked.size(), 1u);
}

class ParquetTables : public ::testing::Test {
 protected:
  void write(const std::string& folder, const std::string& query) {
    const std::string name = "source" + std::to_string(++written_);
    ASSERT_EQ(lake.run("CREATE TABLE " + name + " WITH (format = 'PARQUET', external_location = 's3://lake/" + folder +
                       "/" + name + "/') AS " + query)
                  .reason,
              "");
  }
  void table(const std::string& name, const std::string& columns, const std::string& folder) {
    ASSERT_EQ(lake.run("CREATE EXTERNAL TABLE " + name + " (" + columns + ") STORED AS PARQUET LOCATION 's3://lake/" +
                       folder + "/'")
                  .reason,
              "");
  }
  std::string plan(const std::string& query) {
    std::string text;
    for (const auto& line : lake.rows("EXPLAIN " + query)) text += line + "\n";
    return text;
  }
  TestLake lake;

 private:
  int written_ = 0;
};

constexpr auto one_row =
    "SELECT 1 AS a, 'x' AS b, ARRAY[1, 2] AS c, CAST(ROW(5, 'r') AS ROW(m integer, n varchar)) AS d";

TEST_F(ParquetTables, ColumnsAreFoundByNameAndGetTheTablesTypes) {
  write("one", one_row);
  table("one", "b varchar(3), missing double, a bigint, c array<int>", "one");
  EXPECT_THAT(lake.rows("SELECT *, typeof(a), typeof(missing) FROM one"),
              ElementsAre("b|missing|a|c|_col4|_col5", "x|∅|1|[1, 2]|bigint|double"));
  EXPECT_THAT(lake.rows("SELECT count(*) FROM one WHERE a = 1 AND missing IS NULL"), ElementsAre("_col0", "1"));
  EXPECT_THAT(lake.rows("SELECT \"$path\" LIKE 's3://lake/one/%' FROM one"), ElementsAre("_col0", "true"));
}

TEST_F(ParquetTables, NestedTypesMayDiffer) {
  write("nested", one_row);
  table("nested", "c array<bigint>, d struct<n:string,more:int,m:bigint>", "nested");
  EXPECT_THAT(lake.rows("SELECT c, d FROM nested"), ElementsAre("c|d", "[1, 2]|{n=r, more=null, m=5}"));
}

TEST_F(ParquetTables, FilesOfOneFolderMayDiffer) {
  write("two", one_row);
  write("two", "SELECT BIGINT '5000000000' AS a, 1.5 AS other");
  table("two", "a bigint, b string", "two");
  EXPECT_THAT(lake.rows("SELECT * FROM two ORDER BY a"), ElementsAre("a|b", "1|x", "5000000000|∅"));
}

TEST_F(ParquetTables, TheEngineKnowsHowManyRowsThereAre) {
  write("many", "SELECT x AS a FROM UNNEST(sequence(1, 5000)) AS t (x)");
  table("many", "a bigint", "many");
  EXPECT_THAT(plan("SELECT a FROM many"), HasSubstr("~5,000 rows"));
  write("many", "SELECT x AS a FROM UNNEST(sequence(1, 5000)) AS t (x)");
  EXPECT_THAT(plan("SELECT a FROM many"), HasSubstr("~10,000 rows"));
}

TEST_F(ParquetTables, ADamagedFileFailsTheQueryThatReadsIt) {
  lake.bench.put("damaged/x.parquet", "PAR1 and nothing else PAR1");
  table("damaged", "a bigint", "damaged");
  EXPECT_EQ(lake.run("SELECT a FROM damaged").state, State::failed);
  EXPECT_THAT(lake.rows("EXPLAIN (TYPE VALIDATE) SELECT a FROM damaged"), Contains("true"));
}

}  // namespace
}  // namespace tarn::query
