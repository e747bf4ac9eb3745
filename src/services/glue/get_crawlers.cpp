// GetCrawlers: all crawlers, by name.
#include "api/glue/get_crawlers.h"

#include "base/os/clock.h"
#include "services/glue/convert.h"
#include "services/glue/crawler_convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<GetCrawlersOutput> get_crawlers(Glue& glue, GetCrawlersRequest request) {
  const std::string list = "GetCrawlers";
  auto page = co_await glue.crawlers.list(glue.access, place_after(list, request.next_token),
                                          page_size(request.max_results, 1000));
  GetCrawlersOutput output;
  output.crawlers.emplace();
  for (crawl::Crawler& crawler : page.items)
    output.crawlers->push_back(crawler_to(std::move(crawler), SystemClock().now()));
  output.next_token = next_page(list, page.next);
  co_return output;
}

}  // namespace tarn::glue
