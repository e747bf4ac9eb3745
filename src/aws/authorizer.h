// Who may do what: the seam between the pipeline and the policies of identities and resources.
#pragma once

#include <memory>

#include "base/task.h"
#include "policy/access.h"

namespace tarn::aws {

class Authorizer {
 public:
  virtual ~Authorizer() = default;

  // The rights of `principal` for one request, with the facts that hold for all of it. What the pipeline asks of it is
  // remembered, so that the domain's asking again costs nothing.
  virtual Task<std::shared_ptr<const policy::Access>> access(policy::Principal principal,
                                                             policy::Facts request_facts) = 0;
};

}  // namespace tarn::aws
