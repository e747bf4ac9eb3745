// What answers below /_tarn/: health, metrics, the test clock.
#pragma once

#include <atomic>

#include "app/options.h"
#include "aws/authenticator.h"
#include "aws/dispatch.h"
#include "base/metrics.h"
#include "base/os/clock.h"
#include "http/http.h"
#include "work/work.h"

namespace tarn::app {

struct InternalParts {
  const ServeOptions& options;
  aws::Authenticator& authenticator;
  const aws::Dispatcher& dispatcher;
  const metrics::Registry& metrics;
  LakeClock& lake;
  work::Queue& queue;
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

  InternalParts parts_;
  std::atomic<bool> ready_ = true;
};

}  // namespace tarn::app
