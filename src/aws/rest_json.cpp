#include "aws/rest_json.h"

#include "aws/json.h"
#include "aws/query_names.h"
#include "aws/rest.h"

namespace tarn::aws {
namespace rest_json {

void read(const Operation& operation, const Inbound& inbound, void* request, Reading& reading) {
  const Shape& shape = *operation.input;
  read_bindings(shape, request, inbound, reading);
  bool has_body_members = false;
  for (const Member& member : shape.members) {
    if (member.location == Location::body && member.shape->kind != Kind::stream) has_body_members = true;
    if (member.location != Location::payload || member.shape->kind != Kind::structure) continue;
    if (!inbound.body.empty() || member.required) {
      read_json(*member.shape, make_member(member, request), inbound.body, reading);
    }
    return;
  }
  if (has_body_members) read_json(shape, request, inbound.body, reading);
}

http::Response write(const ReplyContext& context, void* output) {
  http::Response response;
  const BodyToWrite body = write_bindings(*context.operation, output, response);
  if (body.payload) {
    response.text = write_json(*body.payload->shape, body.payload_value);
  } else if (body.members) {
    response.text = write_json(*context.operation->output, output);
  } else if (response.text.empty() && !response.stream && response.status != 204) {
    response.text = "{}";
  }
  if (!response.headers.contains("Content-Type")) response.headers.add("Content-Type", "application/json");
  return response;
}

}  // namespace rest_json

namespace json {
namespace {

// JSON services spell some common errors in their own way, and answer them with 400.
struct Spelling {
  std::string_view from;
  std::string_view to;
  int status;
};
constexpr Spelling kSpellings[] = {
    {"AccessDenied", "AccessDeniedException", 400},
    {"InvalidAccessKeyId", "UnrecognizedClientException", 400},
    {"SignatureDoesNotMatch", "InvalidSignatureException", 400},
    {"RequestTimeTooSkewed", "InvalidSignatureException", 400},
    {"AuthorizationHeaderMalformed", "IncompleteSignatureException", 400},
    {"AuthorizationQueryParametersError", "IncompleteSignatureException", 400},
    {"InvalidToken", "UnrecognizedClientException", 400},
    {"ExpiredToken", "ExpiredTokenException", 400},
    {"MissingAuthenticationToken", "MissingAuthenticationTokenException", 400},
    {"XAmzContentSHA256Mismatch", "InvalidSignatureException", 400},
    {"ServiceUnavailable", "ServiceUnavailableException", 503},
};

}  // namespace

void read(const Operation& operation, const Inbound& inbound, void* request, Reading& reading) {
  read_json(*operation.input, request, inbound.body, reading);
}

http::Response write(const ReplyContext& context, void* output) {
  http::Response response;
  response.text = write_json(*context.operation->output, output);
  response.headers.add("Content-Type", "application/x-amz-json-" + std::string(context.model.json_version));
  return response;
}

http::Response error(const ReplyContext& context, const Error& error) {
  std::string_view name = error.code().name;
  http::Response response;
  response.status = error.code().status;
  for (const Spelling& spelling : kSpellings) {
    if (spelling.from != name) continue;
    name = spelling.to;
    // rest-json keeps HTTP's meaning.
    response.status = context.protocol == Protocol::rest_json && spelling.status == 400 ? 403 : spelling.status;
  }
  response.headers.add("x-amzn-ErrorType", name);
  if (context.model.speaks_query) {
    const auto own = query_error(context.model, error.code().name);
    response.headers.add("x-amzn-query-error", std::string(own ? own->name : error.code().name) +
                                                   (response.status >= 500 ? ";Receiver" : ";Sender"));
  }
  response.headers.add("Content-Type", context.protocol == Protocol::rest_json
                                           ? std::string("application/json")
                                           : "application/x-amz-json-" + std::string(context.model.json_version));
  if (context.head) return response;
  std::string& out = response.text;
  out = "{\"__type\":";
  append_json_string(out, name);
  out += ",\"message\":";
  append_json_string(out, error.message());
  for (const auto& [detail, value] : error.details()) {
    out += ',';
    append_json_string(out, detail);
    out += ':';
    append_json_string(out, value);
  }
  out += '}';
  return response;
}

Error malformed(const ReplyContext&, const Malformed& malformed) {
  return Error(ErrorCode{"SerializationException", 400}, malformed.text);
}

}  // namespace json
}  // namespace tarn::aws
