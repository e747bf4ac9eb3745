// ListCrawlers: the names of all crawlers, or of those that have all the tags.
#include "api/glue/list_crawlers.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<ListCrawlersOutput> list_crawlers(Glue& glue, ListCrawlersRequest request) {
  const std::string list = "ListCrawlers";
  auto page = co_await glue.crawlers.list(glue.access, place_after(list, request.next_token),
                                          page_size(request.max_results, 1000));
  ListCrawlersOutput output;
  output.crawler_names.emplace();
  for (crawl::Crawler& crawler : page.items) {
    const auto has = [&](const auto& tag) {
      const auto at = crawler.tags.find(tag.first);
      return at != crawler.tags.end() && at->second == tag.second;
    };
    if (request.tags && !std::ranges::all_of(*request.tags, has)) continue;
    output.crawler_names->push_back(std::move(crawler.name));
  }
  output.next_token = next_page(list, page.next);
  co_return output;
}

}  // namespace tarn::glue
