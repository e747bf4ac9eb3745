// UpdateCrawler: changes what is given of a crawler that does not run.
#include "api/glue/update_crawler.h"

#include "services/glue/convert.h"
#include "services/glue/crawler_convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<UpdateCrawlerOutput> update_crawler(Glue& glue, UpdateCrawlerRequest request) {
  if (request.classifiers && !request.classifiers->empty()) refuse_if(request.classifiers, "custom classifiers");
  refuse_if(request.crawler_security_configuration, "security configurations of crawlers");
  const crawl::Crawler before = co_await glue.crawlers.get(glue.access, request.name);
  crawl::CrawlerInput input = before;
  if (request.role) {
    const std::string role = request.role->starts_with("arn:")
                                 ? *request.role
                                 : "arn:aws:iam::" + account_of(glue).text() + ":role/" + *request.role;
    co_await glue.identity.require_pass_role(glue.access, role, "glue.amazonaws.com");
    input.role = std::move(*request.role);
  }
  if (request.targets) input.targets = targets_from(std::move(*request.targets));
  if (request.database_name) input.database = std::move(request.database_name);
  if (request.description) input.description = std::move(request.description);
  if (request.table_prefix) input.table_prefix = std::move(request.table_prefix);
  if (request.schedule) input.schedule = request.schedule->empty() ? std::nullopt : std::move(request.schedule);
  if (request.configuration) input.configuration = std::move(request.configuration);
  apply_policies(input, request.schema_change_policy, request.recrawl_policy);
  co_await glue.crawlers.update(glue.access, std::move(input));
  co_return UpdateCrawlerOutput{};
}

}  // namespace tarn::glue
