#include "aws/form.h"

#include <charconv>
#include <map>
#include <memory>

#include "aws/query_names.h"
#include "aws/xml.h"
#include "base/encoding.h"

namespace tarn::aws::form {
namespace {

constexpr std::size_t kMaxParameters = 10'000;
constexpr std::size_t kMaxDepth = 24;
constexpr std::size_t kMaxIndex = 10'000;

// The parameters as a tree: "Tags.member.1.Key" is four steps.
struct Node {
  const std::string* value = nullptr;
  std::map<std::string, Node, std::less<>> children;
};

Node tree_of(const Parameters& parameters) {
  Node root;
  for (const auto& [name, value] : parameters) {
    Node* at = &root;
    std::string_view rest = name;
    std::size_t depth = 0;
    while (true) {
      if (++depth > kMaxDepth) throw Malformed("A parameter's name has too many parts");
      const std::size_t dot = rest.find('.');
      at = &at->children[std::string(rest.substr(0, dot))];
      if (dot == std::string_view::npos) break;
      rest.remove_prefix(dot + 1);
    }
    if (!at->value) at->value = &value;
  }
  return root;
}

// The children named by numbers, in the order of these.
std::map<std::size_t, const Node*> numbered(const Node& node) {
  std::map<std::size_t, const Node*> items;
  for (const auto& [name, child] : node.children) {
    std::size_t index = 0;
    const auto result = std::from_chars(name.data(), name.data() + name.size(), index);
    if (result.ec != std::errc() || result.ptr != name.data() + name.size() || index == 0 || index > kMaxIndex)
      continue;
    items.emplace(index, &child);
  }
  return items;
}

const Node* child_of(const Node& node, std::string_view name) {
  const auto found = node.children.find(name);
  return found == node.children.end() ? nullptr : &found->second;
}

void read_value(const Shape& shape, void* value, const Node& node, TimeFormat time, bool flattened, const Path& path,
                Reading& reading);

void read_structure(const Shape& shape, void* object, const Node& node, const Path* path, Reading& reading) {
  Seen seen;
  for (const Member& member : shape.members) {
    const Node* child = child_of(node, member.flattened ? flattened_name(member) : member.wire);
    if (!child) continue;
    const Path at{.parent = path, .name = member.name};
    if (!path) reading.member = &member;
    seen.mark(shape, member);
    read_value(*member.shape, make_member(member, object), *child, time_format(member, TimeFormat::iso8601),
               member.flattened, at, reading);
  }
  if (!path) reading.member = nullptr;
  seen.report(shape, path, reading, false);
}

void read_value(const Shape& shape, void* value, const Node& node, TimeFormat time, bool flattened, const Path& path,
                Reading& reading) {
  switch (shape.kind) {
    case Kind::structure:
      return read_structure(shape, value, node, &path, reading);
    case Kind::list: {
      // An empty list is sent as the bare name.
      const Node* items = flattened ? &node : child_of(node, shape.element_wire);
      if (!items) return;
      std::size_t index = 0;
      for (const auto& [number, item] : numbered(*items)) {
        const Path at{.parent = &path, .name = {}, .index = ++index};
        read_value(*shape.element, shape.list->append(value), *item, time_format(*shape.element, TimeFormat::iso8601),
                   false, at, reading);
      }
      return;
    }
    case Kind::map: {
      const Node* entries = flattened ? &node : child_of(node, "entry");
      if (!entries) return;
      for (const auto& [number, entry] : numbered(*entries)) {
        const Node* key = child_of(*entry, shape.key_wire);
        const Node* item = child_of(*entry, shape.element_wire);
        if (!key || !key->value || !item) throw Malformed("A map's entry needs a key and a value", reading.member);
        const Path at{.parent = &path, .name = *key->value};
        read_value(*shape.element, shape.map->put(value, *key->value), *item,
                   time_format(*shape.element, TimeFormat::iso8601), false, at, reading);
      }
      return;
    }
    case Kind::stream:
      return;
    default:
      if (!node.value) throw Malformed("A structure was found where a value is expected, at '" + path.text() + "'");
      set_text(shape, value, *node.value, time, path, reading);
  }
}

// Query services' names for the errors of signatures, which are worded as S3's.
struct Spelling {
  std::string_view from;
  ErrorCode to;
};
constexpr Spelling kSpellings[] = {
    {"InvalidAccessKeyId", {"InvalidClientTokenId", 403}},
    {"InvalidToken", {"InvalidClientTokenId", 403}},
    {"RequestTimeTooSkewed", {"SignatureDoesNotMatch", 403}},
    {"XAmzContentSHA256Mismatch", {"SignatureDoesNotMatch", 403}},
    {"AuthorizationHeaderMalformed", {"IncompleteSignature", 400}},
    {"AuthorizationQueryParametersError", {"IncompleteSignature", 400}},
    {"ExpiredToken", {"ExpiredToken", 403}},
};

}  // namespace

std::optional<Parameters> parse(std::string_view text) {
  Parameters parameters;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    auto name = uri_decode(part.substr(0, equals), true);
    auto value = uri_decode(equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1), true);
    if (!name || !value || parameters.size() == kMaxParameters) return std::nullopt;
    parameters.emplace_back(std::move(*name), std::move(*value));
  }
  return parameters;
}

void read(const Operation& operation, const Inbound& inbound, void* request, Reading& reading) {
  read_structure(*operation.input, request, tree_of(inbound.form), nullptr, reading);
}

http::Response write(const ReplyContext& context, void* output) {
  const Operation& operation = *context.operation;
  XmlWriter xml;
  xml.open(std::string(operation.name) + "Response", context.model.xml_namespace);
  // A model whose first protocol is another has lost the wrapper's name.
  const bool lost = context.model.protocol != Protocol::query;
  const std::string wrapper = lost ? std::string(operation.name) + "Result" : std::string(operation.result_wrapper);
  if (!wrapper.empty()) xml.open(wrapper);
  write_xml_members(xml, *operation.output, output, false);
  if (!wrapper.empty()) xml.close();
  xml.open("ResponseMetadata").element("RequestId", context.request_id);
  http::Response response;
  response.text = std::move(xml).finish();
  response.headers.add("Content-Type", "text/xml");
  return response;
}

http::Response error(const ReplyContext& context, const Error& error) {
  ErrorCode code = error.code();
  for (const Spelling& spelling : kSpellings) {
    if (spelling.from == code.name) code = spelling.to;
  }
  if (const auto own = query_error(context.model, code.name)) code = *own;
  http::Response response;
  response.status = code.status;
  response.headers.add("Content-Type", "text/xml");
  if (context.head) return response;
  XmlWriter xml;
  xml.open("ErrorResponse", context.model.xml_namespace);
  xml.open("Error").element("Type", code.status >= 500 ? "Receiver" : "Sender").element("Code", code.name);
  xml.element("Message", error.message());
  for (const auto& [name, value] : error.details()) xml.element(name, value);
  xml.close().element("RequestId", context.request_id);
  response.text = std::move(xml).finish();
  return response;
}

Error malformed(const ReplyContext&, const Malformed& malformed) {
  return Error(ErrorCode{"MalformedInput", 400}, malformed.text);
}

}  // namespace tarn::aws::form
