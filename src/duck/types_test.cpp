#include "duck/types.h"

#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

#include "duck/engine.h"

namespace tarn::duck {
namespace {

struct HiveCase {
  const char* hive;
  const char* trino;
  const char* engine;
};

class HiveTypes : public testing::TestWithParam<HiveCase> {};

TEST_P(HiveTypes, AreReadAndWrittenInAllSpellings) {
  const Type type = parse_hive_type(GetParam().hive);
  EXPECT_EQ(hive_name(type), GetParam().hive);
  EXPECT_EQ(trino_name(type), GetParam().trino);
  EXPECT_EQ(engine_name(type), GetParam().engine);
}

INSTANTIATE_TEST_SUITE_P(
    , HiveTypes,
    testing::Values(HiveCase{"int", "integer", "INTEGER"}, HiveCase{"string", "varchar", "VARCHAR"},
                    HiveCase{"float", "real", "FLOAT"}, HiveCase{"binary", "varbinary", "BLOB"},
                    HiveCase{"varchar(7)", "varchar(7)", "VARCHAR"}, HiveCase{"char(3)", "char(3)", "VARCHAR"},
                    HiveCase{"decimal(12,2)", "decimal(12,2)", "DECIMAL(12,2)"},
                    HiveCase{"timestamp", "timestamp(3)", "TIMESTAMP"},
                    HiveCase{"array<int>", "array(integer)", "INTEGER[]"},
                    HiveCase{"map<string,array<double>>", "map(varchar, array(double))", "MAP(VARCHAR, DOUBLE[])"},
                    HiveCase{"struct<a:int,b:struct<c d:string>>", "row(a integer, b row(\"c d\" varchar))",
                             "STRUCT(\"a\" INTEGER, \"b\" STRUCT(\"c d\" VARCHAR))"}));

TEST(HiveTypeTexts, ReadsWhatOthersWrite) {
  EXPECT_EQ(hive_name(parse_hive_type("ARRAY< STRUCT<`x`: INT > >")), "array<struct<x:int>>");
  EXPECT_EQ(hive_name(parse_hive_type("decimal")), "decimal(10,0)");
  EXPECT_EQ(hive_name(parse_hive_type("decimal(5)")), "decimal(5,0)");
  EXPECT_EQ(hive_name(parse_hive_type("integer")), "int");
}

TEST(HiveTypeTexts, RefusesWhatIsNoType) {
  for (const char* text : {"", "integr", "array", "array<", "array<int", "array<int>>", "map<int>", "struct<>",
                           "struct<a>", "decimal(39,0)", "decimal(2,3)", "varchar(0)", "int int", "struct<a:int,>"}) {
    EXPECT_THROW(parse_hive_type(text), std::invalid_argument) << text;
  }
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "array<";
  EXPECT_THROW(parse_hive_type(deep + "int"), std::invalid_argument);
}

TEST(NumberText, IsJavas) {
  EXPECT_EQ(double_text(0.1), "0.1");
  EXPECT_EQ(double_text(1), "1.0");
  EXPECT_EQ(double_text(-0.0), "-0.0");
  EXPECT_EQ(double_text(123456.75), "123456.75");
  EXPECT_EQ(double_text(9999999), "9999999.0");
  EXPECT_EQ(double_text(1e7), "1.0E7");
  EXPECT_EQ(double_text(12345678.9), "1.23456789E7");
  EXPECT_EQ(double_text(0.001), "0.001");
  EXPECT_EQ(double_text(0.00099), "9.9E-4");
  EXPECT_EQ(double_text(1e-7), "1.0E-7");
  EXPECT_EQ(double_text(1e20), "1.0E20");
  EXPECT_EQ(double_text(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(double_text(-std::numeric_limits<double>::infinity()), "-Infinity");
  EXPECT_EQ(real_text(0.1f), "0.1");
  EXPECT_EQ(real_text(1.5e10f), "1.5E10");
}

}  // namespace
}  // namespace tarn::duck
