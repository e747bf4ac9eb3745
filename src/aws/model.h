// The tables that an API's model becomes, and by which the protocols read and write its structs.
//
// tools/codegen writes them as constants: a Shape for each type, a Member for each field with where it lies in the C++
// struct and where it travels in a message. An interpreter walks a struct as (const Shape&, void*) and needs no code of
// its own for any operation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tarn::aws {

class Pattern;

// What a shape is, and so which C++ type lies at the address:
enum class Kind : std::uint8_t {
  boolean,      // bool
  int32,        // std::int32_t
  int64,        // std::int64_t
  float32,      // float
  float64,      // double
  text,         // std::string
  enumeration,  // enum class … : std::uint16_t, an index into Shape::values
  timestamp,    // tarn::Timestamp
  blob,         // std::string
  json,         // aws::Json: a document that nothing acts on
  structure,    // the generated struct
  list,         // std::vector<element>
  map,          // std::map<std::string, element>
  stream,       // std::unique_ptr<ByteStream>
};

// Where a member travels. `body` is the protocol's own document.
enum class Location : std::uint8_t { body, header, headers, query, query_map, uri, status, payload };

enum class TimeFormat : std::uint8_t { standard, iso8601, unix_seconds, rfc822 };

// How an interpreter handles the C++ type of a list, a map or an optional member.
struct ListAccess {
  std::size_t (*size)(const void* list);
  const void* (*at)(const void* list, std::size_t index);
  void* (*append)(void* list);
};
struct MapAccess {
  std::size_t (*size)(const void* map);
  void (*each)(const void* map, void* sink, void (*visit)(void* sink, const std::string& key, const void* value));
  void* (*put)(void* map, std::string key);
};
struct SlotAccess {
  const void* (*get)(const void* slot);  // Null when absent.
  void* (*make)(void* slot);             // A fresh value.
};

struct Shape;

struct Member {
  std::string_view name;  // As the model spells it: JSON's name, and what messages say.
  std::string_view wire;  // The XML element, header, query key or URI label.
  const Shape* shape;
  std::uint32_t offset;
  const SlotAccess* slot = nullptr;  // Null: the value itself lies there.
  Location location = Location::body;
  TimeFormat time = TimeFormat::standard;
  bool required = false;
  bool flattened = false;
  bool xml_attribute = false;
  bool idempotency_token = false;
  std::string_view xml_namespace = {};
};

inline constexpr std::int64_t kNoMin = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t kNoMax = std::numeric_limits<std::int64_t>::max();

struct Shape {
  std::string_view name;
  Kind kind;
  // Of a number its value, of everything else its length.
  std::int64_t min = kNoMin;
  std::int64_t max = kNoMax;
  const Pattern* pattern = nullptr;
  // Of an enumeration, in the order of the enum class; of a text, what it is restricted to (an enum used as a key).
  std::span<const std::string_view> values = {};
  std::span<const Member> members = {};
  const Shape* element = nullptr;  // A list's, or a map's value.
  const Shape* key = nullptr;
  std::string_view element_wire = {};  // The XML name of a list's elements ("member") or of a map's values ("value").
  std::string_view key_wire = {};
  const ListAccess* list = nullptr;
  const MapAccess* map = nullptr;
  TimeFormat time = TimeFormat::standard;
  bool flattened = false;
  bool is_union = false;
  bool sensitive = false;
  // The namespace of the element and its prefix, such as xsi, where the model names one.
  std::string_view xml_namespace = {};
  std::string_view xml_prefix = {};
  // Operations' own structs, which are made and ended without their type.
  void* (*create)() = nullptr;
  void (*destroy)(void*) = nullptr;
  // Where an output struct of a REST protocol keeps its status override: std::optional<int> http_status.
  std::int32_t status_offset = -1;
};

enum class Protocol : std::uint8_t { rest_xml, query, json, rest_json, rpc_cbor };

// `s3:GetObjectVersion`, asked for only if `condition` is (or with `absent`, is not) in the request.
struct ActionRule {
  std::string_view action;
  std::string_view condition = {};
  bool absent = false;
};

// A condition key that gets its value from the request: `s3:prefix` from `{Prefix}`.
struct KeyRule {
  std::string_view key;
  std::string_view value;
};

// Where a query string or header is part of an operation's address: PUT /bucket/key?partNumber&uploadId.
struct Requirement {
  enum class In : std::uint8_t { query, header } in;
  std::string_view name;
  std::string_view value = {};  // Empty: any.
};

// One line of operations.txt joined with the model's operation.
struct Operation {
  std::string_view name;
  std::string_view method;
  std::string_view uri;  // Without its query string.
  const Shape* input = nullptr;
  const Shape* output = nullptr;
  std::string_view result_wrapper = {};  // Query protocol.
  std::string_view input_root = {};      // The XML element of the request's body; empty: any.
  std::string_view output_root = {};
  std::span<const ActionRule> actions = {};
  std::span<const std::string_view> resources = {};  // Templates; all of them must be allowed.
  std::span<const KeyRule> keys = {};
  bool write = false;
  bool data = false;       // A data event, not a management event, of the audit.
  bool anonymous = false;  // May be called unsigned.
  bool form = false;       // Its members and its stream come as a browser's form (post_form.h).
  bool listed = false;     // In operations.txt, so that it has a handler.
  bool bare_root = false;  // The output's only member is the root's text (GetBucketLocation).
  std::uint64_t body_limit = 0;
  std::span<const Requirement> requirements = {};
  int status = 200;  // Of success.
  // Its body must come with a digest of itself.
  bool checksum_required = false;
};

// An API.
struct Model {
  std::string_view name;          // The folder: "sagemaker-runtime".
  std::string_view signing_name;  // The service of a credential scope.
  std::string_view target_prefix;
  std::string_view endpoint_prefix;  // The first label of the service's own host.
  std::string_view version;
  std::string_view xml_namespace;
  std::string_view cbor_name;  // The service in rpc-v2-cbor's path.
  Protocol protocol;
  bool speaks_query = false;  // As well as its first protocol.
  bool speaks_json = false;
  bool speaks_cbor = false;
  std::string_view json_version = "1.1";
  ErrorCode validation;  // What a violated constraint is called.
  std::span<const Operation> operations;
};

}  // namespace tarn::aws
