// GetCrawler: a crawler, its state and its last crawl.
#include "api/glue/get_crawler.h"

#include "base/os/clock.h"
#include "services/glue/convert.h"
#include "services/glue/crawler_convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<GetCrawlerOutput> get_crawler(Glue& glue, GetCrawlerRequest request) {
  GetCrawlerOutput output;
  output.crawler = crawler_to(co_await glue.crawlers.get(glue.access, request.name), SystemClock().now());
  co_return output;
}

}  // namespace tarn::glue
