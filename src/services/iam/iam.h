// iam: users, groups, roles and the policies that say what they may.
#pragma once

#include "identity/directory.h"
#include "identity/identity.h"
#include "policy/access.h"

namespace tarn::iam {

// What a handler of IAM may touch.
struct Iam {
  const policy::Access& access;
  identity::Identity& identity;

  identity::Directory& directory() { return identity.directory(); }
};

}  // namespace tarn::iam
