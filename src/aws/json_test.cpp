#include "aws/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/glue/create_table.h"
#include "api/glue/get_partitions.h"

namespace tarn::aws {
namespace {

using ::testing::HasSubstr;

template <typename Struct>
Struct read(std::string_view text, Reading& reading) {
  Struct object;
  read_json(shape_of(&object), &object, text, reading);
  return object;
}

std::string refused(std::string_view text) {
  Reading reading;
  try {
    read<glue::CreateTableRequest>(text, reading);
  } catch (const Malformed& malformed) {
    return malformed.text;
  }
  return "taken";
}

TEST(Json, MembersOfEveryKind) {
  Reading reading;
  const auto request = read<glue::CreateTableRequest>(
      R"({"DatabaseName": "db", "Unknown": {"a": [1]}, "CatalogId": null,
          "TableInput": {"Name": "t\u00e4\ud83d\ude00", "Retention": 7, "LastAccessTime": 1672531200.25,
                         "Parameters": {"k": "v", "empty": ""},
                         "StorageDescriptor": {"Compressed": true, "Columns": [{"Name": "a", "Type": "int"}]}}})",
      reading);
  EXPECT_TRUE(reading.violations.empty());
  EXPECT_EQ(request.database_name, "db");
  EXPECT_FALSE(request.catalog_id);
  const glue::TableInput& table = *request.table_input;
  EXPECT_EQ(table.name, "t\xC3\xA4\xF0\x9F\x98\x80");
  EXPECT_EQ(table.retention, 7);
  EXPECT_EQ(table.last_access_time, from_millis(1672531200250));
  EXPECT_EQ(table.parameters->at("k"), "v");
  EXPECT_EQ(table.parameters->at("empty"), "");
  EXPECT_EQ(table.storage_descriptor->compressed, true);
  EXPECT_EQ(table.storage_descriptor->columns->at(0).name, "a");
}

TEST(Json, WhatNothingActsOnIsKeptAsItCame) {
  Reading reading;
  const auto request = read<glue::CreateTableRequest>(
      R"({"DatabaseName": "db", "OpenTableFormatInput": {"IcebergInput": {"MetadataOperation": "CREATE",
          "CreateIcebergTableInput": {"Location": "s3://b/", "Schema": {"Fields": [{"Id": 1, "Name": "a", "Required": true,
          "Type": { "k\u00e4\n\"" : [1, -2.5, 3.0, 1e300, 18446744073709551615, true, false, null, {}, [], {"a": "b", "c": 1}]}}]
          }}}}})",
      reading);
  EXPECT_EQ(
      request.open_table_format_input->iceberg_input->create_iceberg_table_input->schema.fields.at(0).type.text,
      "{\"k\xC3\xA4\\n\\\"\":[1,-2.5,3.0,1e+300,18446744073709551615,true,false,null,{},[],{\"a\":\"b\",\"c\":1}]}");
}

TEST(Json, AnEmptyBodyIsAnEmptyObject) {
  Reading reading;
  read<glue::CreateTableRequest>("  ", reading);
  EXPECT_EQ(
      reading.violations.message(),
      "1 validation error detected: Value null at 'databaseName' failed to satisfy constraint: Member must not be "
      "null");
}

TEST(Json, WhatIsMissingInsideIsNamedByItsPath) {
  Reading reading;
  read<glue::CreateTableRequest>(
      R"({"DatabaseName": "db", "TableInput": {"Name": "t", "StorageDescriptor": {"Columns": [{"Type": "int"}]}}})",
      reading);
  EXPECT_THAT(reading.violations.message(),
              HasSubstr("Value null at 'tableInput.storageDescriptor.columns.1.member.name'"));
}

TEST(Json, WrongTypesAreRefused) {
  EXPECT_THAT(refused(R"({"DatabaseName": 5})"),
              HasSubstr("Found a number where a string is expected, at 'databaseName'"));
  EXPECT_THAT(refused(R"({"TableInput": []})"), HasSubstr("Found a list where a structure is expected"));
  EXPECT_THAT(refused(R"({"TableInput": {"Retention": "7"}})"), HasSubstr("where a number is expected"));
  EXPECT_THAT(refused(R"({"TableInput": {"Retention": 7.5}})"), HasSubstr("where a number is expected"));
  EXPECT_THAT(refused(R"({"TableInput": {"Retention": 99999999999}})"), HasSubstr("32 bits"));
  EXPECT_THAT(refused(R"({"TableInput": {"LastAccessTime": true}})"), HasSubstr("where a timestamp is expected"));
  EXPECT_EQ(refused(R"({"TableInput": {"Name": "t", "Retention": 7.0}})"), "taken");
}

TEST(Json, WhatIsNoJsonIsRefused) {
  for (const std::string_view text :
       {"{", "[]", "5", "\"x\"", "{\"a\":}", "{\"a\":1}}", "\xff", "{\"a\":\"\xff\"}", "nul"}) {
    EXPECT_NE(refused(text), "taken") << text;
  }
}

TEST(Json, NestingHasABound) {
  std::string deep = R"({"Unknown": )";
  for (int i = 0; i < 1000; ++i) deep += '[';
  for (int i = 0; i < 1000; ++i) deep += ']';
  EXPECT_THAT(refused(deep + "}"), HasSubstr("nested too deeply"));
}

TEST(Json, ALargeBodyIsReadAndASmallOneAfterIt) {
  const std::string large = R"({"DatabaseName": ")" + std::string(3 << 20, 'x') + "\"}";
  Reading reading;
  EXPECT_EQ(read<glue::CreateTableRequest>(large, reading).database_name.size(), 3u << 20);
  EXPECT_EQ(read<glue::CreateTableRequest>(R"({"DatabaseName": "y"})", reading).database_name, "y");
}

TEST(Json, WritesWhatIsThereAndRequiredListsEvenIfEmpty) {
  glue::GetPartitionsOutput output;
  EXPECT_EQ(write_json(shape_of(&output), &output), "{}");
  output.partitions.emplace();
  EXPECT_EQ(write_json(shape_of(&output), &output), R"({"Partitions":[]})");
  glue::Partition partition;
  partition.values = {"2013", "a\"b\\\n\x01\x7f"};
  partition.creation_time = from_millis(1500);
  partition.parameters.emplace()["k"] = "\xff";
  output.partitions->push_back(partition);
  EXPECT_EQ(write_json(shape_of(&output), &output),
            "{\"Partitions\":[{\"Values\":[\"2013\",\"a\\\"b\\\\\\n\\u0001\x7f\"],\"CreationTime\":1.5,"
            "\"Parameters\":{\"k\":\"\xEF\xBF\xBD\"}}]}");
}

TEST(UnixSeconds, HaveOnlyTheDecimalsTheyNeed) {
  EXPECT_EQ(unix_seconds_text(from_millis(1500)), "1.5");
  EXPECT_EQ(unix_seconds_text(from_millis(2000)), "2");
  EXPECT_EQ(unix_seconds_text(from_millis(-1)), "-0.001");
  EXPECT_EQ(unix_seconds_text(from_millis(-1500)), "-1.5");
  EXPECT_EQ(unix_seconds_text(from_millis(1040)), "1.04");
}

}  // namespace
}  // namespace tarn::aws
