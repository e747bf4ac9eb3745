// StartCrawler: starts a crawl.
#include "api/glue/start_crawler.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<StartCrawlerOutput> start_crawler(Glue& glue, StartCrawlerRequest request) {
  co_await glue.crawlers.start(glue.access, request.name);
  co_return StartCrawlerOutput{};
}

}  // namespace tarn::glue
