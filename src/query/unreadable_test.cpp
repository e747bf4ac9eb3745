// What a query cannot read it says, and what stands beside it can still be read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "duck/memory_files.h"
#include "query/testing.h"

namespace tarn::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TestLake;

std::string parquet(const std::string& select) {
  const auto files = std::make_shared<duck::MemoryFiles>();
  TestLake::engine().connect(files)->execute("COPY (" + select + ") TO 's3://b/f.parquet' (FORMAT parquet)");
  return *files->all().at("s3://b/f.parquet");
}

class UnreadableTest : public ::testing::Test {
 protected:
  void make_times(const std::string& folder, int files) {
    for (int i = 0; i < files; ++i) {
      lake.bench.put(folder + "/" + std::to_string(i) + ".parquet",
                     parquet("SELECT 7 AS id, TIME '10:00:00' AS at FROM range(2)"));
    }
    ASSERT_EQ(lake.run("CREATE EXTERNAL TABLE " + folder +
                       " (id int, at bigint) STORED AS PARQUET LOCATION 's3://lake/" + folder + "/'")
                  .reason,
              "");
  }
  void make_partitions() {
    for (const std::string p : {"1", "2"}) lake.bench.put("t/p=" + p + "/a.csv", p + "\n");
    ASSERT_EQ(lake.run("CREATE EXTERNAL TABLE t (id int) PARTITIONED BY (p string) LOCATION 's3://lake/t/'").reason,
              "");
    ASSERT_EQ(lake.run("MSCK REPAIR TABLE t").reason, "");
  }
  TestLake lake;
};

// Tables have no type for times of day. Athena refuses such a column by this name, and reads the others.
TEST_F(UnreadableTest, TimesOfDayAreRefusedWhereTheyAreRead) {
  make_times("one", 1);
  make_times("several", 3);
  for (const std::string table : {"one", "several"}) {
    EXPECT_THAT(
        lake.rows("SELECT * FROM " + table),
        ElementsAre(HasSubstr("NOT_SUPPORTED: Unsupported Trino column type (bigint) for Parquet column ([at]")));
    EXPECT_THAT(lake.rows("SELECT max(at) FROM " + table), ElementsAre(HasSubstr("NOT_SUPPORTED: Unsupported")));
    EXPECT_THAT(lake.rows("SELECT max(id) FROM " + table), ElementsAre("_col0", "7"));
  }
}

TEST_F(UnreadableTest, APartitionWithoutALocationIsNamed) {
  make_partitions();
  sync_wait(lake.catalog.put_partitions(*lake.caller, "db", "t", {{.values = {"3"}}}));
  EXPECT_THAT(
      lake.rows("SELECT id FROM t"),
      ElementsAre(HasSubstr("HIVE_INVALID_METADATA: line 1:16: Partition 'p=3' of table 'awsdatacatalog.db.t' has "
                            "no location")));
  EXPECT_THAT(lake.rows("SELECT id FROM t WHERE p = '2'"), ElementsAre("id", "2"));
  // Rows that nobody could read are not written either.
  EXPECT_THAT(lake.rows("INSERT INTO t VALUES (9, '3')"), ElementsAre(HasSubstr("Partition 'p=3' has no location")));
  EXPECT_TRUE(lake.keys("t/p=3/").empty());
  ASSERT_EQ(lake.run("ALTER TABLE t PARTITION (p = '3') SET LOCATION 's3://lake/t/p=1/'").reason, "");
  EXPECT_THAT(lake.rows("SELECT count(*) FROM t"), ElementsAre("_col0", "3"));
}

TEST_F(UnreadableTest, APartitionWhoseFolderIsGoneHasNoRows) {
  make_partitions();
  lake.bench.remove("t/p=1/a.csv");
  EXPECT_THAT(lake.rows("SELECT id FROM t"), ElementsAre("id", "2"));
}

TEST_F(UnreadableTest, ABucketThatIsNotThereIsNamed) {
  ASSERT_EQ(lake.run("CREATE EXTERNAL TABLE gone (a int) LOCATION 's3://no-such-lake/gone/'").reason, "");
  EXPECT_THAT(lake.rows("SELECT a FROM gone"), ElementsAre(HasSubstr("no-such-lake")));
}

}  // namespace
}  // namespace tarn::query
