// Buckets as websites: what answers hosts such as photos.s3-website.example.org.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "http/http.h"
#include "policy/access.h"

namespace tarn::aws {

class WebsiteEndpoint {
 public:
  virtual ~WebsiteEndpoint() = default;
  struct Answer {
    http::Response response;
    std::string error_code;  // Empty: it was no error.
  };
  // Refusals are pages, too.
  virtual Task<Answer> answer(const http::Request& request, std::string bucket, const policy::Access& access) = 0;
};

// The bucket whose website `host` is, below one of the domains: BUCKET.s3-website.DOMAIN,
// BUCKET.s3-website-REGION.DOMAIN or BUCKET.s3-website.REGION.DOMAIN. Empty if none.
std::string_view bucket_of_website(std::string_view host, std::string_view region,
                                   const std::vector<std::string>& domains);

}  // namespace tarn::aws
