#include "logs/filter_pattern.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace tarn::logs {
namespace {

struct Case {
  const char* name;
  const char* pattern;
  const char* message;
  bool matches;
};

class FilterPatterns : public testing::TestWithParam<Case> {};

TEST_P(FilterPatterns, MatchAsDocumented) {
  EXPECT_EQ(FilterPattern::parse(GetParam().pattern).matches(GetParam().message), GetParam().matches);
}

INSTANTIATE_TEST_SUITE_P(, FilterPatterns,
                         testing::Values(Case{"EmptyTakesAll", "", "anything", true},
                                         Case{"Term", "ERROR", "an ERROR here", true},
                                         Case{"CaseCounts", "ERROR", "an error here", false},
                                         Case{"AllTerms", "ERROR ARGUMENTS", "ERROR: wrong ARGUMENTS", true},
                                         Case{"OneTermMissing", "ERROR ARGUMENTS", "ERROR", false},
                                         Case{"AnyTerm", "?ERROR ?WARN", "a WARN", true},
                                         Case{"NoneOfAny", "?ERROR ?WARN", "fine", false},
                                         Case{"Forbidden", "ERROR -EXITING", "ERROR EXITING", false},
                                         Case{"NotForbidden", "ERROR -EXITING", "ERROR", true},
                                         Case{"Phrase", "\"INTERNAL SERVER ERROR\"", "an INTERNAL SERVER ERROR", true},
                                         Case{"PhraseApart", "\"INTERNAL ERROR\"", "INTERNAL SERVER ERROR", false},
                                         Case{"QuoteInPhrase", R"("a \"b\"")", R"(say a "b")", true},
                                         Case{"Expression", "%ERR.*[0-9]+%", "ERROR 17", true},
                                         Case{"ExpressionMisses", "%^ERR%", "an ERR", false},
                                         Case{"AnyBesideRequiredDecidesNothing", "?ERROR main", "main", true}),
                         [](const auto& info) { return info.param.name; });

TEST(FilterPattern, RefusesWhatIsNoPattern) {
  for (const char* text : {"\"open", "%open", "%(%", "?", "-", "{ $.a = 1 }", "[a, b]"}) {
    EXPECT_THROW(FilterPattern::parse(text), Error) << text;
  }
  EXPECT_THROW(FilterPattern::parse(std::string(1025, 'x')), Error);
}

TEST(Expression, BoundsItsSteps) {
  const auto expression = Expression::parse("(a+)+$");
  EXPECT_FALSE(expression->occurs_in(std::string(100'000, 'a') + "b"));
}

TEST(Expression, GivesItsFirstGroup) {
  const auto expression = Expression::parse(R"(loss=([-+0-9.e]+)|other)");
  EXPECT_EQ(expression->first_group("train loss=0.25;"), "0.25");
  EXPECT_EQ(expression->first_group("other"), std::nullopt);
  EXPECT_EQ(expression->first_group("none"), std::nullopt);
  std::string reason;
  EXPECT_FALSE(Expression::parse("(", &reason));
  EXPECT_NE(reason, "");
}

}  // namespace
}  // namespace tarn::logs
