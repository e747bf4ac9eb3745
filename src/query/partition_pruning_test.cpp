#include "query/partition_pruning.h"

#include <gtest/gtest.h>

#include "query/sql/parser.h"

namespace tarn::query {
namespace {

const std::vector<catalog::Column> keys = {
    {.name = "year", .type = "int"}, {.name = "day", .type = "date"}, {.name = "name"}};

bool keeps(std::string_view condition, std::vector<std::string> values = {"2024", "2024-05-17", "b"},
           std::vector<std::string> parameters = {}) {
  const auto expression = sql::parse_expression(condition);
  std::vector<sql::ExpressionPtr> bound;
  for (const auto& parameter : parameters) bound.push_back(sql::parse_expression(parameter));
  const sql::TableUse use{.conditions = {expression.get()}, .alias = "t", .hidden_columns = {}, .parameters = bound};
  return PartitionPruner(keys, use).keeps(values);
}

TEST(PartitionPruning, DropsWhatCannotMatch) {
  for (const auto condition :
       {"year = 2023", "2023 = year", "T.Year > 2024", "year < 2024", "year NOT IN (2024, 2025)", "year IN (1, 2)",
        "year BETWEEN 2000 AND 2010", "NOT year = 2024", "year = 2024 AND name = 'a'", "year = 1 OR name = 'a'",
        "day > DATE '2024-05-17'", "name <> 'b'", "name < 'b'", "2025 <= year", "year NOT BETWEEN 2020 AND 2030"}) {
    EXPECT_FALSE(keeps(condition)) << condition;
  }
}

TEST(PartitionPruning, KeepsWhatMightMatch) {
  for (const auto condition :
       {"year = 2024", "t.year >= 2024", "day = DATE '2024-05-17'", "name = 'b'", "year = 1 OR x = 2", "x = 2",
        "u.year = 1", "year = '2023'", "CAST(year AS bigint) = 2023", "year + 1 = 2023", "year IS NULL",
        "year IN (1, x)", "NOT (year = 1 AND x = 2)", "year = 2023.5", "name LIKE 'a%'", "year <> 2023"}) {
    EXPECT_TRUE(keeps(condition)) << condition;
  }
}

TEST(PartitionPruning, LeavesOddValuesToTheEngine) {
  EXPECT_TRUE(keeps("year = 1", {"__HIVE_DEFAULT_PARTITION__", "2024-05-17", "b"}));
  EXPECT_TRUE(keeps("year = 1", {"abc", "2024-05-17", "b"}));
  EXPECT_FALSE(keeps("year = 1", {"007", "2024-05-17", "b"}));
  EXPECT_TRUE(keeps("year = 7", {"007", "2024-05-17", "b"}));
}

TEST(PartitionPruning, LooksThroughParameters) {
  EXPECT_FALSE(keeps("year = ?", {"2024", "2024-05-17", "b"}, {"2023"}));
  EXPECT_TRUE(keeps("year = ?", {"2024", "2024-05-17", "b"}, {"2024"}));
  EXPECT_TRUE(keeps("year = ?"));
}

std::vector<std::string> leading(std::string_view condition,
                                 std::vector<catalog::Column> of = {
                                     {.name = "region"}, {.name = "city"}, {.name = "year", .type = "int"}}) {
  const auto expression = sql::parse_expression(condition);
  const sql::TableUse use{.conditions = {expression.get()}, .alias = "t", .hidden_columns = {}, .parameters = {}};
  return PartitionPruner(of, use).leading();
}

TEST(PartitionPruning, TellsTheLeadingValues) {
  using Values = std::vector<std::string>;
  EXPECT_EQ(leading("region = 'eu'"), Values{"eu"});
  EXPECT_EQ(leading("'eu' = t.Region"), Values{"eu"});
  EXPECT_EQ(leading("region <> 'eu'"), Values{});
  EXPECT_EQ(leading("region = other"), Values{});
  EXPECT_EQ(leading("u.region = 'eu'"), Values{});
  EXPECT_EQ(leading("city = 'x'"), Values{});
  EXPECT_EQ(leading("region = 'eu' OR city = 'x'"), Values{});
  // A number may be written in several ways.
  EXPECT_EQ(leading("year = 7", {{.name = "year", .type = "int"}}), Values{});
}

}  // namespace
}  // namespace tarn::query
