#include "notify/webhook.h"

#include <stdexcept>

#include "base/blocking.h"
#include "base/digest.h"

namespace tarn::notify {
namespace {

constexpr std::chrono::milliseconds patience{10'000};

}  // namespace

Task<void> WebhookTarget::deliver(events::Delivery delivery) {
  const auto webhook = webhooks_.find(delivery.arn.substr(delivery.arn.rfind(':') + 1));
  if (webhook == webhooks_.end()) {
    throw Error(events::errors::resource_not_found, "The operator of this server has named no such webhook");
  }
  std::vector<std::pair<std::string, std::string>> headers{
      {"Content-Type", "application/json"}, {"User-Agent", "tarn"}, {"X-Tarn-Source", delivery.source_arn}};
  // Ids end in names that customers chose.
  headers.emplace_back("X-Tarn-Delivery", uri_encode(delivery.event_id, true));
  const Webhook& to = webhook->second;
  if (!to.secret.empty()) {
    headers.emplace_back("X-Tarn-Signature-256", "sha256=" + to_hex(hmac_sha256(to.secret, delivery.input)));
  }
  const int status = co_await blocking([&] { return http::post(to.url, headers, delivery.input, patience); });
  if (status < 200 || status > 299) {
    throw std::runtime_error("the webhook answered with the status " + std::to_string(status));
  }
}

}  // namespace tarn::notify
