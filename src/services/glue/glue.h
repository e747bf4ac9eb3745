// glue: the Data Catalog, crawlers, triggers and workflows, as the Glue API speaks of them.
//
// Handlers translate and no more: the catalog and crawl ask for the permissions themselves, because queries and
// crawlers come without a Glue request.
#pragma once

#include "catalog/catalog.h"
#include "crawl/crawler.h"
#include "crawl/workflow.h"
#include "identity/identity.h"
#include "policy/access.h"

namespace tarn::glue {

struct Glue {
  const policy::Access& access;
  catalog::Catalog& catalog;
  crawl::Crawlers& crawlers;
  crawl::Workflows& workflows;
  identity::Identity& identity;
};

}  // namespace tarn::glue
