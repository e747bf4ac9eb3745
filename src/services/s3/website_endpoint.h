// The pages of buckets that are websites: GET and HEAD, for everyone who may read them, refusals as pages.
//
// In S3's order: all requests sent elsewhere; rules about keys; the object, or the folder's index; rules about errors;
// the error document; a plain page that says what went wrong.
#pragma once

#include "aws/website.h"
#include "services/s3/s3.h"

namespace tarn::s3 {

class BucketWebsites : public aws::WebsiteEndpoint {
 public:
  BucketWebsites(objects::Objects& objects, Accounts& accounts, const Clock& lake_clock, std::string region)
      : objects_(objects), accounts_(accounts), clock_(lake_clock), region_(std::move(region)) {}

  Task<Answer> answer(const http::Request& request, std::string bucket, const policy::Access& access) override;

 private:
  objects::Objects& objects_;
  Accounts& accounts_;
  const Clock& clock_;
  const std::string region_;
};

}  // namespace tarn::s3
