#include "crawl/exclusion.h"

#include <gtest/gtest.h>

namespace tarn::crawl {
namespace {

struct ExclusionCase {
  const char* name;
  const char* pattern;
  const char* path;
  bool excluded;
};

class ExclusionTest : public testing::TestWithParam<ExclusionCase> {};

TEST_P(ExclusionTest, Decides) {
  EXPECT_EQ(ExclusionSet({GetParam().pattern}).excludes(GetParam().path), GetParam().excluded);
}

// The guide's examples, and their edges.
INSTANTIATE_TEST_SUITE_P(
    , ExclusionTest,
    testing::Values(
        ExclusionCase{"OneName", "*.csv", "a.csv", true}, ExclusionCase{"NotAcrossFolders", "*.csv", "d/a.csv", false},
        ExclusionCase{"DoubleStarAcross", "**.csv", "d/e/a.csv", true}, ExclusionCase{"DotInName", "*.*", "a.b", true},
        ExclusionCase{"DotMissing", "*.*", "ab", false}, ExclusionCase{"Braces", "*.{csv,avro}", "a.avro", true},
        ExclusionCase{"BracesOther", "*.{csv,avro}", "a.orc", false}, ExclusionCase{"Question", "foo.?", "foo.a", true},
        ExclusionCase{"QuestionIsOne", "foo.?", "foo.ab", false},
        ExclusionCase{"Folder", "myfolder/*", "myfolder/a", true},
        ExclusionCase{"FolderOneLevel", "myfolder/*", "myfolder/a/b", false},
        ExclusionCase{"TwoLevels", "myfolder/*/*", "myfolder/a/b", true},
        ExclusionCase{"AllBelow", "myfolder/**", "myfolder/a/b/c", true},
        ExclusionCase{"Range", "2013-0[1-6]/**", "2013-05/x.csv", true},
        ExclusionCase{"OutOfRange", "2013-0[1-6]/**", "2013-07/x.csv", false},
        ExclusionCase{"Negated", "[!a]*", "bcd", true}, ExclusionCase{"NegatedHit", "[!a]*", "abc", false},
        ExclusionCase{"Escaped", "a\\*b", "a*b", true}, ExclusionCase{"EscapedIsLiteral", "a\\*b", "axb", false},
        ExclusionCase{"BracketInSet", "a[]x]b", "a]b", true}, ExclusionCase{"OpenSet", "a[", "a[", false},
        ExclusionCase{"OpenBrace", "a{b", "a{b", true}, ExclusionCase{"Empty", "", "a", false}),
    [](const auto& info) { return info.param.name; });

TEST(ExclusionSet, ManyStarsStayLinear) {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "*a";
  EXPECT_FALSE(ExclusionSet({pattern + "b"}).excludes(std::string(900, 'a')));
}

TEST(ExclusionSet, TooManyAlternativesAreRefused) {
  std::string pattern;
  for (int i = 0; i < 12; ++i) pattern += "{a,b}";
  EXPECT_THROW(ExclusionSet({pattern}), std::exception);
}

}  // namespace
}  // namespace tarn::crawl
