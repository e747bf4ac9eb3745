// Crawlers, triggers and workflows between Glue's words and crawl's.
#pragma once

#include "api/glue/create_crawler.h"
#include "api/glue/get_crawler.h"
#include "api/glue/get_trigger.h"
#include "api/glue/get_workflow.h"
#include "services/glue/convert.h"

namespace tarn::glue {

std::vector<crawl::S3Target> targets_from(CrawlerTargets targets);
// The members that CreateCrawler and UpdateCrawler share; what is absent stays as it is in `input`.
void apply_policies(crawl::CrawlerInput& input, const std::optional<SchemaChangePolicy>& change,
                    const std::optional<RecrawlPolicy>& recrawl);
Crawler crawler_to(crawl::Crawler crawler, Timestamp now);

std::vector<std::string> actions_from(const std::vector<Action>& actions);
void apply_predicate(crawl::Trigger& trigger, const std::optional<Predicate>& predicate);
std::optional<crawl::EventBatching> batching_from(const std::optional<EventBatchingCondition>& batching);
Trigger trigger_to(crawl::Trigger trigger);

WorkflowRun run_to(crawl::WorkflowRun run);
Task<Workflow> workflow_to(Glue& glue, crawl::Workflow workflow);

}  // namespace tarn::glue
