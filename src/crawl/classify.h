// What one object is: format, columns, and how a reader must take it.
#pragma once

#include <stop_token>

#include "base/names.h"
#include "base/task.h"
#include "crawl/grouping.h"
#include "objects/objects.h"
#include "policy/access.h"

namespace tarn::crawl {

// Throws crawler_stopping once the crawl is to stop.
void check_stop(const std::stop_token& stop);

// Reads as much of the object as deciding takes. Bytes that no classifier knows give the classification UNKNOWN with
// the reason; a refusal (AccessDenied) is thrown, and so is a stop, between two chunks of the object.
Task<FileSchema> classify(objects::Objects& objects, const policy::Access& access, BucketName bucket, ObjectKey key,
                          bool strict, std::stop_token stop = {});

}  // namespace tarn::crawl
