// Which service and which operation a request is for.
//
// In this order: X-Amz-Target, rpc-v2-cbor's path, the service in the signature's scope (believed only once it
// verifies), the form's Action and Version, the host's first label; what is left is S3's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/form.h"
#include "aws/model.h"
#include "aws/protocol.h"
#include "http/http.h"

namespace tarn::aws {

struct Route {
  // Null: no service of that name is served; `unknown` is what was asked for.
  const Model* model = nullptr;
  Protocol protocol = Protocol::json;
  // Null: the service has no such operation. Not listed: Tarn does not have it.
  const Operation* operation = nullptr;
  std::size_t index = 0;
  std::vector<Label> labels;
  form::Parameters form;
  std::string unknown;
  // Something is at that path, but not for that method.
  bool method_not_allowed = false;
};

// The bucket that `host` names below one of the domains ("photos.s3.example.org:9320" is "photos"); empty if none.
std::string_view bucket_of_host(std::string_view host, const std::vector<std::string>& domains);

// Is the body a form that decides which operation is meant?
bool has_action_form(const http::Request& request);

class Router {
 public:
  Router();
  ~Router();
  void add(const Model& model);
  // An operation that something else than its own address leads to.
  Route named(std::string_view service, std::string_view operation) const;
  // `bucket`: of the host, or empty. `form_body`: the body, if has_action_form().
  Route route(const http::Request& request, std::string_view bucket, std::string_view form_body) const;

 private:
  struct Entry;
  Route by_target(std::string_view target) const;
  Route by_cbor_path(std::string_view path) const;
  Route by_action(std::string_view scope, form::Parameters parameters) const;
  Route find(const http::Request& request, std::string_view service, std::string_view bucket,
             std::string_view form_body) const;
  Route by_path(const Entry& entry, const http::Request& request, std::string_view raw_path) const;

  std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace tarn::aws
