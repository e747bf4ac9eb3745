#include "duck/trino_probe.h"

namespace tarn::duck {
namespace {

TEST(TrinoAggregates, SumsAndMeans) {
  for (const Probe& probe : {
           Probe{"t.sum(x) FROM (VALUES (CAST('1.10' AS DECIMAL(3,2))), (CAST('1.15' AS DECIMAL(3,2)))) v(x)", "2.25",
                 "decimal(38,2)"},
           {"t.avg(x) FROM (VALUES (CAST('1.10' AS DECIMAL(3,2))), (CAST('1.15' AS DECIMAL(3,2)))) v(x)", "1.13",
            "decimal(3,2)"},
           {"t.sum(x) FROM (VALUES (1::INTEGER), (NULL), (2::INTEGER)) v(x)", "3", "bigint"},
           {"t.sum(x) FROM (VALUES (9223372036854775807), (1)) v(x)",
            "NUMERIC_VALUE_OUT_OF_RANGE: bigint addition overflow"},
           {"t.sum(i::INTEGER) FROM range(0) r(i)", "∅", "bigint"},
           {"t.sum(i::INTEGER) FROM range(100000) r(i)", "4999950000", "bigint"},
           {"t.sum(x) FROM (VALUES (1.5::FLOAT), (2.25::FLOAT)) v(x)", "3.75", "real"},
           {"t.avg(x) FROM (VALUES (1::INTEGER), (2::INTEGER)) v(x)", "1.5", "double"},
           {"t.avg(x) FROM (VALUES (1::FLOAT), (2::FLOAT)) v(x)", "1.5", "real"},
           {"t.geometric_mean(x) FROM (VALUES (1e0), (4e0)) v(x)", "2.0", "double"},
           {"t.corr(x, y) FROM (VALUES (1::INTEGER, 2::INTEGER), (2, 4), (3, 7)) v(x, y)", "0.99339926", "real"},
           {"t.sum('x'::VARCHAR)", "FUNCTION_NOT_FOUND: Unexpected parameters (varchar) for function sum"},
       }) {
    check(probe);
  }
  check({"t.round(t.skewness(x), 12::INTEGER) FROM (VALUES (1e0), (2e0), (4e0), (8e0), (9e0)) v(x)", "0.182308025272"});
}

TEST(TrinoAggregates, Collect) {
  for (const Probe& probe : {
           Probe{"t.array_agg(x ORDER BY x NULLS LAST) FROM (VALUES (2), (NULL), (1)) v(x)", "[1, 2, null]",
                 "array(integer)"},
           {"t.array_agg(x) FROM (SELECT 1 AS x WHERE false)", "∅", "array(integer)"},
           {"t.map_agg(k, v) FROM (VALUES ('a', 1), ('b', NULL), (NULL, 3)) v(k, v)", "{a=1, b=null}",
            "map(varchar, integer)"},
           {"t.multimap_agg(k, v) FROM (VALUES ('a', 1), ('b', 2), ('a', 3)) v(k, v)", "{a=[1, 3], b=[2]}",
            "map(varchar, array(integer))"},
           {"t.map_union(m) FROM (VALUES (MAP {'a': 1}), (MAP {'a': 9, 'b': 2})) v(m)", "{a=1, b=2}",
            "map(varchar, integer)"},
           {"t.histogram(x) FROM (VALUES ('a'), ('b'), ('a')) v(x)", "{a=2, b=1}", "map(varchar, bigint)"},
           {"t.min_by(x, y) FROM (VALUES (NULL, 1), ('b', 2)) v(x, y)", "∅", "varchar"},
           {"t.max_by(x, y) FROM (VALUES ('a', 1), ('b', 2)) v(x, y)", "b", "varchar"},
           {"t.max(x, 2::INTEGER) FROM (VALUES (1), (3), (2)) v(x)", "[3, 2]", "array(integer)"},
           {"t.arbitrary(x) FROM (VALUES (NULL), ('a')) v(x)", "a", "varchar"},
           {"t.count_if(x > 1) FROM (VALUES (1), (3), (2)) v(x)", "2", "bigint"},
           {"t.bool_and(x) FROM (VALUES (true), (NULL)) v(x)", "true", "boolean"},
           {"t.every(x) FROM (VALUES (true), (false)) v(x)", "false", "boolean"},
           {"t.approx_distinct(i % 10) FROM range(1000) r(i)", "10", "bigint"},
           {"t.approx_distinct(i % 10, 0.01e0) FROM range(1000) r(i)", "10", "bigint"},
           {"t.between(t.approx_distinct(i::VARCHAR), 9500::INTEGER, 10500::INTEGER) FROM range(10000) r(i)", "true"},
           {"t.approx_percentile(i, [0.25e0, 0.75e0]) FROM range(5) r(i)", "[1, 3]", "array(bigint)"},
           {"t.approx_percentile(i, 0.5e0) FROM range(5) r(i)", "2", "bigint"},
           {"t.bitwise_or_agg(x) FROM (VALUES (1::BIGINT), (6::BIGINT)) v(x)", "7", "bigint"},
           {"t.min(x) FROM (VALUES (DATE '2024-01-02'), (DATE '2024-01-01')) v(x)", "2024-01-01", "date"},
           {"t.stddev(x) FROM (VALUES (1::INTEGER), (3::INTEGER)) v(x)", "1.4142135623730951", "double"},
           {"t.sum(DISTINCT x) FILTER (WHERE x > 1) FROM (VALUES (1), (2), (2), (3)) v(x)", "5", "bigint"},
       }) {
    check(probe);
  }
}

TEST(TrinoAggregates, WorkInGroupsAndWindows) {
  check(
      {"count(*) FROM (SELECT i % 1000 AS g, t.map_agg(i::VARCHAR, i) AS m, t.sum(i::INTEGER) AS s FROM range(20000) "
       "r(i) "
       "GROUP BY ALL) WHERE t.cardinality(m) = 20",
       "1000"});
  check({"t.array_agg(s ORDER BY i) FROM (SELECT i, t.sum(i::INTEGER) OVER (ORDER BY i) AS s FROM range(4) r(i))",
         "[0, 1, 3, 6]", "array(bigint)"});
  check(
      {"t.array_agg(s ORDER BY i) FROM (SELECT i, t.avg(CAST(i AS DECIMAL(5,2))) OVER (ORDER BY i ROWS BETWEEN 1 "
       "PRECEDING AND CURRENT "
       "ROW) AS s FROM range(4) r(i))",
       "[0.00, 0.50, 1.50, 2.50]", "array(decimal(5,2))"});
}

}  // namespace
}  // namespace tarn::duck
