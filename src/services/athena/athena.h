// athena: SQL over the lake, as AWS's clients ask for it. The work is src/query's.
#pragma once

#include "catalog/catalog.h"
#include "policy/access.h"
#include "query/query.h"

namespace tarn::athena {

// What a handler of Athena may touch.
struct Athena {
  const policy::Access& access;
  query::Queries& queries;
  catalog::Catalog& catalog;
};

}  // namespace tarn::athena
