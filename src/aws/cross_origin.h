// What browsers ask before, and read after, a request from a page of another host. S3's buckets have rules for it.
#pragma once

#include <string>

#include "base/task.h"
#include "http/http.h"

namespace tarn::aws {

class CrossOrigin {
 public:
  virtual ~CrossOrigin() = default;
  // The answer to OPTIONS, which no one signs. Throws Error where no rule fits.
  virtual Task<http::Response> preflight(const http::Request& request, std::string bucket) = 0;
  // Adds what the bucket's rules say of this request to its answer.
  virtual Task<void> decorate(const http::Request& request, std::string bucket, http::Response& response) = 0;
};

}  // namespace tarn::aws
