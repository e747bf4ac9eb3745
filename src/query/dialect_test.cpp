// Expressions and queries in Trino's words, through parser, printer and engine, against what Trino answers.
#include <gtest/gtest.h>

#include "duck/engine.h"
#include "duck/memory_files.h"
#include "query/sql/parser.h"
#include "query/sql/printer.h"

namespace tarn::query {
namespace {

class NoTables : public sql::TableResolver {
 public:
  std::variant<sql::ResolvedSource, sql::ResolvedView> resolve(const sql::TableReference& table, const std::string&,
                                                               const sql::TableUse&) override {
    throw sql::SqlError(sql::error_names::table_not_found, table.name.position(), table.name.text());
  }
};

duck::Connection& connection() {
  static duck::Engine engine({.memory_bytes = 256 << 20, .threads = 1});
  static const auto shared = engine.connect(std::make_shared<duck::MemoryFiles>(), duck::Rules::trino);
  return *shared;
}

// Rows joined by ";", fields by "|", NULL as "null"; the error's name if there is one.
std::string answer(const std::string& text) {
  try {
    const auto statement = sql::parse_query_dialect(text);
    NoTables tables;
    const auto result = connection().run(
        sql::print_query(*std::get<sql::QueryPtr>(statement->node), tables, {.database = "db", .user = "someone"}));
    std::string rows;
    while (const auto chunk = result->next()) {
      for (std::size_t row = 0; row < chunk->rows(); ++row) {
        if (!rows.empty()) rows += ";";
        for (std::size_t column = 0; column < result->columns().size(); ++column) {
          rows += (column > 0 ? "|" : "") + chunk->text(column, row).value_or("null");
        }
      }
    }
    return rows;
  } catch (const duck::SqlError& error) {
    return error.name();
  } catch (const sql::SqlError& error) {
    return std::string(error.name());
  }
}

struct Probe {
  const char* sql;
  const char* answer;
};

class Expression : public testing::TestWithParam<Probe> {};
TEST_P(Expression, AnswersAsTrino) {
  EXPECT_EQ(answer("SELECT " + std::string(GetParam().sql)), GetParam().answer) << GetParam().sql;
}

INSTANTIATE_TEST_SUITE_P(
    Arithmetic, Expression,
    testing::Values(Probe{"7 / 2", "3"}, Probe{"-7 / 2", "-3"}, Probe{"7 % 3", "1"}, Probe{"-7 % 3", "-1"},
                    Probe{"1 / 0", "DIVISION_BY_ZERO"}, Probe{"1.0E0 / 0", "Infinity"}, Probe{"7.0 / 2", "3.5"},
                    Probe{"DECIMAL '7.00' / DECIMAL '3'", "2.33"}, Probe{"DECIMAL '1.25' * DECIMAL '2.5'", "3.125"},
                    Probe{"typeof(DECIMAL '1.25' * DECIMAL '2.5')", "decimal(5,3)"},
                    Probe{"DECIMAL '12345678901234567890' * 2", "24691357802469135780"},
                    Probe{"typeof(DECIMAL '1.10' + DECIMAL '2.2')", "decimal(4,2)"},
                    Probe{"2147483647 + 1", "NUMERIC_VALUE_OUT_OF_RANGE"}, Probe{"2147483648 + 1", "2147483649"},
                    Probe{"BIGINT '9223372036854775807' + 1", "NUMERIC_VALUE_OUT_OF_RANGE"},
                    Probe{"TRY(1 / 0)", "null"}, Probe{"TRY(CAST('x' AS integer))", "null"}, Probe{"1 + NULL", "null"},
                    Probe{"typeof(1)", "integer"}, Probe{"typeof(1.5)", "double"},
                    Probe{"typeof(3000000000)", "bigint"}, Probe{"typeof(ARRAY[1])", "array(integer)"},
                    Probe{"abs(-5)", "5"}, Probe{"sqrt(-1)", "NaN"}, Probe{"round(1234.5678E0, -2)", "1200.0"},
                    Probe{"round(DECIMAL '2.345', 2)", "2.350"}, Probe{"mod(7, 3)", "1"},
                    Probe{"power(2, 10)", "1024.0"}, Probe{"greatest(1, NULL, 3)", "null"},
                    Probe{"bitwise_and(12, 10)", "8"}));

INSTANTIATE_TEST_SUITE_P(
    Casts, Expression,
    testing::Values(Probe{"CAST(DOUBLE '2.5' AS integer)", "3"}, Probe{"CAST(1.0E10 AS varchar)", "1.0E10"},
                    Probe{"CAST('abc' AS varchar(2))", "ab"}, Probe{"TRY_CAST('a' AS bigint)", "null"},
                    Probe{"CAST('a' AS bigint)", "INVALID_CAST_ARGUMENT"}, Probe{"length(CAST('ab' AS char(5)))", "5"},
                    Probe{"CAST(DATE '2024-01-15' AS varchar)", "2024-01-15"},
                    Probe{"CAST('2024-01-15' AS date)", "2024-01-15"},
                    Probe{"CAST(TIMESTAMP '2024-01-15 10:00:00' AS date)", "2024-01-15"},
                    Probe{"CAST(ROW(1, 'x') AS ROW(a bigint, b varchar)).b", "x"},
                    Probe{"CAST(ARRAY[1, 2] AS ARRAY(varchar))", "[1, 2]"}, Probe{"CAST(true AS varchar)", "true"},
                    Probe{"CAST('1.5' AS double) + 1", "2.5"}, Probe{"X'6869'", "68 69"},
                    Probe{"CAST(JSON '{\"a\": 1}' AS MAP(varchar, integer))['a']", "1"},
                    Probe{"'a' || 1", "FUNCTION_NOT_FOUND"}, Probe{"DATE '2024-01-01' > '2023'", "TYPE_MISMATCH"},
                    Probe{"1 = '1'", "TYPE_MISMATCH"}));

INSTANTIATE_TEST_SUITE_P(
    Dates, Expression,
    testing::Values(Probe{"date_diff('hour', TIMESTAMP '2024-01-01 00:59:00', TIMESTAMP '2024-01-01 02:00:00')", "1"},
                    Probe{"date_diff('year', DATE '2023-12-31', DATE '2024-01-01')", "0"},
                    Probe{"date_add('day', 1, DATE '2024-01-01')", "2024-01-02"},
                    Probe{"date_trunc('month', DATE '2024-05-17')", "2024-05-01"},
                    Probe{"day_of_week(DATE '2024-05-19')", "7"}, Probe{"EXTRACT(DOW FROM DATE '2024-05-19')", "7"},
                    Probe{"DATE '2024-01-31' + INTERVAL '1' MONTH", "2024-02-29"},
                    Probe{"DATE '2024-03-01' - DATE '2024-01-01'", "60 00:00:00.000"},
                    Probe{"TIMESTAMP '2024-01-02 00:00:00' - TIMESTAMP '2024-01-01 12:30:00'", "0 11:30:00.000"},
                    Probe{"INTERVAL '1-6' YEAR TO MONTH", "1-6"},
                    Probe{"INTERVAL '2' DAY + INTERVAL '3' HOUR", "2 03:00:00.000"},
                    Probe{"millisecond(TIMESTAMP '2024-05-17 13:45:10.123')", "123"},
                    Probe{"date_format(TIMESTAMP '2024-05-17 13:45:10', '%Y-%m-%d %H:%i:%s')", "2024-05-17 13:45:10"},
                    Probe{"date_parse('2024-05-17 13:45', '%Y-%m-%d %H:%i')", "2024-05-17 13:45:00.000"},
                    Probe{"from_unixtime(0)", "1970-01-01 00:00:00.000 UTC"},
                    Probe{"to_unixtime(TIMESTAMP '1970-01-01 00:01:00 UTC')", "60.0"},
                    Probe{"last_day_of_month(DATE '2024-02-01')", "2024-02-29"},
                    Probe{"year(DATE '2024-02-01')", "2024"},
                    Probe{"date '2024-02-01' BETWEEN date '2024-01-01' AND date '2024-03-01'", "true"}));

INSTANTIATE_TEST_SUITE_P(
    Collections, Expression,
    testing::Values(
        Probe{"ARRAY[1, 2, 3][4]", "INVALID_FUNCTION_ARGUMENT"}, Probe{"ARRAY[1, 2, 3][2]", "2"},
        Probe{"element_at(ARRAY[1, 2], -1)", "2"}, Probe{"element_at(MAP(ARRAY['a'], ARRAY[1]), 'z')", "null"},
        Probe{"MAP(ARRAY['a'], ARRAY[1])['a']", "1"},
        Probe{"MAP(ARRAY['a'], ARRAY[1])['z']", "INVALID_FUNCTION_ARGUMENT"},
        Probe{"array_distinct(ARRAY[3, 1, 3, NULL])", "[3, 1, null]"}, Probe{"cardinality(ARRAY[1, 2])", "2"},
        Probe{"contains(ARRAY[1, NULL], 2)", "null"}, Probe{"array_position(ARRAY[1, 2], 5)", "0"},
        Probe{"ARRAY[1] || 2", "[1, 2]"}, Probe{"transform(ARRAY[1, 2], x -> x * 2)", "[2, 4]"},
        Probe{"filter(ARRAY[1, 2, 3], x -> x > 1)", "[2, 3]"},
        Probe{"reduce(ARRAY[1, 2, 3], 0, (s, x) -> s + x, s -> s * 10)", "60"},
        Probe{"reduce(ARRAY['a', 'bb'], BIGINT '0', (s, x) -> s + length(x), s -> s)", "3"},
        Probe{"any_match(ARRAY[1, 2], x -> x > 1)", "true"}, Probe{"all_match(ARRAY[1, NULL], x -> x > 0)", "null"},
        Probe{"none_match(CAST(ARRAY[] AS ARRAY(integer)), x -> true)", "true"},
        Probe{"zip_with(ARRAY[1, 2], ARRAY[10, 20], (a, b) -> a + b)", "[11, 22]"},
        Probe{"transform_values(MAP(ARRAY['a'], ARRAY[1]), (k, v) -> v + 1)", "{a=2}"},
        Probe{"map_filter(MAP(ARRAY['a', 'b'], ARRAY[1, 2]), (k, v) -> v > 1)", "{b=2}"},
        Probe{"sequence(1, 4)", "[1, 2, 3, 4]"}, Probe{"array_join(ARRAY['a', 'b'], '-')", "a-b"},
        Probe{"slice(ARRAY[1, 2, 3], 2, 2)", "[2, 3]"}, Probe{"ROW(1, 'x')", "{1, x}"}));

INSTANTIATE_TEST_SUITE_P(
    Text, Expression,
    testing::Values(Probe{"concat('a', NULL, 'b')", "null"}, Probe{"regexp_replace('aaa', 'a', 'b')", "bbb"},
                    Probe{"regexp_replace('ab', '(a)(b)', '$2$1')", "ba"}, Probe{"regexp_extract('abc', 'z')", "null"},
                    Probe{"regexp_like('abc', 'b+')", "true"}, Probe{"split('a,b,c', ',', 2)", "[a, b,c]"},
                    Probe{"split_part('a-b', '-', 5)", "null"}, Probe{"strpos('hello', 'l', 2)", "4"},
                    Probe{"substr('hello', 0)", ""}, Probe{"replace('banana', 'an')", "ba"},
                    Probe{"upper('straße')", "STRAßE"}, Probe{"to_base(255, 16)", "ff"},
                    Probe{"url_encode('a b&c')", "a+b%26c"}, Probe{"TRIM(LEADING 'x' FROM 'xxa')", "a"},
                    Probe{"'a_c' LIKE 'a!_c' ESCAPE '!'", "true"}, Probe{"'abc' LIKE 'a%'", "true"},
                    Probe{"json_extract_scalar('{\"a\": {\"b\": 1}}', '$.a.b')", "1"},
                    Probe{"json_array_length('[1, 2]')", "2"},
                    Probe{"lower(to_hex(md5(to_utf8('a'))))", "0cc175b9c0f1b6a831c399e269772661"},
                    Probe{"current_user", "someone"}, Probe{"coalesce(NULL, 'a')", "a"}, Probe{"nullif(1, 1)", "null"},
                    Probe{"IF(1 > 2, 'a')", "null"}));

class Query : public testing::TestWithParam<Probe> {};
TEST_P(Query, AnswersAsTrino) {
  EXPECT_EQ(answer(GetParam().sql), GetParam().answer) << GetParam().sql;
}

INSTANTIATE_TEST_SUITE_P(
    , Query,
    testing::Values(
        Probe{"VALUES 1, 2", "1;2"}, Probe{"SELECT x FROM (VALUES 2, NULL, 1) t(x) ORDER BY x DESC", "2;1;null"},
        Probe{"SELECT x FROM (VALUES 2, NULL, 1) t(x) ORDER BY x NULLS FIRST", "null;1;2"},
        Probe{"SELECT avg(x), sum(x) FROM (VALUES DECIMAL '1.10', DECIMAL '1.15') t(x)", "1.13|2.25"},
        Probe{"SELECT sum(x), typeof(sum(x)) FROM (VALUES 1, 2) t(x)", "3|bigint"},
        Probe{"SELECT count(*), count(x), count(DISTINCT x) FROM (VALUES 1, 1, NULL) t(x)", "3|2|1"},
        Probe{"SELECT listagg(x, ',') WITHIN GROUP (ORDER BY x) FROM (VALUES 'b', 'a') t(x)", "a,b"},
        Probe{"SELECT array_agg(x ORDER BY x DESC) FROM (VALUES 1, 3, 2) t(x)", "[3, 2, 1]"},
        Probe{"SELECT max_by(a, b), min(a) FILTER (WHERE b > 1) FROM (VALUES ('x', 1), ('y', 2)) t(a, b)", "y|y"},
        Probe{"SELECT approx_distinct(x) > 0, approx_percentile(x, 0.5) FROM (VALUES 1, 2, 3) t(x)", "true|2"},
        Probe{"SELECT a, sum(b) FROM (VALUES ('x', 1), ('y', 2)) t(a, b) GROUP BY ROLLUP (a) ORDER BY a",
              "x|1;y|2;null|3"},
        Probe{"SELECT x, rank() OVER (ORDER BY x), lag(x) OVER (ORDER BY x) FROM (VALUES 1, 1, 2) t(x) ORDER BY 1, 3",
              "1|1|1;1|1|null;2|3|1"},
        Probe{"SELECT avg(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES 1, 2, 4) t(x) "
              "ORDER BY x",
              "1.0;1.5;3.0"},
        Probe{"SELECT sum(x) OVER (ORDER BY d RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW) FROM (VALUES "
              "(1, DATE "
              "'2024-01-01'), (2, DATE '2024-01-02'), (4, DATE '2024-01-04')) t(x, d) ORDER BY d",
              "1;3;4"},
        Probe{"SELECT n, k, v, o FROM (VALUES 1) t(n) CROSS JOIN UNNEST(MAP(ARRAY['a', 'b'], ARRAY[1, 2])) WITH "
              "ORDINALITY u(k, v, o) "
              "ORDER BY o",
              "1|a|1|1;1|b|2|2"},
        Probe{"SELECT a, b FROM UNNEST(ARRAY[1, 2], ARRAY['x']) AS t(a, b) ORDER BY a", "1|x;2|null"},
        Probe{"SELECT * FROM UNNEST(ARRAY[CAST(ROW(1, 'x') AS ROW(i integer, s varchar))])", "1|x"},
        Probe{"SELECT x FROM (VALUES 1) t(x) LEFT JOIN UNNEST(CAST(NULL AS ARRAY(integer))) u(y) ON true", "1"},
        Probe{"SELECT x FROM (VALUES 3, 1, 2, 2) t(x) ORDER BY x FETCH FIRST 2 ROWS WITH TIES", "1;2;2"},
        Probe{"SELECT x FROM (VALUES 1, 2, 3) t(x) ORDER BY x OFFSET 1 LIMIT 1", "2"},
        Probe{"SELECT * FROM (VALUES (1, 'a')) t(k, x) JOIN (VALUES (1, 'b')) u(k, y) USING (k)", "1|a|b"},
        Probe{"SELECT * FROM (VALUES ('a', 1)) t(x, k) FULL JOIN (VALUES ('b', 2)) u(y, k) USING (k) ORDER BY 1",
              "1|a|null;2|null|b"},
        Probe{
            "SELECT 1 WHERE 1 = ALL (SELECT 1) AND 2 > ANY (VALUES 1, 5) AND EXISTS (SELECT 1) AND 3 NOT IN (SELECT 4)",
            "1"},
        Probe{"SELECT (SELECT x FROM (VALUES 1, 2) t(x))", "SUBQUERY_MULTIPLE_ROWS"},
        Probe{"WITH RECURSIVE t(n) AS (VALUES 1 UNION ALL SELECT n + 1 FROM t WHERE n < 4) SELECT sum(n) FROM t", "10"},
        Probe{"(SELECT 1 UNION SELECT 1) UNION ALL SELECT 2 ORDER BY 1", "1;2"},
        Probe{"SELECT 1 INTERSECT SELECT 1", "1"},
        Probe{"SELECT t.r.a FROM (SELECT CAST(ROW(5) AS ROW(a integer)) AS r) t", "5"},
        Probe{"SELECT x AS y FROM (VALUES 1) t(x) WHERE z = 1", "COLUMN_NOT_FOUND"},
        Probe{"SELECT count(*) FROM (VALUES 1, 2) t(x) TABLESAMPLE BERNOULLI (100)", "2"},
        Probe{"SELECT grouping(a), count(*) FROM (VALUES 1, 2) t(a) GROUP BY GROUPING SETS ((a), ()) ORDER BY 1, 2",
              "0|1;0|1;1|2"},
        Probe{"SELECT CASE x WHEN 1 THEN 'one' ELSE 'more' END FROM (VALUES 1, 2) t(x) ORDER BY x", "one;more"}));

}  // namespace
}  // namespace tarn::query
