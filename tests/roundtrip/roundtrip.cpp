// Between botocore and the structs: reads one JSON object a line and answers each with one.
//
//   {"request": {method, target, headers, body}}      routed, read into its struct, told as JSON by its tables
//   {"reply": {service, operation, output}}           the struct made of that JSON, written as its protocol does
//   {"patterns": true}                                the patterns that PCRE2 does not take
// Bodies and streams are base64. The JSON of a struct goes by wire names, wherever a member travels.
#include <simdjson.h>

#include <iostream>
#include <set>

#include "aws/body.h"
#include "aws/form.h"
#include "aws/json.h"
#include "aws/pattern.h"
#include "aws/protocol.h"
#include "aws/router.h"
#include "aws/test_request.h"
#include "base/encoding.h"
#include "roundtrip_models.h"

namespace tarn::aws {
namespace {

using simdjson::dom::element;

std::string text_at(element object, std::string_view name) {
  return std::string(std::string_view(object[name].get_string()));
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += out.size() > 1 ? "," : "";
  append_json_string(out, name);
  out += ':';
  append_json_string(out, value);
}

// The struct as JSON; its stream, if it has one, is the request's body.
std::string told(const Shape& shape, const void* object, const std::string& body) {
  std::string text = write_json(shape, object, Members::all);
  if (const Member* stream = stream_member(shape)) {
    text.pop_back();
    text += text.size() > 1 ? "," : "";
    append_json_string(text, stream->wire);
    text += ':';
    append_json_string(text, to_base64(as_bytes(body)));
    text += '}';
  }
  return text;
}

std::string answer_request(const Router& router, element wanted) {
  TestRequest request(text_at(wanted, "method"), text_at(wanted, "target"));
  for (const element header : wanted["headers"].get_array()) {
    request.header(std::string_view(header.at(0).get_string()), std::string_view(header.at(1).get_string()));
  }
  const std::string body = *from_base64(text_at(wanted, "body"));
  request.body(body);
  const Route route = router.route(request, {}, has_action_form(request) ? body : std::string());
  if (!route.operation) return R"({"error": "no route"})";
  Object object(*route.operation->input);
  Reading reading;
  try {
    read_request(*route.model, route.protocol, *route.operation,
                 {.http = request.get(), .labels = route.labels, .body = body, .form = route.form}, object.get(),
                 reading);
  } catch (const Malformed& malformed) {
    std::string out = "{";
    append_field(out, "error", malformed.text);
    return out + "}";
  }
  std::string out = "{";
  append_field(out, "service", route.model->name);
  append_field(out, "operation", route.operation->name);
  append_field(out, "violations", reading.violations.empty() ? "" : reading.violations.message());
  return out + ",\"input\":" + told(*route.operation->input, object.get(), body) + "}";
}

Protocol protocol_named(std::string_view name) {
  if (name == "rest-xml") return Protocol::rest_xml;
  if (name == "rest-json") return Protocol::rest_json;
  if (name == "query") return Protocol::query;
  return name == "json" ? Protocol::json : Protocol::rpc_cbor;
}

const Model* model_named(std::string_view name) {
  for (const Model* model : roundtrip_models()) {
    if (model->name == name) return model;
  }
  return nullptr;
}

std::string answer_reply(element wanted) {
  const Model& model = *model_named(text_at(wanted, "service"));
  const Operation* operation = nullptr;
  for (const Operation& each : model.operations) {
    if (each.name == text_at(wanted, "operation")) operation = &each;
  }
  Object output(*operation->output);
  Reading reading;
  read_json(*operation->output, output.get(), simdjson::minify(wanted["output"].value()), reading, Members::all);
  if (const Member* stream = stream_member(*operation->output)) {
    std::string_view text;
    if (!wanted["output"][stream->wire].get_string().get(text)) {
      *static_cast<std::unique_ptr<ByteStream>*>(make_member(*stream, output.get())) = text_stream(*from_base64(text));
    }
  }
  http::Response response = write_reply({.model = model,
                                         .protocol = protocol_named(text_at(wanted, "protocol")),
                                         .operation = operation,
                                         .request_id = "id-1"},
                                        output.get());
  if (response.stream) response.text = *sync_wait(read_all(response.stream.get(), 1 << 20));
  std::string out = "{";
  append_field(out, "headers", response.headers.wire());
  append_field(out, "body", to_base64(as_bytes(response.text)));
  append_field(out, "violations", reading.violations.empty() ? "" : reading.violations.message());
  if (response.length) append_field(out, "length", std::to_string(*response.length));
  return out + ",\"status\":" + std::to_string(response.status) + "}";
}

void collect_patterns(const Shape& shape, std::set<const Shape*>& seen, std::set<std::string>& broken) {
  if (!seen.insert(&shape).second) return;
  if (shape.pattern && !shape.pattern->compiles()) broken.insert(std::string(shape.pattern->text()));
  for (const Member& member : shape.members) collect_patterns(*member.shape, seen, broken);
  if (shape.element) collect_patterns(*shape.element, seen, broken);
  if (shape.key) collect_patterns(*shape.key, seen, broken);
}

std::string answer_patterns() {
  std::set<const Shape*> seen;
  std::set<std::string> broken;
  for (const Model* model : roundtrip_models()) {
    for (const Operation& operation : model->operations) {
      if (operation.input) collect_patterns(*operation.input, seen, broken);
    }
  }
  std::string out = "{\"shapes\":" + std::to_string(seen.size()) + ",\"broken\":[";
  for (const std::string& pattern : broken) {
    if (out.back() != '[') out += ',';
    append_json_string(out, pattern);
  }
  return out + "]}";
}

int run() {
  Router router;
  for (const Model* model : roundtrip_models()) router.add(*model);
  simdjson::dom::parser parser;
  for (std::string line; std::getline(std::cin, line);) {
    const element wanted = parser.parse(line);
    element part;
    if (!wanted["request"].get(part)) {
      std::cout << answer_request(router, part) << std::endl;
    } else if (!wanted["reply"].get(part)) {
      std::cout << answer_reply(part) << std::endl;
    } else {
      std::cout << answer_patterns() << std::endl;
    }
  }
  return 0;
}

}  // namespace
}  // namespace tarn::aws

int main() {
  return tarn::aws::run();
}
