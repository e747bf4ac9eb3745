#include "duck/trino_probe.h"

namespace tarn::duck {
namespace {

TEST(TrinoArrays, FollowTrinosRulesOfNullAndOrder) {
  for (const Probe& probe : {
           Probe{"t.subscript([1, 2, 3], 4::INTEGER)",
                 "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: 4 > 3"},
           {"t.subscript([1, 2, 3], 0::INTEGER)", "INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1"},
           {"t.subscript([1, 2, 3], -1::INTEGER)", "INVALID_FUNCTION_ARGUMENT: Array subscript is negative: -1"},
           {"t.subscript([1, 2, 3], 3::INTEGER)", "3", "integer"},
           {"TRY(t.subscript([1, 2, 3], 4::INTEGER))", "∅", "integer"},
           {"t.element_at([1, 2], -1::INTEGER)", "2", "integer"},
           {"t.element_at([1, 2], 5::INTEGER)", "∅", "integer"},
           {"t.cardinality([1, 2])", "2", "bigint"},
           {"t.contains([1, NULL], 2::INTEGER)", "∅", "boolean"},
           {"t.contains([1, NULL], 1::BIGINT)", "true", "boolean"},
           {"t.contains([1, 3], 2::INTEGER)", "false", "boolean"},
           {"t.array_distinct([3, 1, 3, NULL, NULL])", "[3, 1, null]", "array(integer)"},
           {"t.array_position([1, 2], 5::INTEGER)", "0", "bigint"},
           {"t.array_position([1, 2], 2::INTEGER)", "2", "bigint"},
           {"t.array_join([1, NULL, 2], ','::VARCHAR)", "1,2", "varchar"},
           {"t.array_join([1, NULL, 2], ','::VARCHAR, '?'::VARCHAR)", "1,?,2", "varchar"},
           {"t.array_max([1, 5, 3])", "5", "integer"},
           {"t.array_max([1, NULL])", "∅", "integer"},
           {"t.array_min(['b', 'a'])", "a", "varchar"},
           {"t.array_remove([1, NULL, 2, 1], 1::INTEGER)", "[null, 2]", "array(integer)"},
           {"t.array_sort([3, NULL, 1])", "[1, 3, null]", "array(integer)"},
           {"t.array_union([1, 2], [2, NULL, 3])", "[1, 2, null, 3]", "array(integer)"},
           {"t.array_except([1, 2, 2, 3], [2])", "[1, 3]", "array(integer)"},
           {"t.array_intersect([1, 2, 2, NULL], [2, NULL])", "[2, null]", "array(integer)"},
           {"t.arrays_overlap([1, 2], [3, NULL])", "∅", "boolean"},
           {"t.arrays_overlap([1, 2], [2])", "true", "boolean"},
           {"t.contains_sequence([1, 2, 3], [2, 3])", "true", "boolean"},
           {"t.reverse([1, 2])", "[2, 1]", "array(integer)"},
           {"t.concat([1], 2::INTEGER)", "[1, 2]", "array(integer)"},
           {"t.concat([1], [2], NULL)", "∅"},
           {"t.concat(0::INTEGER, [1])", "[0, 1]", "array(integer)"},
           {"t.slice([1, 2, 3, 4], 2::INTEGER, 2::INTEGER)", "[2, 3]", "array(integer)"},
           {"t.slice([1, 2, 3, 4], -2::INTEGER, 5::INTEGER)", "[3, 4]", "array(integer)"},
           {"t.slice([1, 2], 0::INTEGER, 1::INTEGER)", "INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1"},
           {"t.trim_array([1, 2, 3], 1::INTEGER)", "[1, 2]", "array(integer)"},
           {"t.flatten([[1], NULL, [2, 3]])", "[1, 2, 3]", "array(integer)"},
           {"t.ngrams(['a', 'b', 'c'], 2::INTEGER)", "[[a, b], [b, c]]", "array(array(varchar))"},
           {"t.combinations([1, 2, 3], 2::INTEGER)", "[[1, 2], [1, 3], [2, 3]]", "array(array(integer))"},
           {"t.repeat('x'::VARCHAR, 3::INTEGER)", "[x, x, x]", "array(varchar)"},
           {"t.sequence(1::INTEGER, 5::INTEGER, 2::INTEGER)", "[1, 3, 5]", "array(bigint)"},
           {"t.sequence(3::INTEGER, 1::INTEGER)", "[3, 2, 1]", "array(bigint)"},
           {"t.sequence(DATE '2024-01-01', DATE '2024-01-03')", "[2024-01-01, 2024-01-02, 2024-01-03]", "array(date)"},
           {"t.sequence(1::INTEGER, 100000::INTEGER)", "INVALID_FUNCTION_ARGUMENT: result of sequence function"},
           {"t.zip([1, 2], ['a'])", "[{1, a}, {2, null}]", "array(row(integer, varchar))"},
           {"t.any_true([false, NULL])", "∅", "boolean"},
           {"t.any_true([false, NULL, true])", "true", "boolean"},
           {"t.all_true([true, NULL])", "∅", "boolean"},
           {"t.all_true([true, false, NULL])", "false", "boolean"},
           {"t.none_true(CAST([] AS BOOLEAN[]))", "true", "boolean"},
           {"t.dot_product([1e0, 2e0], [3e0, 4e0])", "11.0", "double"},
           {"t.cosine_similarity([1e0, 0e0], [1e0, 0e0])", "1.0", "double"},
       }) {
    check(probe);
  }
  check({"sum(t.subscript([i, i + 1], 2::INTEGER)) FROM range(5000) r(i)", "12502500"});
  check({"sum(t.cardinality(t.array_distinct([i % 3, i % 2]))) FROM range(6) r(i)", "10"});
}

TEST(TrinoMaps, FollowTrinosRules) {
  for (const Probe& probe : {
           Probe{"t.element_at(t.map(['a'], [1]), 'a'::VARCHAR)", "1", "integer"},
           {"t.element_at(t.map(['a'], [1]), 'z'::VARCHAR)", "∅", "integer"},
           {"t.subscript(t.map(['a'], [1]), 'x'::VARCHAR)", "INVALID_FUNCTION_ARGUMENT: Key not present in map: x"},
           {"t.map(['a', 'a'], [1, 2])", "INVALID_FUNCTION_ARGUMENT: Duplicate map keys (a) are not allowed"},
           {"t.map(['a', NULL], [1, 2])", "INVALID_FUNCTION_ARGUMENT: map key cannot be null"},
           {"t.map(['a'], [1, 2])", "INVALID_FUNCTION_ARGUMENT: Key and value arrays must be the same length"},
           {"t.map([2, 1], ['b', NULL])", "{1=null, 2=b}", "map(integer, varchar)"},
           {"t.cardinality(t.map(['a'], [1]))", "1", "bigint"},
           {"t.map_keys(t.map(['a'], [1]))", "[a]", "array(varchar)"},
           {"t.map_values(t.map(['a'], [1]))", "[1]", "array(integer)"},
           {"t.map_entries(t.map(['a'], [1]))", "[{a, 1}]", "array(row(varchar, integer))"},
           {"t.map_from_entries([row('a', 1), row('b', 2)])", "{a=1, b=2}", "map(varchar, integer)"},
           {"t.map_concat(t.map(['a', 'b'], [1, 2]), t.map(['a'], [9]))", "{a=9, b=2}", "map(varchar, integer)"},
           {"t.split_to_map('a=1,b=2'::VARCHAR, ','::VARCHAR, '='::VARCHAR)", "{a=1, b=2}", "map(varchar, varchar)"},
           {"t.split_to_map('a=1,a=2'::VARCHAR, ','::VARCHAR, '='::VARCHAR)",
            "INVALID_FUNCTION_ARGUMENT: Duplicate keys (a) are not allowed"},
           {"t.split_to_multimap('a=1,a=2'::VARCHAR, ','::VARCHAR, '='::VARCHAR)", "{a=[1, 2]}",
            "map(varchar, array(varchar))"},
           {"t.unnest_rows(false, [1, 2], ['a'])", "[{$unnamed0=1, $unnamed1=a}, {$unnamed0=2, $unnamed1=null}]"},
           {"t.unnest_rows(true, t.map(['k'], [7]))", "[{$unnamed0=k, $unnamed1=7, $unnamed2=1}]"},
           {"t.unnest_rows(false, [{'x': 1, 'y': 'a'}, NULL])", "[{x=1, y=a}, {x=null, y=null}]"},
           {"t.unnest_rows(false, 5::INTEGER)", "TYPE_MISMATCH: Cannot unnest type: integer"},
           {"sum(x) FROM (SELECT unnest(t.unnest_rows(false, [i, i + 1]), max_depth := 2) FROM range(3000) r(i)) u(x)",
            "9000000"},
       }) {
    check(probe);
  }
}

TEST(TrinoMath, IsTrinos) {
  for (const Probe& probe : {
           Probe{"t.sqrt(-1::INTEGER)", "NaN", "double"},
           {"t.ln(0::INTEGER)", "-Infinity", "double"},
           {"t.log(2::INTEGER, 8::INTEGER)", "3.0", "double"},
           {"t.round(CAST('2.345' AS DECIMAL(4,3)), 2::INTEGER)", "2.350", "decimal(5,3)"},
           {"t.round(CAST('1234.5678' AS DECIMAL(8,4)), -2::INTEGER)", "1200.0000", "decimal(9,4)"},
           {"t.round(CAST('2.5' AS DECIMAL(2,1)))", "3", "decimal(2,0)"},
           {"t.round(-2.5e0)", "-3.0", "double"},
           {"t.round(2.345e0, 2::INTEGER)", "2.35", "double"},
           {"t.round(1250::INTEGER, -2::INTEGER)", "1300", "integer"},
           {"t.ceil(CAST('-1.5' AS DECIMAL(2,1)))", "-1", "decimal(2,0)"},
           {"t.floor(CAST('-1.5' AS DECIMAL(2,1)))", "-2", "decimal(2,0)"},
           {"t.truncate(CAST('-1.79' AS DECIMAL(3,2)))", "-1", "decimal(1,0)"},
           {"t.truncate(1.789e0, 2::INTEGER)", "1.78", "double"},
           {"t.abs(-5::INTEGER)", "5", "integer"},
           {"t.sign(-2.5e0)", "-1.0", "double"},
           {"t.mod(7::INTEGER, 3::INTEGER)", "1", "integer"},
           {"t.power(2::INTEGER, 10::INTEGER)", "1024.0", "double"},
           {"t.to_base(255::INTEGER, 16::INTEGER)", "ff", "varchar"},
           {"t.from_base('zz'::VARCHAR, 36::INTEGER)", "1295", "bigint"},
           {"t.from_base('9'::VARCHAR, 8::INTEGER)", "INVALID_FUNCTION_ARGUMENT: Not a valid base-8 number: 9"},
           {"t.bit_count(255::INTEGER, 64::INTEGER)", "8", "bigint"},
           {"t.bitwise_and(12::INTEGER, 10::INTEGER)", "8", "bigint"},
           {"t.bitwise_left_shift(1::INTEGER, 31::INTEGER)", "-2147483648", "integer"},
           {"t.bitwise_right_shift(-8::BIGINT, 1::INTEGER)", "9223372036854775804", "bigint"},
           {"t.bitwise_right_shift_arithmetic(-8::BIGINT, 1::INTEGER)", "-4", "bigint"},
           {"t.width_bucket(3.14e0, 0::INTEGER, 4::INTEGER, 3::INTEGER)", "3", "bigint"},
           {"t.width_bucket(2.5e0, [1e0, 2e0, 3e0])", "2", "bigint"},
           {"t.is_nan(t.nan())", "true", "boolean"},
           {"t.infinity()", "Infinity", "double"},
           {"t.normal_cdf(0e0, 1e0, 0e0)", "0.5", "double"},
           {"t.round(t.inverse_normal_cdf(0e0, 1e0, 0.975e0), 4::INTEGER)", "1.96", "double"},
           {"t.between(t.random(10::INTEGER), 0::INTEGER, 9::INTEGER)", "true", "boolean"},
       }) {
    check(probe);
  }
}

TEST(TrinoText, CountsCharactersAndKnowsItsLimits) {
  for (const Probe& probe : {
           Probe{"t.length('häß'::VARCHAR)", "3", "bigint"},
           {"t.length(t.cast_char('ab'::VARCHAR, 5))", "5", "bigint"},
           {"t.upper('straße'::VARCHAR)", "STRAßE", "varchar"},
           {"t.lower('ÄB'::VARCHAR)", "äb", "varchar"},
           {"t.upper(5::INTEGER)", "FUNCTION_NOT_FOUND: Unexpected parameters (integer) for function upper"},
           {"t.concat('a'::VARCHAR, NULL, 'b'::VARCHAR)", "∅", "varchar"},
           {"t.concat('a'::VARCHAR, 'b'::VARCHAR)", "ab", "varchar"},
           {"t.concat_ws(','::VARCHAR, ['a', NULL, 'b'])", "a,b", "varchar"},
           {"t.concat_ws(','::VARCHAR, 'a'::VARCHAR, NULL, 'b'::VARCHAR)", "a,b", "varchar"},
           {"t.substr('hello'::VARCHAR, 0::INTEGER)", "", "varchar"},
           {"t.substr('hello'::VARCHAR, -3::INTEGER, 2::INTEGER)", "ll", "varchar"},
           {"t.substr('hello'::VARCHAR, 2::INTEGER)", "ello", "varchar"},
           {"t.strpos('hello'::VARCHAR, 'l'::VARCHAR, 2::INTEGER)", "4", "bigint"},
           {"t.strpos('hello'::VARCHAR, 'z'::VARCHAR)", "0", "bigint"},
           {"t.replace('banana'::VARCHAR, 'an'::VARCHAR)", "ba", "varchar"},
           {"t.replace('aab'::VARCHAR, 'a'::VARCHAR, 'x'::VARCHAR)", "xxb", "varchar"},
           {"t.reverse('häß'::VARCHAR)", "ßäh", "varchar"},
           {"t.lpad('7'::VARCHAR, 3::INTEGER, '0'::VARCHAR)", "007", "varchar"},
           {"t.rpad('hello'::VARCHAR, 2::INTEGER, ' '::VARCHAR)", "he", "varchar"},
           {"t.lpad('7'::VARCHAR, 3::INTEGER, ''::VARCHAR)",
            "INVALID_FUNCTION_ARGUMENT: Padding string must not be empty"},
           {"t.split('a,b,c'::VARCHAR, ','::VARCHAR, 2::INTEGER)", "[a, b,c]", "array(varchar)"},
           {"t.split('a,b'::VARCHAR, ','::VARCHAR)", "[a, b]", "array(varchar)"},
           {"t.split_part('a-b'::VARCHAR, '-'::VARCHAR, 5::INTEGER)", "∅", "varchar"},
           {"t.split_part('a-b'::VARCHAR, '-'::VARCHAR, 0::INTEGER)",
            "INVALID_FUNCTION_ARGUMENT: Index must be greater than zero"},
           {"t.trim(E' \\t x \\n'::VARCHAR)", "x", "varchar"},
           {"t.ltrim('xxabxx'::VARCHAR, 'x'::VARCHAR)", "abxx", "varchar"},
           {"t.translate('abc'::VARCHAR, 'ab'::VARCHAR, 'x'::VARCHAR)", "xc", "varchar"},
           {"t.chr(228::INTEGER)", "ä", "varchar"},
           {"t.codepoint('ä'::VARCHAR)", "228", "integer"},
           {"t.levenshtein_distance('kitten'::VARCHAR, 'sitting'::VARCHAR)", "3", "bigint"},
           {"t.hamming_distance('abc'::VARCHAR, 'abd'::VARCHAR)", "1", "bigint"},
           {"t.soundex('Robert'::VARCHAR)", "R163", "varchar"},
           {"t.luhn_check('79927398713'::VARCHAR)", "true", "boolean"},
           {"t.starts_with('hello'::VARCHAR, 'he'::VARCHAR)", "true", "boolean"},
       }) {
    check(probe);
  }
}

TEST(TrinoRegexp, IsJavas) {
  for (const Probe& probe : {
           Probe{"t.regexp_like('abc'::VARCHAR, 'b'::VARCHAR)", "true", "boolean"},
           {"t.regexp_extract('abc'::VARCHAR, 'z'::VARCHAR)", "∅", "varchar"},
           {"t.regexp_extract('1a 2b'::VARCHAR, '(\\d+)([a-z]+)'::VARCHAR, 2::INTEGER)", "a", "varchar"},
           {"t.regexp_extract('1a'::VARCHAR, '(\\d+)'::VARCHAR, 2::INTEGER)",
            "INVALID_FUNCTION_ARGUMENT: Pattern has 1 groups. Cannot access group 2"},
           {"t.regexp_extract_all('1a 2b 14m'::VARCHAR, '\\d+'::VARCHAR)", "[1, 2, 14]", "array(varchar)"},
           {"t.regexp_replace('aaa'::VARCHAR, 'a'::VARCHAR, 'b'::VARCHAR)", "bbb", "varchar"},
           {"t.regexp_replace('ab'::VARCHAR, '(a)(b)'::VARCHAR, '$2$1'::VARCHAR)", "ba", "varchar"},
           {"t.regexp_replace('ab'::VARCHAR, '(?<x>a)b'::VARCHAR, '${x}\\$'::VARCHAR)", "a$", "varchar"},
           {"t.regexp_replace('1a 2b'::VARCHAR, '\\d'::VARCHAR)", "a b", "varchar"},
           {"t.regexp_split('1a 2b'::VARCHAR, '\\s*[a-z]+\\s*'::VARCHAR)", "[1, 2, ]", "array(varchar)"},
           {"t.regexp_count('1a 2b 14m'::VARCHAR, '[a-z]'::VARCHAR)", "3", "bigint"},
           {"t.regexp_position('hä lo'::VARCHAR, 'l'::VARCHAR)", "4", "integer"},
           {"t.regexp_position('abc'::VARCHAR, 'z'::VARCHAR)", "-1", "integer"},
           {"t.regexp_like('foobar'::VARCHAR, '(?<=foo)bar'::VARCHAR)", "true", "boolean"},
           {"t.regexp_like('x'::VARCHAR, '('::VARCHAR)", "INVALID_FUNCTION_ARGUMENT: Invalid regular expression '('"},
           {"t.regexp_like(repeat('a', 40) || 'b', '^(a|a)*$'::VARCHAR)", "INVALID_FUNCTION_ARGUMENT"},
           {"count(*) FROM range(3000) r(i) WHERE t.regexp_like(i::VARCHAR, '^1.*9$'::VARCHAR)", "111"},
       }) {
    check(probe);
  }
}

TEST(TrinoTime, CountsWholeUnits) {
  for (const Probe& probe : {
           Probe{"t.date_add('day'::VARCHAR, 1::INTEGER, DATE '2024-01-01')", "2024-01-02", "date"},
           {"t.date_add('month'::VARCHAR, 1::INTEGER, DATE '2024-01-31')", "2024-02-29", "date"},
           {"t.date_add('hour'::VARCHAR, 1::INTEGER, DATE '2024-01-31')",
            "INVALID_FUNCTION_ARGUMENT: 'hour' is not a valid DATE field"},
           {"t.date_diff('hour'::VARCHAR, TIMESTAMP '2024-01-01 00:59:00', TIMESTAMP '2024-01-01 02:00:00')", "1",
            "bigint"},
           {"t.date_diff('year'::VARCHAR, DATE '2023-12-31', DATE '2024-01-01')", "0", "bigint"},
           {"t.date_diff('month'::VARCHAR, DATE '2024-03-31', DATE '2024-02-29')", "-1", "bigint"},
           {"t.date_diff('day'::VARCHAR, DATE '2024-03-01', DATE '2024-01-01')", "-60", "bigint"},
           {"t.date_diff('fortnight'::VARCHAR, DATE '2024-03-01', DATE '2024-01-01')",
            "INVALID_FUNCTION_ARGUMENT: 'fortnight' is not a valid Timestamp field"},
           {"t.date_trunc('month'::VARCHAR, DATE '2024-05-17')", "2024-05-01", "date"},
           {"t.date_trunc('week'::VARCHAR, DATE '2024-05-19')", "2024-05-13", "date"},
           {"t.date_trunc('hour'::VARCHAR, TIMESTAMP '1969-12-31 23:59:59')", "1969-12-31 23:00:00.000",
            "timestamp(3)"},
           {"t.day_of_week(DATE '2024-05-19')", "7", "bigint"},
           {"t.dow(TIMESTAMP '2024-05-20 01:00:00')", "1", "bigint"},
           {"t.year_of_week(DATE '2024-12-30')", "2025", "bigint"},
           {"t.week(DATE '2024-12-30')", "1", "bigint"},
           {"t.millisecond(TIMESTAMP '2024-05-17 13:45:10.123')", "123", "bigint"},
           {"t.last_day_of_month(DATE '2024-02-05')", "2024-02-29", "date"},
           {"t.from_unixtime(1.5e0)", "1970-01-01 00:00:01.500 UTC", "timestamp(3) with time zone"},
           {"t.to_unixtime(TIMESTAMP '1970-01-01 00:01:00')", "60.0", "double"},
           {"t.to_iso8601(TIMESTAMP '2024-05-17 13:45:10.123')", "2024-05-17T13:45:10.123", "varchar"},
           {"t.from_iso8601_timestamp('2024-05-17T13:45:10Z'::VARCHAR)", "2024-05-17 13:45:10.000 UTC"},
           {"t.from_iso8601_date('2024-05-17'::VARCHAR)", "2024-05-17", "date"},
           {"t.date('2024-05-17'::VARCHAR)", "2024-05-17", "date"},
           {"t.human_readable_seconds(3762e0)", "1 hour, 2 minutes, 42 seconds", "varchar"},
           {"t.between(t.now(), TIMESTAMPTZ '2020-01-01 00:00:00+00', TIMESTAMPTZ '2120-01-01 00:00:00+00')", "true"},
           {"t.eq(t.current_date(), t.date(t.now()))", "true"},
       }) {
    check(probe);
  }
}

TEST(TrinoTime, KeepsZones) {
  for (const Probe& probe : {
           Probe{"t.at_timezone(TIMESTAMPTZ '2024-07-01 12:00:00+00', 'America/New_York'::VARCHAR)",
                 "2024-07-01 08:00:00.000 America/New_York", "timestamp(3) with time zone"},
           {"t.at_timezone(TIMESTAMPTZ '2024-01-01 12:00:00+00', 'America/New_York'::VARCHAR)",
            "2024-01-01 07:00:00.000 America/New_York"},
           {"t.at_timezone(TIMESTAMPTZ '2060-07-01 12:00:00+00', 'America/New_York'::VARCHAR)",
            "2060-07-01 08:00:00.000 America/New_York"},
           {"t.at_timezone(TIMESTAMPTZ '2024-01-01 12:00:00+00', '+02:00'::VARCHAR)", "2024-01-01 14:00:00.000 +02:00"},
           {"t.at_timezone(TIMESTAMPTZ '2024-01-01 12:00:00+00', 'Nowhere/Land'::VARCHAR)",
            "INVALID_FUNCTION_ARGUMENT: 'Nowhere/Land' is not a valid time zone"},
           {"t.hour(t.at_timezone(TIMESTAMPTZ '2024-07-01 12:00:00+00', 'America/New_York'::VARCHAR))", "8", "bigint"},
           {"t.with_timezone(TIMESTAMP '2024-07-01 12:00:00', 'Europe/Berlin'::VARCHAR)",
            "2024-07-01 12:00:00.000 Europe/Berlin"},
           {"t.cast(t.with_timezone(TIMESTAMP '2024-07-01 01:00:00', 'Europe/Berlin'::VARCHAR), NULL::DATE)",
            "2024-07-01", "date"},
           {"t.date_trunc('day'::VARCHAR, t.with_timezone(TIMESTAMP '2024-03-31 12:00:00', 'Europe/Berlin'::VARCHAR))",
            "2024-03-31 00:00:00.000 Europe/Berlin"},
           {"t.date_add('day'::VARCHAR, 1::INTEGER, t.with_timezone(TIMESTAMP '2024-03-30 12:00:00', "
            "'Europe/Berlin'::VARCHAR))",
            "2024-03-31 12:00:00.000 Europe/Berlin"},
           {"t.eq(t.at_timezone(TIMESTAMPTZ '2024-07-01 12:00:00+00', 'Asia/Tokyo'::VARCHAR), TIMESTAMPTZ '2024-07-01 "
            "12:00:00+00')",
            "true", "boolean"},
           {"t.timezone_hour(t.at_timezone(TIMESTAMPTZ '2024-07-01 12:00:00+00', 'America/New_York'::VARCHAR))", "-4"},
       }) {
    check(probe);
  }
}

TEST(TrinoTimeFormats, PrintAndParse) {
  for (const Probe& probe : {
           Probe{"t.date_format(TIMESTAMP '2024-05-07 13:05:09.123', '%Y-%m-%d %H:%i:%s.%f'::VARCHAR)",
                 "2024-05-07 13:05:09.123000", "varchar"},
           {"t.date_format(DATE '2024-05-07', '%W, %e %M %y, %j, %v, 100%%'::VARCHAR)",
            "Tuesday, 7 May 24, 128, 19, 100%"},
           {"t.date_format(TIMESTAMP '2024-05-07 00:05:09', '%r %l %p %a %b'::VARCHAR)", "12:05:09 AM 12 AM Tue May"},
           {"t.date_format(DATE '2024-05-07', '%D'::VARCHAR)",
            "INVALID_FUNCTION_ARGUMENT: %D not supported in date format string"},
           {"t.date_parse('2024-05-07 13:05:09'::VARCHAR, '%Y-%m-%d %H:%i:%s'::VARCHAR)", "2024-05-07 13:05:09.000",
            "timestamp(3)"},
           {"t.date_parse('7/5/24 1:05 PM'::VARCHAR, '%e/%c/%y %h:%i %p'::VARCHAR)", "2024-05-07 13:05:00.000"},
           {"t.date_parse('20240507'::VARCHAR, '%Y%m%d'::VARCHAR)", "2024-05-07 00:00:00.000"},
           {"t.date_parse('2024-13-07'::VARCHAR, '%Y-%m-%d'::VARCHAR)", "INVALID_FUNCTION_ARGUMENT: Invalid format"},
           {"t.date_parse('x'::VARCHAR, '%Y'::VARCHAR)", "INVALID_FUNCTION_ARGUMENT: Invalid format: \"x\""},
           {"t.format_datetime(TIMESTAMP '2024-05-07 13:05:09.123', 'yyyy-MM-dd''T''HH:mm:ss.SSS EEEE'::VARCHAR)",
            "2024-05-07T13:05:09.123 Tuesday"},
           {"t.format_datetime(t.at_timezone(TIMESTAMPTZ '2024-07-01 12:00:00+00', 'America/New_York'::VARCHAR), "
            "'HH:mm "
            "ZZ'::VARCHAR)",
            "08:00 -04:00"},
           {"t.parse_datetime('2024-05-07 01:05 +02:00'::VARCHAR, 'yyyy-MM-dd HH:mm Z'::VARCHAR)",
            "2024-05-07 01:05:00.000 +02:00"},
           {"t.parse_datetime('7 May 2024'::VARCHAR, 'd MMMM yyyy'::VARCHAR)", "2024-05-07 00:00:00.000 UTC"},
       }) {
    check(probe);
  }
}

TEST(TrinoBinary, HashesAndSpellings) {
  for (const Probe& probe : {
           Probe{"t.md5('a'::VARCHAR)", "FUNCTION_NOT_FOUND: Unexpected parameters (varchar) for function md5"},
           {"t.to_hex(t.md5('a'::BLOB))", "0CC175B9C0F1B6A831C399E269772661", "varchar"},
           {"t.to_hex(t.sha256(t.to_utf8('a'::VARCHAR)))",
            "CA978112CA1BBDCAFAC231B39A23DC4DA786EFF8147C4E72B9807785AFEE48BB"},
           {"t.from_utf8(t.from_hex('68C3A4'::VARCHAR))", "hä", "varchar"},
           {"t.from_hex('6'::VARCHAR)", "INVALID_FUNCTION_ARGUMENT"},
           {"t.to_base64('hi'::BLOB)", "aGk=", "varchar"},
           {"t.from_base64('aGk='::VARCHAR)", "68 69", "varbinary"},
           {"t.to_base32('hi'::BLOB)", "NBUQ====", "varchar"},
           {"t.crc32('123456789'::BLOB)", "3421780262", "bigint"},
           {"t.to_big_endian_32(1::INTEGER)", "00 00 00 01", "varbinary"},
           {"t.from_big_endian_64(t.to_big_endian_64(-2::BIGINT))", "-2", "bigint"},
           {"t.to_ieee754_64(1e0)", "3f f0 00 00 00 00 00 00", "varbinary"},
           {"t.length('\\x00\\xff'::BLOB)", "2", "bigint"},
           {"t.concat('a'::BLOB, 'b'::BLOB)", "61 62", "varbinary"},
       }) {
    check(probe);
  }
  // RFC 4231, test case 2.
  check({"t.to_hex(t.hmac_sha256('what do ya want for nothing?'::BLOB, 'Jefe'::BLOB))",
         "5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843"});
}

TEST(TrinoUrls, AreTakenApart) {
  for (const Probe& probe : {
           Probe{"t.url_extract_host('https://user@example.com:8080/a%20b?x=1&y=a%26b#top'::VARCHAR)", "example.com"},
           {"t.url_extract_port('https://example.com:8080/'::VARCHAR)", "8080", "bigint"},
           {"t.url_extract_port('https://example.com/'::VARCHAR)", "∅", "bigint"},
           {"t.url_extract_protocol('https://example.com/'::VARCHAR)", "https"},
           {"t.url_extract_path('https://example.com/a%20b?x'::VARCHAR)", "/a b"},
           {"t.url_extract_query('https://example.com/?x=1&y=2'::VARCHAR)", "x=1&y=2"},
           {"t.url_extract_fragment('https://example.com/#top'::VARCHAR)", "top"},
           {"t.url_extract_parameter('https://example.com/?x=1&y=a%26b'::VARCHAR, 'y'::VARCHAR)", "a&b"},
           {"t.url_extract_parameter('https://example.com/'::VARCHAR, 'y'::VARCHAR)", "∅"},
           {"t.url_extract_host('not a url'::VARCHAR)", "∅"},
           {"t.url_encode('a b&c'::VARCHAR)", "a+b%26c", "varchar"},
           {"t.url_decode('a+b%26c'::VARCHAR)", "a b&c", "varchar"},
       }) {
    check(probe);
  }
}

// What Trino has and this engine does not is refused by name.
TEST(TrinoMissing, IsRefused) {
  for (const char* name :
       {"color", "rgb", "render", "word_stem", "xxhash64", "murmur3", "spooky_hash_v2_32", "reduce_agg",
        "table_changes", "beta_cdf", "parse_duration", "nonsense", "list_value", "getenv"}) {
    const std::string sql = "t." + std::string(name) + "(1::INTEGER)";
    check({sql.c_str(), "FUNCTION_NOT_FOUND"});
  }
}

}  // namespace
}  // namespace tarn::duck
