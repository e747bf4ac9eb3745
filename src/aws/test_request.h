// Requests and a served API for the tests of this folder.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/body.h"
#include "aws/dispatch.h"
#include "base/encoding.h"

namespace tarn::aws {

// An http::Request that owns what it points to.
class TestRequest {
 public:
  TestRequest(std::string_view method, std::string_view target) {
    request_.method = keep(method);
    request_.target = keep(target);
    const std::string_view text = request_.target;
    const std::size_t question = text.find('?');
    request_.raw_path = text.substr(0, question);
    if (question != std::string_view::npos) request_.raw_query = text.substr(question + 1);
    request_.path = uri_decode(request_.raw_path).value_or("");
    for (std::string_view rest = request_.raw_query; !rest.empty();) {
      const std::string_view part = rest.substr(0, rest.find('&'));
      rest.remove_prefix(std::min(rest.size(), part.size() + 1));
      const std::size_t equals = part.find('=');
      const std::string_view value = equals == std::string_view::npos ? "" : part.substr(equals + 1);
      request_.query.push_back({keep(*uri_decode(part.substr(0, equals), true)), keep(*uri_decode(value, true))});
    }
    header("Host", "localhost:9320");
    request_.peer_ip = "127.0.0.1";
  }

  TestRequest& header(std::string_view name, std::string_view value) {
    request_.headers.push_back({keep(name), keep(value)});
    if (name == "Host") request_.host = request_.headers.back().value;
    return *this;
  }
  TestRequest& body(std::string_view text) {
    body_ = text;
    request_.content_length = text.size();
    request_.body = text_stream(std::string(text));
    return *this;
  }
  // As a client of `service` would sign it; the tests' authenticator believes it.
  TestRequest& signed_for(std::string_view service) {
    return header("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDTEST/20260101/eu-west-1/" + std::string(service) +
                                       "/aws4_request, SignedHeaders=host, Signature=0");
  }

  http::Request& get() { return request_; }
  operator http::Request&() { return request_; }
  std::string_view body_text() const { return body_; }

 private:
  std::string_view keep(std::string_view text) { return texts_.emplace_back(text); }

  std::deque<std::string> texts_;
  std::string body_;
  http::Request request_;
};

}  // namespace tarn::aws
