// Dispatcher: the way of every request, from the server's handler to a service's and back.
//
// For each request, in this order: route, limit, verify the signature, parse, validate, authorize, call the handler,
// audit, count, answer or map the error.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aws/audit_sink.h"
#include "aws/authenticator.h"
#include "aws/authorizer.h"
#include "aws/bucket_facts.h"
#include "aws/cross_origin.h"
#include "aws/observer.h"
#include "aws/service.h"
#include "aws/website.h"
#include "base/os/clock.h"
#include "base/os/random.h"
#include "http/http.h"

namespace tarn::aws {

struct DispatchOptions {
  std::string region = "us-east-1";
  // Hosts below which a label is a bucket: with "s3.example.org", "photos.s3.example.org" is the bucket "photos".
  std::vector<std::string> domains;
};

// What the dispatcher leans on. All outlive it.
struct DispatchParts {
  Authenticator& authenticator;
  Authorizer& authorizer;
  AuditSink& audit;
  const Clock& wall;
  Random& random;
  CrossOrigin* cross_origin = nullptr;  // Null: no bucket has rules.
  WebsiteEndpoint* website = nullptr;   // Null: no bucket is a website.
  RequestObserver* observer = nullptr;  // Null: nobody is told.
  BucketFacts* buckets = nullptr;       // Null: nothing is known of any.
};

class Dispatcher : public http::Handler {
 public:
  Dispatcher(DispatchOptions options, DispatchParts parts);
  ~Dispatcher() override;

  // Before the server starts.
  void add(std::unique_ptr<Service> service);
  // What answers below /_tarn/ on hosts that are no bucket's.
  void set_internal(http::Handler& handler);

  Task<http::Response> handle(http::Request& request) override;
  http::Response refuse(const http::Refusal& refusal) override;

  // Prometheus's text: calls by service, operation and status, seconds spent.
  std::string metrics() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tarn::aws
