// Webhooks as targets: servers that the operator has named (--webhook NAME=URL) get each event as a POST.
//
// Their ARN is arn:tarn:webhook:<region>:<account>:<name>, for bucket notifications (as a queue's) and for rules. Only
// the operator says where they lie, so that no customer can make the server call what only it can reach. A request
// carries X-Tarn-Delivery, the same each time one event is sent, and, where the webhook has a secret,
// X-Tarn-Signature-256: sha256=<HMAC-SHA256 of the body in hexadecimal>. Any status of 200 to 299 ends a delivery.
#pragma once

#include <map>
#include <string>

#include "events/events.h"
#include "http/post.h"

namespace tarn::notify {

struct Webhook {
  http::Url url;
  std::string secret;  // Empty: unsigned.
};

class WebhookTarget : public events::Target {
 public:
  explicit WebhookTarget(std::map<std::string, Webhook> webhooks) : webhooks_(std::move(webhooks)) {}

  bool owns(std::string_view arn) const override { return arn.starts_with("arn:tarn:webhook:"); }
  bool needs_role() const override { return false; }
  Task<void> deliver(events::Delivery delivery) override;

 private:
  std::map<std::string, Webhook> webhooks_;
};

}  // namespace tarn::notify
