// The Lake of a role: its objects, with the role's rights, for threads that may wait.
#pragma once

#include <memory>

#include "objects/objects.h"
#include "policy/access.h"
#include "training/input/lake.h"

namespace tarn::training {

// `objects` outlives it.
std::shared_ptr<Lake> lake_of(objects::Objects& objects, std::shared_ptr<const policy::Access> access);

}  // namespace tarn::training
