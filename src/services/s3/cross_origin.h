// What the pipeline asks of buckets, whatever the operation: their CORS rules, spoken to browsers, and a few facts.
#pragma once

#include "aws/bucket_facts.h"
#include "aws/cross_origin.h"
#include "objects/objects.h"

namespace tarn::s3 {

class BucketCrossOrigin : public aws::CrossOrigin, public aws::BucketFacts {
 public:
  explicit BucketCrossOrigin(objects::Objects& objects) : objects_(objects) {}
  Task<http::Response> preflight(const http::Request& request, std::string bucket) override;
  Task<void> decorate(const http::Request& request, std::string bucket, http::Response& response) override;
  Task<std::optional<Known>> find(std::string bucket) override;

 private:
  objects::Objects& objects_;
};

}  // namespace tarn::s3
