// What the dispatcher tells of an answered request to its observer (observer.h): access logs and request metrics.
#pragma once

#include <chrono>
#include <functional>

#include "aws/exchange.h"
#include "aws/observer.h"
#include "http/http.h"

namespace tarn::aws {

// The keys that DeleteObjects names; nothing of other operations.
std::vector<ServedRequest::Item> items_of(const Operation& operation, const void* request);
// What of them was refused, by the answer.
void note_refused(const Operation& operation, const void* output, std::vector<ServedRequest::Item>& items);

// Tells `watcher` of the request: at once, or once a streamed answer was sent or given up. `response` is whole but for
// its stream, which is wrapped; `started` is when the request came.
void tell_when_served(const Exchange& exchange, http::Response& response, Timestamp now,
                      std::chrono::steady_clock::time_point started, std::function<void(ServedRequest)> watcher);

}  // namespace tarn::aws
