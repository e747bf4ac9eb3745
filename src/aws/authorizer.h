// Who may do what: the seam between the pipeline and the policies of identities and resources.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/task.h"
#include "policy/access.h"

namespace tarn::aws {

class Authorizer {
 public:
  virtual ~Authorizer() = default;

  // The rights of `principal` for one request to a service (its signing name), with the facts that hold for all of it:
  // made when they are asked for, until the request has been answered. What the pipeline asks of it is remembered, so
  // that the domain's asking again costs nothing.
  virtual Task<std::shared_ptr<const policy::Access>> access(const policy::Principal& principal,
                                                             std::string_view service,
                                                             std::function<policy::Facts()> request_facts) = 0;
};

}  // namespace tarn::aws
