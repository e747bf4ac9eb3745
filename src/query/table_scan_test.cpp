// How Parquet tables are read: what the engine is told of their files, and what comes out of files that differ.
#include "query/table_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "duck/memory_files.h"
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
            "(SELECT system.trino.stored(\"a\", NULL::BIGINT) AS \"a\", system.trino.stored(\"B\", NULL::VARCHAR) AS "
            "\"b\", NULL::DATE AS \"c\" FROM "
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

TEST(ScanSql, ManyFoldersAreOneScan) {
  KnownFooters footers;
  auto table = parquet_table({{.name = "a", .type = "bigint"}});
  table.partition_keys = {{.name = "p"}, {.name = "n", .type = "int"}};
  std::vector<ScanFolder> folders;
  for (int i = 0; i < 100; ++i) {
    folders.push_back(folder({{"s3://lake/t/" + std::to_string(i) + "/x", 10}}));
    folders.back().values = {"it's", i == 3 ? "__HIVE_DEFAULT_PARTITION__" : std::to_string(i)};
  }
  catalog::StorageDescriptor text{.serde = catalog::SerdeInfo{.library = "LazySimpleSerDe"}};
  folders[50].storage = &text;
  const std::string sql = scan(table, folders, footers);
  EXPECT_THAT(sql,
              HasSubstr("system.trino.file_value(system.trino.stored(file_index, NULL::BIGINT), ['it''s', 'it''s', "));
  EXPECT_THAT(sql, HasSubstr("[0, 1, 2, NULL, 4, "));
  // The one that is read otherwise stands apart.
  EXPECT_EQ(sql.find("UNION ALL"), sql.rfind("UNION ALL"));
  EXPECT_THAT(sql, HasSubstr("UNION ALL SELECT \"a\" AS \"a\""));
  EXPECT_THAT(sql, HasSubstr("system.trino.read_lines('delimited', ['s3://lake/t/50/x']"));
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

// What Athena refuses as incompatible is converted, whether a folder has one file or two.
TEST_F(ParquetTables, OtherTypesThanTheTablesAreConverted) {
  for (int files = 1; files <= 2; ++files) {
    write("other",
          "SELECT BIGINT '7' AS a, '12' AS b, CAST(1.5 AS real) AS c, TIMESTAMP '2024-01-02 03:04:05' AS d, "
          "CAST(2.5 AS decimal(5,2)) AS e");
    table("other" + std::to_string(files), "a tinyint, b int, c double, d date, e decimal(10,4)", "other");
    EXPECT_THAT(lake.rows("SELECT DISTINCT a, b, c, d, e, typeof(a), typeof(e) FROM other" + std::to_string(files)),
                ElementsAre("a|b|c|d|e|_col5|_col6", "7|12|1.5|2024-01-02|2.5000|tinyint|decimal(10,4)"));
  }
}

struct StoredCase {
  const char* written;  // In the engine's words, of what no query of ours writes.
  const char* type;     // The table's.
  const char* read;
};

class StoredValues : public ParquetTables, public ::testing::WithParamInterface<StoredCase> {};

// Other programs write other types; one file is read by its own schema, two by the table's, and both are read alike.
TEST_P(StoredValues, AreReadAlikeFromOneFileAndFromTwo) {
  const auto files = std::make_shared<duck::MemoryFiles>();
  TestLake::engine().connect(files)->execute("COPY (SELECT " + std::string(GetParam().written) +
                                             " AS \"X\") TO 's3://b/x.parquet' (FORMAT parquet)");
  const std::string bytes = *files->all().at("s3://b/x.parquet");
  for (const std::string name : {"first", "second"}) {
    lake.bench.put("stored/" + name, bytes);
    table("stored_" + name, "x " + std::string(GetParam().type), "stored");
    EXPECT_THAT(lake.rows("SELECT DISTINCT x FROM stored_" + name), ElementsAre("x", GetParam().read)) << name;
    EXPECT_THAT(lake.rows("SELECT count(*) FROM stored_" + name + " WHERE x IS NOT NULL AND typeof(x) <> ''"),
                ElementsAre("_col0", name == "first" ? "1" : "2"));
  }
}

INSTANTIATE_TEST_SUITE_P(
    , StoredValues,
    ::testing::Values(StoredCase{"'2024-05-17 01:02:03.456+00'::TIMESTAMPTZ", "timestamp", "2024-05-17 01:02:03.456"},
                      StoredCase{"'2024-05-17 01:02:03.456789'::TIMESTAMP_NS", "timestamp", "2024-05-17 01:02:03.456"},
                      StoredCase{"'2024-05-17 01:02:03.456'::TIMESTAMP_MS", "timestamp", "2024-05-17 01:02:03.456"},
                      StoredCase{"7::UINTEGER", "bigint", "7"}, StoredCase{"7::UINTEGER", "int", "7"},
                      StoredCase{"7::UBIGINT", "bigint", "7"}, StoredCase{"7::UTINYINT", "smallint", "7"},
                      StoredCase{"'text'::BLOB", "string", "text"}, StoredCase{"'text'", "binary", "74 65 78 74"},
                      StoredCase{"1.25::DECIMAL(9,2)", "double", "1.25"}, StoredCase{"1.5::DOUBLE", "float", "1.5"},
                      StoredCase{"1.25::DECIMAL(18,4)", "decimal(9,2)", "1.25"},
                      StoredCase{"[1::UINTEGER, 2]", "array<bigint>", "[1, 2]"},
                      StoredCase{"{'A': 1, 'b': [{'c': 2}]}", "struct<a:int,b:array<struct<c:bigint>>>",
                                 "{a=1, b=[{c=2}]}"},
                      StoredCase{"MAP {'k': 1::INTEGER}", "map<string,int>", "{k=1}"}));

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

// 40 partitions, each of one file; those of `odd` have a second.
class ManyPartitions : public ParquetTables, public ::testing::WithParamInterface<const char*> {
 protected:
  ManyPartitions() {
    const std::string query =
        "SELECT x AS a, 'n' || CAST(x AS varchar) AS name, CAST(x AS integer) AS number, date_add('day', x, DATE "
        "'2024-01-01') AS day FROM UNNEST(sequence(0, 39)) AS t (x)";
    const std::string format = GetParam();
    EXPECT_EQ(
        lake.run("CREATE TABLE many WITH (format = '" + format +
                 "', external_location = 's3://lake/many/', partitioned_by = ARRAY['name', 'number', 'day']) AS " +
                 query)
            .reason,
        "");
    EXPECT_EQ(lake.run("INSERT INTO many " + query + " WHERE x % 2 = 1").reason, "");
  }
};

TEST_P(ManyPartitions, GiveTheirValuesToTheirRows) {
  EXPECT_THAT(
      lake.rows("SELECT count(*), count_if(name = 'n' || CAST(a AS varchar)), count_if(number = a), "
                "count_if(day = date_add('day', a, DATE '2024-01-01')), typeof(min(number)), typeof(min(day)) FROM "
                "many"),
      ElementsAre("_col0|_col1|_col2|_col3|_col4|_col5", "60|60|60|60|integer|date"));
  EXPECT_THAT(lake.rows("SELECT name, sum(a) FROM many WHERE number >= 3 AND a < 6 GROUP BY name ORDER BY name"),
              ElementsAre("name|_col1", "n3|6", "n4|4", "n5|10"));
  EXPECT_THAT(lake.rows("SELECT a FROM many WHERE name = 'n7'"), ElementsAre("a", "7", "7"));
  EXPECT_THAT(
      lake.rows("SELECT count(DISTINCT \"$path\"), count_if(\"$path\" LIKE '%/number=' || CAST(a AS varchar) || "
                "'/%'), count_if(\"$file_size\" > 0), count_if(\"$partition\" LIKE 'name=n' || CAST(a AS varchar) || "
                "'/%') FROM many"),
      ElementsAre("_col0|_col1|_col2|_col3", "60|60|60|60"));
}

TEST_P(ManyPartitions, MayHaveAColumnOfTheIndexName) {
  EXPECT_EQ(
      lake.run("CREATE TABLE named WITH (format = '" + std::string(GetParam()) +
               "', external_location = 's3://lake/named/', partitioned_by = ARRAY['p']) AS SELECT 'v' || CAST(x AS "
               "varchar) AS file_index, x AS p FROM UNNEST(sequence(0, 39)) AS t (x)")
          .reason,
      "");
  EXPECT_THAT(lake.rows("SELECT count(*) FROM named WHERE file_index = 'v' || CAST(p AS varchar)"),
              ElementsAre("_col0", "40"));
}

TEST_P(ManyPartitions, HaveKeysOfAllTypes) {
  ASSERT_EQ(lake.run("CREATE EXTERNAL TABLE typed (a int) PARTITIONED BY (s smallint, t timestamp, d decimal(5,2), b "
                     "boolean) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://lake/typed/'")
                .reason,
            "");
  std::string add = "ALTER TABLE typed ADD";
  for (int i = 0; i < 40; ++i) {
    const std::string number = std::to_string(i);
    lake.bench.put("typed/" + number + "/x.json", "{\"a\": " + number + "}\n");
    add += " PARTITION (s = " + number + ", t = '2024-01-01 00:00:" + std::to_string(10 + i) + "', d = " + number +
           ".5, b = 'true') LOCATION 's3://lake/typed/" + number + "/'";
  }
  ASSERT_EQ(lake.run(add).reason, "");
  EXPECT_THAT(lake.rows("SELECT count_if(s = a), count_if(second(t) = a + 10), count_if(d = a + DECIMAL '0.50'), "
                        "count_if(b), typeof(max(s)), typeof(max(d)) FROM typed"),
              ElementsAre("_col0|_col1|_col2|_col3|_col4|_col5", "40|40|40|40|smallint|decimal(5,2)"));
}

TEST_P(ManyPartitions, KeepOddValues) {
  lake.bench.put("none/x", GetParam() == std::string("JSON") ? "{\"a\": 40}\n" : "");
  EXPECT_EQ(lake.run("ALTER TABLE many ADD PARTITION (name = '__HIVE_DEFAULT_PARTITION__', number = 040, day = "
                     "'2024-02-10') LOCATION 's3://lake/none/'")
                .reason,
            "");
  const std::string rows = GetParam() == std::string("JSON") ? "1|40" : "0|∅";
  EXPECT_THAT(lake.rows("SELECT count(*), min(number) FROM many WHERE name IS NULL"), ElementsAre("_col0|_col1", rows));
  EXPECT_THAT(lake.rows("SELECT count(*) FROM many WHERE number < 40"), ElementsAre("_col0", "60"));
}

INSTANTIATE_TEST_SUITE_P(, ManyPartitions, ::testing::Values("PARQUET", "JSON", "TEXTFILE"),
                         [](const auto& info) { return std::string(info.param); });

TEST_F(ParquetTables, ADamagedFileFailsTheQueryThatReadsIt) {
  lake.bench.put("damaged/x.parquet", "PAR1 and nothing else PAR1");
  table("damaged", "a bigint", "damaged");
  EXPECT_EQ(lake.run("SELECT a FROM damaged").state, State::failed);
  EXPECT_THAT(lake.rows("EXPLAIN (TYPE VALIDATE) SELECT a FROM damaged"), Contains("true"));
}

}  // namespace
}  // namespace tarn::query
