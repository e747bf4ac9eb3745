#include "duck/trino_probe.h"

namespace tarn::duck {
namespace {

TEST(TrinoCasts, ToNumbers) {
  for (const Probe& probe : {
           Probe{"t.cast(2.5e0, NULL::INTEGER)", "3", "integer"},
           {"t.cast(-2.5e0, NULL::INTEGER)", "-3", "integer"},
           {"t.cast(CAST('2.5' AS DECIMAL(2,1)), NULL::INTEGER)", "3", "integer"},
           {"t.cast(1e10, NULL::INTEGER)", "INVALID_CAST_ARGUMENT: Out of range for integer: 1.0E10"},
           {"t.cast('NaN'::DOUBLE, NULL::BIGINT)", "INVALID_CAST_ARGUMENT: Cannot cast double NaN to bigint"},
           {"t.cast(3000000000::BIGINT, NULL::INTEGER)", "INVALID_CAST_ARGUMENT: Out of range for integer: 3000000000"},
           {"t.cast('12'::VARCHAR, NULL::INTEGER)", "12", "integer"},
           {"t.cast('a'::VARCHAR, NULL::INTEGER)", "INVALID_CAST_ARGUMENT: Cannot cast 'a' to INT"},
           {"t.cast(' 12'::VARCHAR, NULL::INTEGER)", "INVALID_CAST_ARGUMENT: Cannot cast ' 12' to INT"},
           {"t.cast('1.5'::VARCHAR, NULL::BIGINT)", "INVALID_CAST_ARGUMENT: Cannot cast '1.5' to BIGINT"},
           {"t.try_cast('a'::VARCHAR, NULL::INTEGER)", "∅", "integer"},
           {"t.cast(' 1.5e3 '::VARCHAR, NULL::DOUBLE)", "1500.0", "double"},
           {"t.cast('x'::VARCHAR, NULL::DOUBLE)", "INVALID_CAST_ARGUMENT: Cannot cast 'x' to DOUBLE"},
           {"t.cast('1.555'::VARCHAR, NULL::DECIMAL(3,2))", "1.56", "decimal(3,2)"},
           {"t.cast('15.5'::VARCHAR, NULL::DECIMAL(3,2))", "INVALID_CAST_ARGUMENT"},
           {"t.cast(CAST('15.5' AS DECIMAL(3,1)), NULL::DECIMAL(3,2))", "INVALID_CAST_ARGUMENT"},
           {"t.try_cast(CAST('15.5' AS DECIMAL(3,1)), NULL::DECIMAL(3,2))", "∅", "decimal(3,2)"},
           {"t.cast(TRUE, NULL::INTEGER)", "1", "integer"},
           {"t.cast('true'::VARCHAR, NULL::BOOLEAN)", "true", "boolean"},
           {"t.cast('yes'::VARCHAR, NULL::BOOLEAN)", "INVALID_CAST_ARGUMENT: Cannot cast 'yes' to BOOLEAN"},
           {"t.cast(DATE '2024-01-01', NULL::INTEGER)", "TYPE_MISMATCH: Cannot cast date to integer"},
           {"t.cast(NULL, NULL::INTEGER)", "∅", "integer"},
       }) {
    check(probe);
  }
}

TEST(TrinoCasts, ToText) {
  for (const Probe& probe : {
           Probe{"t.cast(0.1e0, NULL::VARCHAR)", "0.1", "varchar"},
           {"t.cast(1e10, NULL::VARCHAR)", "1.0E10", "varchar"},
           {"t.cast(CAST('1.50' AS DECIMAL(3,2)), NULL::VARCHAR)", "1.50", "varchar"},
           {"t.cast(TRUE, NULL::VARCHAR)", "true", "varchar"},
           {"t.cast(TIMESTAMP '2024-01-15 10:30:45.123', NULL::VARCHAR)", "2024-01-15 10:30:45.123", "varchar"},
           {"t.cast(DATE '2024-01-15', NULL::VARCHAR)", "2024-01-15", "varchar"},
           {"t.cast([1, 2], NULL::VARCHAR)", "TYPE_MISMATCH: Cannot cast array(integer) to varchar"},
           {"t.cast_varchar('hello'::VARCHAR, 3)", "hel", "varchar(3)"},
           {"t.cast_varchar('häß'::VARCHAR, 2)", "hä", "varchar(2)"},
           {"t.cast_varchar(12345::INTEGER, 3)",
            "INVALID_CAST_ARGUMENT: Value 12345 cannot be represented as varchar(3)"},
           {"t.try_cast_varchar(12345::INTEGER, 3)", "∅", "varchar(3)"},
           {"t.cast_char('ab'::VARCHAR, 5)", "ab   ", "char(5)"},
       }) {
    check(probe);
  }
}

TEST(TrinoCasts, DatesAndTimes) {
  for (const Probe& probe : {
           Probe{"t.cast('2024-1-5'::VARCHAR, NULL::DATE)", "2024-01-05", "date"},
           {"t.cast('2024-02-30'::VARCHAR, NULL::DATE)",
            "INVALID_CAST_ARGUMENT: Value cannot be cast to date: 2024-02-30"},
           {"t.cast('x'::VARCHAR, NULL::DATE)", "INVALID_CAST_ARGUMENT: Value cannot be cast to date: x"},
           {"t.try_cast('x'::VARCHAR, NULL::DATE)", "∅", "date"},
           {"t.cast('2024-01-15 10:30:45.6789'::VARCHAR, NULL::TIMESTAMP, 3)", "2024-01-15 10:30:45.679",
            "timestamp(3)"},
           {"t.cast('2024-01-15'::VARCHAR, NULL::TIMESTAMP, 3)", "2024-01-15 00:00:00.000", "timestamp(3)"},
           {"t.cast('2024-01-15 25:00'::VARCHAR, NULL::TIMESTAMP, 3)",
            "INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp"},
           {"t.cast(TIMESTAMP '2024-01-15 23:59:59.9', NULL::DATE)", "2024-01-15", "date"},
           {"t.cast(TIMESTAMP '1969-12-31 23:00:00', NULL::DATE)", "1969-12-31", "date"},
           {"t.cast(DATE '2024-01-15', NULL::TIMESTAMP, 3)", "2024-01-15 00:00:00.000", "timestamp(3)"},
           {"t.cast('2024-01-15 10:30:45 +02:00'::VARCHAR, NULL::TIMESTAMPTZ, 3)", "2024-01-15 10:30:45.000 +02:00",
            "timestamp(3) with time zone"},
           {"t.cast('12:30'::VARCHAR, NULL::TIME, 3)", "12:30:00.000", "time(3)"},
       }) {
    check(probe);
  }
}

TEST(TrinoCasts, NestedOnes) {
  for (const Probe& probe : {
           Probe{"t.cast([1.5e0, NULL, 2.5e0], NULL::INTEGER[])", "[2, null, 3]", "array(integer)"},
           {"t.cast(['1', 'x'], NULL::INTEGER[])", "INVALID_CAST_ARGUMENT: Cannot cast 'x' to INT"},
           {"t.cast(row(1, 'x'), NULL::STRUCT(a BIGINT, b VARCHAR))", "{a=1, b=x}", "row(a bigint, b varchar)"},
           {"t.cast({'b': 1, 'a': 2}, NULL::STRUCT(a INTEGER, b INTEGER))", "{a=1, b=2}", "row(a integer, b integer)"},
           {"t.cast(MAP {'1': 2.5e0}, NULL::MAP(INTEGER, INTEGER))", "{1=3}", "map(integer, integer)"},
           {"t.cast(row(1), NULL::STRUCT(a INTEGER, b INTEGER))",
            "TYPE_MISMATCH: Cannot cast row(integer) to row(a integer, b integer)"},
       }) {
    check(probe);
  }
}

TEST(TrinoCasts, Json) {
  for (const Probe& probe : {
           Probe{"t.cast('a\"b'::VARCHAR, NULL::JSON)", "\"a\\\"b\"", "json"},
           {"t.cast([1, NULL], NULL::JSON)", "[1,null]", "json"},
           {"t.cast({'a': 1, 'b': 'x'}, NULL::JSON)", "{\"a\":1,\"b\":\"x\"}", "json"},
           {"t.cast(MAP {'b': 1e-7, 'a': 2e0}, NULL::JSON)", "{\"a\":2.0,\"b\":1.0E-7}", "json"},
           {"t.cast(t.json_parse('\"x\"'::VARCHAR), NULL::VARCHAR)", "x", "varchar"},
           {"t.cast(t.json_extract('{\"a\":{\"b\":1}}'::VARCHAR, '$.a'::VARCHAR), NULL::VARCHAR)",
            "INVALID_CAST_ARGUMENT: Cannot cast '{\"b\":1}' to varchar"},
           {"t.cast(t.json_parse('[1, \"2\", null]'::VARCHAR), NULL::BIGINT[])", "[1, 2, null]", "array(bigint)"},
           {"t.cast(t.json_parse('{\"a\": 1.5, \"b\": [true]}'::VARCHAR), NULL::STRUCT(a DOUBLE, b BOOLEAN[]))",
            "{a=1.5, b=[true]}", "row(a double, b array(boolean))"},
           {"t.cast(t.json_parse('{\"k\": 7}'::VARCHAR), NULL::MAP(VARCHAR, INTEGER))", "{k=7}",
            "map(varchar, integer)"},
           {"t.cast(t.json_parse('null'::VARCHAR), NULL::INTEGER)", "∅", "integer"},
           {"t.try_cast(t.json_parse('\"x\"'::VARCHAR), NULL::INTEGER)", "∅", "integer"},
       }) {
    check(probe);
  }
}

TEST(TrinoCasts, HoldForColumnsToo) {
  check({"count(t.try_cast(CASE WHEN i % 3 = 0 THEN 'x' ELSE i::VARCHAR END, NULL::INTEGER)) FROM range(10000) r(i)",
         "6666"});
  check({"sum(t.cast(i + 0.5e0, NULL::BIGINT)) FROM range(10000) r(i)", "50005000"});
}

TEST(TrinoTypeof, NamesTypesAsTrino) {
  check({"t.typeof(1::INTEGER)", "integer", "varchar"});
  check({"t.typeof(CAST('1.5' AS DECIMAL(2,1)))", "decimal(2,1)"});
  check({"t.typeof([1])", "array(integer)"});
  check({"t.typeof(NULL)", "unknown"});
}

TEST(TrinoJson, ReadsPathsAndArrays) {
  for (const Probe& probe : {
           Probe{"t.json_parse('{\"b\": 1, \"a\" : [1.50, \"x\"]}'::VARCHAR)", "{\"a\":[1.5,\"x\"],\"b\":1}", "json"},
           {"t.json_parse('{'::VARCHAR)", "INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: '{'"},
           {"t.json_extract('{\"a\":{\"b\":1}}'::VARCHAR, '$.a'::VARCHAR)", "{\"b\":1}", "json"},
           {"t.json_extract('{\"a\":[1,2]}'::VARCHAR, '$.a[1]'::VARCHAR)", "2", "json"},
           {"t.json_extract_scalar('{\"a\":{\"b\":1}}'::VARCHAR, '$.a.b'::VARCHAR)", "1", "varchar"},
           {"t.json_extract_scalar('{\"a\":{\"b\":1}}'::VARCHAR, '$.a'::VARCHAR)", "∅", "varchar"},
           {"t.json_extract_scalar('{\"a b\":\"x\"}'::VARCHAR, '$[\"a b\"]'::VARCHAR)", "x", "varchar"},
           {"t.json_extract_scalar('not json'::VARCHAR, '$.a'::VARCHAR)", "∅", "varchar"},
           {"t.json_extract('{}'::VARCHAR, 'a'::VARCHAR)", "INVALID_FUNCTION_ARGUMENT: Invalid JSON path: 'a'"},
           {"t.json_array_length('{}'::VARCHAR)", "∅", "bigint"},
           {"t.json_array_length('[1, 2]'::VARCHAR)", "2", "bigint"},
           {"t.json_array_get('[1, \"x\"]'::VARCHAR, -1::INTEGER)", "x", "json"},
           {"t.json_array_contains('[1, 2]'::VARCHAR, 2::INTEGER)", "true", "boolean"},
           {"t.json_size('{\"a\":{\"b\":1,\"c\":2}}'::VARCHAR, '$.a'::VARCHAR)", "2", "bigint"},
           {"t.is_json_scalar('[1]'::VARCHAR)", "false", "boolean"},
       }) {
    check(probe);
  }
}

}  // namespace
}  // namespace tarn::duck
