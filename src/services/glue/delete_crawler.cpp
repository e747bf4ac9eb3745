// DeleteCrawler: removes a crawler that does not run; its tables stay.
#include "api/glue/delete_crawler.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<DeleteCrawlerOutput> delete_crawler(Glue& glue, DeleteCrawlerRequest request) {
  co_await glue.crawlers.remove(glue.access, request.name);
  co_return DeleteCrawlerOutput{};
}

}  // namespace tarn::glue
