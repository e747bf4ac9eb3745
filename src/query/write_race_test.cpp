// Statements that write the same table, or to the same place, at once: what one has answered another never removes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/codec.h"
#include "query/core.h"
#include "query/testing.h"

namespace tarn::query {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using testing::TestLake;

constexpr std::string_view rows_sql =
    " AS SELECT n, sum(n) OVER () AS s FROM UNNEST(sequence(1, 10000)) AS t (n) CROSS JOIN UNNEST(sequence(1, 2)) AS u "
    "(m)";

// Runs the statements at once; those that succeeded.
std::vector<Execution> run_at_once(TestLake& lake, const std::vector<std::string>& statements) {
  std::vector<std::string> ids;
  for (const auto& statement : statements) ids.push_back(lake.start({.query = statement}));
  std::vector<Execution> winners;
  for (const auto& id : ids) {
    const Execution execution = lake.wait(id);
    if (execution.state == State::succeeded) {
      winners.push_back(execution);
    } else {
      EXPECT_THAT(execution.reason,
                  AnyOf(HasSubstr("TABLE_ALREADY_EXISTS: "), StartsWith("HIVE_PATH_ALREADY_EXISTS: ")));
      EXPECT_THAT(lake.keys("results/tables/" + id), IsEmpty());
    }
  }
  return winners;
}

TEST(WriteRace, OneTableAtOnePlace) {
  TestLake lake;
  for (int round = 0; round < 5; ++round) {
    const std::string name = "t" + std::to_string(round), location = "at" + std::to_string(round) + "/";
    const std::string statement =
        "CREATE TABLE " + name + " WITH (external_location = 's3://lake/" + location + "')" + std::string(rows_sql);
    EXPECT_THAT(run_at_once(lake, {statement, statement, statement, statement}), SizeIs(1));
    EXPECT_THAT(lake.keys(location), SizeIs(1));
    EXPECT_THAT(lake.rows("SELECT count(*) FROM " + name), ElementsAre("_col0", "20000"));
  }
}

TEST(WriteRace, OneTableAtPlacesOfTheirOwn) {
  TestLake lake;
  const std::string statement = "CREATE TABLE t" + std::string(rows_sql);
  EXPECT_THAT(run_at_once(lake, {statement, statement, statement, statement}), SizeIs(1));
  EXPECT_THAT(lake.rows("SELECT count(*) FROM t"), ElementsAre("_col0", "20000"));
}

TEST(WriteRace, IfNotExistsLosesWithoutAWord) {
  TestLake lake;
  const std::string statement = "CREATE TABLE IF NOT EXISTS t" + std::string(rows_sql);
  const auto succeeded = run_at_once(lake, {statement, statement, statement, statement});
  EXPECT_THAT(succeeded, SizeIs(4));
  EXPECT_THAT(lake.rows("SELECT count(*) FROM t"), ElementsAre("_col0", "20000"));
  std::size_t files = 0;
  for (const auto& key : lake.keys("results/tables/")) files += key.ends_with(".parquet");
  EXPECT_EQ(files, 1u);
}

TEST(WriteRace, TwoTablesDoNotShareAPlace) {
  TestLake lake;
  std::vector<std::string> statements;
  for (const std::string name : {"a", "b", "c", "d"}) {
    statements.push_back("CREATE TABLE " + name + " WITH (external_location = 's3://lake/shared/')" +
                         std::string(rows_sql));
  }
  EXPECT_THAT(run_at_once(lake, statements), SizeIs(1));
  EXPECT_THAT(lake.keys("shared/"), SizeIs(1));
  EXPECT_THAT(lake.rows("SHOW TABLES"), SizeIs(1));
}

// A process that died had lost the race: what it left goes, the table of its name is another's.
TEST(WriteRace, AfterACrashTheWinnersTableStays) {
  TestLake lake;
  ASSERT_EQ(lake.run("CREATE TABLE t WITH (external_location = 's3://lake/at/') AS SELECT 1 AS a").reason, "");
  lake.bench.put("at/dead.parquet", "half a file");
  lake.bench.put("at/_dead", "");
  const auto account = AccountId::trusted("111122223333");
  Execution execution{.id = "de-ad", .workgroup = "primary", .query = "CREATE TABLE t", .state = State::running};
  execution.location = "s3://lake/results/tables/dead";
  execution.partial = {"match:s3://lake/at/*dead", "table:db.t@de-ad"};
  meta::Batch batch;
  batch.put(rows::execution("de-ad"), encode(execution)).put(rows::active("de-ad"), "");
  ASSERT_TRUE(sync_wait(lake.bench.meta.commit(rows::partition(account), std::move(batch))).applied);
  sync_wait(lake.queries.recover());
  EXPECT_THAT(lake.keys("at/"), SizeIs(1));
  EXPECT_THAT(lake.rows("SELECT a FROM t"), ElementsAre("a", "1"));
}

}  // namespace
}  // namespace tarn::query
