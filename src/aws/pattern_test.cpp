#include "aws/pattern.h"

#include <gtest/gtest.h>

namespace tarn::aws {
namespace {

TEST(Pattern, MeansTheWholeText) {
  const PassingPattern pattern("[a-zA-Z0-9._-]{1,128}");
  EXPECT_TRUE(pattern.matches("primary"));
  EXPECT_FALSE(pattern.matches(""));
  EXPECT_FALSE(pattern.matches("two words"));
  EXPECT_FALSE(pattern.matches("primary\n"));
}

TEST(Pattern, AlternativesAreAnchoredTogether) {
  const PassingPattern pattern("a|b");
  EXPECT_TRUE(pattern.matches("b"));
  EXPECT_FALSE(pattern.matches("bc"));
}

TEST(Pattern, JavaEscapesAreCodePoints) {
  const PassingPattern glue("[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\t]*");
  EXPECT_TRUE(glue.compiles());
  EXPECT_TRUE(glue.matches("plain \xC3\xA9 \xF0\x9F\x98\x80"));
  EXPECT_FALSE(glue.matches("\x01"));
  const PassingPattern sts(
      "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+");
  EXPECT_TRUE(sts.compiles());
  EXPECT_TRUE(sts.matches("arn:aws:iam::123456789012:role/\xF0\x9F\x98\x80"));
}

TEST(Pattern, LookAroundAndProperties) {
  const PassingPattern tag("^(?!aws:)[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*$");
  EXPECT_TRUE(
      tag.matches("Gr\xC3\xB6\xC3\x9F"
                  "e 1"));
  EXPECT_FALSE(tag.matches("aws:mine"));
}

TEST(Pattern, JavasPosixClasses) {
  EXPECT_EQ(pcre_text("arn:[\\p{Alnum}\\-]+:\\p{Digit}"), "\\A(?:arn:[[:alnum:]\\-]+:[[:digit:]])\\z");
  const PassingPattern printable("\\A\\S[\\p{Print}]*\\z");
  EXPECT_TRUE(printable.compiles());
  EXPECT_TRUE(printable.matches("a b"));
  EXPECT_FALSE(printable.matches("a\x01"));
}

TEST(Pattern, BytesThatAreNoUtf8DoNotMatch) {
  EXPECT_FALSE(PassingPattern("[\\s\\S]+").matches("\xFF\xFE"));
}

TEST(Pattern, ACostlySubjectEndsSoonAndDoesNotMatch) {
  const PassingPattern pattern("(a+)+b");
  EXPECT_FALSE(pattern.matches(std::string(64, 'a')));
}

TEST(Pattern, OneThatDoesNotCompileLetsThrough) {
  const PassingPattern pattern("[unclosed");
  EXPECT_FALSE(pattern.compiles());
  EXPECT_TRUE(pattern.matches("anything"));
}

}  // namespace
}  // namespace tarn::aws
