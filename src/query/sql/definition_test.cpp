// Hive's dialect: definitions, SHOW, DESCRIBE; and which statements are in which dialect.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/sql/test_support.h"

namespace tarn::sql {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::string refuses(std::string_view text) {
  return refusal([&] { parse(text); });
}

TEST(Definitions, ReadsAnExternalTable) {
  const auto statement = parse(R"(
    CREATE EXTERNAL TABLE IF NOT EXISTS `Db`.`My Table` (
      `Id` BIGINT COMMENT 'key',
      tags array<struct<A:INT, b : map<string,decimal(10, 2)>>>,
      v varchar(20))
    COMMENT "it's"
    PARTITIONED BY (year int, `month` string COMMENT 'm')
    CLUSTERED BY (id) SORTED BY (v DESC) INTO 8 BUCKETS
    ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t' ESCAPED BY '\\' LINES TERMINATED BY '\n' NULL DEFINED AS 'NA'
    STORED AS TEXTFILE
    LOCATION "s3://bucket/raw/"
    TBLPROPERTIES ('skip.header.line.count'='1', "a"="b");)");
  const auto* table = as<CreateTable>(*statement);
  ASSERT_TRUE(table);
  EXPECT_TRUE(table->external && table->if_not_exists);
  EXPECT_EQ(table->table.folded(), "db.my table");
  ASSERT_EQ(table->columns.size(), 3u);
  EXPECT_EQ(table->columns[0].name, "id");
  EXPECT_EQ(table->columns[0].comment, "key");
  EXPECT_EQ(table->columns[1].type, "array<struct<a:int,b:map<string,decimal(10,2)>>>");
  EXPECT_EQ(table->columns[2].type, "varchar(20)");
  EXPECT_EQ(table->comment, "it's");
  ASSERT_EQ(table->partitioned_by.size(), 2u);
  EXPECT_EQ(table->partitioned_by[1].name, "month");
  EXPECT_EQ(table->bucketing->count, 8u);
  EXPECT_THAT(table->bucketing->sorted_by, ElementsAre(Pair("v", true)));
  EXPECT_EQ(table->row_format->field_delimiter, "\t");
  EXPECT_EQ(table->row_format->escape, "\\");
  EXPECT_EQ(table->row_format->null_text, "NA");
  EXPECT_EQ(table->stored_as, "TEXTFILE");
  EXPECT_EQ(table->location, "s3://bucket/raw/");
  EXPECT_THAT(table->properties, ElementsAre(Pair("skip.header.line.count", "1"), Pair("a", "b")));
}

TEST(Definitions, ReadsSerdesAndClasses) {
  const auto statement = parse(
      "CREATE EXTERNAL TABLE t (a string) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' WITH SERDEPROPERTIES "
      "('ignore.malformed.json' = 'true') STORED AS INPUTFORMAT 'in' OUTPUTFORMAT 'out' LOCATION 's3://b/'");
  const auto* table = as<CreateTable>(*statement);
  EXPECT_EQ(table->row_format->serde, "org.openx.data.jsonserde.JsonSerDe");
  EXPECT_THAT(table->row_format->serde_properties, ElementsAre(Pair("ignore.malformed.json", "true")));
  EXPECT_EQ(table->input_format, "in");
  EXPECT_EQ(table->output_format, "out");
}

TEST(Definitions, ReadsIcebergPartitions) {
  const auto statement = parse(
      "CREATE TABLE t (id bigint, ts timestamp, c string) PARTITIONED BY (day(ts), bucket(16, id), c) LOCATION "
      "'s3://b/' TBLPROPERTIES ('table_type'='ICEBERG')");
  const auto* table = as<CreateTable>(*statement);
  ASSERT_TRUE(table);
  EXPECT_EQ(table->partitioned_by[0].transform, "day(ts)");
  EXPECT_EQ(table->partitioned_by[1].transform, "bucket(16, id)");
  EXPECT_EQ(table->partitioned_by[2].name, "c");
}

TEST(Definitions, ReadsAlterations) {
  const auto action = [](std::string_view text) { return std::get<AlterTable>(std::move(parse(text)->node)).action; };
  const auto added = std::get<AddPartitions>(
      action("ALTER TABLE t ADD IF NOT EXISTS PARTITION (year = '2024', month = 1) LOCATION 's3://b/1/' PARTITION "
             "(year=2024, month=2)"));
  EXPECT_TRUE(added.if_not_exists);
  ASSERT_EQ(added.partitions.size(), 2u);
  EXPECT_THAT(added.partitions[0].values, ElementsAre(Pair("year", "2024"), Pair("month", "1")));
  EXPECT_EQ(added.partitions[0].location, "s3://b/1/");
  const auto dropped = std::get<DropPartitions>(
      action("ALTER TABLE t DROP IF EXISTS PARTITION (d < '2024-01-01'), PARTITION (d = 'x')"));
  ASSERT_EQ(dropped.partitions.size(), 2u);
  EXPECT_EQ(dropped.partitions[0][0].op, ComparisonOperator::less);
  const auto renamed = std::get<RenamePartition>(action("ALTER TABLE t PARTITION (a = 1) RENAME TO PARTITION (a = 2)"));
  EXPECT_THAT(renamed.to, ElementsAre(Pair("a", "2")));
  EXPECT_TRUE(std::get<AddColumns>(action("ALTER TABLE t REPLACE COLUMNS (a int, b string)")).replace);
  EXPECT_EQ(std::get<AddColumns>(action("ALTER TABLE db.t ADD COLUMNS (a int)")).columns[0].type, "int");
  EXPECT_EQ(std::get<SetLocation>(action("ALTER TABLE t PARTITION (a='1') SET LOCATION 's3://b/'")).partition.size(),
            1u);
  EXPECT_THAT(std::get<SetTableProperties>(action("ALTER TABLE t SET TBLPROPERTIES ('a'='b')")).properties,
              ElementsAre(Pair("a", "b")));
  EXPECT_EQ(std::get<ChangeColumn>(action("ALTER TABLE t CHANGE COLUMN a b int COMMENT 'x'")).to.comment, "x");
  EXPECT_EQ(std::get<RenameTable>(action("ALTER TABLE t RENAME TO u")).to.folded(), "u");
}

TEST(Definitions, TakesTheOthers) {
  for (const auto text : {"CREATE DATABASE IF NOT EXISTS d COMMENT 'c' LOCATION 's3://b/' WITH DBPROPERTIES ('a'='b')",
                          "CREATE SCHEMA d",
                          "DROP DATABASE IF EXISTS d CASCADE",
                          "DROP SCHEMA d",
                          "ALTER DATABASE d SET DBPROPERTIES ('a'='b')",
                          "DROP TABLE IF EXISTS d.t",
                          "DROP TABLE `t`",
                          "DROP VIEW v",
                          "MSCK REPAIR TABLE d.t",
                          "SHOW DATABASES",
                          "SHOW SCHEMAS LIKE 'a*'",
                          "SHOW TABLES",
                          "SHOW TABLES IN d 'a*'",
                          "SHOW VIEWS IN d LIKE 'x'",
                          "SHOW COLUMNS IN d.t",
                          "SHOW COLUMNS FROM t IN d",
                          "SHOW CREATE TABLE t",
                          "SHOW CREATE VIEW v",
                          "SHOW CREATE VIEW \"d\".\"v\";",
                          "SHOW PARTITIONS d.t",
                          "SHOW TBLPROPERTIES t ('a')",
                          "SHOW FUNCTIONS",
                          "DESCRIBE t",
                          "DESC FORMATTED d.t",
                          "DESCRIBE EXTENDED t c",
                          "DESCRIBE t PARTITION (a = 1)",
                          "CREATE TABLE t (a int) LOCATION 's3://b/'"}) {
    EXPECT_EQ(refuses(text), "") << text;
  }
}

TEST(Definitions, RefusesBadForms) {
  EXPECT_EQ(refuses("CREATE EXTERNAL TABL t"), "SYNTAX_ERROR: line 1:17: mismatched input 'TABL'. Expecting: 'TABLE'");
  EXPECT_EQ(refuses("CREATE EXTERNAL TABLE t (a foo)"), "TYPE_NOT_FOUND: line 1:28: Unknown type: foo");
  for (const auto text : {"CREATE EXTERNAL TABLE",
                          "CREATE EXTERNAL TABLE t (",
                          "CREATE EXTERNAL TABLE t (a)",
                          "CREATE EXTERNAL TABLE t (a int",
                          "CREATE EXTERNAL TABLE t (a int) STORED",
                          "CREATE EXTERNAL TABLE t (a array<int) LOCATION 'x'",
                          "CREATE EXTERNAL TABLE t (a int) LOCATION",
                          "CREATE EXTERNAL TABLE t (a int) TBLPROPERTIES ('a')",
                          "CREATE EXTERNAL TABLE t (a int) ROW FORMAT",
                          "CREATE EXTERNAL TABLE t (\"a\" int)",
                          "DROP",
                          "DROP TABLE",
                          "ALTER",
                          "ALTER TABLE t",
                          "ALTER TABLE t ADD",
                          "ALTER TABLE t ADD PARTITION",
                          "ALTER TABLE t ADD PARTITION (a)",
                          "ALTER TABLE t ADD PARTITION (a < 1)",
                          "SHOW",
                          "SHOW PARTITIONS",
                          "SHOW TABLES IN",
                          "MSCK TABLE t",
                          "DESCRIBE",
                          "SHOW DATABASES extra words",
                          "DROP DATABASE d; DROP DATABASE e"}) {
    EXPECT_NE(refuses(text), "") << text;
  }
}

TEST(CatalogTypes, GoBothWays) {
  for (const auto text : {"int", "string", "decimal(10,2)", "array<struct<a:int,b:string>>", "map<string,bigint>",
                          "timestamp", "varchar(5)", "char(3)", "binary", "float", "boolean", "date"}) {
    EXPECT_EQ(catalog_type(parse_catalog_type(text)), text);
  }
  EXPECT_EQ(type_text(parse_catalog_type("struct<a:int,b:array<float>>")), "row(a integer, b array(real))");
  EXPECT_EQ(type_text(parse_catalog_type("decimal")), "decimal(10, 0)");
  for (const auto text :
       {"", "array", "array<", "array<int", "struct<a>", "struct<a:>", "int int", "map<int>", "foo"}) {
    EXPECT_NE(refusal([&] { parse_catalog_type(text); }), "") << text;
  }
}

}  // namespace
}  // namespace tarn::sql
