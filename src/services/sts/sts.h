// sts: who a caller is, and credentials for a while.
#pragma once

#include "identity/identity.h"
#include "policy/access.h"

namespace tarn::sts {

// What a handler of STS may touch.
struct Sts {
  const policy::Access& access;
  identity::Identity& identity;
};

}  // namespace tarn::sts
