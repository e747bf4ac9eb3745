// GetCrawlerMetrics: what the last crawls did.
#include "api/glue/get_crawler_metrics.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<GetCrawlerMetricsOutput> get_crawler_metrics(Glue& glue, GetCrawlerMetricsRequest request) {
  const std::string list = "GetCrawlerMetrics";
  auto page = co_await glue.crawlers.list(glue.access, place_after(list, request.next_token),
                                          page_size(request.max_results, 1000));
  GetCrawlerMetricsOutput output;
  output.crawler_metrics_list.emplace();
  for (crawl::Crawler& crawler : page.items) {
    const auto& names = request.crawler_name_list;
    if (names && !names->empty() && std::ranges::find(*names, crawler.name) == names->end()) continue;
    CrawlerMetrics metrics;
    metrics.crawler_name = crawler.name;
    metrics.still_estimating = crawler.current.has_value();
    if (crawler.last && crawler.last->ended) {
      const double seconds = static_cast<double>((*crawler.last->ended - crawler.last->started).count()) / 1000;
      metrics.last_runtime_seconds = seconds;
      metrics.tables_created = static_cast<std::int32_t>(crawler.last->tables_created);
      metrics.tables_updated = static_cast<std::int32_t>(crawler.last->tables_updated);
      metrics.tables_deleted = static_cast<std::int32_t>(crawler.last->tables_deleted);
    }
    output.crawler_metrics_list->push_back(std::move(metrics));
  }
  output.next_token = next_page(list, page.next);
  co_return output;
}

}  // namespace tarn::glue
