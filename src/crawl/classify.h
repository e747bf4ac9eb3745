// What one object is: format, columns, and how a reader must take it.
#pragma once

#include "base/names.h"
#include "base/task.h"
#include "crawl/grouping.h"
#include "objects/objects.h"
#include "policy/access.h"

namespace tarn::crawl {

// Reads as much of the object as deciding takes. Bytes that no classifier knows give the classification UNKNOWN with
// the reason; a refusal (AccessDenied) is thrown.
Task<FileSchema> classify(objects::Objects& objects, const policy::Access& access, BucketName bucket, ObjectKey key,
                          bool strict);

}  // namespace tarn::crawl
