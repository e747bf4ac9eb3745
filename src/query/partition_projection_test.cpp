#include "query/partition_projection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time.h"
#include "query/date_pattern.h"
#include "query/testing.h"

namespace tarn::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;
using testing::TestLake;

const Timestamp now = *parse_iso8601("2024-03-31T10:20:30Z");

std::string written(std::string_view pattern, std::string_view time = "2024-03-05T07:08:09.012Z") {
  const auto parsed = DatePattern::parse(pattern);
  return parsed ? parsed->format(*parse_iso8601(time)) : "none";
}

TEST(DatePattern, WritesAsJavaDoes) {
  EXPECT_EQ(written("yyyy-MM-dd"), "2024-03-05");
  EXPECT_EQ(written("yyyy/MM/dd/HH"), "2024/03/05/07");
  EXPECT_EQ(written("yyyyMMdd'T'HHmmss.SSS"), "20240305T070809.012");
  EXPECT_EQ(written("'it''s' M/d/yy"), "it's 3/5/24");
  for (const auto none : {"MMM yyyy", "yyyy-MM-dd'T", "plain", "", "EEE"}) EXPECT_EQ(written(none), "none");
}

TEST(DatePattern, ReadsWhatItWrites) {
  for (const auto pattern : {"yyyy-MM-dd", "yyyy/MM/dd/HH", "yyyyMMddHHmm", "d.M.yyyy", "yyyy", "yyyy-MM"}) {
    const auto parsed = DatePattern::parse(pattern);
    ASSERT_TRUE(parsed) << pattern;
    const std::string text = parsed->format(now);
    ASSERT_TRUE(parsed->read(text)) << text;
    EXPECT_EQ(parsed->format(*parsed->read(text)), text);
  }
  const auto day = *DatePattern::parse("yyyy-MM-dd");
  for (const auto text : {"2024-02-30", "2024-1-01", "2024-01-01x", "", "2024-13-01", "x"})
    EXPECT_FALSE(day.read(text)) << text;
}

catalog::Table table_with(catalog::Parameters parameters) {
  catalog::Table table;
  table.name = "t";
  table.parameters = std::move(parameters);
  return table;
}

std::vector<std::string> dates(const std::string& range, const std::string& format, const std::string& interval = "",
                               const std::string& unit = "") {
  catalog::Parameters parameters{
      {"projection.d.type", "date"}, {"projection.d.range", range}, {"projection.d.format", format}};
  if (!interval.empty()) parameters["projection.d.interval"] = interval;
  if (!unit.empty()) parameters["projection.d.interval.unit"] = unit;
  try {
    return projected_values(table_with(std::move(parameters)), "d", now);
  } catch (const duck::SqlError& error) {
    return {error.name()};
  }
}

TEST(PartitionProjection, Dates) {
  EXPECT_THAT(dates("2024-02-28,2024-03-01", "yyyy-MM-dd"), ElementsAre("2024-02-28", "2024-02-29", "2024-03-01"));
  EXPECT_THAT(dates("NOW-2DAYS,NOW", "yyyy/MM/dd"), ElementsAre("2024/03/29", "2024/03/30", "2024/03/31"));
  EXPECT_THAT(dates("2024-01,NOW", "yyyy-MM"), ElementsAre("2024-01", "2024-02", "2024-03"));
  EXPECT_THAT(dates("NOW - 1 MONTH, now + 1 months", "yyyy-MM"), ElementsAre("2024-02", "2024-03", "2024-04"));
  EXPECT_THAT(dates("2024-01-31,2024-04-30", "yyyy-MM-dd", "1", "MONTHS"),
              ElementsAre("2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"));
  EXPECT_THAT(dates("2024-01-01-00,2024-01-01-12", "yyyy-MM-dd-HH", "6", "HOURS"),
              ElementsAre("2024-01-01-00", "2024-01-01-06", "2024-01-01-12"));
  EXPECT_THAT(dates("2020,2024", "yyyy", "2", "YEARS"), ElementsAre("2020", "2022", "2024"));
  EXPECT_THAT(dates("2024-03-01,2024-03-31", "yyyy-MM-dd", "2", "WEEKS"), SizeIs(3));
}

TEST(PartitionProjection, WrongDatesAreRefused) {
  EXPECT_THAT(dates("2024-02-01,2024-01-01", "yyyy-MM-dd"), ElementsAre("INVALID_TABLE_PROPERTY"));
  EXPECT_THAT(dates("2024-02-01", "yyyy-MM-dd"), ElementsAre("INVALID_TABLE_PROPERTY"));
  EXPECT_THAT(dates("2024/02/01,NOW", "yyyy-MM-dd"), ElementsAre("INVALID_TABLE_PROPERTY"));
  EXPECT_THAT(dates("NOW-3FORTNIGHTS,NOW", "yyyy-MM-dd"), ElementsAre("INVALID_TABLE_PROPERTY"));
  EXPECT_THAT(dates("NOWHERE,NOW", "yyyy-MM-dd"), ElementsAre("INVALID_TABLE_PROPERTY"));
  EXPECT_THAT(dates("2024-01-01,NOW", "dd MMM yyyy"), ElementsAre("INVALID_TABLE_PROPERTY"));
  EXPECT_THAT(dates("2024-01-01-00,NOW", "yyyy-MM-dd-HH"), ElementsAre("INVALID_TABLE_PROPERTY"));
  EXPECT_THAT(dates("2024-01-01,NOW", "yyyy-MM-dd", "0", "DAYS"), ElementsAre("INVALID_TABLE_PROPERTY"));
  EXPECT_THAT(dates("1970-01-01,NOW", "yyyy-MM-dd", "1", "MILLIS"), ElementsAre("INVALID_TABLE_PROPERTY"));
}

