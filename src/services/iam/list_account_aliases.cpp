// ListAccountAliases: none can be made.
#include "api/iam/list_account_aliases.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<ListAccountAliasesOutput> list_account_aliases(Iam&, ListAccountAliasesRequest) {
  co_return ListAccountAliasesOutput{.account_aliases = {}, .is_truncated = false, .marker = {}};
}

}  // namespace tarn::iam
