// Statements from their text to their results, over a lake in memory.
#include "query/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/codec.h"
#include "query/core.h"
#include "query/storage.h"
#include "query/testing.h"

namespace tarn::query {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using testing::TestLake;

class QueryTest : public ::testing::Test {
 protected:
  void make_flights() {
    lake.bench.put("raw/flights/a.csv", "id,carrier,delay\n1,AA,NA\n2,UA,7\n3,\"x\",-5\n");
    ASSERT_EQ(
        lake.run("CREATE EXTERNAL TABLE flights (id bigint, carrier string, delay int) ROW FORMAT DELIMITED FIELDS "
                 "TERMINATED BY ',' LOCATION 's3://lake/raw/flights/' TBLPROPERTIES ('skip.header.line.count'='1')")
            .state,
        State::succeeded);
  }
  TestLake lake;
};

TEST_F(QueryTest, WritesResultsAsAthenaDoes) {
  const Execution execution = lake.run("SELECT 1 AS a, 'it \"is\"' AS b, CAST(NULL AS varchar) AS c, '' AS d, 1.5");
  EXPECT_EQ(execution.reason, "");
  EXPECT_EQ(execution.state, State::succeeded);
  EXPECT_EQ(execution.location, "s3://lake/results/" + execution.id + ".csv");
  EXPECT_EQ(lake.object("results/" + execution.id + ".csv"),
            "\"a\",\"b\",\"c\",\"d\",\"_col4\"\n\"1\",\"it \"\"is\"\"\",,\"\",\"1.5\"\n");
  EXPECT_THAT(lake.object("results/" + execution.id + ".csv.metadata"), HasSubstr(execution.id));
  ASSERT_THAT(execution.columns, SizeIs(5));
  EXPECT_EQ(execution.columns[0], (ResultColumn{"a", "integer", 10, 0, false}));
  EXPECT_EQ(execution.columns[1].type, "varchar");
  EXPECT_TRUE(execution.columns[1].case_sensitive);
  EXPECT_EQ(execution.columns[4], (ResultColumn{"_col4", "double", 17, 0, false}));
  EXPECT_EQ(execution.type, StatementType::dml);
  EXPECT_TRUE(execution.completed);
}

TEST_F(QueryTest, PagesResults) {
  const Execution execution = lake.run("SELECT x FROM (VALUES 1, 2, 3, 4, 5) AS t (x) ORDER BY x");
  ASSERT_EQ(execution.reason, "");
  const auto first = sync_wait(lake.queries.results(*lake.caller, execution.id, "", 2));
  EXPECT_EQ(first.rows, (decltype(first.rows){{"x"}, {"1"}}));
  ASSERT_NE(first.next, "");
  const auto second = sync_wait(lake.queries.results(*lake.caller, execution.id, first.next, 4));
  EXPECT_EQ(second.rows, (decltype(second.rows){{"2"}, {"3"}, {"4"}, {"5"}}));
  const auto last = sync_wait(lake.queries.results(*lake.caller, execution.id, second.next, 4));
  EXPECT_THAT(last.rows, IsEmpty());
  EXPECT_EQ(last.next, "");
  EXPECT_THROW(sync_wait(lake.queries.results(*lake.caller, execution.id, "-1", 4)), Error);
  EXPECT_THROW(sync_wait(lake.queries.results(*lake.caller, execution.id, "99999", 4)), Error);
}

TEST_F(QueryTest, TheContextsDatabaseMayBeQuotedAsInHive) {
  make_flights();
  const Execution execution = lake.wait(lake.start({.query = "DESCRIBE `flights`", .database = "`db`"}));
  EXPECT_EQ(execution.state, State::succeeded) << execution.reason;
  EXPECT_EQ(execution.database, "db");
}

TEST_F(QueryTest, ReadsDelimitedTextAsHiveDoes) {
  make_flights();
  EXPECT_THAT(lake.rows("SELECT * FROM flights ORDER BY id"),
              ElementsAre("id|carrier|delay", "1|AA|∅", "2|UA|7", "3|\"x\"|-5"));
  EXPECT_THAT(lake.rows("SELECT f.carrier, count(*) FROM db.flights f WHERE delay > 0 GROUP BY 1"),
              ElementsAre("carrier|_col1", "UA|1"));
  EXPECT_THAT(lake.rows("SELECT DISTINCT \"$path\" FROM flights"), ElementsAre("$path", "s3://lake/raw/flights/a.csv"));
  EXPECT_GT(lake.run("SELECT count(*) FROM flights").statistics.scanned_bytes, 0u);
}

TEST_F(QueryTest, NamesWhatIsWrongAndWhere) {
  make_flights();
  EXPECT_THAT(lake.rows("SELECT * FROM nowhere"),
              ElementsAre("TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.db.nowhere' does not exist"));
  EXPECT_THAT(lake.rows("SELECT * FROM no.such"),
              ElementsAre("SCHEMA_NOT_FOUND: line 1:15: Schema 'no' does not exist"));
  EXPECT_THAT(lake.rows("SELECT id,\n  speed FROM flights"),
              ElementsAre("COLUMN_NOT_FOUND: line 2:3: Column 'speed' cannot be resolved"));
  EXPECT_THAT(lake.rows("SELECT frobnicate(id) FROM flights"),
              ElementsAre("FUNCTION_NOT_FOUND: line 1:8: Function 'frobnicate' not registered"));
  EXPECT_THAT(lake.rows("SELECT id / 0 FROM flights"), ElementsAre(StartsWith("DIVISION_BY_ZERO: ")));
  EXPECT_THAT(lake.rows("SELECT id FROM flights WHERE carrier = 1"), ElementsAre(StartsWith("TYPE_MISMATCH: ")));
  const Execution failed = lake.run("SELECT 1 / 0");
  EXPECT_EQ(failed.state, State::failed);
  EXPECT_EQ(failed.failure->category, 2);
  EXPECT_THAT(lake.keys("results/" + failed.id), IsEmpty());
  try {
    lake.start({.query = "SELECT FROM WHERE"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code().name, "InvalidRequestException");
    EXPECT_THAT(error.message(), StartsWith("line 1:8: mismatched input 'FROM'. Expecting: "));
  }
}

TEST_F(QueryTest, RunsWithTheCallersRightsOnly) {
  make_flights();
  lake.caller->refusals = {"s3:GetObject arn:aws:s3:::lake/raw/flights/a.csv"};
  const Execution refused = lake.run("SELECT * FROM flights");
  EXPECT_EQ(refused.state, State::failed);
  EXPECT_THAT(refused.reason, StartsWith("PERMISSION_DENIED: "));
  EXPECT_THAT(refused.reason, HasSubstr("s3:GetObject"));
  lake.caller->refusals = {"glue:GetTable"};
  EXPECT_THAT(lake.run("SELECT * FROM flights").reason, HasSubstr("glue:GetTable"));
}

TEST_F(QueryTest, PartitionsOfAnyTextAreFoundAgain) {
  const std::string values =
      "(VALUES (1, 'a b'), (2, 'ü'), (3, 'x/y=z%'), (4, ''), (5, NULL), (6, 'a+b:c'), (7, 'plain')) AS t (id, p)";
  ASSERT_EQ(lake.run("CREATE TABLE odd WITH (partitioned_by = ARRAY['p'], external_location = 's3://lake/odd/') AS "
                     "SELECT id, p FROM " +
                     values)
                .reason,
            "");
  EXPECT_THAT(lake.keys("odd/p=a b/"), SizeIs(1));
  EXPECT_THAT(lake.rows("SELECT id, p FROM odd ORDER BY id"),
              ElementsAre("id|p", "1|a b", "2|ü", "3|x/y=z%", "4|∅", "5|∅", "6|a+b:c", "7|plain"));
  EXPECT_THAT(lake.rows("SELECT id FROM odd WHERE p = 'ü'"), ElementsAre("id", "2"));
  ASSERT_EQ(lake.run("INSERT INTO odd SELECT id + 10, p FROM " + values).reason, "");
  EXPECT_THAT(lake.rows("SELECT count(*) FROM odd"), ElementsAre("_col0", "14"));
  ASSERT_EQ(lake.run("UNLOAD (SELECT id, p FROM " + values +
                     ") TO 's3://lake/out/' WITH (format = 'JSON', compression = 'NONE', partitioned_by = ARRAY['p'])")
                .reason,
            "");
  EXPECT_THAT(lake.keys("out/p=a b/"), SizeIs(1));
}

TEST_F(QueryTest, MakesTablesFromQueriesAndPrunesTheirPartitions) {
  make_flights();
  const Execution made = lake.run(
      "CREATE TABLE delays WITH (format = 'PARQUET', partitioned_by = ARRAY['carrier'], external_location = "
      "'s3://lake/delays/') AS SELECT id, delay, IF(id < 3, 'AA', 'B/B') AS carrier FROM flights");
  ASSERT_EQ(made.reason, "");
  EXPECT_EQ(made.type, StatementType::ddl);
  EXPECT_EQ(made.location, "s3://lake/results/tables/" + made.id);
  EXPECT_EQ(made.update_count, 3u);
  EXPECT_EQ(made.statistics.manifest, "s3://lake/results/" + made.id + "-manifest.csv");
  EXPECT_THAT(lake.object("results/" + made.id + "-manifest.csv"), HasSubstr("s3://lake/delays/carrier=AA/"));
  EXPECT_THAT(lake.rows("SHOW PARTITIONS delays"), ElementsAre("carrier=AA", "carrier=B%2FB"));
  EXPECT_THAT(lake.rows("SELECT * FROM delays ORDER BY id"),
              ElementsAre("id|delay|carrier", "1|∅|AA", "2|7|AA", "3|-5|B/B"));
  EXPECT_THAT(lake.rows("SELECT id, \"$partition\" FROM delays WHERE carrier = 'B/B'"),
              ElementsAre("id|$partition", "3|carrier=B/B"));
  const auto all = lake.run("SELECT id FROM delays").statistics.scanned_bytes;
  const auto one = lake.run("SELECT id FROM delays WHERE carrier = 'AA'").statistics.scanned_bytes;
  EXPECT_LT(one, all);
  EXPECT_THAT(lake.rows("CREATE TABLE delays AS SELECT 1 AS a"), ElementsAre(StartsWith("TABLE_ALREADY_EXISTS: ")));
  EXPECT_THAT(lake.rows("CREATE TABLE t2 WITH (external_location = 's3://lake/delays/') AS SELECT 1 AS a"),
              ElementsAre(StartsWith("HIVE_PATH_ALREADY_EXISTS: ")));
  EXPECT_THAT(lake.rows("CREATE TABLE t2 AS SELECT 1"),
              ElementsAre("MISSING_COLUMN_NAME: Column name not specified at position 1"));
  EXPECT_THAT(lake.rows("CREATE TABLE t2 WITH (partitioned_by = ARRAY['a']) AS SELECT 1 AS a, 2 AS b"),
              ElementsAre(StartsWith("HIVE_COLUMN_ORDER_MISMATCH: ")));
}

TEST_F(QueryTest, RefusesTablesWhoseFilesAloneDoNotTellTheirRows) {
  lake.bench.put("kinds/a.csv", "1,x\n");
  const std::string rest =
      " (a int, b string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://lake/kinds/'";
  const auto reason = [&](const std::string& name, const std::string& definition) {
    EXPECT_EQ(lake.run("CREATE EXTERNAL TABLE " + name + definition).reason, "");
    return lake.run("SELECT * FROM " + name).reason;
  };
  EXPECT_EQ(reason("plain", rest), "");
  EXPECT_THAT(reason("delta", rest + " TBLPROPERTIES ('spark.sql.sources.provider'='delta')"),
              StartsWith("NOT_SUPPORTED: line 1:15: Delta Lake tables"));
  EXPECT_THAT(reason("projected",
                     " (a int) PARTITIONED BY (d string) LOCATION 's3://lake/kinds/' TBLPROPERTIES "
                     "('projection.enabled'='true')"),
              StartsWith("INVALID_TABLE_PROPERTY: Partition projection of column 'd'"));
  EXPECT_THAT(reason("links",
                     " (a int) ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe' STORED AS "
                     "INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat' OUTPUTFORMAT "
                     "'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat' LOCATION 's3://lake/kinds/'"),
              HasSubstr("SymlinkTextInputFormat"));
}

TEST_F(QueryTest, ALocationMayBeAFile) {
  lake.bench.put("one/a.csv", "1\n2\n");
  lake.bench.put("one/a.csv2", "3\n");
  // As crawlers make them: by DDL a location is a folder.
  for (const auto& [name, count] : {std::pair("a.csv", "2"), std::pair("a", "0"), std::pair("", "3")}) {
    catalog::TableInput input{.name = std::string("one") + std::to_string(std::string_view(name).size()),
                              .storage = storage_for("TEXTFILE", ",")};
    input.storage->columns = {{.name = "a", .type = "int"}};
    input.storage->location = std::string("s3://lake/one/") + name;
    const std::string table = input.name;
    sync_wait(lake.catalog.create_table(*lake.caller, "db", std::move(input)));
    EXPECT_THAT(lake.rows("SELECT count(*) FROM " + table), ElementsAre("_col0", count));
  }
}

TEST_F(QueryTest, LeavesNothingOfAFailedTable) {
  make_flights();
  const Execution failed = lake.run(
      "CREATE TABLE bad WITH (external_location = 's3://lake/bad/') AS SELECT 10 / (id - 3) AS x FROM flights");
  EXPECT_THAT(failed.reason, StartsWith("DIVISION_BY_ZERO"));
  EXPECT_THAT(lake.keys("bad/"), IsEmpty());
  EXPECT_THAT(lake.rows("SHOW TABLES 'b*'"), IsEmpty());
}

TEST_F(QueryTest, InsertsIntoTables) {
  make_flights();
  ASSERT_EQ(
      lake.run("CREATE TABLE t WITH (partitioned_by = ARRAY['p'], format = 'JSON') AS SELECT 1 AS a, 'x' AS b, 1 AS p")
          .reason,
      "");
  const Execution inserted = lake.run("INSERT INTO t (b, p, a) SELECT 'y', 2, 5");
  EXPECT_EQ(inserted.reason, "");
  EXPECT_EQ(inserted.subtype, "INSERT");
  EXPECT_THAT(lake.rows("SELECT * FROM t ORDER BY a"), ElementsAre("a|b|p", "1|x|1", "5|y|2"));
  ASSERT_EQ(lake.run("INSERT INTO flights VALUES (9, 'ZZ', NULL)").reason, "");
  EXPECT_THAT(lake.rows("SELECT * FROM flights WHERE id = 9"), ElementsAre("id|carrier|delay", "9|ZZ|∅"));
  EXPECT_THAT(lake.rows("INSERT INTO t VALUES (1, 2, 3)"), ElementsAre(StartsWith("TYPE_MISMATCH: ")));
  EXPECT_THAT(lake.rows("INSERT INTO t VALUES (1)"), ElementsAre(StartsWith("TYPE_MISMATCH: ")));
  EXPECT_THAT(lake.rows("INSERT INTO t (zz) VALUES (1)"), ElementsAre(StartsWith("COLUMN_NOT_FOUND: ")));
}

TEST_F(QueryTest, UnloadsFiles) {
  const Execution unloaded = lake.run(
      "UNLOAD (SELECT 1 AS a, 'x' AS b) TO 's3://lake/out/' WITH (format = 'TEXTFILE', field_delimiter = ';', "
      "compression = 'NONE')");
  ASSERT_EQ(unloaded.reason, "");
  const auto keys = lake.keys("out/");
  ASSERT_THAT(keys, SizeIs(1));
  EXPECT_EQ(lake.object(keys[0]), "1;x\n");
  EXPECT_EQ(lake.object("results/" + unloaded.id + "-manifest.csv"), "s3://lake/" + keys[0] + "\n");
  EXPECT_THAT(lake.rows("UNLOAD (SELECT 1 AS a) TO 's3://lake/out/' WITH (format = 'PARQUET')"),
              ElementsAre(StartsWith("HIVE_PATH_ALREADY_EXISTS: ")));
}

TEST_F(QueryTest, AnswersCatalogStatements) {
  make_flights();
  EXPECT_THAT(lake.rows("SHOW DATABASES"), ElementsAre("db"));
  EXPECT_EQ(lake.run("CREATE DATABASE IF NOT EXISTS other COMMENT 'x'").reason, "");
  EXPECT_THAT(lake.rows("SHOW TABLES IN db LIKE 'fl*'"), ElementsAre("flights"));
  EXPECT_THAT(lake.rows("DESCRIBE flights"),
              Contains("carrier             \tstring              \t                    "));
  EXPECT_THAT(lake.rows("SHOW CREATE TABLE flights"), Contains("  's3://lake/raw/flights/'"));
  EXPECT_THAT(lake.rows("SHOW TBLPROPERTIES flights ('skip.header.line.count')"),
              ElementsAre("skip.header.line.count\t1"));
  EXPECT_EQ(lake.run("ALTER TABLE flights ADD COLUMNS (note string)").reason, "");
  EXPECT_THAT(lake.rows("SELECT note FROM flights WHERE id = 1"), ElementsAre("note", "∅"));
  EXPECT_THAT(lake.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'db'"),
              ElementsAre("table_name", "flights"));
  EXPECT_THAT(lake.rows("SHOW FUNCTIONS LIKE 'date_d*'"), ElementsAre("date_diff"));
  EXPECT_THAT(lake.rows("SHOW FUNCTIONS"), ::testing::Not(Contains("subscript")));
  EXPECT_THAT(lake.rows("DROP DATABASE db"), ElementsAre(StartsWith("SCHEMA_NOT_EMPTY: ")));
  EXPECT_EQ(lake.run("DROP TABLE flights").reason, "");
  EXPECT_THAT(lake.rows("DROP TABLE flights"), ElementsAre(StartsWith("TABLE_NOT_FOUND: ")));
  EXPECT_EQ(lake.run("DROP TABLE IF EXISTS flights").reason, "");
  EXPECT_EQ(lake.object("raw/flights/a.csv").substr(0, 2), "id");
}

TEST_F(QueryTest, FindsPartitionsByTheirFolders) {
  lake.bench.put("p/year=2024/month=1/a.json", "{\"a\": 1}\n");
  lake.bench.put("p/year=2024/month=2/a.json", "{\"a\": 2}\n");
  lake.bench.put("p/_SUCCESS", "x");
  ASSERT_EQ(lake.run("CREATE EXTERNAL TABLE p (a int) PARTITIONED BY (year int, month int) ROW FORMAT SERDE "
                     "'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://lake/p/'")
                .reason,
            "");
  EXPECT_THAT(lake.rows("SELECT * FROM p"), ElementsAre("a|year|month"));
  EXPECT_THAT(lake.rows("MSCK REPAIR TABLE p"),
              ElementsAre("Partitions not in metastore:\tp:year=2024/month=1\tp:year=2024/month=2",
                          "Repair: Added partition to metastore p:year=2024/month=1",
                          "Repair: Added partition to metastore p:year=2024/month=2"));
  EXPECT_THAT(lake.rows("MSCK REPAIR TABLE p"), IsEmpty());
  EXPECT_THAT(lake.rows("SELECT a, month FROM p WHERE month > 1"), ElementsAre("a|month", "2|2"));
  EXPECT_EQ(lake.run("ALTER TABLE p DROP PARTITION (month > '1')").reason, "");
  EXPECT_THAT(lake.rows("SHOW PARTITIONS p"), ElementsAre("year=2024/month=1"));
  EXPECT_EQ(lake.run("ALTER TABLE p ADD PARTITION (year=2024, month=2)").reason, "");
  EXPECT_THAT(lake.rows("ALTER TABLE p ADD PARTITION (year=2024, month=2)"),
              ElementsAre(StartsWith("ALREADY_EXISTS: ")));
  EXPECT_THAT(lake.rows("SELECT a FROM p ORDER BY a"), ElementsAre("a", "1", "2"));
}

// Keys of JSON are found whatever their case, in fields of structs too; two that mean the same are an error.
TEST_F(QueryTest, ReadsJsonTablesAsTheirSerdeDoes) {
  lake.bench.put("j/a.json", "{\"Year\": 2013, \"Place\": {\"City\": \"X\"}}\n");
  const std::string create =
      " (year int, place struct<city:string>) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION "
      "'s3://lake/j/'";
  ASSERT_EQ(lake.run("CREATE EXTERNAL TABLE j" + create).reason, "");
  EXPECT_THAT(lake.rows("SELECT year, place.city FROM j"), ElementsAre("year|city", "2013|X"));
  EXPECT_THAT(lake.rows("SELECT count(*), \"$path\" FROM j GROUP BY 2"),
              ElementsAre("_col0|$path", "1|s3://lake/j/a.json"));
  lake.bench.put("j/b.json", "{\"Year\": 1, \"year\": 2}\n");
  EXPECT_THAT(lake.rows("SELECT year FROM j"), ElementsAre(StartsWith("HIVE_CURSOR_ERROR: ")));
}

TEST_F(QueryTest, ReadsPartitionsOfExoticValues) {
  lake.bench.put("x/a.csv", "1\n");
  lake.bench.put("y/a.csv", "2\n");
  ASSERT_EQ(lake.run("CREATE EXTERNAL TABLE x (a int) PARTITIONED BY (p string) LOCATION 's3://lake/x0/'").reason, "");
  ASSERT_EQ(
      lake.run("ALTER TABLE x ADD PARTITION (p = 'it''s / 100% \"ä\" = 1') LOCATION 's3://lake/x/' PARTITION (p = "
               "'__HIVE_DEFAULT_PARTITION__') LOCATION 's3://lake/y/'")
          .reason,
      "");
  EXPECT_THAT(lake.rows("SELECT a, p FROM x ORDER BY a"), ElementsAre("a|p", "1|it's / 100% \"ä\" = 1", "2|∅"));
  EXPECT_THAT(lake.rows("SELECT a FROM x WHERE p = 'it''s / 100% \"ä\" = 1'"), ElementsAre("a", "1"));
  EXPECT_THAT(lake.rows("SELECT a FROM x WHERE p IS NULL"), ElementsAre("a", "2"));
  ASSERT_EQ(lake.run("CREATE EXTERNAL TABLE n (a int) PARTITIONED BY (p int) LOCATION 's3://lake/n0/'").reason, "");
  ASSERT_EQ(lake.run("ALTER TABLE n ADD PARTITION (p = 7) LOCATION 's3://lake/x/'").reason, "");
  EXPECT_THAT(lake.rows("SELECT p + a FROM n"), ElementsAre("_col0", "8"));
}

TEST_F(QueryTest, KeepsViews) {
  make_flights();
  ASSERT_EQ(lake.run("CREATE VIEW late AS SELECT id, delay * 2 AS twice FROM flights WHERE delay > 0").reason, "");
  EXPECT_THAT(lake.rows("SELECT * FROM late"), ElementsAre("id|twice", "2|14"));
  EXPECT_THAT(lake.rows("SHOW VIEWS"), ElementsAre("late"));
  EXPECT_THAT(lake.rows("CREATE VIEW late AS SELECT 1 AS a"), ElementsAre(StartsWith("TABLE_ALREADY_EXISTS: ")));
  ASSERT_EQ(lake.run("CREATE OR REPLACE VIEW late AS SELECT 1 AS a").reason, "");
  EXPECT_THAT(lake.rows("SELECT * FROM late"), ElementsAre("a", "1"));
  EXPECT_EQ(lake.run("DROP VIEW late").reason, "");
}

TEST_F(QueryTest, BindsParameters) {
  make_flights();
  const auto answer = [&](StartRequest request) {
    const Execution execution = lake.wait(lake.start(std::move(request)));
    if (execution.state != State::succeeded) return execution.reason;
    return sync_wait(lake.queries.results(*lake.caller, execution.id, "", 10)).rows.at(1).at(0).value_or("∅");
  };
  EXPECT_EQ(answer({.query = "SELECT carrier FROM flights WHERE id = ?", .parameters = {"2"}}), "UA");
  EXPECT_EQ(answer({.query = "SELECT id FROM flights WHERE carrier = ?", .parameters = {"UA"}}), "2");
  EXPECT_THAT(answer({.query = "SELECT id FROM flights WHERE id = ?"}), StartsWith("INVALID_PARAMETER_USAGE: "));
  ASSERT_EQ(lake.run("PREPARE q FROM SELECT carrier FROM flights WHERE id = ?").reason, "");
  EXPECT_EQ(answer({.query = "EXECUTE q USING 2"}), "UA");
  EXPECT_EQ(answer({.query = "EXECUTE q", .parameters = {"2"}}), "UA");
  ASSERT_EQ(lake.run("DEALLOCATE PREPARE q").reason, "");
  EXPECT_THAT(answer({.query = "EXECUTE q USING 2"}), HasSubstr("Prepared statement not found: q"));
}

TEST_F(QueryTest, KnowsWhatAPreparedStatementGives) {
  make_flights();
  ASSERT_EQ(lake.run("PREPARE q FROM SELECT 1 AS a").reason, "");
  EXPECT_THAT(lake.run("EXECUTE q").location, HasSubstr(".csv"));
  EXPECT_EQ(lake.run("EXECUTE q").subtype, "SELECT");
  EXPECT_THAT(lake.rows("EXPLAIN SELECT id FROM flights"), Contains("Query Plan"));
  EXPECT_THAT(lake.rows("EXPLAIN (TYPE VALIDATE) SELECT id FROM flights"), ElementsAre("Valid", "true"));
}

// Features of flights: common table expressions, a self-join by time, windows, text made into times.
TEST_F(QueryTest, SelectsFeatures) {
  lake.bench.put(
      "raw/legs/a.csv",
      "1,N1,10,0,AA,2013-01-05T10:00:00Z\n1,N1,12,40,AA,2013-01-05T12:00:00Z\n1,N1,12,NA,UA,2013-01-05T12:00:00Z\n"
      "2,N2,9,16,UA,2013-02-01T09:00:00Z\n");
  ASSERT_EQ(
      lake.run(
              "CREATE EXTERNAL TABLE legs (month bigint, tailnum string, hour bigint, arr_delay bigint, carrier "
              "string, time_hour timestamp) ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe' WITH "
              "SERDEPROPERTIES ('field.delim' = ',', 'timestamp.formats' = 'yyyy-MM-dd\\'T\\'HH:mm:ss\\'Z\\'') "
              "LOCATION "
              "'s3://lake/raw/legs/'")
          .reason,
      "");
  EXPECT_THAT(
      lake.rows(
          "WITH timed AS (SELECT *, date_add('hour', hour, date_parse(concat('2013-', lpad(cast(month AS varchar), 2, "
          "'0'), '-05'), '%Y-%m-%d')) AS scheduled FROM legs WHERE arr_delay IS NOT NULL), earlier AS (SELECT "
          "now.tailnum, now.scheduled, avg(cast(before.arr_delay AS double)) AS mean_delay FROM timed now JOIN timed "
          "before ON before.tailnum = now.tailnum AND before.scheduled < now.scheduled GROUP BY now.tailnum, "
          "now.scheduled) SELECT CASE WHEN f.arr_delay > 15 THEN 1 ELSE 0 END AS late, day_of_week(f.scheduled) AS "
          "weekday, count(*) OVER (PARTITION BY f.time_hour) AS departures, coalesce(e.mean_delay, -1) AS delay, "
          "f.month "
          "FROM timed f LEFT JOIN earlier e ON e.tailnum = f.tailnum AND e.scheduled = f.scheduled ORDER BY "
          "f.scheduled"),
      ElementsAre("late|weekday|departures|delay|month", "0|6|1|-1.0|1", "1|6|1|0.0|1", "1|2|1|-1.0|2"));
}

TEST_F(QueryTest, SkipsArchivedObjectsAndSaysSo) {
  make_flights();
  lake.bench.put("raw/flights/b.csv", "id,carrier,delay\n8,BB,8\n");
  const auto version = lake.bench.find("raw/flights/b.csv");
  ASSERT_TRUE(sync_wait(lake.bench.objects.transition(lake.bench.access, *version, objects::StorageClass::glacier)));
  const Execution execution = lake.run("SELECT count(*) FROM flights");
  EXPECT_EQ(execution.state, State::succeeded);
  EXPECT_THAT(execution.reason, HasSubstr("s3://lake/raw/flights/b.csv"));
  EXPECT_THAT(lake.object("results/" + execution.id + ".csv"), HasSubstr("\"3\""));
}

TEST_F(QueryTest, StopsAtTheScanLimit) {
  make_flights();
  sync_wait(lake.queries.create_workgroup(*lake.caller, {.name = "small", .enforce = false, .scan_limit_bytes = 10}));
  const Execution execution = lake.wait(lake.start({.query = "SELECT count(*) FROM flights", .workgroup = "small"}));
  EXPECT_EQ(execution.state, State::cancelled);
  EXPECT_EQ(execution.reason, "Bytes scanned limit was exceeded");
}

TEST_F(QueryTest, CancelsWhatRuns) {
  const auto id = lake.start({.query = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < "
                                       "1000000000) SELECT count(*) FROM t"});
  while (sync_wait(lake.queries.execution(*lake.caller, id)).state == State::queued) std::this_thread::yield();
  sync_wait(lake.queries.stop(*lake.caller, id));
  EXPECT_EQ(lake.wait(id).state, State::cancelled);
  EXPECT_THROW(sync_wait(lake.queries.results(*lake.caller, id, "", 10)), Error);
}

TEST(QueryTime, EndsWhatTakesTooLong) {
  testing::TestLake slow(std::chrono::seconds(1));
  // One long operator: no rows come out of it before its end.
  const Execution execution = slow.run(
      "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x), UNNEST(sequence(1, 10000)) b(y), UNNEST(sequence(1, "
      "10000)) "
      "c(z) WHERE (x * y + z) % 7 = 3");
  EXPECT_EQ(execution.state, State::failed);
  EXPECT_EQ(execution.reason, "EXCEEDED_TIME_LIMIT: Query exceeded the maximum run time");
}

// Partitions' files are published when all are written: of an INSERT that fails late, no reader ever saw a row.
TEST_F(QueryTest, ShowsNothingOfAnInsertBeforeItsEnd) {
  ASSERT_EQ(lake.run("CREATE TABLE t WITH (partitioned_by = ARRAY['p'], external_location = 's3://lake/t/') AS SELECT "
                     "BIGINT '1' AS a, BIGINT '1' AS p")
                .reason,
            "");
  const auto before = lake.keys("t/").size();
  const Execution failed = lake.run(
      "INSERT INTO t SELECT 10 / (300000 - x), x % 3 FROM UNNEST(sequence(1, 300)) u(y) CROSS JOIN UNNEST(sequence(1, "
      "1000)) v(z) CROSS JOIN UNNEST(ARRAY[(y - 1) * 1000 + z]) w(x)");
  EXPECT_THAT(failed.reason, StartsWith("DIVISION_BY_ZERO"));
  EXPECT_THAT(lake.keys("t/"), SizeIs(before));
  const Execution inserted = lake.run("INSERT INTO t SELECT x, x % 90 FROM UNNEST(sequence(1, 5000)) u(x)");
  EXPECT_EQ(inserted.reason, "");
  EXPECT_THAT(lake.rows("SELECT count(*), count(DISTINCT p) FROM t"), ElementsAre("_col0|_col1", "5001|90"));
  EXPECT_THAT(lake.rows("INSERT INTO t SELECT x, x FROM UNNEST(sequence(1, 101)) u(x)"),
              ElementsAre(StartsWith("HIVE_TOO_MANY_OPEN_PARTITIONS: ")));
}

TEST_F(QueryTest, RepeatsARequestByItsToken) {
  const std::string token(32, 't');
  const auto id = lake.start({.query = "SELECT 1", .client_token = token});
  EXPECT_EQ(lake.start({.query = "SELECT 1", .client_token = token}), id);
  EXPECT_THROW(lake.start({.query = "SELECT 2", .client_token = token}), Error);
  lake.wait(id);
  EXPECT_THAT(sync_wait(lake.queries.list(*lake.caller, "", "", 10)).items, ElementsAre(id));
}

TEST_F(QueryTest, AWorkGroupGoesWithItsQueriesOnlyIfThatIsMeant) {
  sync_wait(lake.queries.create_workgroup(*lake.caller, {.name = "team"}));
  const Execution execution = lake.wait(lake.start({.query = "SELECT 1", .workgroup = "team"}));
  EXPECT_THROW(sync_wait(lake.queries.delete_workgroup(*lake.caller, "team", false)), Error);
  sync_wait(lake.queries.delete_workgroup(*lake.caller, "team", true));
  EXPECT_THROW(sync_wait(lake.queries.execution(*lake.caller, execution.id)), Error);
}

TEST_F(QueryTest, FailuresBearTheNamesAndTypesOfAthena) {
  make_flights();
  const auto reason = [this](const std::string& sql) { return lake.run(sql).reason; };
  EXPECT_EQ(reason("SELECT carrier, count(*) FROM flights"),
            "EXPRESSION_NOT_AGGREGATE: 'carrier' must be an aggregate expression or appear in GROUP BY clause");
  EXPECT_EQ(reason("SELECT id FROM flights a JOIN flights b ON a.id = b.id"),
            "AMBIGUOUS_NAME: line 1:8: Column 'id' is ambiguous");
  EXPECT_THAT(reason("SELECT a.b.c.d FROM flights"), StartsWith("COLUMN_NOT_FOUND: "));
  EXPECT_THAT(reason("SELECT id FROM flights WHERE count(*) > 1"), StartsWith("EXPRESSION_NOT_SCALAR: "));
  EXPECT_EQ(lake.run("SELECT 1 / 0").failure->type, Failure::user_error);
}

TEST_F(QueryTest, WantsAPlaceForResults) {
  EXPECT_THROW(sync_wait(lake.queries.start(*lake.caller, {.query = "SELECT 1"})), Error);
  EXPECT_THROW(lake.start({.query = "SELECT 1", .output_location = "http://x"}), Error);
  EXPECT_THROW(lake.start({.query = "SELECT 1", .output_location = "s3://no-such-bucket/x/"}), Error);
  EXPECT_THROW(lake.start({.query = "SELECT 1", .workgroup = "nobody"}), Error);
  sync_wait(lake.queries.create_workgroup(*lake.caller, {.name = "team", .output_location = "s3://lake/team"}));
  const Execution execution = lake.wait(lake.start({.query = "SELECT 1", .workgroup = "team"}));
  EXPECT_THAT(execution.location, StartsWith("s3://lake/team/"));
}

// What a process that died has left: an execution that is not final, half a table, its files.
TEST_F(QueryTest, FailsWhatADeadProcessRan) {
  lake.bench.put("half/x.parquet", "bytes");
  lake.bench.put("kept/y.parquet", "bytes");
  const auto account = AccountId::trusted("111122223333");
  Execution execution{
      .id = "dead", .workgroup = "primary", .query = "CREATE TABLE x AS SELECT 1", .state = State::running};
  execution.location = "s3://lake/results/tables/dead";
  execution.partial = {"s3://lake/half/"};
  meta::Batch batch;
  batch.put(rows::execution("dead"), encode(execution)).put(rows::active("dead"), "");
  ASSERT_TRUE(sync_wait(lake.bench.meta.commit(rows::partition(account), std::move(batch))).applied);
  sync_wait(lake.queries.recover());
  const Execution after = sync_wait(lake.queries.execution(*lake.caller, "dead"));
  EXPECT_EQ(after.state, State::failed);
  EXPECT_TRUE(after.failure->retryable);
  EXPECT_THAT(lake.keys("half/"), IsEmpty());
  EXPECT_THAT(lake.keys("kept/"), SizeIs(1));
}

}  // namespace
}  // namespace tarn::query