TEST(PartitionProjection, EnumsAndIntegers) {
  const auto table = table_with({{"projection.e.type", "enum"},
                                 {"projection.e.values", "eu, us,ap"},
                                 {"projection.i.type", "INTEGER"},
                                 {"projection.i.range", "8,12"},
                                 {"projection.i.interval", "2"},
                                 {"projection.i.digits", "3"},
                                 {"projection.x.type", "colour"},
                                 {"projection.w.type", "integer"},
                                 {"projection.w.range", "-9223372036854775808,9223372036854775807"}});
  EXPECT_THAT(projected_values(table, "e", now), ElementsAre("eu", "us", "ap"));
  EXPECT_THAT(projected_values(table, "i", now), ElementsAre("008", "010", "012"));
  for (const std::string key : {"x", "w", "none"}) {
    EXPECT_THROW(projected_values(table, key, now), duck::SqlError) << key;
  }
}

class ProjectedTableTest : public ::testing::Test {
 protected:
  // Logs by region and day: nothing of them is in the catalog.
  void make_logs(const std::string& properties, const std::string& keys = "region string, day string") {
    for (const std::string region : {"eu", "us"}) {
      for (const std::string day : {"01", "02", "03"}) {
        lake.bench.put("logs/" + region + "/2024/01/" + day + "/a.csv", region + day + "\n");
        lake.bench.put("hive/region=" + region + "/day=2024-01-" + day + "/a.csv", region + day + "\n");
      }
    }
    ASSERT_EQ(lake.run("CREATE EXTERNAL TABLE logs (line string) PARTITIONED BY (" + keys +
                       ") LOCATION 's3://lake/hive/' TBLPROPERTIES ('projection.enabled'='true', " + properties + ")")
                  .reason,
              "");
  }
  static constexpr const char* by_template =
      "'projection.region.type'='enum', 'projection.region.values'='eu,us', 'projection.day.type'='date', "
      "'projection.day.range'='2024/01/01,2024/12/31', 'projection.day.format'='yyyy/MM/dd', "
      "'storage.location.template'='s3://lake/logs/${region}/${day}'";
  TestLake lake;
};

TEST_F(ProjectedTableTest, LiesWhereItsTemplateSays) {
  make_logs(by_template);
  EXPECT_THAT(lake.rows("SELECT line, day FROM logs WHERE region = 'eu' AND day >= '2024/01/02' ORDER BY 1"),
              ElementsAre("line|day", "eu02|2024/01/02", "eu03|2024/01/03"));
  EXPECT_THAT(lake.rows("SELECT count(*), count(DISTINCT \"$path\") FROM logs"), ElementsAre("_col0|_col1", "6|6"));
  EXPECT_THAT(lake.rows("SELECT count(*) FROM logs WHERE day > '2025'"), ElementsAre("_col0", "0"));
  EXPECT_EQ(lake.run("SELECT * FROM logs WHERE day = '2024/01/02'").statistics.scanned_bytes, 10u);
  // Rows would go where the template does not look.
  EXPECT_THAT(lake.rows("INSERT INTO logs VALUES ('x', 'eu', '2024/01/04')"), ElementsAre(StartsWith("NOT_SUPPORTED")));
}

TEST_F(ProjectedTableTest, LiesInHivesFoldersWithoutOne) {
  make_logs(
      "'projection.region.type'='injected', 'projection.day.type'='date', "
      "'projection.day.range'='2001-01-01,2024-12-31', "
      "'projection.day.format'='yyyy-MM-dd'",
      "region string, day date");
  EXPECT_THAT(lake.rows("SELECT line FROM logs WHERE region IN ('us', 'none') AND day < DATE '2024-01-03' ORDER BY 1"),
              ElementsAre("line", "us01", "us02"));
  EXPECT_THAT(lake.rows("SELECT line FROM logs"), ElementsAre(StartsWith("CONSTRAINT_VIOLATION: For the injected")));
  EXPECT_THAT(lake.rows("SELECT line FROM logs WHERE region <> 'eu'"), ElementsAre(StartsWith("CONSTRAINT_VIOLATION")));
}

TEST_F(ProjectedTableTest, SaysWhatIsWrongWithItsProperties) {
  make_logs("'projection.region.type'='enum', 'projection.region.values'='eu'");
  EXPECT_THAT(lake.rows("SELECT line FROM logs"),
              ElementsAre(HasSubstr("INVALID_TABLE_PROPERTY: Partition projection of column 'day' is invalid: "
                                    "projection.day.type is missing")));
  ASSERT_EQ(lake.run("ALTER TABLE logs SET TBLPROPERTIES ('projection.day.type'='injected', "
                     "'storage.location.template'='s3://lake/logs/${region}/')")
                .reason,
            "");
  EXPECT_THAT(lake.rows("SELECT line FROM logs WHERE day = 'x'"), ElementsAre(HasSubstr("lacks ${day}")));
}

TEST_F(ProjectedTableTest, RangesBeyondWhatOneStatementLooksAt) {
  make_logs(
      "'projection.region.type'='integer', 'projection.region.range'='1,1000', 'projection.day.type'='integer', "
      "'projection.day.range'='1,1000'",
      "region int, day int");
  EXPECT_THAT(lake.rows("SELECT line FROM logs"), ElementsAre(StartsWith("EXCEEDED_PARTITION_LIMIT")));
  EXPECT_THAT(lake.rows("SELECT line FROM logs WHERE region = 7"), ElementsAre("line"));
}

}  // namespace
}  // namespace tarn::query
