// What the dispatcher tells of an answered request to its observer (observer.h): access logs and request metrics.
#pragma once

#include <chrono>
#include <functional>

#include "aws/exchange.h"
#include "aws/observer.h"
#include "http/http.h"

namespace tarn::aws {

// Tells `watcher` of the request: at once, or once a streamed answer was sent or given up. `response` is whole but for
// its stream, which is wrapped; `started` is when the request came.
void tell_when_served(const Exchange& exchange, http::Response& response, Timestamp now,
                      std::chrono::steady_clock::time_point started, std::function<void(ServedRequest)> watcher);

}  // namespace tarn::aws
