// UpdateCrawlerSchedule: another schedule, or none.
#include "api/glue/update_crawler_schedule.h"

#include "services/glue/glue.h"

namespace tarn::glue {

Task<UpdateCrawlerScheduleOutput> update_crawler_schedule(Glue& glue, UpdateCrawlerScheduleRequest request) {
  co_await glue.crawlers.update_schedule(glue.access, request.crawler_name, std::move(request.schedule));
  co_return UpdateCrawlerScheduleOutput{};
}

}  // namespace tarn::glue
