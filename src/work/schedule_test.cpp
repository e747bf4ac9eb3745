#include "work/schedule.h"

#include <gtest/gtest.h>

namespace tarn::work {
namespace {

// The first times after `from`, in words.
std::string firings(std::string_view expression, std::string_view from, int count = 1) {
  const auto schedule = Schedule::parse(expression);
  if (!schedule) return "(no schedule)";
  auto time = parse_iso8601(from);
  std::string text;
  for (int i = 0; i < count && time; ++i) {
    time = schedule->next(*time);
    if (!text.empty()) text += " ";
    text += time ? iso8601_seconds(*time).substr(0, 16) : "never";
  }
  return text;
}

TEST(Schedule, Rates) {
  EXPECT_EQ(firings("rate(1 minute)", "2013-01-15T10:30:20Z"), "2013-01-15T10:31");
  EXPECT_EQ(firings("rate(5 minutes)", "2013-01-15T10:30:00Z", 2), "2013-01-15T10:35 2013-01-15T10:40");
  EXPECT_EQ(firings("rate(1 hour)", "2013-01-15T10:30:00Z"), "2013-01-15T11:30");
  EXPECT_EQ(firings("rate(7 days)", "2013-01-15T10:30:00Z"), "2013-01-22T10:30");
}

TEST(Schedule, OnceOnly) {
  EXPECT_EQ(firings("at(2013-01-15T10:30:00)", "2013-01-15T10:29:59Z"), "2013-01-15T10:30");
  EXPECT_EQ(firings("at(2013-01-15T10:30:00)", "2013-01-15T10:30:00Z"), "never");
}

// The examples of AWS's page on cron expressions, and what its wildcards mean.
TEST(Schedule, CronExpressions) {
  const auto from = "2024-02-27T09:59:30Z";  // A Tuesday, in a leap year.
  EXPECT_EQ(firings("cron(0 10 * * ? *)", from, 2), "2024-02-27T10:00 2024-02-28T10:00");
  EXPECT_EQ(firings("cron(15 12 * * ? *)", from), "2024-02-27T12:15");
  EXPECT_EQ(firings("cron(0 18 ? * MON-FRI *)", from, 5),
            "2024-02-27T18:00 2024-02-28T18:00 2024-02-29T18:00 2024-03-01T18:00 2024-03-04T18:00");
  EXPECT_EQ(firings("cron(0 8 1 * ? *)", from, 2), "2024-03-01T08:00 2024-04-01T08:00");
  EXPECT_EQ(firings("cron(0/15 * * * ? *)", from, 3), "2024-02-27T10:00 2024-02-27T10:15 2024-02-27T10:30");
  EXPECT_EQ(firings("cron(0/10 * ? * MON-FRI *)", from), "2024-02-27T10:00");
  EXPECT_EQ(firings("cron(0/5 8-17 ? * mon-fri *)", "2024-03-01T17:55:00Z"), "2024-03-04T08:00");
  EXPECT_EQ(firings("cron(0 0 L * ? *)", from, 2), "2024-02-29T00:00 2024-03-31T00:00");
  EXPECT_EQ(firings("cron(0 0 3W * ? *)", from, 2), "2024-03-04T00:00 2024-04-03T00:00") << "the 3rd is a Sunday";
  EXPECT_EQ(firings("cron(0 0 1W 6 ? *)", from), "2024-06-03T00:00") << "a Saturday, and no day before it";
  EXPECT_EQ(firings("cron(0 0 LW 3 ? *)", from), "2024-03-29T00:00") << "the 31st is a Sunday";
  EXPECT_EQ(firings("cron(0 0 ? * 3#2 *)", from), "2024-03-12T00:00");
  EXPECT_EQ(firings("cron(0 0 ? * 5L *)", from, 2), "2024-02-29T00:00 2024-03-28T00:00");
  EXPECT_EQ(firings("cron(0 0 ? * L *)", from), "2024-03-02T00:00");
  EXPECT_EQ(firings("cron(0 0 29 2 ? *)", "2024-03-01T00:00:00Z"), "2028-02-29T00:00");
  EXPECT_EQ(firings("cron(30 1,13 1 JAN,JUL ? 2025)", from, 5),
            "2025-01-01T01:30 2025-01-01T13:30 2025-07-01T01:30 2025-07-01T13:30 never");
  EXPECT_EQ(firings("cron(0 12 * * ? 2023)", from), "never");
  EXPECT_EQ(firings("cron(0 0 31 2 ? *)", from), "never");
  EXPECT_EQ(firings("cron(59 23 31 12 ? 2199)", from), "2199-12-31T23:59");
}

TEST(Schedule, ARateKeepsItsBeatHoweverLate) {
  const auto at = [](const char* text) { return *parse_iso8601(text); };
  const auto rate = *Schedule::parse("rate(5 minutes)");
  EXPECT_EQ(rate.next_after(at("2024-01-01T00:00:00Z"), at("2024-01-01T00:00:01Z")), at("2024-01-01T00:05:00Z"));
  EXPECT_EQ(rate.next_after(at("2024-01-01T00:00:00Z"), at("2024-01-01T00:05:00Z")), at("2024-01-01T00:10:00Z"));
  EXPECT_EQ(rate.next_after(at("2024-01-01T00:00:00Z"), at("2025-01-01T00:03:00Z")), at("2025-01-01T00:05:00Z"));
  const auto cron = *Schedule::parse("cron(0 10 * * ? *)");
  EXPECT_EQ(cron.next_after(at("2024-01-01T10:00:00Z"), at("2024-03-01T10:00:00Z")), at("2024-03-02T10:00:00Z"));
}

TEST(Schedule, FiresStrictlyAfter) {
  EXPECT_EQ(firings("cron(0 10 * * ? *)", "2024-02-27T10:00:00Z"), "2024-02-28T10:00");
  EXPECT_EQ(firings("cron(0 10 * * ? *)", "2024-02-27T09:59:59.999Z"), "2024-02-27T10:00");
}

TEST(Schedule, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "rate",
                           "rate()",
                           "rate(5)",
                           "rate(0 minutes)",
                           "rate(1 minutes)",
                           "rate(5 minute)",
                           "rate(-1 minutes)",
                           "rate(5 seconds)",
                           "rate(5 minutes) ",
                           "rate(99999999999 days)",
                           "at()",
                           "at(2013-01-15)",
                           "at(yesterday)",
                           "cron()",
                           "cron(* * * * *)",
                           "cron(* * * * ? * *)",
                           "cron(* * * * * *)",
                           "cron(* * ? * ? *)",
                           "cron(60 * * * ? *)",
                           "cron(* 24 * * ? *)",
                           "cron(* * 0 * ? *)",
                           "cron(* * 32 * ? *)",
                           "cron(* * * 13 ? *)",
                           "cron(* * ? * 8 *)",
                           "cron(* * ? * 3#6 *)",
                           "cron(* * ? * 3#0 *)",
                           "cron(* * * * ? 1969)",
                           "cron(0/0 * * * ? *)",
                           "cron(5-1 * * * ? *)",
                           "cron(1, * * * ? *)",
                           "cron(a * * * ? *)",
                           "cron(* * xW * ? *)",
                           "cron(* * ? * FOO *)",
                           "cron(* * ? * #1 *)",
                           "cron(1-2-3 * * * ? *)",
                           "0 12 * * ? *"}) {
    EXPECT_FALSE(Schedule::parse(text)) << text;
  }
}

}  // namespace
}  // namespace tarn::work
