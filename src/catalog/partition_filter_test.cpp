#include "catalog/partition_filter.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace tarn::catalog {
namespace {

const std::vector<Column> keys{{.name = "year", .type = "int"},
                               {.name = "carrier", .type = "string"},
                               {.name = "day", .type = "date"},
                               {.name = "shelf", .type = "varchar(15)"}};
const std::vector<std::string> values{"2013", "UA", "2013-02-01", "4-NOT SPECIFIED"};

struct FilterCase {
  const char* name;
  const char* expression;
  bool matches;
};

class PartitionFilterTest : public testing::TestWithParam<FilterCase> {};

TEST_P(PartitionFilterTest, Evaluates) {
  EXPECT_EQ(PartitionFilter(GetParam().expression, keys).matches(values), GetParam().matches) << GetParam().expression;
}

INSTANTIATE_TEST_SUITE_P(
    , PartitionFilterTest,
    testing::Values(
        FilterCase{"EmptyMatchesAll", "", true}, FilterCase{"BlankMatchesAll", "  ", true},
        FilterCase{"NumberEquals", "year = 2013", true},
        FilterCase{"NumbersCompareAsNumbers", "year > 999", true},  // As text "2013" < "999".
        FilterCase{"QuotedNumber", "year = '2013'", true},
        FilterCase{"LeadingZeroIsTheSameNumber", "year = 02013", true}, FilterCase{"NotEqual", "year <> 2013", false},
        FilterCase{"BangEqual", "year != 2012", true}, FilterCase{"TrinosForm", "((carrier = 'UA'))", true},
        FilterCase{"VarcharKey", "((shelf = '4-NOT SPECIFIED'))", true},
        FilterCase{"TextComparesByBytes", "carrier >= 'U' AND carrier < 'V'", true},
        FilterCase{"Between", "year BETWEEN 2013 AND 2014", true},
        FilterCase{"NotBetween", "year NOT BETWEEN 2013 AND 2014", false},
        FilterCase{"In", "carrier IN ('AA', 'UA')", true}, FilterCase{"NotIn", "carrier NOT IN ('AA','UA')", false},
        FilterCase{"LikePercent", "carrier LIKE 'U%'", true}, FilterCase{"LikeUnderscore", "carrier like '_A'", true},
        FilterCase{"LikeIsWhole", "carrier LIKE 'U'", false}, FilterCase{"NotLike", "carrier NOT LIKE '%A'", false},
        FilterCase{"AndBindsTighter", "year = 2012 AND year = 2013 OR carrier = 'UA'", true},
        FilterCase{"Parentheses", "year = 2012 AND (year = 2013 OR carrier = 'UA')", false},
        FilterCase{"Not", "NOT (carrier = 'AA')", true}, FilterCase{"Date", "day >= DATE '2013-01-31'", true},
        FilterCase{"DatePlainText", "day < '2013-02-01'", false}, FilterCase{"IsNotNull", "year IS NOT NULL", true},
        FilterCase{"ColumnNamesIgnoreCase", "YEAR = 2013", true}, FilterCase{"QuotedColumn", "\"year\" = 2013", true},
        FilterCase{"DoubledQuote", "carrier = 'U''A'", false}),
    [](const auto& info) { return info.param.name; });

TEST(PartitionFilterNulls, NullComparesAsUnknown) {
  const std::vector<std::string> null_values{"__HIVE_DEFAULT_PARTITION__", "UA", "2013-02-01", "x"};
  EXPECT_TRUE(PartitionFilter("year IS NULL", keys).matches(null_values));
  EXPECT_FALSE(PartitionFilter("year = 2013", keys).matches(null_values));
  EXPECT_FALSE(PartitionFilter("NOT (year = 2013)", keys).matches(null_values));
  EXPECT_TRUE(PartitionFilter("year = 2013 OR carrier = 'UA'", keys).matches(null_values));
}

TEST(PartitionFilterNumbers, BigIntegersKeepAllDigits) {
  const std::vector<Column> big{{.name = "id", .type = "bigint"}};
  EXPECT_FALSE(PartitionFilter("id = 9007199254740993", big).matches({"9007199254740992"}));
  EXPECT_FALSE(PartitionFilter("id = 5", big).matches({"not a number"}));
}

TEST(PartitionFilterErrors, SaysWhatIsWrong) {
  for (const char* bad :
       {"year", "year =", "= 2013", "year = 2013 AND", "(year = 2013", "year = 2013)", "nosuch = 1", "year = 'abc'",
        "carrier = 'UA", "year LIKE '2%'", "year IN ()", "year IN (2013", "year ~ 1", "year BETWEEN 1", "year NOT = 1",
        "year = 2013 year = 2014", "year IS 2013", ";drop", "year ( 2"}) {
    EXPECT_THROW(PartitionFilter(bad, keys), Error) << bad;
  }
  EXPECT_THROW(PartitionFilter(std::string(200, '(') + "year = 1" + std::string(200, ')'), keys), Error);
  EXPECT_THROW(PartitionFilter("year = 1" + std::string(3000, ' '), keys), Error);
  const std::vector<Column> odd{{.name = "a", .type = "array<int>"}};
  EXPECT_THROW(PartitionFilter("a = 1", odd), Error);
}

TEST(PartitionFilterPinned, AnEqualityOfTheFirstTextKeyPrunes) {
  const std::vector<Column> text{{.name = "k", .type = "string"}, {.name = "m", .type = "string"}};
  EXPECT_EQ(PartitionFilter("m = '1' AND k = 'v'", text).pinned_first_value(), "v");
  EXPECT_EQ(PartitionFilter("k = 'v' OR k = 'w'", text).pinned_first_value(), std::nullopt);
  EXPECT_EQ(PartitionFilter("NOT k = 'v'", text).pinned_first_value(), std::nullopt);
  EXPECT_EQ(PartitionFilter("year = 2013", keys).pinned_first_value(), std::nullopt);
}

}  // namespace
}  // namespace tarn::catalog
