// What buckets tell of their changes, on its way to EventBridge's rules.
#pragma once

#include <memory>

#include "events/events.h"
#include "meta/store.h"
#include "work/outbox.h"

namespace tarn::app {

// Brings each change that a bucket with notifications has seen to its owner's default bus: at least once, in order.
std::unique_ptr<work::Outbox> make_bucket_outbox(meta::Store& store, Executor& executor, events::Events& events);

}  // namespace tarn::app
