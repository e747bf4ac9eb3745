// StopCrawler: asks a running crawl to stop.
#include "api/glue/stop_crawler.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<StopCrawlerOutput> stop_crawler(Glue& glue, StopCrawlerRequest request) {
  co_await glue.crawlers.stop(glue.access, request.name);
  co_return StopCrawlerOutput{};
}

}  // namespace tarn::glue
