// From Trino's text through the printer and the engine to Athena's answer: the expressions that both engines take and
// that they answer differently, and the forms that only the printer and the engine together can get right.
//
// One deliberate difference from Trino: a bare 1.5 is a double, as in Athena.
#include <gtest/gtest.h>

#include "duck/engine.h"
#include "duck/memory_files.h"
#include "query/sql/test_support.h"

namespace tarn::sql {
namespace {

struct EngineProbe {
  const char* sql;     // After SELECT; a whole query if it begins with one of its words.
  const char* answer;  // Text of the first field, "∅" for NULL, or the beginning of NAME: message.
  const char* type = "";
};

class EngineProbes : public testing::TestWithParam<EngineProbe> {};

TEST_P(EngineProbes, AnswerAsAthena) {
  static duck::Engine& engine = *new duck::Engine({.memory_bytes = 256 << 20, .threads = 2, .spill_directory = ""});
  const auto connection = engine.connect(std::make_shared<duck::MemoryFiles>(), duck::Rules::trino);
  const EngineProbe probe = GetParam();
  const std::string_view text = probe.sql;
  const bool whole = text.starts_with("SELECT") || text.starts_with("WITH") || text.starts_with("VALUES");
  std::string answer, type, sql;
  try {
    sql = printed(whole ? std::string(text) : "SELECT " + std::string(text));
    const auto result = connection->run(sql);
    type = trino_name(result->columns().at(0).type);
    const auto chunk = result->next();
    answer = chunk ? chunk->text(0, 0).value_or("∅") : "no rows";
  } catch (const duck::SqlError& error) {
    answer = error.what();
  } catch (const SqlError& error) {
    answer = std::string(error.name()) + ": " + error.what();
  }
  if (answer.starts_with(probe.answer)) answer = probe.answer;
  EXPECT_EQ(answer, probe.answer) << probe.sql << "\n" << sql;
  if (*probe.type) EXPECT_EQ(type, probe.type) << probe.sql << "\n" << sql;
}

INSTANTIATE_TEST_SUITE_P(
    SameTextOtherAnswer, EngineProbes,
    testing::Values(
        EngineProbe{"array_distinct(ARRAY[3,1,3,NULL])", "[3, 1, null]", "array(integer)"},
        EngineProbe{"array_position(ARRAY[1,2],5)", "0", "bigint"},
        EngineProbe{"avg(x) FROM (VALUES (DECIMAL '1.10'),(DECIMAL '1.15')) t(x)", "1.13", "decimal(3,2)"},
        EngineProbe{"bit_count(255,64)", "8", "bigint"}, EngineProbe{"cardinality(ARRAY[1,2])", "2", "bigint"},
        EngineProbe{"concat('a',NULL,'b')", "∅", "varchar"}, EngineProbe{"concat_ws(',',ARRAY['a','b'])", "a,b"},
        EngineProbe{"contains(ARRAY[1,NULL],2)", "∅", "boolean"},
        EngineProbe{"corr(x,y) FROM (VALUES (1,2),(2,4),(3,7)) t(x,y)", "0.99339926", "real"},
        EngineProbe{"date_add('day',1,DATE '2024-01-01')", "2024-01-02", "date"},
        EngineProbe{"date_diff('hour',TIMESTAMP '2024-01-01 00:59:00',TIMESTAMP '2024-01-01 02:00:00')", "1", "bigint"},
        EngineProbe{"date_diff('year',DATE '2023-12-31',DATE '2024-01-01')", "0", "bigint"},
        EngineProbe{"date_trunc('month',DATE '2024-05-17')", "2024-05-01", "date"},
        EngineProbe{"date_trunc('week',DATE '2024-05-19')", "2024-05-13", "date"},
        EngineProbe{"element_at(ARRAY[1,2],-1)", "2", "integer"},
        EngineProbe{"element_at(MAP(ARRAY['a'],ARRAY[1]),'a')", "1", "integer"},
        EngineProbe{"element_at(MAP(ARRAY['a'],ARRAY[1]),'z')", "∅", "integer"},
        EngineProbe{"greatest(1,NULL,3)", "∅", "integer"}, EngineProbe{"json_array_length('{}')", "∅", "bigint"},
        EngineProbe{"CAST(json_extract('{\"a\":{\"b\":1}}','$.a') AS varchar)", "INVALID_CAST_ARGUMENT: "},
        EngineProbe{"round(skewness(x), 9) FROM (VALUES (1.0E0),(2.0E0),(4.0E0),(8.0E0),(9.0E0)) t(x)", "0.182308025",
                    "double"},
        EngineProbe{"length(CAST('ab' AS char(5)))", "5", "bigint"},
        EngineProbe{"listagg(x,',') WITHIN GROUP (ORDER BY x) FROM (VALUES ('b'),('a')) t(x)", "a,b", "varchar"},
        EngineProbe{"md5('a')", "FUNCTION_NOT_FOUND: "},
        EngineProbe{"millisecond(TIMESTAMP '2024-05-17 13:45:10.123')", "123", "bigint"},
        EngineProbe{"reduce(ARRAY[1,2,3],0,(s,x) -> s+x,s -> s)", "6", "integer"},
        EngineProbe{"regexp_extract('abc','z')", "∅"}, EngineProbe{"regexp_replace('aaa','a','b')", "bbb"},
        EngineProbe{"regexp_replace('ab','(a)(b)','$2$1')", "ba"}, EngineProbe{"repeat('x',3)", "[x, x, x]"},
        EngineProbe{"replace('banana','an')", "ba"}, EngineProbe{"reverse(ARRAY[1,2])", "[2, 1]", "array(integer)"},
        EngineProbe{"round(DECIMAL '2.345',2)", "2.350", "decimal(5,3)"},
        EngineProbe{"round(DECIMAL '1234.5678',-2)", "1200.0000", "decimal(9,4)"},
        EngineProbe{"sha256('a')", "FUNCTION_NOT_FOUND: "}, EngineProbe{"split('a,b,c',',',2)", "[a, b,c]"},
        EngineProbe{"split_part('a-b','-',5)", "∅"}, EngineProbe{"sqrt(-1)", "NaN", "double"},
        EngineProbe{"strpos('hello','l',2)", "4", "bigint"}, EngineProbe{"substr('hello',0)", ""},
        EngineProbe{"sum(x) FROM (VALUES (DECIMAL '1.10'),(DECIMAL '1.15')) t(x)", "2.25", "decimal(38,2)"},
        EngineProbe{"to_base(255,16)", "ff"}, EngineProbe{"to_milliseconds(INTERVAL '1' HOUR)", "3600000", "bigint"}));

INSTANTIATE_TEST_SUITE_P(
    SameTextOtherAnswerToo, EngineProbes,
    testing::Values(EngineProbe{"typeof(1)", "integer"}, EngineProbe{"typeof(DECIMAL '1.5')", "decimal(2,1)"},
                    EngineProbe{"typeof(1.5)", "double"}, EngineProbe{"typeof(ARRAY[1])", "array(integer)"},
                    EngineProbe{"upper('straße')", "STRAßE"}, EngineProbe{"url_decode('a+b%26c')", "a b&c"},
                    EngineProbe{"url_encode('a b&c')", "a+b%26c"}, EngineProbe{"7/2", "3", "integer"},
                    EngineProbe{"DECIMAL '7.0'/2", "3.5", "decimal(2,1)"}, EngineProbe{"7.0/2", "3.5", "double"},
                    EngineProbe{"1/DECIMAL '3.0'", "0.3", "decimal(12,1)"},
                    EngineProbe{"DECIMAL '7.00'/DECIMAL '3'", "2.33", "decimal(3,2)"},
                    EngineProbe{"ARRAY[1,2,3][4]", "INVALID_FUNCTION_ARGUMENT: "},
                    EngineProbe{"1/0", "DIVISION_BY_ZERO: Division by zero"}, EngineProbe{"TRY(1/0)", "∅", "integer"},
                    EngineProbe{"CAST(DOUBLE '2.5' AS integer)", "3", "integer"},
                    EngineProbe{"CAST(1.0E10 AS varchar)", "1.0E10"},
                    EngineProbe{"DATE '2024-01-31' + INTERVAL '1' MONTH", "2024-02-29", "date"},
                    EngineProbe{"DATE '2024-03-01' - DATE '2024-01-01'", "60 00:00:00.000", "interval day to second"},
                    EngineProbe{"TIMESTAMP '2024-01-02 00:00:00' - TIMESTAMP '2024-01-01 12:30:00'", "0 11:30:00.000",
                                "interval day to second"},
                    EngineProbe{"CAST('ab' AS char(5)) = CAST('ab   ' AS char(6))", "true", "boolean"},
                    EngineProbe{"extract(DOW FROM DATE '2024-05-19')", "7", "bigint"},
                    EngineProbe{"day_of_week(DATE '2024-05-19')", "7", "bigint"},
                    EngineProbe{"ARRAY[1,NULL]=ARRAY[1,NULL]", "∅", "boolean"},
                    EngineProbe{"ARRAY[1] || 2", "[1, 2]", "array(integer)"},
                    EngineProbe{"X'6869'", "68 69", "varbinary"},
                    EngineProbe{"DECIMAL '1.25' * DECIMAL '2.5'", "3.125", "decimal(5,3)"},
                    EngineProbe{"DECIMAL '12345678901234567890' * 2", "24691357802469135780", "decimal(30,0)"}));

INSTANTIATE_TEST_SUITE_P(
    Forms, EngineProbes,
    testing::Values(
        EngineProbe{"transform(ARRAY[1,2], x -> x * 10)", "[10, 20]", "array(integer)"},
        EngineProbe{"filter(ARRAY[1,NULL,3], x -> x > 1)", "[3]", "array(integer)"},
        EngineProbe{"any_match(ARRAY[1,NULL], x -> x > 5)", "∅", "boolean"},
        EngineProbe{"none_match(ARRAY[1,2], x -> x > 5)", "true", "boolean"},
        EngineProbe{"zip_with(ARRAY[1,2], ARRAY[10,20], (a, b) -> a + b)", "[11, 22]", "array(integer)"},
        EngineProbe{"map_filter(MAP(ARRAY['a','b'], ARRAY[1,2]), (k, v) -> v > 1)", "{b=2}", "map(varchar, integer)"},
        EngineProbe{"transform_values(MAP(ARRAY['a'], ARRAY[1]), (k, v) -> v + 1)", "{a=2}", "map(varchar, integer)"},
        EngineProbe{"transform_keys(MAP(ARRAY[1], ARRAY['x']), (k, v) -> k + 1)", "{2=x}", "map(integer, varchar)"},
        EngineProbe{"array_agg(k || v ORDER BY k) FROM (VALUES 1) CROSS JOIN UNNEST(MAP(ARRAY['b','a'], "
                    "ARRAY['1','2'])) AS t(k, v)",
                    "[a2, b1]"},
        EngineProbe{"sum(x * n) FROM UNNEST(ARRAY[10,20,30]) WITH ORDINALITY AS t(x, n)", "140", "bigint"},
        EngineProbe{"array_agg(x ORDER BY o) FROM UNNEST(ARRAY[ROW(1,'a'), ROW(2,'b')]) WITH ORDINALITY AS t(x, y, o)",
                    "[1, 2]"},
        EngineProbe{"CAST(ROW(1, 'x') AS ROW(a bigint, b varchar)).b", "x", "varchar"},
        EngineProbe{"ROW(1, 'x') = ROW(1, 'x')", "true", "boolean"},
        EngineProbe{"CASE WHEN 1 = 1 THEN 'a' ELSE 'b' END", "a"}, EngineProbe{"if(1 > 2, 'a', 'b')", "b"},
        EngineProbe{"coalesce(NULL, 1 + 1)", "2", "integer"}, EngineProbe{"nullif(1, 1)", "∅", "integer"},
        EngineProbe{"1 IN (1, 2)", "true", "boolean"}, EngineProbe{"NULL IS DISTINCT FROM 1", "true", "boolean"},
        EngineProbe{"2 BETWEEN 1 AND 3", "true", "boolean"}, EngineProbe{"'abc' LIKE 'a%'", "true", "boolean"},
        EngineProbe{"substring('hello' FROM 2 FOR 3)", "ell"}, EngineProbe{"trim(BOTH 'x' FROM 'xax')", "a"},
        EngineProbe{"TIMESTAMP '2024-07-01 12:00:00 UTC' AT TIME ZONE 'America/New_York'",
                    "2024-07-01 08:00:00.000 America/New_York", "timestamp(3) with time zone"},
        EngineProbe{"date_format(TIMESTAMP '2024-05-07 13:05:09', '%Y-%m-%d')", "2024-05-07"},
        EngineProbe{"count(*) FROM (VALUES 1, 2, 3) t(x) WHERE x % 2 = 1", "2", "bigint"},
        EngineProbe{"max(r) FROM (SELECT rank() OVER (ORDER BY x DESC) AS r FROM (VALUES 1, 2, 3) t(x))", "3",
                    "bigint"},
        EngineProbe{"lag(x) OVER (ORDER BY x) AS p FROM (VALUES 1, 2) t(x) ORDER BY x", "∅", "integer"},
        EngineProbe{
            "sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES 1, 2) t(x) ORDER BY "
            "x DESC",
            "3", "bigint"},
        EngineProbe{"WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT sum(n) FROM t",
                    "15", "bigint"},
        EngineProbe{"sum(x) AS s FROM (VALUES ('a', 1), ('a', 2), ('b', 4)) t(k, x) GROUP BY ROLLUP(k) ORDER BY s DESC",
                    "7", "bigint"},
        EngineProbe{"x FROM (VALUES 1, NULL) t(x) ORDER BY x DESC", "1", "integer"},
        EngineProbe{"1 + 'a'", "TYPE_MISMATCH: "}, EngineProbe{"DATE '2024-01-01' > '2023'", "TYPE_MISMATCH: "},
        EngineProbe{"nonsense(1)", "FUNCTION_NOT_FOUND: "}, EngineProbe{"list_value(1)", "FUNCTION_NOT_FOUND: "},
        EngineProbe{"regr_r2(1, 2)", "FUNCTION_NOT_FOUND: "},
        EngineProbe{"json_extract_scalar('{\"a\":[1,{\"b\":\"x\"}]}', '$.a[1].b')", "x"},
        EngineProbe{"CAST(JSON '{\"a\":1}' AS MAP(varchar, integer))['a']", "1", "integer"},
        EngineProbe{"approx_percentile(x, 0.5) FROM (VALUES 1, 2, 3) t(x)", "2", "bigint"},
        EngineProbe{"approx_distinct(x) FROM (VALUES 1, 2, 2) t(x)", "2", "bigint"},
        EngineProbe{"max_by(y, x) FROM (VALUES (1, 'a'), (2, 'b')) t(x, y)", "b"},
        EngineProbe{"from_unixtime(0)", "1970-01-01 00:00:00.000 UTC"},
        EngineProbe{"sequence(1, 3)", "[1, 2, 3]", "array(bigint)"},
        EngineProbe{"TRY_CAST('x' AS bigint)", "∅", "bigint"},
        EngineProbe{"CAST('2024-01-01' AS timestamp)", "2024-01-01 00:00:00.000", "timestamp(3)"}));

}  // namespace
}  // namespace tarn::sql
