// ListCrawls: the crawls of a crawler, newest first.
#include "api/glue/list_crawls.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {
namespace {

CrawlerHistoryState state_to(crawl::CrawlState state) {
  switch (state) {
    case crawl::CrawlState::running:
      return CrawlerHistoryState::running;
    case crawl::CrawlState::succeeded:
      return CrawlerHistoryState::completed;
    case crawl::CrawlState::cancelled:
      return CrawlerHistoryState::stopped;
    case crawl::CrawlState::failed:
      break;
  }
  return CrawlerHistoryState::failed;
}

// The form that Glue's console shows: counts of what was added, updated and deleted.
std::string summary_of(const crawl::Crawl& crawl) {
  return "{\"TABLE\":\"{\\\"ADD\\\":" + std::to_string(crawl.tables_created) +
         ",\\\"UPDATE\\\":" + std::to_string(crawl.tables_updated) +
         ",\\\"DELETE\\\":" + std::to_string(crawl.tables_deleted) +
         "}\",\"PARTITION\":\"{\\\"ADD\\\":" + std::to_string(crawl.partitions_created) + "}\"}";
}

}  // namespace

Task<ListCrawlsOutput> list_crawls(Glue& glue, ListCrawlsRequest request) {
  const std::string list = "ListCrawls/" + request.crawler_name;
  if (request.filters && !request.filters->empty()) refuse_if(request.filters, "filters of ListCrawls");
  auto page = co_await glue.crawlers.history(glue.access, request.crawler_name, place_after(list, request.next_token),
                                             page_size(request.max_results, 1000));
  ListCrawlsOutput output;
  output.crawls.emplace();
  for (crawl::Crawl& crawl : page.items) {
    CrawlerHistory each;
    each.crawl_id = crawl.id;
    each.state = state_to(crawl.state);
    each.start_time = crawl.started;
    each.end_time = crawl.ended;
    each.error_message = unless_empty(crawl.error);
    each.summary = summary_of(crawl);
    each.log_group = crawl::log_group;
    each.log_stream = request.crawler_name;
    each.message_prefix = crawl.id;
    each.dpu_hour = 0;
    output.crawls->push_back(std::move(each));
  }
  output.next_token = next_page(list, page.next);
  co_return output;
}

}  // namespace tarn::glue
