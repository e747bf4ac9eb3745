// Websites between S3's words and the domain's.
#pragma once

#include "api/s3/put_bucket_website.h"
#include "objects/website.h"
#include "services/s3/common.h"

namespace tarn::s3 {

// Throws InvalidArgument or InvalidRequest.
objects::Website website_in(const WebsiteConfiguration& asked);

[[noreturn]] void refuse_no_website(const std::string& bucket);

}  // namespace tarn::s3
