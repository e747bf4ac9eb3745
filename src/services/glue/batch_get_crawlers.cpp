// BatchGetCrawlers: several crawlers by name.
#include "api/glue/batch_get_crawlers.h"

#include "base/os/clock.h"
#include "services/glue/convert.h"
#include "services/glue/crawler_convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<BatchGetCrawlersOutput> batch_get_crawlers(Glue& glue, BatchGetCrawlersRequest request) {
  BatchGetCrawlersOutput output;
  output.crawlers.emplace();
  output.crawlers_not_found.emplace();
  for (const std::string& name : request.crawler_names) {
    std::optional<crawl::Crawler> found;
    try {
      found = co_await glue.crawlers.get(glue.access, name);
    } catch (const Error& error) {
      if (error.code() != errors::entity_not_found_exception) throw;
    }
    if (found) {
      output.crawlers->push_back(crawler_to(std::move(*found), SystemClock().now()));
    } else {
      output.crawlers_not_found->push_back(name);
    }
  }
  co_return output;
}

}  // namespace tarn::glue
