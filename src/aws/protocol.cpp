#include "aws/protocol.h"

#include "aws/cbor.h"
#include "aws/form.h"
#include "aws/rest_json.h"
#include "aws/rest_xml.h"

namespace tarn::aws {

void read_request(const Model&, Protocol protocol, const Operation& operation, const Inbound& inbound, void* request,
                  Reading& reading) {
  switch (protocol) {
    case Protocol::rest_xml:
      return rest_xml::read(operation, inbound, request, reading);
    case Protocol::rest_json:
      return rest_json::read(operation, inbound, request, reading);
    case Protocol::json:
      return json::read(operation, inbound, request, reading);
    case Protocol::query:
      return form::read(operation, inbound, request, reading);
    case Protocol::rpc_cbor:
      return cbor::read(operation, inbound, request, reading);
  }
}

http::Response write_reply(const ReplyContext& context, void* output) {
  switch (context.protocol) {
    case Protocol::rest_xml:
      return rest_xml::write(context, output);
    case Protocol::rest_json:
      return rest_json::write(context, output);
    case Protocol::json:
      return json::write(context, output);
    case Protocol::query:
      return form::write(context, output);
    case Protocol::rpc_cbor:
      return cbor::write(context, output);
  }
  return {};
}

http::Response error_reply(const ReplyContext& context, const Error& error) {
  switch (context.protocol) {
    case Protocol::rest_xml:
      return rest_xml::error(context, error);
    case Protocol::rest_json:
    case Protocol::json:
      return json::error(context, error);
    case Protocol::query:
      return form::error(context, error);
    case Protocol::rpc_cbor:
      return cbor::error(context, error);
  }
  return {};
}

Error malformed_error(const ReplyContext& context, const Malformed& malformed) {
  switch (context.protocol) {
    case Protocol::rest_xml:
      return rest_xml::malformed(context, malformed);
    case Protocol::query:
      return form::malformed(context, malformed);
    case Protocol::rest_json:
    case Protocol::json:
    case Protocol::rpc_cbor:
      break;
  }
  return json::malformed(context, malformed);
}

Error violation_error(const ReplyContext& context, const Violations& violations) {
  if (context.protocol == Protocol::rest_xml) return rest_xml::violation(context, violations);
  return Error(context.model.validation, violations.message());
}

const Member* stream_member(const Shape& shape) {
  for (const Member& member : shape.members) {
    if (member.shape->kind == Kind::stream) return &member;
  }
  return nullptr;
}

}  // namespace tarn::aws
