// ListAccountAliases: none can be made.
#include "api/iam/list_account_aliases.h"

#include "services/iam/iam.h"
#include "services/iam/page.h"

namespace tarn::iam {

Task<ListAccountAliasesOutput> list_account_aliases(Iam&, ListAccountAliasesRequest request) {
  refuse_marker(request);
  co_return ListAccountAliasesOutput{.account_aliases = {}, .is_truncated = false, .marker = {}};
}

}  // namespace tarn::iam
