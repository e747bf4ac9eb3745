// How a request's context is made, for app and for tests/lake.
#pragma once

#include "aws/service.h"
#include "services/s3/s3.h"

namespace tarn::s3 {

// `relaxed`: customers' keys are taken over plain HTTP.
S3 make_context(const aws::Call& call, objects::Objects& objects, Accounts& accounts, const Clock& lake_clock,
                const std::string& region, bool relaxed);

}  // namespace tarn::s3
