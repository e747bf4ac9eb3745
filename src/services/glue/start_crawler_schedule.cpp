// StartCrawlerSchedule: a schedule that was stopped begins again.
#include "api/glue/start_crawler_schedule.h"

#include "services/glue/glue.h"

namespace tarn::glue {

Task<StartCrawlerScheduleOutput> start_crawler_schedule(Glue& glue, StartCrawlerScheduleRequest request) {
  co_await glue.crawlers.start_schedule(glue.access, request.crawler_name);
  co_return StartCrawlerScheduleOutput{};
}

}  // namespace tarn::glue
