// Text files as Hive's serdes read them: lines, fields, types, and what each does with what is broken.
#include <gtest/gtest.h>

#include "base/gzip.h"
#include "duck/engine.h"
#include "duck/memory_files.h"

namespace tarn::duck {
namespace {

class HiveScan : public testing::Test {
 protected:
  // Rows joined by ";", fields by "|", NULL as "∅"; the failure if there is one. Columns as "name:type name:type".
  std::string read(const std::string& serde, const std::string& bytes, const std::string& columns,
                   const std::string& properties = "", const std::string& select = "*") {
    static Engine& engine = *new Engine({.memory_bytes = 256 << 20, .threads = 2, .spill_directory = ""});
    const auto files = std::make_shared<MemoryFiles>();
    files->put("s3://b/t/" + name, bytes);
    const auto connection = engine.connect(files, Rules::trino);
    std::string names, types;
    for (std::size_t at = 0; at < columns.size();) {
      const auto end = std::min(columns.find(' ', at), columns.size());
      const std::string column = columns.substr(at, end - at);
      const auto colon = column.find(':');
      names += (names.empty() ? "" : ", ") + quote_text(column.substr(0, colon));
      types += (types.empty() ? "" : ", ") + quote_text(column.substr(colon + 1));
      at = end + 1;
    }
    std::string rows;
    try {
      const auto result = connection->run(
          "SELECT " + (select == "*" ? "COLUMNS(c -> c NOT IN ('$path', '$file_index'))" : select) +
          " FROM system.trino.read_lines('" + serde + "', ['s3://b/t/" + name + "'], [" + std::to_string(bytes.size()) +
          "]::BIGINT[], [" + names + "], [" + types + "], [" + properties + "]::VARCHAR[])");
      while (const auto chunk = result->next()) {
        for (std::size_t row = 0; row < chunk->rows(); ++row) {
          if (!rows.empty()) rows += ";";
          for (std::size_t i = 0; i < result->columns().size(); ++i) {
            rows += (i > 0 ? "|" : "") + chunk->text(i, row).value_or("∅");
          }
        }
      }
      scanned = connection->progress().bytes_read;
    } catch (const SqlError& error) {
      return error.what();
    }
    return rows;
  }
  std::string json(const std::string& bytes, const std::string& columns, const std::string& properties = "") {
    return read("openx_json", bytes, columns, properties);
  }

