// Lifecycle rules between S3's structs and src/tiers.
#pragma once

#include <vector>

#include "api/s3/types/lifecycle_rule.h"
#include "tiers/lifecycle.h"

namespace tarn::s3 {

// Throws MalformedXML or InvalidArgument for what the structs cannot mean; tiers::check() does the rest.
tiers::Rule rule_of(const LifecycleRule& rule);
LifecycleRule lifecycle_rule_of(const tiers::Rule& rule);

}  // namespace tarn::s3
