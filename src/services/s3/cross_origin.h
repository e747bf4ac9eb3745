// CORS: a bucket's rules, spoken to browsers.
#pragma once

#include "aws/cross_origin.h"
#include "objects/objects.h"

namespace tarn::s3 {

class BucketCrossOrigin : public aws::CrossOrigin {
 public:
  explicit BucketCrossOrigin(objects::Objects& objects) : objects_(objects) {}
  Task<http::Response> preflight(const http::Request& request, std::string bucket) override;
  Task<void> decorate(const http::Request& request, std::string bucket, http::Response& response) override;

 private:
  objects::Objects& objects_;
};

}  // namespace tarn::s3
