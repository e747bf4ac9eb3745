// Queues as targets of events and notifications.
#pragma once

#include <functional>
#include <memory>

#include "events/events.h"
#include "policy/access.h"
#include "queues/queues.h"

namespace tarn::notify {

// The Access of a service that acts by itself ("s3.amazonaws.com"), in these circumstances. Joined in app.
using ServiceAccess =
    std::function<std::shared_ptr<const policy::Access>(std::string service, policy::Facts circumstances)>;

class QueueTarget : public events::Target {
 public:
  QueueTarget(queues::Queues& queues, ServiceAccess service_access)
      : queues_(queues), service_access_(std::move(service_access)) {}

  bool owns(std::string_view arn) const override { return arn.starts_with("arn:aws:sqs:"); }
  // The queue's own policy decides.
  bool needs_role() const override { return false; }
  Task<void> deliver(events::Delivery delivery) override;

 private:
  queues::Queues& queues_;
  ServiceAccess service_access_;
};

}  // namespace tarn::notify
