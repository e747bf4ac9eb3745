// StopCrawlerSchedule: the schedule stays with the crawler, and does not fire.
#include "api/glue/stop_crawler_schedule.h"

#include "services/glue/glue.h"

namespace tarn::glue {

Task<StopCrawlerScheduleOutput> stop_crawler_schedule(Glue& glue, StopCrawlerScheduleRequest request) {
  co_await glue.crawlers.stop_schedule(glue.access, request.crawler_name);
  co_return StopCrawlerScheduleOutput{};
}

}  // namespace tarn::glue
