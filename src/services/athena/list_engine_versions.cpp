// ListEngineVersions: there is one.
#include "api/athena/list_engine_versions.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<ListEngineVersionsOutput> list_engine_versions(Athena&, ListEngineVersionsRequest request) {
  place_after("ListEngineVersions", request.next_token);  // There is one page.
  ListEngineVersionsOutput output;
  output.engine_versions.emplace().push_back(engine_version_shape());
  co_return output;
}

}  // namespace tarn::athena
