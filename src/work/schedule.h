// AWS's schedule expressions, as EventBridge and Glue take them: rate(5 minutes), cron(0 12 * * ? *),
// at(2013-01-15T10:30:00).
//
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
// What fires on one is in work/recurring.h.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"

namespace tarn::work {

class Schedule {
 public:
  // None for text that is no schedule. Times are UTC.
  static std::optional<Schedule> parse(std::string_view text);

  // When it fires next, strictly after `after`, which for a rate is when it fired last. None: never again.
  std::optional<Timestamp> next(Timestamp after) const;
  // The same after `now`, of what fired at `fired` last: a rate keeps its beat, however late it is looked at.
  std::optional<Timestamp> next_after(Timestamp fired, Timestamp now) const;

 private:
  struct Rate {
    Milliseconds period;
  };
  struct At {
    Timestamp time;
  };
  // Which values of each field match.
  struct Cron {
    std::bitset<60> minutes;
    std::bitset<24> hours;
    std::bitset<32> days_of_month;  // Empty together with the three below: any, which the other field decides.
    bool last_day_of_month = false;
    std::optional<unsigned> nearest_weekday;                   // W: the weekday nearest to this day; 0 for LW.
    std::bitset<8> days_of_week;                               // 1 is Sunday.
    std::optional<unsigned> last_weekday;                      // 5L: the last Thursday.
    std::optional<std::pair<unsigned, unsigned>> nth_weekday;  // 3#2: the second Tuesday.
    bool by_week = false;                                      // The day-of-week field decides; the other was "?".
    std::bitset<13> months;
    std::bitset<230> years;  // From 1970.
  };

  static std::optional<Cron> parse_cron(std::string_view fields);
  static bool parse_day_of_month(std::string_view text, Cron& cron);
  static bool parse_day_of_week(std::string_view text, Cron& cron);
  static bool matches_day(const Cron& cron, std::chrono::year_month_day day);
  static std::optional<Timestamp> next_of(const Cron& cron, Timestamp after);

  std::variant<Rate, At, Cron> when_;
};

}  // namespace tarn::work
