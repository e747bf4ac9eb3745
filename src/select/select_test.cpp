// Queries whole: the input's forms, what comes out, and what is refused.
#include "select/select.h"

#include <bzlib.h>
#include <gtest/gtest.h>

#include "base/gzip.h"
#include "duck/engine.h"
#include "duck/memory_files.h"
#include "select/testing.h"

namespace tarn::select {
namespace {

using namespace testing;
using Header = CsvInput::Header;

constexpr const char* people =
    "Name,Age,City\n"
    "Sam,31,\"New York, NY\"\n"
    "Jeff,21,Oslo\n"
    "Ann,45,\"say \"\"hi\"\"\"\n";

TEST(Csv, NamesAndPlaces) {
  EXPECT_EQ(csv("SELECT s.name, s.Age FROM S3Object s WHERE CAST(s.age AS INT) > 30", people), "Sam,31\nAnn,45\n");
  EXPECT_EQ(csv("SELECT _2 FROM s3object", people), "31\n21\n45\n");
  EXPECT_EQ(csv("select _1 from S3Object limit 1", people, Header::none), "Name\n");
  EXPECT_EQ(csv("select _1 from S3Object limit 1", people, Header::ignore), "Sam\n");
  EXPECT_EQ(csv("SELECT * FROM S3Object LIMIT 2", people), "Sam,31,\"New York, NY\"\nJeff,21,Oslo\n");
  EXPECT_EQ(csv("SELECT s.* FROM S3Object s LIMIT 1", people), "Sam,31,\"New York, NY\"\n");
  EXPECT_EQ(csv("SELECT s.\"Age\" FROM S3Object s LIMIT 1", people), "31\n");
  EXPECT_EQ(csv("SELECT city FROM S3Object WHERE name = 'Ann'", people), "\"say \"\"hi\"\"\"\n");
  EXPECT_EQ(csv("SELECT * FROM S3Object LIMIT 0", people), "");
}

TEST(Csv, RefusesNamesThatAreNot) {
  EXPECT_EQ(csv("SELECT s.\"age\" FROM S3Object s", people), "MissingHeaders") << "quotes keep the case";
  EXPECT_EQ(csv("SELECT salary FROM S3Object", people), "MissingHeaders");
  EXPECT_EQ(csv("SELECT Name FROM S3Object", people, Header::ignore), "MissingHeaders");
  EXPECT_EQ(csv("SELECT _4 FROM S3Object", people), "InvalidColumnIndex");
  EXPECT_EQ(csv("SELECT _0 FROM S3Object", people), "InvalidColumnIndex");
  EXPECT_EQ(csv("SELECT t.Name FROM S3Object s", people), "InvalidTableAlias");
  EXPECT_EQ(csv("SELECT t.* FROM S3Object s", people), "InvalidTableAlias");
  EXPECT_EQ(csv("SELECT * FROM S3Object[*].a", people), "InvalidKeyPath");
  EXPECT_EQ(csv("SELECT id FROM S3Object", "id,ID\n1,2\n"), "AmbiguousFieldName");
  EXPECT_EQ(csv("SELECT \"ID\" FROM S3Object", "id,ID\n1,2\n"), "2\n");
}

TEST(Csv, NumbersThatAreText) {
  // CSV has no types: what is compared with a number is one, if it spells one.
  EXPECT_EQ(csv("SELECT name FROM S3Object WHERE age > 30", people), "Sam\nAnn\n");
  EXPECT_EQ(csv("SELECT name FROM S3Object WHERE age = 31.0", people), "Sam\n");
  EXPECT_EQ(csv("SELECT age + 1 FROM S3Object LIMIT 1", people), "32\n");
  EXPECT_EQ(csv("SELECT name FROM S3Object WHERE name > 30", people), "");
  EXPECT_EQ(csv("SELECT name + 1 FROM S3Object", people), "InvalidDataType");
  EXPECT_EQ(csv("SELECT CAST(name AS INT) FROM S3Object", people), "CastFailed");
  EXPECT_EQ(csv("SELECT SUM(name) FROM S3Object", people), "IncorrectSqlFunctionArgumentType");
}

TEST(Csv, Aggregates) {
  EXPECT_EQ(csv("SELECT COUNT(*), SUM(CAST(age AS INT)), AVG(CAST(age AS FLOAT)), MIN(age), MAX(name) FROM S3Object s",
                people),
            "3,97,32.333333333333336,21,Sam\n");
  EXPECT_EQ(csv("SELECT SUM(age) / COUNT(*) AS x FROM S3Object WHERE age > 100", people), "\n") << "no rows: NULL";
  EXPECT_EQ(csv("SELECT COUNT(*) FROM S3Object", ""), "0\n");
  EXPECT_EQ(csv("SELECT COUNT(*) FROM S3Object", "a,b\n"), "0\n");
  EXPECT_EQ(csv("SELECT name, COUNT(*) FROM S3Object", people), "UnsupportedSqlStructure");
  EXPECT_EQ(csv("SELECT COUNT(*) FROM S3Object LIMIT 0", people), "");
}

std::string with(void (*change)(Request&), std::string bytes, std::string expression = "SELECT * FROM S3Object") {
  Request request{.expression = std::move(expression)};
  request.csv_output.emplace();
  change(request);
  return answer(std::move(request), std::move(bytes));
}

TEST(Csv, Delimiters) {
  EXPECT_EQ(with([](Request& r) { r.csv.field_delimiter = "|", r.csv.record_delimiter = ";"; }, "a|b;c|d"),
            "a,b\nc,d\n");
  EXPECT_EQ(with([](Request& r) { r.csv.field_delimiter = "::", r.csv.record_delimiter = "\r\n"; }, "a::b\r\nc::d\r\n"),
            "a,b\nc,d\n");
  EXPECT_EQ(with([](Request&) {}, "a,b\r\nc,\"d\"\r\n"), "a,b\nc,d\n") << "a carriage return is no data";
  EXPECT_EQ(with([](Request& r) { r.csv.quote = "'"; }, "'a,''b',\"c\"\n"), "\"a,'b\",\"\"\"c\"\"\"\n");
  EXPECT_EQ(with([](Request& r) { r.csv.quote_escape = "\\"; }, "\"a\\\"b\",c\n"), "\"a\"\"b\",c\n");
  EXPECT_EQ(with([](Request& r) { r.csv.comments = "//"; }, "//no\n#a,b\n"), "#a,b\n");
  EXPECT_EQ(with([](Request&) {}, "#no\na,b\n\n\nc,d"), "a,b\nc,d\n");
  EXPECT_EQ(with([](Request&) {},
                 "\xEF\xBB\xBF"
                 "a,b\n"),
            "a,b\n");
  EXPECT_EQ(with([](Request& r) { r.csv_output->always_quote = true; }, "a,\n"), "\"a\",\"\"\n");
  EXPECT_EQ(with(
                [](Request& r) {
                  r.csv_output = CsvOutput{.quote_escape = "\\", .record_delimiter = "!", .field_delimiter = "\t"};
                },
                "a,\"b\"\"\tc\"\n"),
            "a\t\"b\\\"\tc\"!");
  EXPECT_EQ(with([](Request& r) { r.csv_output.reset(); }, "a,b\n"), "{\"_1\":\"a\",\"_2\":\"b\"}\n");
}

TEST(Csv, Quotes) {
  const std::string lines = "\"a\nb\",c\nd,e\n";
  EXPECT_EQ(with([](Request&) {}, lines), "CSVEscapingRecordDelimiter");
  EXPECT_EQ(with([](Request& r) { r.csv.quoted_record_delimiters = true; }, lines), "\"a\nb\",c\nd,e\n");
  EXPECT_EQ(with([](Request&) {}, "\"a\"b,c\n"), "CSVUnescapedQuote");
  EXPECT_EQ(with([](Request& r) { r.csv.quoted_record_delimiters = true; }, "\"a,c\n"), "CSVUnescapedQuote");
  EXPECT_EQ(with([](Request&) {}, "a,\xFF\n"), "InvalidTextEncoding");
  Request large{.expression = "SELECT * FROM S3Object"};
  EXPECT_EQ(answer(std::move(large), std::string(3 << 20, 'x'), 100'000), "OverMaxRecordSize");
}

TEST(Csv, PartsOfTheObject) {
  const std::string lines = "id,n\n1,a\n2,b\n3,c\n4,d\n";  // Records begin at 0, 5, 9, 13, 17.
  const auto range = [&](std::uint64_t start, std::uint64_t end, Header header) {
    Request request{.expression = "SELECT * FROM S3Object", .range = ScanRange{start, end}};
    request.csv.header = header;
    request.csv_output.emplace();
    return answer(std::move(request), lines);
  };
  EXPECT_EQ(range(5, 13, Header::none), "1,a\n2,b\n");
  EXPECT_EQ(range(6, 14, Header::none), "2,b\n3,c\n") << "a record belongs to where it begins";
  EXPECT_EQ(range(0, 5, Header::none), "id,n\n");
  EXPECT_EQ(range(0, 9, Header::use), "1,a\n");
  EXPECT_EQ(range(18, 21, Header::none), "");
  EXPECT_EQ(range(10, 11, Header::none), "");
  std::string all;
  for (std::uint64_t at = 0; at < lines.size(); at += 3) all += range(at, at + 3, Header::none);
  EXPECT_EQ(all, lines) << "ranges side by side see each record once";
  Request request{.expression = "SELECT n FROM S3Object", .range = ScanRange{9, 14}};
  request.csv.header = Header::use;
  request.csv_output.emplace();
  EXPECT_EQ(answer(std::move(request), lines), "b\nc\n") << "the header stands at the front";
}

constexpr const char* rules =
    R"({"Rules":[{"id":"1"},{"expr":"y > x"},{"id":"2","expr":"z = DEBUG"}]}{"created":"June 27","modified":"July 6"})";

TEST(Json, Paths) {
  EXPECT_EQ(json("SELECT id FROM S3Object[*].Rules[*].id", rules), "{\"id\":\"1\"}\n{}\n{\"id\":\"2\"}\n{}\n");
  EXPECT_EQ(json("SELECT id FROM S3Object[*].Rules[*].id WHERE id IS NOT MISSING", rules),
            "{\"id\":\"1\"}\n{\"id\":\"2\"}\n");
  EXPECT_EQ(json("SELECT d.created, d.modified FROM S3Object[*] d", rules),
            "{}\n{\"created\":\"June 27\",\"modified\":\"July 6\"}\n");
  EXPECT_EQ(json("SELECT s.Rules[1].expr, s.rules[0].\"ID\" AS none FROM S3Object s LIMIT 1", rules),
            "{\"expr\":\"y > x\"}\n");
  EXPECT_EQ(json("SELECT * FROM S3Object[*][*] s", "[1,{\"a\":2},[]] [ ] [\"x\"]"),
            "{\"_1\":1}\n{\"a\":2}\n{\"_1\":[]}\n{\"_1\":\"x\"}\n");
  EXPECT_EQ(json("SELECT s FROM S3Object[*].a[1] s", "{\"a\":[1,2]}{\"a\":[]}{\"a\":3}"), "{\"s\":2}\n{}\n{}\n");
  EXPECT_EQ(json("SELECT * FROM S3Object", "{\"a\":1.50,\"b\":[1, {\"c\": null}]}\n{\"a\":true}"),
            "{\"a\":1.50,\"b\":[1,{\"c\":null}]}\n{\"a\":true}\n");
  EXPECT_EQ(json("SELECT s.a FROM S3Object s WHERE 3 IN s.b", "{\"a\":1,\"b\":[1,3]}{\"a\":2,\"b\":[2]}"),
            "{\"a\":1}\n");
}

TEST(Json, TypesAreKept) {
  EXPECT_EQ(json("SELECT a FROM S3Object WHERE a = 5", "{\"a\":\"5\"}{\"a\":5}{\"a\":5.0}"),
            "{\"a\":5}\n{\"a\":5.0}\n");
  EXPECT_EQ(json("SELECT \"A\", a FROM S3Object", "{\"a\":1,\"A\":2}"), "{\"A\":2,\"a\":1}\n");
  EXPECT_EQ(json("SELECT a FROM S3Object WHERE b IS NULL", "{\"a\":1,\"b\":null}{\"a\":2}{\"a\":3,\"b\":0}"),
            "{\"a\":1}\n{\"a\":2}\n");
  EXPECT_EQ(json("SELECT a FROM S3Object WHERE b IS MISSING", "{\"a\":1,\"b\":null}{\"a\":2}"), "{\"a\":2}\n");
  EXPECT_EQ(json("SELECT a FROM S3Object", "{\"a\":\"\\u00e9\\ud83d\\ude00\\n\"}"), "{\"a\":\"é😀\\n\"}\n");
  Request request{.expression = "SELECT s.a, s.b, s.c FROM S3Object s", .format = Request::Format::json_lines};
  request.csv_output.emplace();
  EXPECT_EQ(answer(std::move(request), "{\"a\":{\"x\":\"y\"},\"b\":null}\n"), "\"{\"\"x\"\":\"\"y\"\"}\",,\n");
}

TEST(Json, BrokenDocuments) {
  for (const char* broken : {"{\"a\":}", "{\"a\" 1}", "{a:1}", "[1,", "{\"a\":1", "\"abc", "{\"a\":01x}", "}",
                             "{\"a\":1]", "{\"a\":\"\\q\"}", "{\"a\":\"\\ud800\"}", "[1 2]", "nul", "{\"a\":tru}"}) {
    EXPECT_EQ(json("SELECT * FROM S3Object", broken), "JSONParsingError") << broken;
  }
  EXPECT_EQ(json("SELECT * FROM S3Object[*].a[*]", "{\"a\":[1,}"), "JSONParsingError");
  EXPECT_EQ(json("SELECT * FROM S3Object", "{\"a\":\"\xFF\"}"), "InvalidTextEncoding");
  EXPECT_EQ(json("SELECT * FROM S3Object", std::string(200, '[') + std::string(200, ']')), "JSONParsingError");
  Request large{.expression = "SELECT * FROM S3Object", .format = Request::Format::json_document};
  EXPECT_EQ(answer(std::move(large), "{\"a\":\"" + std::string(2 << 20, 'x') + "\"}", 100'000), "OverMaxRecordSize");
}

TEST(Json, DocumentsLargerThanARecord) {
  std::string document = "{\"other\":\"" + std::string(2 << 20, 'x') + "\",\"Records\":[";
  for (int i = 0; i < 50'000; ++i)
    document += (i ? ",{\"n\":" : "{\"n\":") + std::to_string(i) + ",\"pad\":\"0123456789\"}";
  document += "]}";
  Request request{.expression = "SELECT SUM(r.n) AS total, COUNT(*) AS c FROM S3Object[*].Records[*] r",
                  .format = Request::Format::json_document};
  EXPECT_EQ(answer(std::move(request), document, 100'000), "{\"total\":1249975000,\"c\":50000}\n");
}

std::string bzip2(std::string text) {
  std::string packed(text.size() + 1000, '\0');
  auto size = static_cast<unsigned>(packed.size());
  EXPECT_EQ(::BZ2_bzBuffToBuffCompress(packed.data(), &size, text.data(), static_cast<unsigned>(text.size()), 1, 0, 0),
            BZ_OK);
  packed.resize(size);
  return packed;
}

TEST(Packed, GzipAndBzip2) {
  const auto packed = [](Request::Packing packing, std::string bytes) {
    Request request{.expression = "SELECT COUNT(*) FROM S3Object", .packing = packing};
    request.csv_output.emplace();
    return answer(std::move(request), std::move(bytes), 1000);
  };
  std::string lines;
  for (int i = 0; i < 100'000; ++i) lines += std::to_string(i) + ",x\n";
  EXPECT_EQ(packed(Request::Packing::gzip, gzip(lines) + gzip("a\n")), "100001\n") << "members follow each other";
  EXPECT_EQ(packed(Request::Packing::bzip2, bzip2(lines) + bzip2("a\n")), "100001\n");
  EXPECT_EQ(packed(Request::Packing::gzip, gzip(lines).substr(0, 1000)), "TruncatedInput");
  EXPECT_EQ(packed(Request::Packing::bzip2, bzip2(lines).substr(0, 1000)), "TruncatedInput");
  EXPECT_EQ(packed(Request::Packing::gzip, lines), "InvalidCompressionFormat");
  EXPECT_EQ(packed(Request::Packing::bzip2, lines), "InvalidCompressionFormat");
}

TEST(Text, IsReadNoFurtherThanNeeded) {
  std::string lines;
  for (int i = 0; i < 1'000'000; ++i) lines += "0123456\n";
  Request request{.expression = "SELECT * FROM S3Object LIMIT 3"};
  request.csv_output.emplace();
  const auto run = start(std::move(request), std::make_shared<StringSource>(lines, 1 << 20), nullptr, Timestamp());
  EXPECT_EQ(all_of(*run), "0123456\n0123456\n0123456\n");
  EXPECT_LT(run->statistics().scanned, 1U << 20);
  EXPECT_EQ(run->statistics().returned, 24U);
  Request none{.expression = "SELECT * FROM S3Object WHERE _1 = 'no'"};
  const auto quiet = start(std::move(none), std::make_shared<StringSource>(lines, 1 << 20), nullptr, Timestamp());
  EXPECT_EQ(sync_wait(quiet->next()), "");
  EXPECT_FALSE(quiet->done()) << "it says in between that it still works";
}

TEST(Parquet, IsReadByTheEngine) {
  duck::Engine engine;
  const auto files = std::make_shared<duck::MemoryFiles>();
  engine.connect(files)->execute(
      "COPY (SELECT i AS id, 'n' || i AS name, i / 4.0 AS share, i % 2 = 0 AS even, [i, i + 1] AS pair, "
      "CASE WHEN i = 3 THEN NULL ELSE i END AS maybe, DATE '2020-01-01' + CAST(i AS INTEGER) AS day "
      "FROM range(5000) t(i)) TO 's3://b/x.parquet' (FORMAT parquet, ROW_GROUP_SIZE 2048)");
  const std::string bytes = *files->all().at("s3://b/x.parquet");
  const auto ask = [&](std::string expression, std::optional<ScanRange> range = {}) {
    return answer({.expression = std::move(expression), .format = Request::Format::parquet, .range = range}, bytes,
                  100'000, &engine);
  };
  EXPECT_EQ(ask("SELECT * FROM S3Object s WHERE s.id = 3"),
            "{\"id\":3,\"name\":\"n3\",\"share\":0.75,\"even\":false,\"pair\":[3,4],\"maybe\":null,\"day\":\"2020-01-"
            "04T\"}\n");
  EXPECT_EQ(ask("SELECT COUNT(*) AS c, SUM(s.ID) AS t FROM S3Object s WHERE even"), "{\"c\":2500,\"t\":6247500}\n");
  EXPECT_EQ(ask("SELECT COUNT(*) AS c FROM S3Object"), "{\"c\":5000}\n");
  EXPECT_EQ(ask("SELECT id FROM S3Object WHERE day = `2020-01-02T` OR name LIKE 'n499_' LIMIT 2"),
            "{\"id\":1}\n{\"id\":4990}\n");
  EXPECT_EQ(ask("SELECT none FROM S3Object"), "MissingHeaders");
  // Row groups belong to where they begin: the first to the file's first bytes.
  EXPECT_EQ(ask("SELECT COUNT(*) AS c FROM S3Object", ScanRange{0, 100}), "{\"c\":2048}\n");
  EXPECT_EQ(ask("SELECT COUNT(*) AS c FROM S3Object", ScanRange{100, bytes.size()}), "{\"c\":2952}\n");
  EXPECT_EQ(answer({.expression = "SELECT * FROM S3Object", .format = Request::Format::parquet}, "PAR1 not really PAR1",
                   9, &engine),
            "ParquetParsingError");
}

}  // namespace
}  // namespace tarn::select
