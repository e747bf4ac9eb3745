// The dialect: what parses, what is computed, with which error the rest is refused.
#include "select/sql.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "select/testing.h"

namespace tarn::select {
namespace {

using testing::value;

std::string refusal(std::string_view text) {
  try {
    parse(text);
    return "(none)";
  } catch (const Error& error) {
    return std::string(error.code().name);
  }
}

struct Case {
  std::string expression;
  std::string expected;
};
void PrintTo(const Case& each, std::ostream* out) {
  *out << each.expression;
}
class Refusals : public ::testing::TestWithParam<Case> {};
TEST_P(Refusals, AreNamedAsAwsNamesThem) {
  EXPECT_EQ(refusal(GetParam().expression), GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(
    , Refusals,
    ::testing::Values(Case{"SELECT * FROM S3Object", "(none)"}, Case{"INSERT INTO x", "UnsupportedSyntax"},
                      Case{"", "UnsupportedSyntax"}, Case{"SELECT", "ParseEmptySelect"},
                      Case{"SELECT FROM S3Object", "ParseEmptySelect"}, Case{"SELECT a", "ParseSelectMissingFrom"},
                      Case{"SELECT a FROM other", "InvalidDataSource"},
                      Case{"SELECT *, a FROM S3Object", "ParseAsteriskIsNotAloneInSelectList"},
                      Case{"SELECT a, * FROM S3Object", "ParseAsteriskIsNotAloneInSelectList"},
                      Case{"SELECT s.*, a FROM S3Object s", "ParseCannotMixSqbAndWildcardInSelectList"},
                      Case{"SELECT a FROM S3Object s, S3Object t", "MultipleDataSourcesUnsupported"},
                      Case{"SELECT a FROM S3Object s JOIN t", "MultipleDataSourcesUnsupported"},
                      Case{"SELECT a FROM S3Object ORDER BY a", "ParseUnexpectedToken"},
                      Case{"SELECT a FROM S3Object GROUP BY a", "UnsupportedSqlStructure"},
                      Case{"SELECT DISTINCT a FROM S3Object", "UnsupportedSqlStructure"},
                      Case{"SELECT a FROM (SELECT b FROM S3Object)", "UnsupportedSqlStructure"},
                      Case{"SELECT a FROM S3Object WHERE a IN (SELECT b FROM S3Object)", "UnsupportedSqlStructure"},
                      Case{"SELECT a FROM S3Object WHERE SUM(a) > 1", "UnsupportedSqlStructure"},
                      Case{"SELECT SUM(MAX(a)) FROM S3Object", "UnsupportedSqlStructure"},
                      Case{"SELECT SUM(*) FROM S3Object", "ParseUnsupportedCallWithStar"},
                      Case{"SELECT SUM(a, b) FROM S3Object", "ParseNonUnaryAgregateFunctionCall"},
                      Case{"SELECT REPLACE(a, 'b') FROM S3Object", "UnsupportedFunction"},
                      Case{"SELECT LOWER(a, b) FROM S3Object", "EvaluatorInvalidArguments"},
                      Case{"SELECT CAST a AS INT FROM S3Object", "ParseExpectedLeftParenAfterCast"},
                      Case{"SELECT CAST(a AS blob) FROM S3Object", "ParseExpectedTypeName"},
                      Case{"SELECT CAST(a INT) FROM S3Object", "ParseExpectedKeyword"},
                      Case{"SELECT CAST(a, b) FROM S3Object", "ParseCastArity"},
                      Case{"SELECT CAST(a AS DECIMAL(99, 2)) FROM S3Object", "ParseInvalidTypeParam"},
                      Case{"SELECT CASE END FROM S3Object", "ParseExpectedWhenClause"},
                      Case{"SELECT DATE_ADD(week, 1, a) FROM S3Object", "ParseExpectedDatePart"},
                      Case{"SELECT a AS FROM S3Object", "ParseExpectedIdentForAlias"},
                      Case{"SELECT a FROM S3Object LIMIT x", "ParseExpectedNumber"},
                      Case{"SELECT a FROM S3Object LIMIT -1", "EvaluatorNegativeLimit"},
                      Case{"SELECT a FROM S3Object LIMIT 1 1", "ParseUnexpectedToken"},
                      Case{"SELECT a FROM S3Object WHERE", "ParseExpectedExpression"},
                      Case{"SELECT a FROM S3Object WHERE )", "ParseUnexpectedOperator"},
                      Case{"SELECT a FROM S3Object WHERE a = 'x", "LexerInvalidLiteral"},
                      Case{"SELECT a FROM S3Object WHERE a ! b", "LexerInvalidOperator"},
                      Case{"SELECT a FROM S3Object WHERE a ? b", "LexerInvalidChar"},
                      Case{"SELECT `nonsense` FROM S3Object", "LexerInvalidIONLiteral"},
                      Case{"SELECT 1x FROM S3Object", "LexerInvalidLiteral"},
                      Case{"SELECT a[*] FROM S3Object", "ParseInvalidPathComponent"},
                      Case{"SELECT select FROM S3Object", "ParseUnexpectedKeyword"},
                      Case{"SELECT " + std::string(1000, '(') + "1", "ExpressionTooLong"},
                      Case{"SELECT '" + std::string(300'000, 'x') + "' FROM S3Object", "ExpressionTooLong"}));

class Values : public ::testing::TestWithParam<Case> {};
TEST_P(Values, AreWhatAwsDocuments) {
  EXPECT_EQ(value(GetParam().expression), GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(
    Operators, Values,
    ::testing::Values(Case{"1 + 2 * 3", "7"}, Case{"(1 + 2) * 3", "9"}, Case{"7 / 2", "3"}, Case{"7 % 4", "3"},
                      Case{"-(2) - -3", "1"}, Case{"0.1 + 0.2", "0.3"}, Case{"7 / 2.0", "3.5"}, Case{"1e3 + 1", "1001"},
                      Case{"1 / 0", "EvaluatorInvalidArguments"}, Case{"9223372036854775807 + 1", "IntegerOverflow"},
                      Case{"'a' || 'b'", "\"ab\""}, Case{"1 < 2 AND 2 <= 2", "true"}, Case{"NULL = NULL", "null"},
                      Case{"NULL OR TRUE", "true"}, Case{"NULL AND FALSE", "false"}, Case{"NOT NULL", "null"},
                      Case{"5 BETWEEN 1 AND 5", "true"}, Case{"5 NOT BETWEEN 1 AND 4", "true"},
                      Case{"2 IN (1, 2)", "true"}, Case{"3 NOT IN (1, 2)", "true"}, Case{"3 IN (1, NULL)", "null"},
                      Case{"1 <> 2", "true"}, Case{"'a' = 1", "false"}, Case{"NULL IS NULL", "true"},
                      Case{"MISSING IS NULL", "true"}, Case{"NULL IS MISSING", "false"}, Case{"1 IS NOT NULL", "true"},
                      Case{"'abc' LIKE 'a%c'", "true"}, Case{"'abc' LIKE '_b_'", "true"},
                      Case{"'abc' NOT LIKE 'b%'", "true"}, Case{"'100%' LIKE '100!%' ESCAPE '!'", "true"},
                      Case{"'1000' LIKE '100!%' ESCAPE '!'", "false"}, Case{"'aXbXc' LIKE '%X%c'", "true"},
                      Case{"'é' LIKE '_'", "true"}, Case{"1 LIKE 'a'", "LikeInvalidInputs"},
                      Case{"'a' LIKE 'a' ESCAPE 'xy'", "EvaluatorLikePatternInvalidEscapeSequence"},
                      Case{"'a' LIKE 'a!' ESCAPE '!'", "EvaluatorLikePatternInvalidEscapeSequence"},
                      Case{"1 AND TRUE", "InvalidDataType"},
                      Case{"CASE WHEN 1 = 2 THEN 'a' WHEN 2 = 2 THEN 'b' ELSE 'c' END", "\"b\""},
                      Case{"CASE 3 WHEN 1 THEN 'a' ELSE 'c' END", "\"c\""}, Case{"CASE 3 WHEN 1 THEN 'a' END", "null"},
                      Case{"COALESCE(NULL, MISSING, 4)", "4"}, Case{"COALESCE(NULL, NULL)", "null"},
                      Case{"NULLIF(1, 1)", "null"}, Case{"NULLIF(1, 2)", "1"}));
INSTANTIATE_TEST_SUITE_P(
    Casts, Values,
    ::testing::Values(Case{"CAST('12' AS INT)", "12"}, Case{"CAST(' 12.7 ' AS INT)", "12"},
                      Case{"CAST(-1.9 AS INTEGER)", "-1"}, Case{"CAST('x' AS INT)", "CastFailed"},
                      Case{"CAST('' AS FLOAT)", "CastFailed"}, Case{"CAST('1e400' AS FLOAT)", "CastFailed"},
                      Case{"CAST(1e30 AS INT)", "IntegerOverflow"}, Case{"CAST('0.5' AS FLOAT)", "0.5"},
                      Case{"CAST('1.005' AS DECIMAL(5, 2))", "1.01"},
                      Case{"CAST(12345 AS DECIMAL(3, 0))", "CastFailed"}, Case{"CAST(1.5 AS DECIMAL)", "1.5"},
                      Case{"CAST('TRUE' AS BOOL)", "true"}, Case{"CAST(0 AS BOOLEAN)", "false"},
                      Case{"CAST('2' AS BOOL)", "CastFailed"}, Case{"CAST(1.50 AS STRING)", "\"1.50\""},
                      Case{"CAST(NULL AS INT)", "null"},
                      Case{"CAST('2007-04-05T14:30Z' AS TIMESTAMP)", "\"2007-04-05T14:30Z\""},
                      Case{"CAST('2007-02-30' AS TIMESTAMP)", "CastFailed"}, Case{"CAST(TRUE AS STRING)", "\"true\""}));
INSTANTIATE_TEST_SUITE_P(
    Texts, Values,
    ::testing::Values(
        Case{"CHAR_LENGTH('')", "0"}, Case{"CHARACTER_LENGTH('abcdé')", "5"},
        Case{"LOWER('AbCdEfG!@#$')", "\"abcdefg!@#$\""}, Case{"UPPER('aBc')", "\"ABC\""},
        Case{"LOWER(1)", "IncorrectSqlFunctionArgumentType"}, Case{"SUBSTRING('123456789', 0)", "\"123456789\""},
        Case{"SUBSTRING('123456789', 2)", "\"23456789\""}, Case{"SUBSTRING('123456789', -4)", "\"123456789\""},
        Case{"SUBSTRING('123456789', 0, 999)", "\"123456789\""}, Case{"SUBSTRING('123456789', 1, 5)", "\"12345\""},
        Case{"SUBSTRING('123456789', -1, 4)", "\"12\""}, Case{"SUBSTRING('123456789' FROM 3 FOR 2)", "\"34\""},
        Case{"SUBSTRING('a', 1, -1)", "EvaluatorInvalidArguments"}, Case{"SUBSTRING('aéb', 2, 1)", "\"é\""},
        Case{"TRIM('       foobar         ')", "\"foobar\""}, Case{"TRIM(LEADING FROM '  foobar ')", "\"foobar \""},
        Case{"TRIM(TRAILING FROM ' foobar  ')", "\" foobar\""},
        Case{"TRIM(BOTH '12' FROM '1112211foobar22211122')", "\"foobar\""}, Case{"LOWER(NULL)", "null"}));
INSTANTIATE_TEST_SUITE_P(
    Times, Values,
    ::testing::Values(
        Case{"DATE_ADD(year, 5, `2010-01-01T`)", "\"2015-01-01T\""},
        Case{"DATE_ADD(month, 1, `2010T`)", "\"2010-02T\""}, Case{"DATE_ADD(month, 13, `2010T`)", "\"2011-02T\""},
        Case{"DATE_ADD(day, -1, `2017-01-10T`)", "\"2017-01-09T\""},
        Case{"DATE_ADD(hour, 1, `2017T`)", "\"2017-01-01T01:00-00:00\""},
        Case{"DATE_ADD(hour, 1, `2017-01-02T03:04Z`)", "\"2017-01-02T04:04Z\""},
        Case{"DATE_ADD(minute, 1, `2017-01-02T03:04:05.006Z`)", "\"2017-01-02T03:05:05.006Z\""},
        Case{"DATE_ADD(second, 1, `2017-01-02T03:04:05.006Z`)", "\"2017-01-02T03:04:06.006Z\""},
        Case{"DATE_ADD(month, 1, `2016-01-31T`)", "\"2016-02-29T\""},
        Case{"DATE_ADD(year, 9999, `2017T`)", "ValueParseFailure"},
        Case{"DATE_DIFF(year, `2010-01-01T`, `2011-01-01T`)", "1"},
        Case{"DATE_DIFF(year, `2010-12T`, `2011-01T`)", "0"}, Case{"DATE_DIFF(month, `2010T`, `2010-05T`)", "4"},
        Case{"DATE_DIFF(month, `2010T`, `2011T`)", "12"}, Case{"DATE_DIFF(month, `2011T`, `2010T`)", "-12"},
        Case{"DATE_DIFF(month, `2010-12-31T`, `2011-01-01T`)", "0"},
        Case{"DATE_DIFF(day, `2010-01-01T23:00Z`, `2010-01-02T01:00Z`)", "0"},
        Case{"EXTRACT(YEAR FROM `2010-01-01T`)", "2010"}, Case{"EXTRACT(MONTH FROM `2010T`)", "1"},
        Case{"EXTRACT(MINUTE FROM `2017-01-02T03:04+07:08`)", "4"},
        Case{"EXTRACT(HOUR FROM `2017-01-02T03:04+07:08`)", "3"},
        Case{"EXTRACT(TIMEZONE_HOUR FROM `2017-01-02T03:04+07:08`)", "7"},
        Case{"EXTRACT(TIMEZONE_MINUTE FROM `2017-01-02T03:04+07:08`)", "8"},
        Case{"TO_STRING(`1969-07-20T20:18Z`, 'MMMM d, y')", "\"July 20, 1969\""},
        Case{"TO_STRING(`1969-07-20T20:18Z`, 'MMM d, yyyy')", "\"Jul 20, 1969\""},
        Case{"TO_STRING(`1969-07-20T20:18Z`, 'M-d-yy')", "\"7-20-69\""},
        Case{"TO_STRING(`1969-07-20T20:18Z`, 'MM-d-y')", "\"07-20-1969\""},
        Case{"TO_STRING(`1969-07-20T20:18Z`, 'MMMM d, y h:m a')", "\"July 20, 1969 8:18 PM\""},
        Case{"TO_STRING(`1969-07-20T20:18Z`, 'y-MM-dd''T''H:m:ssX')", "\"1969-07-20T20:18:00Z\""},
        Case{"TO_STRING(`1969-07-20T20:18+08:00Z`, 'y')", "LexerInvalidIONLiteral"},
        Case{"TO_STRING(`1969-07-20T20:18:13+08:00`, 'y-MM-dd''T''H:m:ssXXXX')", "\"1969-07-20T20:18:13+0800\""},
        Case{"TO_STRING(`1969-07-20T20:18:13+08:00`, 'XXXXX')", "\"+08:00\""},
        Case{"TO_STRING(`1969T`, 'q')", "EvaluatorInvalidTimestampFormatPatternSymbol"},
        Case{"TO_STRING(`1969T`, '''x')", "EvaluatorUnterminatedTimestampFormatPatternToken"},
        Case{"TO_TIMESTAMP('2007T')", "\"2007T\""},
        Case{"TO_TIMESTAMP('2007-02-23T12:14:33.079-08:00')", "\"2007-02-23T12:14:33.079-08:00\""},
        Case{"TO_TIMESTAMP('yesterday')", "ValueParseFailure"}, Case{"UTCNOW() > `2023-01-01T`", "true"},
        Case{"UTCNOW()", "\"2023-11-14T22:13:20.000Z\""}, Case{"`2007T` < `2007-02T`", "true"}));

TEST(Parse, TellsWhere) {
  try {
    parse("SELECT a\nFROM S3Object ORDER BY a");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "Unexpected token found KEYWORD:order at line 2, column 15.");
  }
}

TEST(Parse, NamesWhatIsSelected) {
  const Query query =
      parse("SELECT s.a.b, c AS d, e f, 1 + 1, s.g[0] FROM S3Object[*].h AS s -- the end\nLIMIT /* few */ 5");
  std::vector<std::string> names;
  for (const Selected& each : query.selected) names.push_back(each.name);
  EXPECT_EQ(names, (std::vector<std::string>{"b", "d", "f", "", ""}));
  EXPECT_EQ(query.from.size(), 1U);
  EXPECT_EQ(query.alias, "s");
  EXPECT_EQ(query.limit, 5U);
}

}  // namespace
}  // namespace tarn::select
