#include "crawl/grouping.h"

#include <gtest/gtest.h>

namespace tarn::crawl {
namespace {

FileSchema schema(std::vector<std::string> names, std::string classification = "csv") {
  FileSchema result{.classification = std::move(classification), .compression = "none"};
  for (std::string& name : names) result.columns.push_back({.name = std::move(name), .type = "bigint"});
  return result;
}

CrawledFile file(std::string key, FileSchema what, std::uint64_t size = 100) {
  return {.key = std::move(key), .size = size, .schema = std::move(what)};
}

std::vector<std::string> names_of(const Grouping& grouping) {
  std::vector<std::string> names;
  for (const FoundTable& table : grouping.tables) names.push_back(table.name);
  return names;
}

const GroupingOptions raw{.bucket = "lake", .prefix = "raw/"};

TEST(Grouping, FoldersOfDifferentSchemasAreTables) {
  const auto grouping = group_files(
      {file("raw/flights/f.csv", schema({"year", "month", "dep"})), file("raw/planes/p.csv", schema({"tail", "seats"})),
       file("raw/airports/a.csv", schema({"faa", "lat"}))},
      raw);
  EXPECT_EQ(names_of(grouping), (std::vector<std::string>{"airports", "flights", "planes"}));
  EXPECT_EQ(grouping.tables[1].location, "s3://lake/raw/flights/");
  EXPECT_TRUE(grouping.tables[1].partition_keys.empty());
  EXPECT_EQ(grouping.notes.size(), 1u);
}

TEST(Grouping, HiveFoldersArePartitionsNamedByTheirKeys) {
  const auto grouping = group_files({file("raw/t/year=2013/month=1/a.parquet", schema({"a", "b"}, "parquet")),
                                     file("raw/t/year=2013/month=10/b.parquet", schema({"a", "b"}, "parquet"))},
                                    {.bucket = "lake", .prefix = "raw/t/"});
  ASSERT_EQ(grouping.tables.size(), 1u);
  const FoundTable& table = grouping.tables[0];
  EXPECT_EQ(table.name, "t");
  ASSERT_EQ(table.partition_keys.size(), 2u);
  EXPECT_EQ(table.partition_keys[0].name, "year");
  EXPECT_EQ(table.partition_keys[1].name, "month");
  ASSERT_EQ(table.partitions.size(), 2u);
  EXPECT_EQ(table.partitions[1].values, (std::vector<std::string>{"2013", "10"}));
  EXPECT_EQ(table.partitions[1].location, "s3://lake/raw/t/year=2013/month=10/");
}

TEST(Grouping, PlainFoldersOfOneSchemaAreCountedPartitions) {
  const auto grouping =
      group_files({file("raw/2013/a.csv", schema({"a", "b"})), file("raw/2014/a.csv", schema({"a", "b"}))}, raw);
  ASSERT_EQ(grouping.tables.size(), 1u);
  EXPECT_EQ(grouping.tables[0].name, "raw");
  EXPECT_EQ(grouping.tables[0].partition_keys[0].name, "partition_0");
  EXPECT_EQ(grouping.tables[0].partitions[0].values, (std::vector<std::string>{"2013"}));
}

// The guide's example: {A,B} under year=2017 and {C,D} under year=2018.
TEST(Grouping, UnlikePartitionsAreTablesUnlessCompatibleOnesAreCombined) {
  const auto files = [] {
    return std::vector{file("raw/t/year=2017/x.csv", schema({"a", "b"})),
                       file("raw/t/year=2018/y.csv", schema({"c", "d"}))};
  };
  GroupingOptions options{.bucket = "lake", .prefix = "raw/t/"};
  EXPECT_EQ(group_files(files(), options).tables.size(), 2u);
  options.combine_compatible = true;
  const auto combined = group_files(files(), options);
  ASSERT_EQ(combined.tables.size(), 1u);
  EXPECT_EQ(combined.tables[0].schema.columns.size(), 4u);
  EXPECT_EQ(combined.tables[0].partition_keys[0].name, "year");
}

TEST(Grouping, AMajorityOfSeventyPercentDecides) {
  std::vector<CrawledFile> files;
  for (int i = 0; i < 7; ++i) files.push_back(file("raw/d=" + std::to_string(i) + "/x.csv", schema({"a", "b"})));
  for (int i = 7; i < 10; ++i) files.push_back(file("raw/d=" + std::to_string(i) + "/x.csv", schema({"y", "z"})));
  EXPECT_EQ(group_files(files, raw).tables.size(), 1u);
  files.push_back(file("raw/d=10/x.csv", schema({"y", "z"})));
  EXPECT_EQ(group_files(files, raw).tables.size(), 11u);
}

TEST(Grouping, DifferentFormatsAreNeverOneTable) {
  const auto grouping = group_files({file("raw/d=1/x", schema({"a"}, "csv")), file("raw/d=2/x", schema({"a"}, "json"))},
                                    {.bucket = "lake", .prefix = "raw/", .combine_compatible = true});
  EXPECT_EQ(grouping.tables.size(), 2u);
}

TEST(Grouping, UnlikeFilesOfOneFolderAreTablesOfTheirOwn) {
  const auto grouping =
      group_files({file("raw/Planes-1.csv", schema({"a", "b"})), file("raw/other.csv", schema({"c", "d"}))}, raw);
  EXPECT_EQ(names_of(grouping), (std::vector<std::string>{"planes_1_csv", "other_csv"}));
  EXPECT_EQ(grouping.tables[0].location, "s3://lake/raw/Planes-1.csv");
}

// A table of the folder would read what lies in the folders below it too.
TEST(Grouping, FilesBesideFoldersOfOtherDataAreTablesOfTheirOwn) {
  const auto grouping = group_files({file("raw/top.csv", schema({"a", "b"})),
                                     {.key = "raw/u.csv", .schema = {}},
                                     file("raw/planes/p.csv", schema({"tail", "seats"}))},
                                    raw);
  EXPECT_EQ(names_of(grouping), (std::vector<std::string>{"top_csv", "u_csv", "planes"}));
  EXPECT_EQ(grouping.tables[0].location, "s3://lake/raw/top.csv");
  ASSERT_EQ(grouping.notes.size(), 1u);
  EXPECT_NE(grouping.notes[0].find("lie beside folders of other data"), std::string::npos);
}

TEST(Grouping, FilesBesideFoldersThatAreAlikeAreOneTableWithoutPartitions) {
  const auto grouping =
      group_files({file("raw/t/new.csv", schema({"a", "b"}), 5), file("raw/t/old/1.csv", schema({"a", "b"}), 7)},
                  {.bucket = "lake", .prefix = "raw/t/"});
  ASSERT_EQ(grouping.tables.size(), 1u);
  EXPECT_EQ(grouping.tables[0].location, "s3://lake/raw/t/");
  EXPECT_EQ(grouping.tables[0].files, 2u);
  EXPECT_EQ(grouping.tables[0].bytes, 12u);
  EXPECT_TRUE(grouping.tables[0].partition_keys.empty());
}

TEST(Grouping, AYearWithOneMonthIsALevelOfPartitionsToo) {
  const auto grouping =
      group_files({file("raw/t/2020/11/a.csv", schema({"a", "b"})), file("raw/t/2020/12/a.csv", schema({"a", "b"})),
                   file("raw/t/2021/01/a.csv", schema({"a", "b"}))},
                  {.bucket = "lake", .prefix = "raw/t/"});
  ASSERT_EQ(grouping.tables.size(), 1u);
  const FoundTable& table = grouping.tables[0];
  EXPECT_EQ(table.name, "t");
  ASSERT_EQ(table.partition_keys.size(), 2u);
  EXPECT_EQ(table.partition_keys[1].name, "partition_1");
  ASSERT_EQ(table.partitions.size(), 3u);
  EXPECT_EQ(table.partitions[2].values, (std::vector<std::string>{"2021", "01"}));
  EXPECT_EQ(table.partitions[2].location, "s3://lake/raw/t/2021/01/");
}

TEST(Grouping, OtherDelimitersAreOtherTables) {
  FileSchema commas = schema({"a", "b"}), tabs = schema({"a", "b"});
  commas.parameters["delimiter"] = ",", tabs.parameters["delimiter"] = "\t";
  EXPECT_EQ(group_files({file("raw/1.csv", commas), file("raw/2.tsv", tabs)}, raw).tables.size(), 2u);
}

TEST(Grouping, TheTableLevelDecides) {
  // Bucket 1, raw 2, a/b 3: one table for each folder at level 3 although all are alike.
  const auto grouping =
      group_files({file("raw/a/k=1/x.csv", schema({"a", "b"})), file("raw/a/k=2/x.csv", schema({"a", "c"})),
                   file("raw/b/k=1/x.csv", schema({"a", "b"}))},
                  {.bucket = "lake", .prefix = "raw/", .table_level = 3});
  EXPECT_EQ(names_of(grouping), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(grouping.tables[0].partitions.size(), 2u);
}

TEST(Grouping, UnknownFilesAreToldAndLeftOut) {
  const auto grouping =
      group_files({file("raw/x/a.bin", {.classification = "UNKNOWN"}), file("raw/x/a.csv", schema({"a", "b"}))}, raw);
  ASSERT_EQ(grouping.tables.size(), 1u);
  EXPECT_EQ(grouping.tables[0].files, 1u);
  EXPECT_EQ(grouping.unknown, (std::vector<std::string>{"s3://lake/raw/x/a.bin"}));
}

TEST(Grouping, FilesThatWereNotSampledCountWithTheirFolder) {
  const auto grouping =
      group_files({file("raw/x/a.csv", schema({"a", "b"})), {.key = "raw/x/b.csv", .size = 7, .schema = {}}}, raw);
  ASSERT_EQ(grouping.tables.size(), 1u);
  EXPECT_EQ(grouping.tables[0].files, 2u);
  EXPECT_EQ(grouping.tables[0].bytes, 107u);
}

TEST(Grouping, TheWholeBucketIsNamedAfterIt) {
  const auto grouping = group_files({file("a.csv", schema({"a", "b"}))}, {.bucket = "my-lake", .prefix = ""});
  ASSERT_EQ(grouping.tables.size(), 1u);
  EXPECT_EQ(grouping.tables[0].name, "my_lake");
  EXPECT_EQ(grouping.tables[0].location, "s3://my-lake/");
}

FileSchema csv(std::string serde, catalog::Parameters serde_parameters, catalog::Parameters parameters) {
  FileSchema result = schema({"a", "b"});
  result.serde = {.library = std::move(serde), .parameters = std::move(serde_parameters)};
  result.parameters = std::move(parameters);
  return result;
}
const std::string lazy = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe";
const std::string open_csv = "org.apache.hadoop.hive.serde2.OpenCSVSerde";

TEST(Schemas, OneFileWithQuotesIsEnoughToReadQuotes) {
  const FileSchema plain = csv(lazy, {{"field.delim", ","}, {"serialization.null.format", "NA"}}, {});
  const FileSchema quoted = csv(open_csv, {{"separatorChar", ","}, {"quoteChar", "\""}}, {{"tarn.null.formats", ""}});
  for (const FileSchema& merged : {merge_schemas(plain, quoted), merge_schemas(quoted, plain)}) {
    EXPECT_EQ(merged.serde.library, open_csv);
    EXPECT_EQ(merged.serde.parameters.count("field.delim"), 0u);
    EXPECT_EQ(merged.serde.parameters.at("quoteChar"), "\"");
    EXPECT_EQ(merged.parameters.at("tarn.null.formats"), "NA,");
  }
}

TEST(Schemas, SpellingsOfNullOfBothAreKept) {
  const FileSchema merged = merge_schemas(csv(lazy, {{"serialization.null.format", "NA"}}, {}),
                                          csv(lazy, {{"serialization.null.format", "NULL"}}, {}));
  EXPECT_EQ(merged.parameters.at("tarn.null.formats"), "NA,NULL");
}

TEST(Schemas, TypesWidenOnlyWhereNothingIsLost) {
  EXPECT_EQ(common_type("int", "bigint"), "bigint");
  EXPECT_EQ(common_type("bigint", "float"), "double");
  EXPECT_EQ(common_type("smallint", "float"), "float");
  EXPECT_EQ(common_type("date", "timestamp"), "timestamp");
  EXPECT_EQ(common_type("bigint", "string"), "string");
  EXPECT_EQ(common_type("array<int>", "string"), std::nullopt);
  EXPECT_EQ(common_type("boolean", "bigint"), std::nullopt);
}

}  // namespace
}  // namespace tarn::crawl
