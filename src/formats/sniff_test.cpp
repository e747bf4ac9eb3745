#include "formats/sniff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/gzip.h"
#include "duck/engine.h"
#include "duck/memory_files.h"
#include "formats/csv_types.h"
#include "formats/format_error.h"

namespace tarn::formats {
namespace {

std::string types_of(const Sniffed& sniffed) {
  std::string text;
  for (const SniffedColumn& column : sniffed.columns)
    text += (text.empty() ? "" : ", ") + column.name + " " + column.type;
  return text;
}

TEST(SniffCsv, FlightsHaveNumbersThoughNaStandsForNull) {
  const Sniffed sniffed = sniff_text(
      "year,dep_time,dep_delay,carrier,tailnum,time_hour\n"
      "2013,517,2,UA,N14228,2013-01-01T10:00:00Z\n"
      "2013,533,NA,UA,NA,2013-01-01T11:00:00Z\n"
      "2013,NA,-1.5,AA,N619AA,2013-01-01T12:00:00Z\n",
      true);
  EXPECT_EQ(sniffed.classification, "csv");
  EXPECT_TRUE(sniffed.has_header);
  EXPECT_EQ(types_of(sniffed),
            "year bigint, dep_time bigint, dep_delay double, carrier string, tailnum string, time_hour timestamp");
  EXPECT_EQ(sniffed.null_text, "NA");
  EXPECT_EQ(sniffed.rows, 3u);
  EXPECT_FALSE(sniffed.timestamp_formats.empty());
  EXPECT_FALSE(sniffed.quoted);
}

TEST(SniffCsv, StrictGivesAwsAnswers) {
  const Sniffed sniffed =
      sniff_text("year,dep,at\n2013,NA,2013-01-01T10:00:00Z\n2014,5,2013-01-01T11:00:00Z\n", true, {.strict = true});
  EXPECT_EQ(types_of(sniffed), "year bigint, dep string, at string");
  EXPECT_FALSE(sniffed.null_text);
}

TEST(SniffCsv, AnAllTextFileHasAHeaderWhoseValuesNeverComeAgain) {
  const std::string airlines = "carrier,name\n9E,Endeavor Air Inc.\nAA,American Airlines Inc.\n";
  EXPECT_EQ(types_of(sniff_text(airlines, true)), "carrier string, name string");
  const Sniffed strict = sniff_text(airlines, true, {.strict = true});
  EXPECT_FALSE(strict.has_header);
  EXPECT_EQ(types_of(strict), "col0 string, col1 string");
  EXPECT_EQ(strict.rows, 3u);
  // The first row's values come again: it is data.
  EXPECT_FALSE(sniff_text("red,big\nblue,small\nred,small\n", true).has_header);
  // Names twice are no names.
  EXPECT_FALSE(sniff_text("x,x\na,b\nc,d\n", true).has_header);
}

TEST(SniffCsv, AFirstRowWithANumberIsData) {
  const Sniffed sniffed = sniff_text("1,a\n2,b\n3,c\n", true);
  EXPECT_FALSE(sniffed.has_header);
  EXPECT_EQ(types_of(sniffed), "col0 bigint, col1 string");
  EXPECT_EQ(sniffed.rows, 3u);
}

TEST(SniffCsv, FirstRowVotesWhereItIsData) {
  EXPECT_EQ(types_of(sniff_text("1.5,a\n2,b\n3,c\n", true)), "col0 double, col1 string");
}

TEST(SniffCsv, Delimiters) {
  for (const char delimiter : {',', '|', '\t', ';', '\x01'}) {
    std::string text = "a?b?c\n1?2?x y\n3?4?z, w\n";
    if (delimiter == ',') text = "a?b?c\n1?2?x\n3?4?z\n";
    std::ranges::replace(text, '?', delimiter);
    const Sniffed sniffed = sniff_text(text, true);
    EXPECT_EQ(sniffed.delimiter, delimiter);
    EXPECT_EQ(types_of(sniffed), "a bigint, b bigint, c string");
  }
}

TEST(SniffCsv, QuotedFieldsMayHoldDelimitersAndLineBreaks) {
  const Sniffed sniffed = sniff_text("id,text,day\r\n1,\"a, \"\"b\"\"\nc\",2013-01-01\r\n2,\"d\",2013-01-02\r\n", true);
  EXPECT_TRUE(sniffed.quoted);
  EXPECT_EQ(sniffed.rows, 2u);
  // OpenCSVSerDe would read the dates as numbers.
  EXPECT_EQ(types_of(sniffed), "id bigint, text string, day string");
}

TEST(SniffCsv, BrokenLinesAreCountedAndNamed) {
  std::string text = "a,b\n";
  for (int i = 0; i < 100; ++i) text += i == 49 ? "only one\n" : "1,2\n";
  const Sniffed sniffed = sniff_text(text, true);
  EXPECT_EQ(types_of(sniffed), "a bigint, b bigint");
  EXPECT_NE(sniffed.reasons.back().find("line 51"), std::string::npos) << sniffed.reasons.back();
}

TEST(SniffCsv, WhatStandsBeforeTheHeaderIsSkippedWithIt) {
  std::string text = "A report of 2013\n\nid,delay\n";
  for (int i = 0; i < 60; ++i) text += std::to_string(i) + ",2\n";
  const Sniffed sniffed = sniff_text(text, true);
  EXPECT_EQ(sniffed.classification, "csv");
  EXPECT_TRUE(sniffed.has_header);
  EXPECT_EQ(sniffed.header_lines, 3u);
  EXPECT_EQ(sniffed.columns[1].name, "delay");
  EXPECT_EQ(sniff_text("id,delay\n1,2\n", true).header_lines, 1u);
  EXPECT_EQ(sniff_text("1,2\n3,4\n", true).header_lines, 0u);
}

TEST(SniffCsv, TooFewRowsAlikeAreToldWithTheFirstThatIsNot) {
  const Sniffed sniffed = sniff_text("a,b,c\n1,2,3\n4,5\n6,7,8\n", true);
  EXPECT_EQ(sniffed.classification, "UNKNOWN");
  EXPECT_THAT(sniffed.reasons, ::testing::Contains(::testing::HasSubstr(
                                   "by comma, 3 of 4 rows have 3 columns, but line 3 has 2, and one row in 20")));
  EXPECT_THAT(sniff_text("one\ntwo\n", true).reasons,
              ::testing::Contains(::testing::HasSubstr("no delimiter of comma")));
}

TEST(SniffCsv, TheSamplesLastLineMayBeCut) {
  EXPECT_EQ(types_of(sniff_text("a,b\n1,2\n3,4\n5,oops", false)), "a bigint, b bigint");
  EXPECT_EQ(types_of(sniff_text("a,b\n1,2\n3,4\n5,oops", true)), "a bigint, b string");
}

TEST(SniffCsv, OneColumnOrOneRowIsNoCsv) {
  EXPECT_EQ(sniff_text("a\n1\n2\n", true).classification, "UNKNOWN");
  EXPECT_EQ(sniff_text("a,b\n", true).classification, "UNKNOWN");
  EXPECT_EQ(sniff_text("Dear reader,\nthis is prose\nwithout, any, columns\nat all.\n", true).classification,
            "UNKNOWN");
}

TEST(SniffCsv, ByteOrderMarkIsNoPartOfAName) {
  EXPECT_EQ(types_of(sniff_text("\xef\xbb\xbfid,b\n1,2\n3,4\n", true)), "id bigint, b bigint");
}

TEST(SniffText, WhatIsNoTextIsUnknownAndSaysWhere) {
  EXPECT_EQ(sniff_text("", true).classification, "UNKNOWN");
  const Sniffed latin = sniff_text("a,b\n1,\xfc\n2,3\n", true);
  EXPECT_EQ(latin.classification, "UNKNOWN");
  EXPECT_NE(latin.reasons[0].find("byte 6"), std::string::npos) << latin.reasons[0];
  EXPECT_EQ(sniff_text(std::string("a,b\0c\n1,2\n3,4\n", 14), true).classification, "UNKNOWN");
  // A character that the sample's end cut is no fault.
  EXPECT_EQ(sniff_text("a,b\n1,2\n3,4\n5,\xe2\x82", false).classification, "csv");
}

struct TypeCase {
  const char* text;
  CsvType type;
};
class CsvTypeTest : public testing::TestWithParam<TypeCase> {};
TEST_P(CsvTypeTest, Votes) {
  ColumnVote vote(true);
  vote.add(GetParam().text);
  EXPECT_EQ(vote.type(), GetParam().type) << GetParam().text;
}
INSTANTIATE_TEST_SUITE_P(, CsvTypeTest,
                         testing::Values(TypeCase{"0", CsvType::bigint}, TypeCase{"-7", CsvType::bigint},
                                         TypeCase{"+7", CsvType::bigint},
                                         TypeCase{"9223372036854775807", CsvType::bigint},
                                         TypeCase{"9223372036854775808", CsvType::string},  // No bigint holds it.
                                         TypeCase{"1.5", CsvType::double_}, TypeCase{".5", CsvType::double_},
                                         TypeCase{"1e10", CsvType::double_}, TypeCase{"-1.5E-3", CsvType::double_},
                                         TypeCase{"1.5.2", CsvType::string}, TypeCase{"-", CsvType::string},
                                         TypeCase{"inf", CsvType::string}, TypeCase{"0x10", CsvType::string},
                                         TypeCase{"1,000", CsvType::string}, TypeCase{"true", CsvType::boolean},
                                         TypeCase{"FALSE", CsvType::boolean}, TypeCase{"yes", CsvType::string},
                                         TypeCase{"2013-02-28", CsvType::date}, TypeCase{"2013-02-30", CsvType::string},
                                         TypeCase{"2012-02-29", CsvType::date}, TypeCase{"2013-02-29", CsvType::string},
                                         TypeCase{"2013-13-01", CsvType::string},
                                         TypeCase{"2013-01-01 10:00:00", CsvType::timestamp},
                                         TypeCase{"2013-01-01 10:00:00.123", CsvType::timestamp},
                                         TypeCase{"2013-01-01T10:00:00Z", CsvType::timestamp},
                                         TypeCase{"2013-01-01 25:00:00", CsvType::string},
                                         TypeCase{"2013-01-01 10:00", CsvType::string}, TypeCase{"", CsvType::string}));

TEST(SniffJson, LinesMergeIntoOneSchema) {
  const Sniffed sniffed = sniff_text(
      "{\"id\": 1, \"Name\": \"a\", \"tags\": [\"x\"], \"at\": {\"lat\": 1.5, \"n\": 3}, \"ok\": true, \"none\": "
      "null}\n"
      "{\"id\": 3000000000, \"name\": \"b\", \"tags\": [], \"at\": {\"lat\": 2, \"lon\": 1.0}, \"extra\": [{\"a\": "
      "1}]}\n",
      true);
  EXPECT_EQ(sniffed.classification, "json");
  EXPECT_EQ(
      types_of(sniffed),
      "id bigint, name string, tags array<string>, at struct<lat:double,n:int,lon:double>, ok boolean, none string, "
      "extra array<struct<a:int>>");
  EXPECT_EQ(sniffed.rows, 2u);
}

TEST(Sniff, CanBeEndedAmidAFile) {
  std::string csv = "a,b\n", json;
  for (int i = 0; i < 20'000; ++i) csv += "1,2\n", json += "{\"a\":1}\n";
  for (const std::string& text : {csv, json}) {
    int calls = 0;
    const auto third = [&calls] {
      if (++calls == 3) throw std::runtime_error("stopped");
    };
    EXPECT_THROW(sniff_text(text, true, {.now_and_then = third}), std::runtime_error);
    EXPECT_EQ(calls, 3);
    EXPECT_EQ(sniff_text(text, true, {.now_and_then = [] {}}).rows, 20'000u);
  }
}

TEST(SniffJson, MixedKindsAreText) {
  EXPECT_EQ(types_of(sniff_text("{\"a\": 1}\n{\"a\": \"x\"}\n", true)), "a string");
  EXPECT_EQ(types_of(sniff_text("{\"a\": [1]}\n{\"a\": {\"b\": 1}}\n", true)), "a string");
  EXPECT_EQ(types_of(sniff_text("{\"a\": {\"b c\": 1}}\n", true)), "a string");
}

TEST(SniffJson, ATopLevelListIsOneColumn) {
  EXPECT_EQ(types_of(sniff_text("[{\"a\": 1}, {\"a\": 2.5}]", true)), "array array<struct<a:double>>");
}

TEST(SniffJson, TheSamplesLastDocumentMayBeCut) {
  const Sniffed sniffed = sniff_text("{\"a\": 1}\n{\"a\": 2}\n{\"a\": \"cu", false);
  EXPECT_EQ(types_of(sniffed), "a int");
  EXPECT_EQ(sniffed.rows, 2u);
}

TEST(SniffJson, WhatOnlyBeginsLikeJsonIsNot) {
  EXPECT_EQ(sniff_text("{not json}\n", true).classification, "UNKNOWN");
  // Nothing to make columns of.
  const Sniffed empty = sniff_text("{}\n{}\n{\"\":1}\n", true);
  EXPECT_EQ(empty.classification, "UNKNOWN");
  EXPECT_EQ(empty.reasons.back(), "its JSON objects have no members, so there is no column to make");
  EXPECT_EQ(types_of(sniff_text("{}\n{\"a\":1}\n", true)), "a int");
  EXPECT_EQ(sniff_text("{", true).classification, "UNKNOWN");
  EXPECT_EQ(sniff_text(std::string(100'000, '['), true).classification, "UNKNOWN");
  std::string deep = std::string(5'000, '[') + std::string(5'000, ']');
  EXPECT_EQ(sniff_text(deep, true).classification, "json");
}

TEST(Unpack, GzipInPiecesMembersAndDamage) {
  const std::string plain = "a,b\n1,2\n3,4\n";
  EXPECT_EQ(unpack(gzip(plain)).bytes, plain);
  EXPECT_EQ(unpack(gzip(plain) + gzip(plain)).bytes, plain + plain);
  EXPECT_FALSE(unpack(plain).gzip);
  EXPECT_EQ(unpack(plain).bytes, plain);
  std::string damaged = gzip(std::string(100'000, 'x') + plain);
  damaged[damaged.size() / 2] ^= 0x55;
  EXPECT_TRUE(unpack(damaged).damage || unpack(damaged).bytes.size() <= 100'000 + plain.size());
  const std::string cut = gzip(std::string(10'000, 'y'));
  EXPECT_FALSE(unpack(cut.substr(0, cut.size() - 8)).damage);
  EXPECT_FALSE(unpack(cut.substr(0, cut.size() - 8)).ended);
  EXPECT_TRUE(unpack(cut).ended);
  EXPECT_LE(unpack(gzip(std::string(1 << 20, 'z')), 1000).bytes.size(), 200'000u);
}

class SniffParquet : public testing::Test {
 protected:
  std::string write(const std::string& select) {
    auto files = std::make_shared<duck::MemoryFiles>();
    duck::Engine engine;
    engine.connect(files)->execute("COPY (" + select + ") TO 's3://b/f.parquet' (FORMAT parquet)");
    return *files->all().at("s3://b/f.parquet");
  }
};

TEST_F(SniffParquet, TypesAsHiveSpellsThem) {
  const std::string file = write(
      "SELECT true AS b, 1::TINYINT AS t, 1::SMALLINT AS s, 1::INTEGER AS Year, 1::BIGINT AS l, 1.5::FLOAT AS f, "
      "1.5::DOUBLE AS d, 1.50::DECIMAL(10,2) AS m, 'x' AS v, DATE '2013-01-01' AS day, "
      "TIMESTAMP '2013-01-01 10:00:00' AS at, '\\x00'::BLOB AS raw, [1, 2] AS list, {'a': 1, 'b': 'x'} AS st, "
      "MAP {'k': 1} AS mp, [{'a': [1]}] AS deep FROM range(3)");
  ASSERT_TRUE(is_parquet(file));
  const Sniffed sniffed = sniff_parquet(file, file.size());
  EXPECT_EQ(
      types_of(sniffed),
      "b boolean, t tinyint, s smallint, year int, l bigint, f float, d double, m decimal(10,2), v string, day date, "
      "at timestamp, raw binary, list array<int>, st struct<a:int,b:string>, mp map<string,int>, "
      "deep array<struct<a:array<int>>>");
  EXPECT_EQ(sniffed.rows, 3u);
}

TEST_F(SniffParquet, TimesOfDayAreTold) {
  const std::string file = write("SELECT 1 AS id, TIME '10:00:00' AS \"At\"");
  const Sniffed sniffed = sniff_parquet(file, file.size());
  EXPECT_EQ(types_of(sniffed), "id int, at bigint");
  ASSERT_EQ(sniffed.reasons.size(), 1u);
  EXPECT_EQ(sniffed.reasons[0],
            "column at holds times of day, for which tables have no type: queries that read it fail");
}

TEST_F(SniffParquet, CutAndDamagedFilesAreRefused) {
  const std::string file = write("SELECT range AS a, range::VARCHAR AS b FROM range(100)");
  EXPECT_THROW(sniff_parquet(file.substr(0, file.size() - 1), file.size() - 1), FormatError);
  EXPECT_THROW(sniff_parquet(file.substr(0, file.size() / 2), file.size() / 2), FormatError);
  EXPECT_FALSE(parquet_footer_bytes("PAR1"));
  const std::uint64_t footer = *parquet_footer_bytes(file);
  // No damage to the footer may do more than be refused or change what is read.
  for (std::size_t at = file.size() - footer; at < file.size(); ++at) {
    for (const char bit : {'\x01', '\x10', '\x7f', '\xff'}) {
      std::string damaged = file;
      damaged[at] = static_cast<char>(damaged[at] ^ bit);
      try {
        sniff_parquet(damaged, damaged.size());
      } catch (const FormatError&) {
      }
    }
  }
}

}  // namespace
}  // namespace tarn::formats
