#include "duck/trino_probe.h"

namespace tarn::duck {
namespace {

TEST(TrinoOperators, Integers) {
  for (const Probe& probe : {
           Probe{"t.divide(7::INTEGER, 2::INTEGER)", "3", "integer"},
           {"t.divide(-7::INTEGER, 2::INTEGER)", "-3", "integer"},
           {"t.divide(1::INTEGER, 0::INTEGER)", "DIVISION_BY_ZERO: Division by zero"},
           {"TRY(t.divide(1::INTEGER, 0::INTEGER))", "∅", "integer"},
           {"t.modulus(7::INTEGER, 0::INTEGER)", "DIVISION_BY_ZERO: Division by zero"},
           {"t.modulus(-7::INTEGER, 3::INTEGER)", "-1", "integer"},
           {"t.divide(7::INTEGER, 2::BIGINT)", "3", "bigint"},
           {"t.add(1::TINYINT, 2::INTEGER)", "3", "integer"},
           {"t.add(2147483647::INTEGER, 1::INTEGER)",
            "NUMERIC_VALUE_OUT_OF_RANGE: integer addition overflow: 2147483647 + 1"},
           {"t.subtract(-9223372036854775807::BIGINT, 2::BIGINT)",
            "NUMERIC_VALUE_OUT_OF_RANGE: bigint subtraction overflow: -9223372036854775807 - 2"},
           {"t.multiply(65536::INTEGER, 65536::INTEGER)",
            "NUMERIC_VALUE_OUT_OF_RANGE: integer multiplication overflow: 65536 * 65536"},
           {"t.negate((-2147483648)::INTEGER)", "NUMERIC_VALUE_OUT_OF_RANGE: integer negation overflow: -2147483648"},
           {"t.add(1::INTEGER, NULL)", "∅", "integer"},
           {"t.add('a'::VARCHAR, 1::INTEGER)", "TYPE_MISMATCH: Cannot apply operator: varchar + integer"},
       }) {
    check(probe);
  }
}

TEST(TrinoOperators, Doubles) {
  for (const Probe& probe : {
           Probe{"t.divide(1e0, 0e0)", "Infinity", "double"},
           {"t.divide(0e0, 0e0)", "NaN", "double"},
           {"t.divide(7::INTEGER, 2e0)", "3.5", "double"},
           {"t.divide(1::FLOAT, 3::FLOAT)", "0.33333334", "real"},
           {"t.modulus(7.5e0, 2e0)", "1.5", "double"},
           {"t.multiply(CAST('1.5' AS DECIMAL(2,1)), 2e0)", "3.0", "double"},
       }) {
    check(probe);
  }
}

TEST(TrinoOperators, DecimalsHaveTrinosPrecisionAndRounding) {
  for (const Probe& probe : {
           Probe{"t.divide(CAST('7.0' AS DECIMAL(2,1)), 2::INTEGER)", "3.5", "decimal(2,1)"},
           {"t.divide(1::INTEGER, CAST('3.0' AS DECIMAL(2,1)))", "0.3", "decimal(12,1)"},
           {"t.divide(CAST('7.00' AS DECIMAL(3,2)), CAST('3' AS DECIMAL(1,0)))", "2.33", "decimal(3,2)"},
           {"t.divide(CAST('-5' AS DECIMAL(1,0)), CAST('2' AS DECIMAL(1,0)))", "-3", "decimal(1,0)"},
           {"t.divide(CAST('1' AS DECIMAL(1,0)), CAST('0' AS DECIMAL(1,0)))", "DIVISION_BY_ZERO: Division by zero"},
           {"t.divide(CAST('99999999999999999999999999999999999999' AS DECIMAL(38,0)), CAST('3.3' AS DECIMAL(2,1)))",
            "NUMERIC_VALUE_OUT_OF_RANGE: Decimal overflow"},
           {"t.divide(CAST('9999999999999999999999999999999999999' AS DECIMAL(38,0)), CAST('3.0' AS DECIMAL(2,1)))",
            "3333333333333333333333333333333333333.0", "decimal(38,1)"},
           {"t.multiply(CAST('1.25' AS DECIMAL(3,2)), CAST('2.5' AS DECIMAL(2,1)))", "3.125", "decimal(5,3)"},
           {"t.multiply(CAST('12345678901234567890' AS DECIMAL(20,0)), 2::INTEGER)", "24691357802469135780",
            "decimal(30,0)"},
           {"t.multiply(CAST('999999999999999999' AS DECIMAL(18,0)), CAST('999999999999999999' AS DECIMAL(18,0)))",
            "999999999999999998000000000000000001", "decimal(36,0)"},
           {"t.multiply(CAST('99999999999999999999' AS DECIMAL(20,0)), CAST('99999999999999999999' AS DECIMAL(20,0)))",
            "NUMERIC_VALUE_OUT_OF_RANGE: Decimal overflow"},
           {"t.add(CAST('999999999999999999' AS DECIMAL(18,0)), CAST('1' AS DECIMAL(18,0)))", "1000000000000000000",
            "decimal(19,0)"},
           {"t.add(CAST('1.5' AS DECIMAL(2,1)), CAST('0.25' AS DECIMAL(3,2)))", "1.75", "decimal(4,2)"},
           {"t.subtract(1::INTEGER, CAST('0.06' AS DECIMAL(12,2)))", "0.94", "decimal(13,2)"},
           {"t.modulus(CAST('7.5' AS DECIMAL(2,1)), CAST('2' AS DECIMAL(1,0)))", "1.5", "decimal(2,1)"},
           {"t.negate(CAST('1.5' AS DECIMAL(2,1)))", "-1.5", "decimal(2,1)"},
       }) {
    check(probe);
  }
}

TEST(TrinoOperators, DatesAndIntervals) {
  for (const Probe& probe : {
           Probe{"t.add(DATE '2024-01-31', t.interval_year_to_month(1::INTEGER))", "2024-02-29", "date"},
           {"t.add(DATE '2024-01-31', t.interval_day_to_second(86400000::BIGINT))", "2024-02-01", "date"},
           {"t.subtract(DATE '2024-01-31', t.interval_day_to_second(86400000::BIGINT))", "2024-01-30", "date"},
           {"t.add(DATE '2024-01-31', t.interval_day_to_second(3600000::BIGINT))",
            "INVALID_FUNCTION_ARGUMENT: Cannot add hour, minutes or seconds to a date"},
           {"t.subtract(DATE '2024-03-01', DATE '2024-01-01')", "60 00:00:00.000", "interval day to second"},
           {"t.subtract(TIMESTAMP '2024-01-02 00:00:00', TIMESTAMP '2024-01-01 12:30:00')", "0 11:30:00.000",
            "interval day to second"},
           {"t.add(TIMESTAMP '2024-01-31 10:00:00', t.interval_year_to_month(1::INTEGER))", "2024-02-29 10:00:00.000",
            "timestamp(3)"},
           {"t.multiply(t.interval_day_to_second(3600000::BIGINT), 2::INTEGER)", "0 02:00:00.000",
            "interval day to second"},
           {"t.interval_year_to_month(-30::INTEGER)", "-2-6", "interval year to month"},
           {"t.to_milliseconds(t.interval_day_to_second(3600000::BIGINT))", "3600000", "bigint"},
           {"t.add(DATE '2024-01-01', 1::INTEGER)", "TYPE_MISMATCH: Cannot apply operator: date + integer"},
       }) {
    check(probe);
  }
}

TEST(TrinoOperators, Comparisons) {
  for (const Probe& probe : {
           Probe{"t.eq(1::INTEGER, 1::BIGINT)", "true", "boolean"},
           {"t.eq(1::INTEGER, NULL)", "∅", "boolean"},
           {"t.lt(CAST('1.5' AS DECIMAL(2,1)), 2::INTEGER)", "true", "boolean"},
           {"t.gt(DATE '2024-01-02', TIMESTAMP '2024-01-01 10:00:00')", "true", "boolean"},
           {"t.gt(DATE '2024-01-01', '2024-01-01'::VARCHAR)", "TYPE_MISMATCH: Cannot apply operator: date > varchar"},
           {"t.eq('1'::VARCHAR, 1::INTEGER)", "TYPE_MISMATCH: Cannot apply operator: varchar = integer"},
           {"t.eq([1, NULL], [1, NULL])", "∅", "boolean"},
           {"t.eq([1, NULL], [2, NULL])", "false", "boolean"},
           {"t.eq([1, 2], [1, 2])", "true", "boolean"},
           {"t.neq([1, 2], [1, 3])", "true", "boolean"},
           {"t.eq(row(1, 'a'), row(1, 'a'))", "true", "boolean"},
           {"t.eq(t.cast_char('ab'::VARCHAR, 5), t.cast_char('ab   '::VARCHAR, 6))", "true", "boolean"},
           {"t.between(5::INTEGER, 1::BIGINT, 5::INTEGER)", "true", "boolean"},
           {"t.between(DATE '2024-01-01', DATE '2023-01-01', TIMESTAMP '2023-12-31 00:00:00')", "false", "boolean"},
           {"t.like('a_c'::VARCHAR, 'a\\_c'::VARCHAR, '\\'::VARCHAR)", "true", "boolean"},
           {"t.like('abc'::VARCHAR, 'a\\_c'::VARCHAR)", "false", "boolean"},
           {"t.greatest(1::INTEGER, NULL, 3::INTEGER)", "∅", "integer"},
           {"t.greatest(1::INTEGER, 3::BIGINT)", "3", "bigint"},
           {"t.least('b'::VARCHAR, 'a'::VARCHAR)", "a", "varchar"},
       }) {
    check(probe);
  }
}

TEST(TrinoOperators, HoldForColumnsToo) {
  check({"sum(t.divide(i::INTEGER, 2::INTEGER)) FROM range(10000) r(i)", "24995000"});
  check({"sum(t.multiply(CAST(i AS DECIMAL(12,2)), CAST(1.05 AS DECIMAL(12,2)))) FROM range(10000) r(i)",
         "52494750.0000", "decimal(38,4)"});
  check({"count(*) FROM range(10000) r(i) WHERE t.gt(t.modulus(i::BIGINT, 10::BIGINT), 7::INTEGER)", "2000"});
  check({"max(t.divide(10::INTEGER, i::INTEGER)) FROM range(100) r(i)", "DIVISION_BY_ZERO: Division by zero"});
  check({"max(TRY(t.divide(10::INTEGER, i::INTEGER))) FROM range(100) r(i)", "10"});
}

}  // namespace
}  // namespace tarn::duck
