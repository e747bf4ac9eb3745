// Metrics configurations between S3's words and the domain's.
#pragma once

#include <string>
#include <vector>

#include "api/s3/types/metrics_configuration.h"
#include "services/s3/common.h"
#include "traffic/request_metrics.h"

namespace tarn::s3 {

// Throws InvalidConfigurationId, NotImplemented for filters by tag or access point.
traffic::MetricsConfiguration metrics_in(const std::string& id, const MetricsConfiguration& asked);
MetricsConfiguration metrics_out(const traffic::MetricsConfiguration& configuration);

std::vector<traffic::MetricsConfiguration> metrics_of(const objects::Bucket& bucket);
[[noreturn]] void refuse_missing_metrics();

}  // namespace tarn::s3
