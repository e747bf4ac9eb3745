// Statements of the query dialect: what is taken, what is refused, and in which words.
#include "query/sql/parser.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "query/sql/test_support.h"
#include "query/sql/token.h"

namespace tarn::sql {
namespace {

std::string refuses(std::string_view text) {
  return refusal([&] { parse(text); });
}

TEST(Parser, WordsErrorsAsTrinoDoes) {
  EXPECT_TRUE(refuses("SELECT a FORM t").starts_with("SYNTAX_ERROR: line 1:15: mismatched input 't'. Expecting: "));
  EXPECT_EQ(refuses("SELECT"), "SYNTAX_ERROR: line 1:7: mismatched input '<EOF>'. Expecting: <expression>");
  EXPECT_EQ(refuses("SELECT 1 FROM"),
            "SYNTAX_ERROR: line 1:14: mismatched input '<EOF>'. Expecting: '(', 'LATERAL', 'UNNEST', <identifier>");
  EXPECT_EQ(refuses("SELECT 1st FROM t"),
            "SYNTAX_ERROR: line 1:8: identifiers must not start with a digit; surround the identifier with double "
            "quotes");
  EXPECT_EQ(refuses("SELECT `a` FROM t"),
            "SYNTAX_ERROR: line 1:8: backquoted identifiers are not supported; use double quotes to quote identifiers");
  EXPECT_TRUE(refuses("FOO").starts_with("SYNTAX_ERROR: line 1:1: mismatched input 'FOO'. Expecting: '(', 'ALTER'"));
  EXPECT_EQ(refuses("SELECT 1; SELECT 2"),
            "SYNTAX_ERROR: line 1:11: Only one sql statement is allowed. Got: SELECT 1; SELECT 2");
  EXPECT_EQ(refuses("SELECT 99999999999999999999"),
            "INVALID_LITERAL: line 1:8: Invalid numeric literal: 99999999999999999999");
}

TEST(Parser, RefusesBadForms) {
  for (const auto text : {"",
                          ";",
                          "SELECT 1 +",
                          "SELECT (1",
                          "SELECT 1)",
                          "SELECT a = b = c",
                          "SELECT * FROM t NATURAL JOIN u",
                          "SELECT CASE END",
                          "SELECT CASE WHEN 1 END",
                          "SELECT a NOT 1",
                          "SELECT f(",
                          "SELECT x IN ()",
                          "SELECT a[",
                          "SELECT CAST(a AS)",
                          "SELECT CAST(a AS foo)",
                          "SELECT CAST(a AS map(bigint))",
                          "SELECT EXTRACT(foo FROM a)",
                          "SELECT INTERVAL 'x' DAY",
                          "SELECT INTERVAL '1' FORTNIGHT",
                          "WITH a AS SELECT 1 SELECT 2",
                          "VALUES",
                          "SELECT a FROM t JOIN u",
                          "SELECT a FROM t GROUP a",
                          "SELECT a FROM t ORDER BY",
                          "SELECT a FROM t LIMIT x",
                          "INSERT t SELECT 1",
                          "UNLOAD SELECT 1 TO 's3://b/'",
                          "UNLOAD (SELECT 1) TO x",
                          "MERGE INTO t USING s ON a",
                          "CREATE VIEW v",
                          "CREATE TABLE t AS",
                          "PREPARE p SELECT 1",
                          "EXPLAIN",
                          "SELECT JSON_VALUE(a, '$.b')",
                          "SELECT * FROM TABLE(f(1))",
                          "SELECT a FROM t MATCH_RECOGNIZE (x)",
                          "SELECT a FROM t LIMIT 3 OFFSET 2",
                          "SELECT x -> 1 -> 2 ->",
                          "SELECT 'abc",
                          "SELECT a. FROM t",
                          "SELECT .a",
                          "UPDATE t SET",
                          "DELETE t"}) {
    EXPECT_NE(refuses(text), "") << text;
  }
}

TEST(Parser, TakesEveryFormOfAQuery) {
  for (const auto text :
       {"SELECT 1",
        "select 1;",
        "(SELECT 1) UNION ALL (SELECT 2) ORDER BY 1 LIMIT 3",
        "TABLE t",
        "VALUES 1, 2",
        "VALUES (1, 'a'), (2, 'b')",
        "WITH a AS (SELECT 1), b(x) AS (TABLE a) SELECT * FROM b",
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 9) SELECT n FROM t",
        "SELECT DISTINCT a, t.*, * FROM db.t AS t (a, b), LATERAL (SELECT 1) x CROSS JOIN UNNEST(a, m) WITH ORDINALITY "
        "AS u (k, v, o)",
        "SELECT * FROM a LEFT JOIN b USING (k) FULL OUTER JOIN c ON a.x = c.x RIGHT JOIN d ON true",
        "SELECT * FROM a JOIN b JOIN c ON b.x = c.x ON a.x = b.x",
        "SELECT * FROM ((SELECT 1) UNION SELECT 2) AS q",
        "SELECT * FROM (a CROSS JOIN b)",
        "SELECT * FROM ((SELECT 1)) q",
        "SELECT ((SELECT 1) UNION (SELECT 2)) + 1",
        "SELECT a FROM t TABLESAMPLE BERNOULLI (10)",
        "SELECT a FROM t FOR TIMESTAMP AS OF TIMESTAMP '2024-01-01 UTC'",
        "SELECT a, count(*) FROM t GROUP BY GROUPING SETS ((a), (a, b), ()), ROLLUP (c), CUBE (d, (e, f)), 1",
        "SELECT a FROM t GROUP BY (a, b)",
        "SELECT a FROM t WHERE x > ALL (SELECT 1) AND y = ANY (VALUES 1)",
        "SELECT a FROM t WHERE EXISTS (SELECT 1) AND a NOT IN (SELECT 2) AND b IS NOT DISTINCT FROM c",
        "SELECT sum(x) FILTER (WHERE y) OVER (PARTITION BY a ORDER BY b DESC NULLS FIRST ROWS BETWEEN UNBOUNDED "
        "PRECEDING AND 1 FOLLOWING) FROM t",
        "SELECT lag(x, 1) IGNORE NULLS OVER w, rank() OVER (w ORDER BY b) FROM t WINDOW w AS (PARTITION BY a)",
        "SELECT listagg(DISTINCT x, ',') WITHIN GROUP (ORDER BY x) FROM t",
        "SELECT listagg(x, ',' ON OVERFLOW TRUNCATE '...' WITH COUNT) WITHIN GROUP (ORDER BY x) FROM t",
        "SELECT transform(a, x -> x + 1), reduce(a, 0, (s, x) -> s + x, s -> s), f(() -> 1) FROM t",
        "SELECT CAST(ROW(1, 'a') AS ROW(x bigint, y varchar(3))), CAST(x AS ROW(bigint, double precision))",
        "SELECT CAST(x AS ARRAY<BIGINT>), TRY_CAST(x AS map(varchar, array(row(a timestamp(3) with time zone))))",
        "SELECT a AT TIME ZONE 'UTC', INTERVAL '1-6' YEAR TO MONTH, INTERVAL -'2 10:30:00.5' DAY TO SECOND",
        "SELECT current_date, current_timestamp(3), localtime, TRIM(BOTH 'x' FROM s), POSITION('a' IN s), "
        "SUBSTRING(s FROM 2 FOR 3), EXTRACT(YEAR FROM d), NORMALIZE(s, NFD)",
        "SELECT a.b.c[1].d['k'], \"$path\", X'6869', U&'\\0041', 1.5, 2e3, -9223372036854775808, DATE '2024-01-01'",
        "SELECT limit, offset, date, year FROM t LIMIT ALL",
        "SELECT a FROM t OFFSET 5 ROWS FETCH NEXT ROW ONLY",
        "SELECT a FROM t ORDER BY a FETCH FIRST 5 ROWS WITH TIES",
        "SELECT a limit FROM t window LIMIT 5",
        "EXPLAIN (TYPE DISTRIBUTED, FORMAT JSON) SELECT 1",
        "EXPLAIN ANALYZE VERBOSE SELECT 1",
        "INSERT INTO db.t (a, b) SELECT 1, 2",
        "INSERT INTO t VALUES (1, 2)",
        "INSERT INTO t (SELECT 1)",
        "UNLOAD (SELECT 1) TO 's3://b/p/' WITH (format = 'PARQUET', partitioned_by = ARRAY['a'])",
        "CREATE TABLE db.t WITH (format = 'PARQUET', bucket_count = 3) AS SELECT 1 AS a WITH NO DATA",
        "CREATE TABLE t (a, b) AS SELECT 1, 2",
        "CREATE TABLE IF NOT EXISTS t COMMENT 'x' AS (SELECT 1 a)",
        "CREATE OR REPLACE VIEW v AS SELECT 1 AS a",
        "DELETE FROM t WHERE a = 1",
        "UPDATE t SET a = 1, b = 2 WHERE c",
        "MERGE INTO t USING (SELECT 1 a) s ON t.a = s.a WHEN MATCHED AND s.a > 1 THEN DELETE WHEN MATCHED THEN UPDATE "
        "SET a = 2 WHEN NOT MATCHED THEN INSERT (a) VALUES (1)",
        "PREPARE p FROM SELECT * FROM t WHERE a = ?",
        "EXECUTE p USING 1, 'a'",
        "EXECUTE IMMEDIATE 'SELECT ?' USING 1",
        "DEALLOCATE PREPARE p",
        "DESCRIBE INPUT p",
        "OPTIMIZE t REWRITE DATA USING BIN_PACK WHERE a = 1",
        "VACUUM t"}) {
    EXPECT_EQ(refuses(text), "") << text;
  }
}

TEST(Parser, BindsOperatorsAsTrinoDoes) {
  EXPECT_EQ(printed_expression("1 + 2 * 3"),
            "system.trino.add(1::INTEGER, system.trino.multiply(2::INTEGER, 3::INTEGER))");
  EXPECT_EQ(printed_expression("1 - 2 - 3"),
            "system.trino.subtract(system.trino.subtract(1::INTEGER, 2::INTEGER), 3::INTEGER)");
  EXPECT_EQ(printed_expression("'a' || 'b' + 1"),
            "system.trino.concat('a'::VARCHAR, system.trino.add('b'::VARCHAR, 1::INTEGER))");
  EXPECT_EQ(printed_expression("NOT TRUE AND FALSE OR TRUE"), "(((NOT TRUE) AND FALSE) OR TRUE)");
  EXPECT_EQ(printed_expression("1 BETWEEN 2 AND 3 AND TRUE"),
            "(system.trino.between(1::INTEGER, 2::INTEGER, 3::INTEGER) AND TRUE)");
  EXPECT_EQ(printed_expression("- 5 % 2"), "system.trino.modulus((-5)::INTEGER, 2::INTEGER)");
}

TEST(Parser, BoundsSizeAndDepth) {
  const auto repeated = [](std::string_view text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
  };
  EXPECT_TRUE(refuses("SELECT '" + std::string(kMaxStatementBytes, 'x') + "'").starts_with("STATEMENT_TOO_LARGE"));
  EXPECT_EQ(refuses("SELECT " + repeated("(", 150) + "1" + repeated(")", 150)), "");
  for (const auto& text :
       {"SELECT " + repeated("(", 5'000), "SELECT " + repeated("f(", 5'000), "SELECT " + repeated("- ", 5'001) + "1",
        "SELECT " + repeated("NOT ", 5'000) + "TRUE", "SELECT 1" + repeated(" + 1", 60'000),
        "SELECT a" + repeated("[1]", 60'000), "SELECT a" + repeated(".b", 60'000),
        "SELECT 1" + repeated(" UNION SELECT 1", 10'000), "SELECT * FROM a" + repeated(" CROSS JOIN a", 10'000),
        "SELECT " + repeated("ARRAY[", 5'000), "SELECT CAST(1 AS " + repeated("array(", 5'000),
        repeated("EXPLAIN ", 5'000) + "SELECT 1", "SELECT * FROM " + repeated("(", 5'000),
        repeated("(", 5'000) + "SELECT 1", "SELECT " + repeated("CASE WHEN ", 5'000),
        "SELECT " + repeated("x -> ", 5'000) + "1", "WITH a AS " + repeated("(WITH a AS ", 5'000)}) {
    const auto error = refuses(text);
    EXPECT_TRUE(error.starts_with("STATEMENT_TOO_LARGE")) << text.substr(0, 40) << " … " << error.substr(0, 200);
  }
  // Wide is not deep.
  EXPECT_EQ(refuses("SELECT a FROM t WHERE TRUE" + repeated(" OR a = 1", 20'000)), "");
  EXPECT_EQ(refuses("SELECT 1 IN (1" + repeated(", 1", 60'000) + ")"), "");
}

TEST(Parser, SurvivesEveryPrefixAndEveryLostToken) {
  const std::string text =
      "WITH a AS (SELECT x, sum(y) OVER (PARTITION BY z ORDER BY w ROWS 2 PRECEDING) FROM t TABLESAMPLE SYSTEM (5)) "
      "SELECT CASE WHEN x IN (1, 2) THEN CAST(x AS ROW(a bigint)) ELSE NULL END, transform(b, q -> q[1]) FROM a JOIN "
      "b USING (k) CROSS JOIN UNNEST(c) AS u (d) WHERE x LIKE 'a%' ESCAPE '!' GROUP BY ROLLUP (x) ORDER BY 1 LIMIT 3";
  ASSERT_EQ(refuses(text), "");
  for (std::size_t end = 0; end < text.size(); ++end) refuses(text.substr(0, end));
  const auto tokens = tokenize(text, Dialect::query);
  for (const auto& token : tokens) {
    std::string shorter = text;
    shorter.replace(token.begin, token.text.size(), "");
    refuses(shorter);
  }
}

TEST(Parser, KeepsTheTextOfPreparedStatementsAndViews) {
  const auto prepared = parse("PREPARE p FROM\n  SELECT a FROM t WHERE b = ?  ;");
  EXPECT_EQ(as<Prepare>(*prepared)->text, "SELECT a FROM t WHERE b = ?");
  EXPECT_EQ(as<Prepare>(*prepared)->statement->parameters, 1u);
  const std::string text = "CREATE VIEW v AS (SELECT 1 AS a) ;";
  const auto view = parse(text);
  const auto& query = *as<CreateView>(*view)->query;
  EXPECT_EQ(text.substr(query.begin, query.end - query.begin), "(SELECT 1 AS a)");
}

TEST(Parser, CountsParameters) {
  EXPECT_EQ(parse("SELECT ? FROM t WHERE a = ? LIMIT ?")->parameters, 3u);
  EXPECT_EQ(parse("SELECT 1")->parameters, 0u);
}

TEST(Parser, ParsesAndPrintsTpch) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("tests/sql/tpch")) {
    std::ifstream file(entry.path());
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    EXPECT_EQ(refusal([&] { EXPECT_NE(printed(text), ""); }), "") << entry.path();
    ++count;
  }
  EXPECT_EQ(count, 22);
}

}  // namespace
}  // namespace tarn::sql
