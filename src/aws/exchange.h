// One request on its way through the dispatcher, and the facts that policies may ask of it. Internal to the pipeline.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aws/authenticator.h"
#include "aws/model.h"
#include "aws/observer.h"
#include "aws/post_request.h"
#include "aws/protocol.h"
#include "aws/router.h"
#include "base/task.h"
#include "base/time.h"
#include "http/http.h"
#include "policy/access.h"

namespace tarn::aws {

// What answers when no service does: only its name and protocol are used.
inline const Model kNoService{.name = "tarn",
                              .signing_name = {},
                              .target_prefix = {},
                              .endpoint_prefix = {},
                              .version = {},
                              .xml_namespace = {},
                              .cbor_name = {},
                              .protocol = Protocol::json,
                              .validation = {"ValidationException", 400},
                              .operations = {}};
// S3's refusals look like S3's even where S3 itself is not served.
inline const Model kS3Format{.name = "s3",
                             .signing_name = "s3",
                             .target_prefix = {},
                             .endpoint_prefix = {},
                             .version = {},
                             .xml_namespace = {},
                             .cbor_name = {},
                             .protocol = Protocol::rest_xml,
                             .validation = {"InvalidArgument", 400},
                             .operations = {}};

// One request on its way, and what is known of it so far: for the reply, the audit and the counts, whatever happens.
struct Exchange {
  explicit Exchange(http::Request& http_request) : request(http_request) {}

  http::Request& request;
  std::string request_id;
  std::string_view bucket;  // Of the host.
  bool website = false;     // Which the host says as well.
  Route route;
  Authenticated authenticated;
  std::unique_ptr<PostRequest> post;  // Of an operation that comes as a form.
  std::string region;
  std::shared_ptr<const policy::Access> access;
  std::vector<std::string> resources;
  std::string request_parameters;
  std::string response_elements;
  std::string error_code;  // Empty: it was not refused.
  std::vector<ServedRequest::Item> items;
  bool audited = false;
  std::unique_ptr<TaskCompanion> underway;  // Of the audit, where the call may change something.

  const Model& model() const {
    if (route.model) return *route.model;
    return route.protocol == Protocol::rest_xml ? kS3Format : kNoService;
  }
  bool is_s3() const { return model().name == "s3"; }
  bool anonymous() const { return authenticated.principal.kind == policy::Principal::Kind::anonymous; }
  // That a request of S3 names, in its host or first in its path.
  std::string named_bucket() const {
    if (!bucket.empty()) return std::string(bucket);
    const std::string_view path = std::string_view(request.path).substr(std::min<std::size_t>(1, request.path.size()));
    return std::string(path.substr(0, path.find('/')));
  }
  // The same of its key; empty: it names none.
  std::string named_key() const {
    std::string_view path = std::string_view(request.path).substr(std::min<std::size_t>(1, request.path.size()));
    if (!bucket.empty()) return std::string(path);
    return std::string(path.substr(std::min(path.size(), path.find('/')) + (path.contains('/') ? 1 : 0)));
  }
  ReplyContext reply_context() const {
    return {.model = model(),
            .protocol = route.protocol,
            .operation = route.operation,
            .request_id = request_id,
            .head = request.method == "HEAD",
            .resource = request.path};
  }
};

// Makes a request's facts when a policy (or an event) asks for them, which few do. Borrows only what the connection
// keeps until the answer was sent.
class RequestFacts {
 public:
  RequestFacts(const Exchange& exchange, Timestamp now)
      : request_(&exchange.request),
        s3_(exchange.is_s3()),
        now_(now),
        signature_age_(exchange.authenticated.signature_age),
        region_(exchange.region),
        request_id_(exchange.request_id),
        auth_type_(exchange.authenticated.auth_type),
        signature_version_(exchange.authenticated.signature_version) {}

  policy::Facts operator()() const {
    policy::Facts facts;
    facts.reserve(14);
    const auto add = [&](std::string_view key, std::string_view value) {
      facts.emplace_back(key, std::vector{std::string(value)});
    };
    const auto add_header = [&](std::string_view header, std::string_view key) {
      if (const auto value = request_->header(header)) add(key, *value);
    };
    add("aws:SourceIp", request_->peer_ip);
    add("aws:SecureTransport", request_->secure ? "true" : "false");
    add("aws:CurrentTime", iso8601_seconds(now_));
    add("aws:EpochTime", std::to_string(to_millis(now_) / 1000));
    add("aws:RequestedRegion", region_);
    add("aws:ViaAWSService", "false");
    add("tarn:RequestId", request_id_);  // For events; policies have no such key.
    add_header("User-Agent", "aws:UserAgent");
    add_header("Referer", "aws:Referer");
    if (!s3_) return facts;
    add_header("x-amz-content-sha256", "s3:x-amz-content-sha256");
    add_header("x-amz-request-payer", "tarn:RequestPayer");  // For buckets whose requesters pay.
    if (const auto payer = request_->parameter("x-amz-request-payer")) add("tarn:RequestPayer", *payer);
    if (!auth_type_.empty()) {
      add("s3:authType", auth_type_);
      add("s3:signatureversion", signature_version_);
      add("s3:signatureAge", std::to_string(signature_age_.count()));
    }
    return facts;
  }

 private:
  const http::Request* request_;
  bool s3_;
  Timestamp now_;
  Milliseconds signature_age_;
  std::string region_;
  std::string request_id_;
  std::string auth_type_;
  std::string signature_version_;
};

}  // namespace tarn::aws
