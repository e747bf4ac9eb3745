#include "aws/rest_xml.h"

#include "aws/rest.h"
#include "aws/xml.h"

namespace tarn::aws::rest_xml {
namespace {

constexpr ErrorCode kMalformedXml{"MalformedXML", 400};
constexpr ErrorCode kInvalidArgument{"InvalidArgument", 400};
constexpr ErrorCode kMissingRequestBody{"MissingRequestBodyError", 400};
constexpr std::string_view kMalformedText =
    "The XML you provided was not well-formed or did not validate against our published schema";

// Enumerations that S3 refuses by a name of their own.
struct OwnError {
  std::string_view shape;
  ErrorCode code;
  std::string_view message;
};
constexpr OwnError kOwnErrors[] = {
    {"StorageClass", {"InvalidStorageClass", 400}, "The storage class you specified is not valid"},
    {"ServerSideEncryption",
     {"InvalidEncryptionAlgorithmError", 400},
     "The encryption request you specified is not valid. The valid value is AES256."},
    {"ObjectLockMode", {"InvalidArgument", 400}, "Unknown wormMode directive."},
};

bool in_body(const Member* member) {
  return !member || member->location == Location::body || member->location == Location::payload;
}

// S3's own words for errors that every service has.
std::string_view s3_name(const Error& error) {
  if (error.code() == errors::internal_failure) return "InternalError";
  return error.code().name;
}

}  // namespace

void read(const Operation& operation, const Inbound& inbound, void* request, Reading& reading) {
  const Shape& shape = *operation.input;
  read_bindings(shape, request, inbound, reading);
  bool has_body_members = false;
  for (const Member& member : shape.members) {
    if (member.location == Location::body && member.shape->kind != Kind::stream) has_body_members = true;
    if (member.location != Location::payload || member.shape->kind != Kind::structure) continue;
    if (inbound.body.empty()) {
      if (member.required) throw Error(kMissingRequestBody, "Request Body is empty");
      return;
    }
    const Path path{.parent = nullptr, .name = member.name};
    reading.member = &member;
    read_xml(*member.shape, make_member(member, request), inbound.body, member.wire, &path, false, reading);
    reading.member = nullptr;
    return;
  }
  if (has_body_members && !inbound.body.empty()) {
    read_xml(shape, request, inbound.body, operation.input_root, nullptr, true, reading);
  }
}

http::Response write(const ReplyContext& context, void* output) {
  http::Response response;
  const Operation& operation = *context.operation;
  const BodyToWrite body = write_bindings(operation, output, response);
  if (!body.payload && !body.members) return response;
  XmlWriter xml;
  if (body.payload) {
    const Member& member = *body.payload;
    // The answer to a browser's form has no namespace.
    const std::string_view common = operation.form ? std::string_view() : context.model.xml_namespace;
    xml.open(member.wire, member.xml_namespace.empty() ? common : member.xml_namespace);
    write_xml_members(xml, *member.shape, body.payload_value, false);
  } else if (operation.bare_root) {
    xml.open(operation.output_root, context.model.xml_namespace);
    for (const Member& member : operation.output->members) {
      const void* value = member_value(member, output);
      if (value) xml.text(text_of(*member.shape, value, time_format(member, TimeFormat::iso8601)));
    }
  } else {
    xml.open(operation.output_root, context.model.xml_namespace);
    write_xml_members(xml, *operation.output, output, true);
  }
  response.text = std::move(xml).finish();
  if (!response.headers.contains("Content-Type")) response.headers.add("Content-Type", "application/xml");
  return response;
}

http::Response error(const ReplyContext& context, const Error& error) {
  http::Response response;
  response.status = error.code().status;
  if (response.status == 304 || response.status == 204) return response;
  if (context.head) return response;
  const bool s3 = context.model.name == "s3";
  XmlWriter xml;
  if (!s3) xml.open("ErrorResponse", context.model.xml_namespace);
  xml.open("Error").element("Code", s3_name(error)).element("Message", error.message());
  // S3 tells paths; ARNs are for the audit.
  const bool path = !error.resource().empty() && !(s3 && error.resource().starts_with("arn:"));
  const std::string_view resource = path ? std::string_view(error.resource()) : context.resource;
  if (!resource.empty()) xml.element("Resource", resource);
  for (const auto& [name, value] : error.details()) xml.element(name, value);
  if (!s3) xml.close();
  xml.element("RequestId", context.request_id);
  if (s3) xml.element("HostId", context.request_id);
  response.text = std::move(xml).finish();
  response.headers.add("Content-Type", "application/xml");
  return response;
}

Error malformed(const ReplyContext&, const Malformed& malformed) {
  if (in_body(malformed.member)) return Error(kMalformedXml, std::string(kMalformedText));
  return Error(kInvalidArgument, malformed.text)
      .with("ArgumentName", std::string(malformed.member->wire))
      .with("ArgumentValue", malformed.given);
}

Error violation(const ReplyContext&, const Violations& violations) {
  const Violations::Entry& first = violations.entries().front();
  if (in_body(first.member)) return Error(kMalformedXml, std::string(kMalformedText));
  for (const OwnError& own : kOwnErrors) {
    if (first.shape && first.shape->name == own.shape) return Error(own.code, std::string(own.message));
  }
  return Error(kInvalidArgument, violations.message()).with("ArgumentName", std::string(first.member->wire));
}

}  // namespace tarn::aws::rest_xml
