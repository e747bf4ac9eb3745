// Replication rules between S3's words and the domain's.
#pragma once

#include "api/s3/types/replication_configuration.h"
#include "objects/replication.h"
#include "services/s3/common.h"

namespace tarn::s3 {

// Throws S3's refusals for rules that do not go together, and NotImplemented for what Tarn would not do.
objects::ReplicationConfiguration replication_in(const ReplicationConfiguration& asked);
ReplicationConfiguration replication_out(const objects::ReplicationConfiguration& configuration);

}  // namespace tarn::s3
