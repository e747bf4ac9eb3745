// What answers below /_tarn/: health, metrics, what a bucket costs, what it could not tell, the credentials of
// programs in sandboxes, the test clock.
#pragma once

#include <atomic>

#include "app/container_credentials.h"
#include "app/data_folder.h"
#include "app/options.h"
#include "aws/authenticator.h"
#include "aws/authorizer.h"
#include "aws/dispatch.h"
#include "base/metrics.h"
#include "base/os/clock.h"
#include "http/http.h"
#include "notify/notifier.h"
#include "objects/objects.h"
#include "tiers/prices.h"
#include "traffic/traffic.h"
#include "work/work.h"

namespace tarn::app {

struct InternalParts {
  const ServeOptions& options;
  aws::Authenticator& authenticator;
  const aws::Dispatcher& dispatcher;
  const metrics::Registry& metrics;
  const traffic::Traffic& traffic;
  LakeClock& lake;
  work::Queue& queue;
  aws::Authorizer& authorizer;
  objects::Objects& objects;
  const tiers::Prices& prices;
  const DataFolder& folder;
  ContainerCredentials& container_credentials;
  notify::Notifier& notifier;
};

class Internal : public http::Handler {
 public:
  explicit Internal(InternalParts parts) : parts_(parts) {}

  Task<http::Response> handle(http::Request& request) override;
  // Ready from the first request on, until the server ends.
  void end() { ready_ = false; }

 private:
  http::Response health(bool ready) const;
  http::Response metrics_text() const;
  Task<http::Response> move_clock(http::Request& request);
  Task<http::Response> cost(http::Request& request);
  Task<http::Response> credentials(http::Request& request);
  Task<http::Response> notifications(http::Request& request);

  InternalParts parts_;
  std::atomic<bool> ready_ = true;
};

}  // namespace tarn::app
