// Logging configurations between S3's words and the domain's.
#pragma once

#include "api/s3/types/logging_enabled.h"
#include "services/s3/common.h"
#include "traffic/access_log.h"

namespace tarn::s3 {

// Throws InvalidArgument, NotImplemented for grants.
traffic::LoggingConfiguration logging_in(const LoggingEnabled& asked);
LoggingEnabled logging_out(const traffic::LoggingConfiguration& configuration);

}  // namespace tarn::s3
