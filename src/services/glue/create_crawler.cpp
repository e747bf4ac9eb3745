// CreateCrawler: a crawler over S3 targets.
#include "api/glue/create_crawler.h"

#include "services/glue/convert.h"
#include "services/glue/crawler_convert.h"
#include "services/glue/glue.h"
#include "services/glue/tags.h"

namespace tarn::glue {

Task<CreateCrawlerOutput> create_crawler(Glue& glue, CreateCrawlerRequest request) {
  if (request.classifiers && !request.classifiers->empty()) refuse_if(request.classifiers, "custom classifiers");
  refuse_if(request.crawler_security_configuration, "security configurations of crawlers");
  const std::string role = request.role.starts_with("arn:")
                               ? request.role
                               : "arn:aws:iam::" + account_of(glue).text() + ":role/" + request.role;
  co_await glue.identity.require_pass_role(glue.access, role, "glue.amazonaws.com");
  crawl::CrawlerInput input;
  input.name = std::move(request.name);
  input.role = std::move(request.role);
  input.targets = targets_from(std::move(request.targets));
  input.database = std::move(request.database_name);
  input.description = std::move(request.description);
  input.table_prefix = std::move(request.table_prefix);
  input.configuration = std::move(request.configuration);
  if (request.schedule && !request.schedule->empty()) input.schedule = std::move(request.schedule);
  input.tags = checked_tags(std::move(request.tags));
  apply_policies(input, request.schema_change_policy, request.recrawl_policy);
  co_await glue.crawlers.create(glue.access, std::move(input));
  co_return CreateCrawlerOutput{};
}

}  // namespace tarn::glue