  std::string name = "a.txt";
  std::uint64_t scanned = 0;
};

TEST_F(HiveScan, FindsJsonKeysWhateverTheirCase) {
  EXPECT_EQ(json("{\"Year\": 1, \"NAME\": \"x\"}\n{\"year\": 2}", "year:int name:string"), "1|x;2|∅");
  EXPECT_EQ(read("hive_json", "{\"Year\": 1}\n", "year:int"), "1");
  EXPECT_EQ(json("{\"A\": {\"InnerKey\": 5}}", "a:struct<innerkey:int>"), "{innerkey=5}");
  EXPECT_EQ(json("{\"a\": [{\"X\": 1}, {\"x\": 2}]}", "a:array<struct<x:int>>"), "[{x=1}, {x=2}]");
  // The keys of maps are data.
  EXPECT_EQ(json("{\"m\": {\"Key\": 1, \"key\": 2}}", "m:map<string,int>"), "{Key=1, key=2}");
}

TEST_F(HiveScan, RefusesKeysThatMeanTheSame) {
  EXPECT_EQ(
      json("{\"Year\": 1, \"year\": 2}", "year:int"),
      "HIVE_CURSOR_ERROR: Row is not a valid JSON Object - Duplicate key \"year\" for year (line 1 of s3://b/t/a.txt)");
  EXPECT_EQ(json("{\"a\": {\"B\": 1, \"b\": 2}}", "a:struct<b:int>").substr(0, 17), "HIVE_CURSOR_ERROR");
  EXPECT_EQ(json("{\"m\": {\"k\": 1, \"k\": 2}}", "m:map<string,int>").substr(0, 17), "HIVE_CURSOR_ERROR");
  // Where case matters, each has its column by a mapping.
  EXPECT_EQ(json("{\"URL\": \"a\", \"Url\": \"b\", \"url\": \"c\"}", "url1:string url2:string url:string",
                 "'case.insensitive', 'FALSE', 'mapping.url1', 'URL', 'mapping.url2', 'Url'"),
            "a|b|c");
  EXPECT_EQ(json("{\"Year\": 1}", "year:int", "'case.insensitive', 'false'"), "∅");
  EXPECT_EQ(json("{\"GRÖSSE\": 1}\n{\"größe\": 2, \"грань\": 3}\n{\"ГРАНЬ\": 4}", "grösse:int грань:int"),
            "1|∅;∅|3;∅|4");
}

TEST_F(HiveScan, MapsKeysToColumns) {
  EXPECT_EQ(json("{\"Timestamp\": 7, \"ts\": 8}", "ts:int", "'mapping.ts', 'timestamp'"), "7");
  EXPECT_EQ(json("{\"a.b\": 1}", "a_b:int"), "∅");
  EXPECT_EQ(json("{\"a.b\": 1}", "a_b:int", "'dots.in.keys', 'true'"), "1");
}

TEST_F(HiveScan, RefusesMalformedJsonUnlessTold) {
  const std::string bytes = "{\"a\": 1}\n{\"a\": \n{\"a\": 3}\n";
  EXPECT_EQ(json(bytes, "a:int").find("HIVE_CURSOR_ERROR: Row is not a valid JSON Object"), 0u);
  EXPECT_NE(json(bytes, "a:int").find("(line 2 of s3://b/t/a.txt)"), std::string::npos);
  EXPECT_EQ(json(bytes, "a:int", "'ignore.malformed.json', 'true'"), "1;∅;3");
  EXPECT_NE(json("{\n\"a\": 1\n}\n", "a:int").find("the object does not end on its line"), std::string::npos);
  EXPECT_EQ(read("hive_json", "5\n", "a:int").find("HIVE_CURSOR_ERROR"), 0u);
}

TEST_F(HiveScan, ReadsJsonValuesOfAllTypes) {
  EXPECT_EQ(
      json("{\"b\":true,\"i\":\"12\",\"l\":9007199254740993,\"d\":1.5e3,\"n\":1.005,\"t\":1.50,\"o\":{\"x\":[1, 2]}}",
           "b:boolean i:int l:bigint d:double n:decimal(5,2) t:string o:string"),
      "true|12|9007199254740993|1500.0|1.01|1.50|{\"x\":[1,2]}");
  EXPECT_EQ(
      json("{\"d\":\"2024-02-03\",\"t\":\"2024-02-03T04:05:06.789Z\",\"u\":\"2024-02-03 04:05:06\",\"v\":1700000000}",
           "d:date t:timestamp u:timestamp v:timestamp"),
      "2024-02-03|2024-02-03 04:05:06.789|2024-02-03 04:05:06.000|2023-11-14 22:13:20.000");
  EXPECT_EQ(json("{\"t\":\"2024-02-03T04:05:06+02:00\"}", "t:timestamp"), "2024-02-03 02:05:06.000");
  EXPECT_EQ(json("{\"a\":null,\"m\":{\"k\":[1,null]},\"e\":[]}", "a:int m:map<string,array<int>> e:array<int>"),
            "∅|{k=[1, null]}|[]");
  EXPECT_EQ(json("{\"v\":\"abcdef\",\"c\":\"ab\"}", "v:varchar(3) c:char(4)"), "abc|ab  ");
  EXPECT_EQ(json("[1, \"x\"]", "a:int b:string"), "1|x");
  // As crawlers describe lines that are lists.
  EXPECT_EQ(json("[{\"a\":1},{\"a\":2}]\n[]\n", "array:array<struct<a:int>>"), "[{a=1}, {a=2}];[]");
  EXPECT_EQ(json("{\"a\":1e3,\"b\":1e-3}", "a:string b:string"), "1E+3|0.001");
}

TEST_F(HiveScan, RefusesJsonValuesOfOtherTypes) {
  EXPECT_EQ(json("{\"a\":\"x\"}", "a:int").find("HIVE_BAD_DATA: Error parsing field value 'x' for field a as integer"),
            0u);
  EXPECT_EQ(json("{\"a\":\"x\"}", "a:int", "'use.null.for.invalid.data', 'true'"), "∅");
  EXPECT_EQ(json("{\"a\":300}", "a:tinyint").find("HIVE_BAD_DATA"), 0u);
  EXPECT_EQ(json("{\"a\":{}}", "a:int").find("HIVE_BAD_DATA"), 0u);
  EXPECT_EQ(json("{\"a\":1}", "a:struct<x:int>").find("HIVE_BAD_DATA"), 0u);
  EXPECT_EQ(read("hive_json", "{\"a\":\"1\"}", "a:int").find("HIVE_BAD_DATA"), 0u);
  EXPECT_EQ(read("hive_json", "{\"a\":{}}", "a:string").find("HIVE_BAD_DATA"), 0u);
}

TEST_F(HiveScan, ReadsDelimitedTextAsLazySimpleSerDe) {
  const std::string comma = "'field.delim', ','";
  EXPECT_EQ(read("delimited", "1,a\n2\n3,c,d\n,\n", "a:int b:string", comma), "1|a;2|∅;3|c;∅|");
  // What is no number is NULL; quotes are text; blanks are not trimmed.
  EXPECT_EQ(read("delimited", "x,\"a\"\n1.9, 2\n99999999999,\\N\n", "a:int b:string", comma), "∅|\"a\";1| 2;∅|∅");
  EXPECT_EQ(read("delimited", "NA\n7\n", "a:int", "'serialization.null.format', 'NA'"), "∅;7");
  EXPECT_EQ(read("delimited", "a\\,b,c\\\\\n", "a:string b:string", comma + ", 'escape.delim', '\\'"), "a,b|c\\");
  EXPECT_EQ(read("delimited", "1\tb\n", "a:int b:string", "'field.delim', '9'"), "1|b");
  EXPECT_EQ(read("delimited",
                 "1\x01"
                 "b\n",
                 "a:int b:string"),
            "1|b");
  EXPECT_EQ(
      read("delimited", "TRUE,1e3,NaN,1.005,yes\n", "a:boolean b:double c:double d:decimal(5,2) e:boolean", comma),
      "true|1000.0|NaN|1.01|∅");
  EXPECT_EQ(
      read("delimited", "2024-02-30,2024-01-02 03:04:05.6789,2024-01-02\n", "a:date b:timestamp c:timestamp", comma),
      "2024-03-01|2024-01-02 03:04:05.679|2024-01-02 00:00:00.000");
  EXPECT_EQ(read("delimited", "2024-01-02T03:04:05Z\n", "a:timestamp"), "∅");
  EXPECT_EQ(
      read("delimited", "2024-01-02T03:04:05Z\n", "a:timestamp", "'timestamp.formats', 'yyyy-MM-dd''T''HH:mm:ss''Z'''"),
      "2024-01-02 03:04:05.000");
  EXPECT_EQ(read("delimited", "abcdef,ab\n", "a:varchar(3) b:char(4)", comma), "abc|ab  ");
}

TEST_F(HiveScan, ReadsNestedDelimitedText) {
  const std::string separators = "'field.delim', ',', 'collection.delim', '|', 'mapkey.delim', ':'";
  EXPECT_EQ(read("delimited", "1|2|x,a:1|b:2|a:3,7|y\n", "a:array<int> m:map<string,int> s:struct<x:int,y:string>",
                 separators),
            "[1, 2, null]|{a=1, b=2}|{x=7, y=y}");
  EXPECT_EQ(read("delimited", ",,\n", "a:array<int> m:map<string,int> s:struct<x:int,y:string>", separators),
            "[]|{}|{x=null, y=null}");
}

TEST_F(HiveScan, ReadsQuotedTextAsOpenCsvSerde) {
  EXPECT_EQ(read("open_csv", "\"a,b\",\"say \"\"hi\"\"\"\nplain,\n", "a:string b:string"), "a,b|say \"hi\";plain|");
  EXPECT_EQ(read("open_csv", "'a;b';c\\'d\n", "a:string b:string", "'separatorChar', ';', 'quoteChar', ''''"),
            "a;b|c'd");
  EXPECT_EQ(read("open_csv", "\"1\",19000,1700000000000,true\n", "a:bigint d:date t:timestamp b:boolean"),
            "1|2022-01-08|2023-11-14 22:13:20.000|true");
  // What is no number is an error there, the empty field included.
  EXPECT_EQ(read("open_csv", "a,1\nb,\n", "a:string b:int"),
            "HIVE_BAD_DATA: Error parsing field value '' for field b as integer (line 2 of s3://b/t/a.txt)");
  EXPECT_EQ(read("open_csv", "b,\n", "a:string b:int", "'use.null.for.invalid.data', 'true'"), "b|∅");
  EXPECT_EQ(read("open_csv", "NA,NA\nx,\n", "a:string b:int", "'tarn.null.formats', 'NA,'"), "NA|∅;x|∅");
  EXPECT_EQ(read("open_csv", "1\n\n", "a:string b:string"), "1|∅;∅|∅");
  EXPECT_EQ(read("open_csv", "1\n", "a:array<int>").find("NOT_SUPPORTED"), 0u);
}

TEST_F(HiveScan, SkipsHeadersAndFooters) {
  EXPECT_EQ(
      read("delimited", "h\n1\n2\n3\nf\n", "a:string", "'skip.header.line.count', '1', 'skip.footer.line.count', '1'"),
      "1;2;3");
  EXPECT_EQ(read("delimited", "h\n", "a:string", "'skip.header.line.count', '2'"), "");
  EXPECT_EQ(read("delimited", "h\n", "a:string", "'skip.header.line.count', 'x'").find("HIVE_INVALID_METADATA"), 0u);
}

TEST_F(HiveScan, EndsLinesAsHadoopDoes) {
  EXPECT_EQ(read("delimited", "a\r\nb\rc\n\nd", "a:string"), "a;b;c;;d");
  EXPECT_EQ(read("delimited",
                 "\xEF\xBB\xBF"
                 "a\nb\n",
                 "a:string"),
            "a;b");
  EXPECT_EQ(read("delimited", "", "a:string"), "");
}

TEST_F(HiveScan, ReadsLargeFilesInParts) {
  std::string bytes;
  std::int64_t sum = 0;
  for (int i = 0; bytes.size() < (20 << 20); ++i) {
    bytes +=
        std::to_string(i) + "," + std::string(static_cast<std::size_t>(i % 50), 'x') + (i % 7 == 0 ? "\r\n" : "\n");
    sum += i;
  }
  EXPECT_EQ(read("delimited", bytes, "a:bigint b:string", "'field.delim', ','", "system.trino.sum(a)"),
            std::to_string(sum));
  EXPECT_GE(scanned, bytes.size());
  EXPECT_LT(scanned, bytes.size() + (4 << 20));
}

TEST_F(HiveScan, ReadsOnlyWhatItCanUnpack) {
  name = "a.bz2";
  EXPECT_EQ(read("delimited", "BZh", "a:string").find("NOT_SUPPORTED: the compression of s3://b/t/a.bz2"), 0u);
  name = "a.gz";
  EXPECT_NE(read("delimited", "not gzip", "a:string").find("HIVE"), std::string::npos);
}

TEST_F(HiveScan, AGzipFileIsReadWholeOrNotAtAll) {
  name = "a.gz";
  std::string text;
  for (std::uint64_t i = 0; i < 500'000; ++i) text += std::to_string(i * 7919 % 500'000) + "\n";
  const std::string packed = gzip(text);
  const auto count = [&](const std::string& bytes) {
    return read("delimited", bytes, "a:bigint", "", "system.trino.sum(a)");
  };
  const std::string sum = "124999750000";
  EXPECT_EQ(count(packed), sum);
  EXPECT_EQ(count(packed + gzip("1\n2\n")), "124999750003");
  EXPECT_EQ(count(packed + std::string(100, '\0')), sum);
  EXPECT_EQ(count(""), "∅");
  // Cut within the data, within the checksum at its end, and right behind the header.
  for (const std::size_t left : {packed.size() / 2, packed.size() - 3, std::size_t{10}}) {
    EXPECT_EQ(count(packed.substr(0, left)),
              "HIVE_BAD_DATA: Unexpected end of input stream in the gzip file s3://b/t/a.gz, "
              "at byte " +
                  std::to_string(left));
  }
  std::string damaged = packed;
  damaged[packed.size() / 2] = static_cast<char>(damaged[packed.size() / 2] ^ 0x55);
  // Counted, not added up: what is read of it before the damage shows may be any number.
  EXPECT_EQ(read("delimited", damaged, "a:bigint", "", "count(a)").find("HIVE_BAD_DATA: "), 0u);
}

}  // namespace
}  // namespace tarn::duck
