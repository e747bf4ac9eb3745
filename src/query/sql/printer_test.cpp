// What the printer makes of each construct whose meaning or form differs between the engines.
#include "query/sql/printer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/sql/test_support.h"

namespace tarn::sql {
namespace {

using testing::HasSubstr;

struct PrintCase {
  std::string name, text, sql;
};
class PrintsExpression : public testing::TestWithParam<PrintCase> {};
TEST_P(PrintsExpression, AsTheEngineTakesIt) {
  EXPECT_EQ(printed_expression(GetParam().text), GetParam().sql);
}

INSTANTIATE_TEST_SUITE_P(
    Literals, PrintsExpression,
    testing::Values(
        PrintCase{"Integer", "7", "7::INTEGER"}, PrintCase{"Bigint", "3000000000", "3000000000::BIGINT"},
        PrintCase{"Negative", "-2147483649", "(-2147483649)::BIGINT"},
        PrintCase{"BareDecimalIsDouble", "1.5", "1.5e+00"}, PrintCase{"Exponent", "2.5E10", "2.5e+10"},
        PrintCase{"PointFirst", ".5", "5e-01"},
        PrintCase{"Decimal", "DECIMAL '1.250'", "CAST('1.250' AS DECIMAL(4, 3))"},
        PrintCase{"DecimalZeros", "DECIMAL '-007'", "CAST('-7' AS DECIMAL(1, 0))"},
        PrintCase{"Text", "'it''s'", "'it''s'::VARCHAR"},
        PrintCase{"Binary", "X'68 69'", "TRY_CAST('\\x68\\x69' AS BLOB)"},
        PrintCase{"Date", "DATE '2024-02-29'", "DATE '2024-02-29'"},
        PrintCase{"Timestamp", "TIMESTAMP '2024-01-15 10:30:45.123'", "TIMESTAMP '2024-01-15 10:30:45.123'"},
        PrintCase{"Zoned", "TIMESTAMP '2024-01-15 10:30 UTC'",
                  "system.trino.cast('2024-01-15 10:30 UTC'::VARCHAR, NULL::TIMESTAMPTZ, 0::INTEGER)"},
        PrintCase{"OtherType", "BIGINT '5'", "system.trino.cast('5'::VARCHAR, NULL::BIGINT)"},
        PrintCase{"Months", "INTERVAL '1-6' YEAR TO MONTH", "system.trino.interval_year_to_month((18)::INTEGER)"},
        PrintCase{"Days", "INTERVAL -'2 10:30:00.5' DAY TO SECOND",
                  "system.trino.interval_day_to_second((-210600500)::BIGINT)"},
        PrintCase{"Null", "NULL", "NULL"}, PrintCase{"User", "current_schema", "'db'::VARCHAR"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Operators, PrintsExpression,
    testing::Values(
        PrintCase{"Division", "7 / 2", "system.trino.divide(7::INTEGER, 2::INTEGER)"},
        PrintCase{"Negation", "-(1)", "system.trino.negate(1::INTEGER)"},
        PrintCase{"Comparison", "1 <> 2", "system.trino.neq(1::INTEGER, 2::INTEGER)"},
        PrintCase{"NotBetween", "1 NOT BETWEEN 2 AND 3",
                  "(NOT system.trino.between(1::INTEGER, 2::INTEGER, 3::INTEGER))"},
        PrintCase{"Like", "'a' LIKE 'b' ESCAPE '!'", "system.trino.like('a'::VARCHAR, 'b'::VARCHAR, '!'::VARCHAR)"},
        PrintCase{"Subscript", "ARRAY[1, 2][1]",
                  "system.trino.subscript(system.trino.array_of(1::INTEGER, 2::INTEGER), 1::INTEGER)"},
        PrintCase{"AtTimeZone", "now() AT TIME ZONE 'UTC'",
                  "system.trino.at_timezone(system.trino.now(), 'UTC'::VARCHAR)"},
        PrintCase{"Distinct", "1 IS NOT DISTINCT FROM NULL", "(NOT system.trino.distinct_from(1::INTEGER, NULL))"},
        PrintCase{"Extract", "EXTRACT(DOW FROM DATE '2024-01-01')", "system.trino.day_of_week(DATE '2024-01-01')"},
        PrintCase{"In", "1 NOT IN (1, 2)", "(NOT system.trino.in_list(1::INTEGER, 1::INTEGER, 2::INTEGER))"},
        PrintCase{"LongOrIsBalanced", "a OR b OR c OR d", "((\"a\" OR \"b\") OR (\"c\" OR \"d\"))"},
        PrintCase{"RowField", "CAST(r AS ROW(x bigint)).x",
                  "struct_extract(system.trino.cast(\"r\", NULL::STRUCT(\"x\" BIGINT)), 'x')"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Casts, PrintsExpression,
    testing::Values(PrintCase{"Plain", "CAST('1' AS integer)", "system.trino.cast('1'::VARCHAR, NULL::INTEGER)"},
                    PrintCase{"Safe", "TRY_CAST('1' AS real)", "system.trino.try_cast('1'::VARCHAR, NULL::FLOAT)"},
                    PrintCase{
                        "Nested", "CAST(a AS ARRAY(ROW(x int, y map(varchar, decimal(10,2)))))",
                        "system.trino.cast(\"a\", NULL::STRUCT(\"x\" INTEGER, \"y\" MAP(VARCHAR, DECIMAL(10, 2)))[])"},
                    PrintCase{"UnnamedFields", "CAST(a AS ROW(bigint, varchar))",
                              "system.trino.cast(\"a\", NULL::STRUCT(\"field0\" BIGINT, \"field1\" VARCHAR))"},
                    PrintCase{"TimestampHasMilliseconds", "CAST(a AS timestamp)",
                              "system.trino.cast(\"a\", NULL::TIMESTAMP, 3::INTEGER)"},
                    PrintCase{"Precise", "CAST(a AS timestamp(6) with time zone)",
                              "system.trino.cast(\"a\", NULL::TIMESTAMPTZ, 6::INTEGER)"},
                    PrintCase{"Varchar", "CAST(a AS varchar(3))", "system.trino.cast_varchar(\"a\", 3::BIGINT)"},
                    PrintCase{"Char", "TRY_CAST(a AS char(5))", "system.trino.try_cast_char(\"a\", 5::BIGINT)"},
                    PrintCase{"Json", "CAST(a AS JSON)", "system.trino.cast(\"a\", NULL::JSON)"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Calls, PrintsExpression,
    testing::Values(
        PrintCase{"Any", "Date_Diff('day', a, b)", "system.trino.date_diff('day'::VARCHAR, \"a\", \"b\")"},
        PrintCase{"Count", "count(*)", "count(*)"},
        PrintCase{"CountDistinct", "count(DISTINCT a)", "count(DISTINCT \"a\")"},
        PrintCase{"Ordered", "array_agg(a ORDER BY b DESC) FILTER (WHERE c)",
                  "system.trino.array_agg(\"a\" ORDER BY \"b\" DESC NULLS LAST) FILTER (WHERE \"c\")"},
        PrintCase{
            "Window", "sum(a) OVER (PARTITION BY b ORDER BY c ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)",
            "system.trino.sum(\"a\") OVER (PARTITION BY \"b\" ORDER BY \"c\" ASC NULLS LAST ROWS BETWEEN 2::INTEGER "
            "PRECEDING AND CURRENT ROW)"},
        PrintCase{"IgnoreNulls", "lag(a) IGNORE NULLS OVER (ORDER BY b)",
                  "lag(\"a\" IGNORE NULLS) OVER (ORDER BY \"b\" ASC NULLS LAST)"},
        PrintCase{"Listagg", "listagg(a, ',') WITHIN GROUP (ORDER BY b)",
                  "string_agg(\"a\", ','::VARCHAR ORDER BY \"b\" ASC NULLS LAST)"},
        PrintCase{"If", "IF(a, 1)", "system.trino.if_of(\"a\", 1::INTEGER)"},
        PrintCase{"Trim", "TRIM(LEADING 'x' FROM a)", "system.trino.ltrim(\"a\", 'x'::VARCHAR)"},
        PrintCase{"Position", "POSITION('x' IN a)", "system.trino.strpos(\"a\", 'x'::VARCHAR)"},
        PrintCase{"Transform", "transform(a, X -> x + b)",
                  "list_transform(\"a\", lambda \"$x0\": system.trino.add(\"$x0\", \"b\"))"},
        PrintCase{"AnyMatch", "any_match(a, x -> x.f)",
                  "system.trino.any_true(list_transform(\"a\", lambda \"$x0\": struct_extract(\"$x0\", 'f')))"},
        PrintCase{
            "ZipWith", "zip_with(a, b, (x, y) -> x + y)",
            "list_transform(list_zip(\"a\", \"b\"), lambda \"$x0\": system.trino.add(struct_extract_at(\"$x0\", 1), "
            "struct_extract_at(\"$x0\", 2)))"},
        PrintCase{"NestedLambdas", "transform(a, x -> transform(b, x -> x))",
                  "list_transform(\"a\", lambda \"$x0\": list_transform(\"b\", lambda \"$x1\": \"$x1\"))"}),
    [](const auto& info) { return info.param.name; });

TEST(Printer, RefusesWhatItCannotSay) {
  const auto refuses = [](std::string_view text) { return refusal([&] { printed_expression(text); }); };
  EXPECT_EQ(refuses("DATE '2024-13-01'"), "INVALID_LITERAL: line 1:1: '2024-13-01' is not a valid DATE literal");
  EXPECT_EQ(refuses("DATE '2023-02-29'"), "INVALID_LITERAL: line 1:1: '2023-02-29' is not a valid DATE literal");
  EXPECT_EQ(refuses("rank()"), "MISSING_OVER: line 1:1: Window function rank requires an OVER clause");
  EXPECT_EQ(refuses("a.b.f(1)"), "FUNCTION_NOT_FOUND: line 1:1: Function 'a.b.f' not registered");
  EXPECT_EQ(refuses("sum(*)"), "FUNCTION_NOT_FOUND: line 1:1: Function 'sum' not registered");
  for (const auto text :
       {"TIMESTAMP '2024-01-01 25:00'", "DECIMAL 'x'", "DECIMAL '123456789012345678901234567890123456789'", "1e400",
        "x -> 1", "f(x -> 1)", "transform(a, (x, y) -> 1)", "transform(a, b)", "array_sort(a, (x, y) -> 1)", "?",
        "reduce_agg(a, 0, (s, x) -> s, (s, t) -> s)", "sum(a) IGNORE NULLS", "CAST(a AS timestamp(9))",
        "CAST(a AS decimal(39, 0))", "CAST(a AS decimal(2, 3))", "CAST(a AS char(0))", "try(1, 2)", "nullif(1)"}) {
    EXPECT_NE(refuses(text), "") << text;
  }
}

TEST(Printer, NamesOutputs) {
  EXPECT_EQ(printed("SELECT a, T.B, 1 AS \"C d\", 2 FROM t"),
            "SELECT \"a\", \"t\".\"B\", 1::INTEGER AS \"C d\", 2::INTEGER AS \"$unnamed0\" FROM "
            "scan('db.t') AS \"t\"");
  EXPECT_EQ(output_name("$unnamed7", 3), "_col3");
  EXPECT_EQ(output_name("a", 3), "a");
}

TEST(Printer, ResolvesQualifiedNames) {
  EXPECT_EQ(printed("SELECT x.t.a FROM x.t"), "SELECT \"t\".\"a\" FROM scan('x.t') AS \"t\"");
  EXPECT_EQ(printed("SELECT awsdatacatalog.x.t.a.f FROM x.t"), "SELECT \"t\".\"a\".\"f\" FROM scan('x.t') AS \"t\"");
  const auto two = printed("SELECT x.t.a, y.t.a FROM x.t, y.t");
  EXPECT_THAT(two, HasSubstr("SELECT \"t\".\"a\", \"t$0\".\"a\""));
  EXPECT_THAT(two, HasSubstr("scan('y.t') AS \"t$0\""));
  EXPECT_THAT(printed("SELECT (SELECT max(u.b) FROM u WHERE u.k = db.t.k) FROM t"),
              HasSubstr("eq(\"u\".\"k\", \"t\".\"k\")"));
}

TEST(Printer, PrintsRelations) {
  EXPECT_EQ(printed("SELECT * FROM a JOIN b USING (K) JOIN c ON b.x = c.x"),
            "SELECT \"K\", * EXCLUDE (\"k\") FROM scan('db.a') AS \"a\" JOIN scan('db.b') AS \"b\" USING(\"K\") JOIN "
            "scan('db.c') AS \"c\" ON system.trino.eq(\"b\".\"x\", \"c\".\"x\")");
  EXPECT_EQ(
      printed("SELECT t.a, o FROM t CROSS JOIN UNNEST(t.m, n) WITH ORDINALITY AS u (k, v, o)"),
      "SELECT \"t\".\"a\", \"o\" FROM scan('db.t') AS \"t\" CROSS JOIN LATERAL (SELECT "
      "unnest(system.trino.unnest_rows(TRUE, \"t\".\"m\", \"n\"), max_depth := 2)) AS \"u\"(\"k\", \"v\", \"o\")");
  EXPECT_THAT(printed("SELECT * FROM UNNEST(ARRAY[1]) AS t (x)"), HasSubstr("FROM (SELECT unnest("));
  EXPECT_THAT(printed("SELECT * FROM a, LATERAL (SELECT a.x) AS q"), HasSubstr(", LATERAL (SELECT \"a\".\"x\""));
  EXPECT_THAT(printed("SELECT * FROM (a CROSS JOIN b) AS q"),
              HasSubstr("FROM (SELECT * FROM scan('db.a') AS \"a\" CROSS JOIN scan('db.b') AS \"b\") AS \"q\""));
  EXPECT_THAT(printed("SELECT * FROM t TABLESAMPLE BERNOULLI (5)"), HasSubstr("TABLESAMPLE bernoulli(5 PERCENT)"));
  EXPECT_THAT(printed("SELECT * FROM a LEFT JOIN (b JOIN c ON TRUE) ON FALSE"),
              HasSubstr("LEFT JOIN (scan('db.b') AS \"b\" JOIN scan('db.c') AS \"c\" ON TRUE) ON FALSE"));
}

TEST(Printer, PrintsQueries) {
  EXPECT_EQ(printed("VALUES 1, 2"), "SELECT * FROM (VALUES (1::INTEGER), (2::INTEGER)) AS \"$values\"(\"$unnamed0\")");
  EXPECT_EQ(printed("WITH T(x) AS (SELECT 1) SELECT x FROM t AS u"),
            "WITH \"t\"(\"x\") AS (SELECT 1::INTEGER AS \"$unnamed0\") SELECT \"x\" FROM \"t\" AS \"u\"");
  EXPECT_EQ(printed("(SELECT a FROM t LIMIT 5) UNION ALL SELECT b FROM u ORDER BY 1 DESC OFFSET 2 LIMIT 3"),
            "((SELECT \"a\" FROM scan('db.t') AS \"t\" LIMIT 5)) UNION ALL (SELECT \"b\" FROM "
            "scan('db.u') AS \"u\") ORDER BY 1 DESC NULLS LAST LIMIT 3 OFFSET 2");
  EXPECT_THAT(printed("SELECT a, count(*) FROM t GROUP BY 1, GROUPING SETS ((a, b), a, ()), ROLLUP (c)"),
              HasSubstr(" GROUP BY 1, GROUPING SETS ((\"a\", \"b\"), \"a\", ()), ROLLUP (\"c\")"));
  EXPECT_THAT(
      printed("SELECT a AS x FROM t ORDER BY x, 1, b FETCH FIRST 3 ROWS WITH TIES"),
      HasSubstr(" QUALIFY rank() OVER (ORDER BY \"a\" ASC NULLS LAST, \"a\" ASC NULLS LAST, \"b\" ASC NULLS LAST) "
                "<= 3 ORDER BY \"x\" ASC NULLS LAST, 1 ASC NULLS LAST"));
  EXPECT_THAT(printed("SELECT DISTINCT a FROM t ORDER BY a FETCH FIRST ROW WITH TIES"),
              HasSubstr("AS \"$ties\" QUALIFY rank() OVER (ORDER BY \"a\" ASC NULLS LAST) <= 1"));
  EXPECT_THAT(printed("SELECT rank() OVER w FROM t WINDOW w AS (PARTITION BY a), W2 AS (w ORDER BY b)"),
              HasSubstr(" WINDOW \"w\" AS (PARTITION BY \"a\"), \"w2\" AS (\"w\" ORDER BY \"b\" ASC NULLS LAST)"));
  EXPECT_EQ(refusal([] { printed("SELECT *"); }),
            "SYNTAX_ERROR: line 1:8: SELECT * not allowed in queries without FROM clause");
  EXPECT_NE(refusal([] { printed("VALUES (1, 2), 3"); }), "");
}

TEST(Printer, ExpandsViewsInTheirOwnDatabase) {
  AnyTable tables;
  tables.views["v"] = "SELECT a FROM t";
  EXPECT_EQ(printed("WITH t AS (SELECT 1 AS a) SELECT v.a FROM v", tables),
            "WITH \"t\" AS (SELECT 1::INTEGER AS \"a\") SELECT \"v\".\"a\" FROM (SELECT \"a\" FROM "
            "scan('views.t') AS \"t\") AS \"v\"");
  tables.views["w"] = "SELECT * FROM views.w";
  tables.views["x"] = "SELECT * FROM w";
  EXPECT_THAT(refusal([&] { printed("SELECT * FROM x", tables); }), HasSubstr("VIEW_IS_RECURSIVE"));
}

TEST(Printer, HidesHiddenColumnsFromStars) {
  AnyTable tables;
  EXPECT_EQ(printed("SELECT *, \"$path\" FROM t", tables),
            "SELECT * EXCLUDE (\"$path\"), \"$path\" FROM scan('db.t') AS \"t\"");
  EXPECT_EQ(tables.seen.front().hidden_columns, std::set<std::string>{"$path"});
  EXPECT_EQ(printed("SELECT t.* FROM t"), "SELECT \"t\".* FROM scan('db.t') AS \"t\"");
}

// What of WHERE and ON the resolver may prune by.
TEST(Printer, HandsConditionsToTheTablesTheyBind) {
  AnyTable tables;
  printed("SELECT * FROM a LEFT JOIN b ON a.k = b.k AND b.m = 1 JOIN c ON c.m = 2 WHERE a.x = 1 AND (b.y OR c.y)",
          tables);
  ASSERT_EQ(tables.seen.size(), 3u);
  EXPECT_EQ(tables.seen[0].conditions.size(), 3u);  // WHERE's two and c's ON, not the LEFT JOIN's.
  EXPECT_EQ(tables.seen[1].conditions.size(), 5u);
  EXPECT_EQ(tables.seen[2].conditions.size(), 3u);
  EXPECT_EQ(tables.seen[1].alias, "b");
}

TEST(Printer, PutsParametersInTheirPlaces) {
  std::vector<ExpressionPtr> parameters;
  parameters.push_back(parse_expression("'x'"));
  parameters.push_back(parse_expression("5"));
  AnyTable tables;
  EXPECT_EQ(printed("SELECT a FROM t WHERE b = ? LIMIT ?", tables, {.database = "db", .parameters = parameters}),
            "SELECT \"a\" FROM scan('db.t') AS \"t\" WHERE system.trino.eq(\"b\", 'x'::VARCHAR) LIMIT 5");
  EXPECT_THAT(refusal([&] { printed("SELECT ? FROM t", tables); }), HasSubstr("INVALID_PARAMETER_USAGE"));
}

}  // namespace
}  // namespace tarn::sql
