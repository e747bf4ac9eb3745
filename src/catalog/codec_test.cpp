#include "catalog/codec.h"

#include <gtest/gtest.h>

#include "catalog/rows.h"

namespace tarn::catalog {
namespace {

TEST(CatalogCodec, ATableComesBackWhole) {
  Table table;
  table.name = "flights";
  table.description = "";
  table.retention = 0;
  table.storage = StorageDescriptor{
      .columns = {{.name = "a", .type = "bigint", .comment = "x", .parameters = {{"trino_type_id", "LONG"}}},
                  {.name = "b"}},
      .location = "s3://lake/raw/",
      .additional_locations = {"s3://lake/more/"},
      .compressed = false,
      .number_of_buckets = -1,
      .serde = SerdeInfo{.library = "lazy", .parameters = {{"field.delim", ","}}},
      .bucket_columns = {"a"},
      .sort_columns = {{"a", 0}},
      .skewed = SkewedInfo{.column_names = {"a"}, .column_values = {"1"}, .value_location_maps = {{"1", "x"}}},
      .stored_as_sub_directories = true};
  table.partition_keys = {{.name = "year", .type = "string"}};
  table.view_original_text = "/* Presto View: e30= */";
  table.table_type = "EXTERNAL_TABLE";
  table.parameters = {{"classification", "csv"}};
  table.target = TargetTable{.catalog_id = "1", .database_name = "d", .name = "t", .region = std::nullopt};
  table.database = "db";
  table.id = "id-1";
  table.version = 7;
  table.created = from_millis(1);
  table.updated = from_millis(2);
  table.created_by = "arn:aws:iam::123456789012:root";
  const Table back = decode_table(encode(table));
  EXPECT_EQ(back.storage, table.storage);
  EXPECT_EQ(back.description, "");
  EXPECT_EQ(back.owner, std::nullopt);
  EXPECT_EQ(back.retention, 0);
  EXPECT_EQ(back.partition_keys, table.partition_keys);
  EXPECT_EQ(back.parameters, table.parameters);
  EXPECT_EQ(back.target->name, "t");
  EXPECT_EQ(back.version, 7u);
  EXPECT_EQ(back.updated, from_millis(2));
  EXPECT_EQ(encode(back), encode(table));
}

TEST(CatalogCodec, BrokenRowsAreRefused) {
  for (const std::string& bad :
       {std::string(), std::string("\x02{}", 3), std::string("\x01{", 2), std::string("\x01[]", 3)}) {
    EXPECT_THROW(decode_table(bad), std::runtime_error);
  }
}

TEST(CatalogRows, PartitionKeysKeepOrderAndNeverMeet) {
  using rows::partition_key;
  EXPECT_LT(partition_key({"a"}), partition_key({"b"}));
  EXPECT_LT(partition_key({"a", "z"}), partition_key({"aa", "a"}));
  EXPECT_NE(partition_key({"a", "b"}), partition_key({std::string("a\0\x01"
                                                                  "b",
                                                                  4)}));
  EXPECT_LT(partition_key({std::string("a\0", 2)}), partition_key({"ab"}));
  EXPECT_LT(rows::version_key(2), rows::version_key(1));
  for (const std::vector<std::string>& values :
       {std::vector<std::string>{"a"}, {"", "b", ""}, {std::string("a\0\x01", 3), std::string("\0\0", 2)}}) {
    EXPECT_EQ(rows::values_of_key(partition_key(values)), values);
  }
}

}  // namespace
}  // namespace tarn::catalog
