#include "aws/rest.h"

#include <memory>

#include "aws/types.h"
#include "base/encoding.h"

namespace tarn::aws {
namespace {

bool is_date_condition(const Member& member) {
  return member.wire.starts_with("If-");
}

// A list in a header: "a, b". Quotes are not used by any API served.
void read_list(const Member& member, void* list, std::string_view text, Reading& reading) {
  const Path path{.parent = nullptr, .name = member.name};
  std::size_t index = 0;
  while (!text.empty()) {
    const std::string_view item = trim(text.substr(0, text.find(',')));
    text.remove_prefix(
        std::min(text.size(), text.find(',') == std::string_view::npos ? text.size() : text.find(',') + 1));
    if (item.empty()) continue;
    set_text(*member.shape->element, member.shape->list->append(list), item,
             time_format(*member.shape->element, TimeFormat::rfc822), Path{.parent = &path, .index = ++index}, reading);
  }
}

// aws-chunked is how the body was signed, not what the object is; it is gone once the signature has been checked. The
// others stay as they were written.
std::string without_aws_chunked(std::string_view text) {
  std::string kept;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    if (equal_ignoring_case(trim(item), "aws-chunked") || trim(item).empty()) continue;
    if (!kept.empty()) kept += ',';
    kept += item;
  }
  return std::string(trim(kept));
}

void read_header(const Member& member, void* request, std::string_view text, Reading& reading) {
  if (member.wire == "Content-Encoding") {
    const std::string kept = without_aws_chunked(text);
    if (!kept.empty()) static_cast<std::string*>(make_member(member, request))->assign(kept);
    return;
  }
  if (member.shape->kind == Kind::list) return read_list(member, make_member(member, request), text, reading);
  if (member.shape->kind == Kind::timestamp && is_date_condition(member) && !parse_http_date(text) &&
      !parse_iso8601(text)) {
    return;  // RFC 9110 13.1.3: a condition that is no date is as if it were not there.
  }
  set_text(*member.shape, make_member(member, request), text, time_format(member, TimeFormat::rfc822),
           Path{.parent = nullptr, .name = member.name}, reading);
}

bool read_prefixed_headers(const Member& member, void* request, const http::Request& http) {
  void* map = nullptr;
  for (const http::Field& field : http.headers) {
    if (field.name.size() < member.wire.size()) continue;
    if (!equal_ignoring_case(field.name.substr(0, member.wire.size()), member.wire)) continue;
    if (!map) map = make_member(member, request);
    const std::string key = to_lower(field.name.substr(member.wire.size()));
    auto& value = *static_cast<std::string*>(member.shape->map->put(map, key));
    // The same header twice is one value with a comma, as HTTP says and S3 does.
    if (value.empty()) {
      value.assign(field.value);
    } else {
      value.append(",").append(field.value);
    }
  }
  return map != nullptr;
}

bool read_query(const Member& member, void* request, const http::Request& http, Reading& reading) {
  void* made = nullptr;
  const Path path{.parent = nullptr, .name = member.name};
  for (const http::Field& field : http.query) {
    if (field.name != member.wire) continue;
    if (member.shape->kind == Kind::list) {
      if (!made) made = make_member(member, request);
      const std::size_t index = member.shape->list->size(made) + 1;
      set_text(*member.shape->element, member.shape->list->append(made), field.value,
               time_format(*member.shape->element, TimeFormat::iso8601),
               Path{.parent = &path, .name = {}, .index = index}, reading);
    } else if (!made) {
      // An empty parameter is an absent one unless it is text.
      if (field.value.empty() && member.shape->kind != Kind::text) return false;
      made = make_member(member, request);
      set_text(*member.shape, made, field.value, time_format(member, TimeFormat::iso8601), path, reading);
    }
  }
  return made != nullptr;
}

void read_query_map(const Shape& shape, const Member& member, void* request, const http::Request& http) {
  void* map = nullptr;
  for (const http::Field& field : http.query) {
    bool taken = false;
    for (const Member& other : shape.members) {
      taken = taken || (other.location == Location::query && other.wire == field.name);
    }
    if (taken) continue;
    if (!map) map = make_member(member, request);
    void* value = member.shape->map->put(map, std::string(field.name));
    if (member.shape->element->kind == Kind::list) value = member.shape->element->list->append(value);
    static_cast<std::string*>(value)->assign(field.value);
  }
}

bool read_payload(const Member& member, void* request, const Inbound& inbound) {
  if (member.shape->kind != Kind::text && member.shape->kind != Kind::blob && member.shape->kind != Kind::json) {
    return false;
  }
  if (inbound.body.empty() && !member.required) return false;
  void* value = make_member(member, request);
  if (member.shape->kind == Kind::json) {
    static_cast<Json*>(value)->text.assign(inbound.body);
  } else {
    static_cast<std::string*>(value)->assign(inbound.body);
  }
  return true;
}

void write_header(const Member& member, const void* value, http::Response& response) {
  if (member.wire == "Content-Length") {
    response.length = static_cast<std::uint64_t>(*static_cast<const std::int64_t*>(value));
    return;
  }
  if (member.shape->kind == Kind::list) {
    std::string text;
    for (std::size_t i = 0; i < member.shape->list->size(value); ++i) {
      text += (i ? ", " : "") + text_of(*member.shape->element, member.shape->list->at(value, i), TimeFormat::rfc822);
    }
    response.headers.add(member.wire, text);
    return;
  }
  response.headers.add(member.wire, text_of(*member.shape, value, time_format(member, TimeFormat::rfc822)));
}

struct HeaderSink {
  const Member& member;
  http::Response& response;
};

void write_prefixed_headers(const Member& member, const void* map, http::Response& response) {
  HeaderSink sink{member, response};
  member.shape->map->each(map, &sink, [](void* to, const std::string& key, const void* value) {
    const auto& [at, into] = *static_cast<HeaderSink*>(to);
    into.headers.add(std::string(at.wire) + key, *static_cast<const std::string*>(value));
  });
}

}  // namespace

void read_bindings(const Shape& shape, void* request, const Inbound& inbound, Reading& reading) {
  Seen seen;
  for (const Member& member : shape.members) {
    reading.member = &member;
    switch (member.location) {
      case Location::uri:
        for (const Label& label : inbound.labels) {
          if (label.name != member.wire) continue;
          seen.mark(shape, member);
          set_text(*member.shape, make_member(member, request), label.value, time_format(member, TimeFormat::iso8601),
                   Path{.parent = nullptr, .name = member.name}, reading);
        }
        break;
      case Location::header:
        if (const auto text = inbound.http.header(member.wire)) {
          // What is sent empty is absent, except for text that may be so.
          if (text->empty() && member.shape->kind != Kind::text) break;
          seen.mark(shape, member);
          read_header(member, request, *text, reading);
        }
        break;
      case Location::headers:
        if (read_prefixed_headers(member, request, inbound.http)) seen.mark(shape, member);
        break;
      case Location::query:
        if (read_query(member, request, inbound.http, reading)) seen.mark(shape, member);
        break;
      case Location::query_map:
        read_query_map(shape, member, request, inbound.http);
        break;
      case Location::payload:
        if (read_payload(member, request, inbound)) seen.mark(shape, member);
        break;
      case Location::body:
      case Location::status:
        break;
    }
  }
  reading.member = nullptr;
  for (const Member& member : shape.members) {
    const bool here = member.location == Location::uri || member.location == Location::header ||
                      member.location == Location::query || member.location == Location::headers;
    if (!member.required || !here || seen.has(shape, member)) continue;
    reading.member = &member;
    reading.missing(Path{.parent = nullptr, .name = member.name});
  }
  reading.member = nullptr;
}

BodyToWrite write_bindings(const Operation& operation, void* output, http::Response& response) {
  const Shape& shape = *operation.output;
  response.status = operation.status;
  if (shape.status_offset >= 0) {
    const auto& given =
        *reinterpret_cast<const std::optional<int>*>(static_cast<const char*>(output) + shape.status_offset);
    if (given) response.status = *given;
  }
  BodyToWrite body;
  bool has_payload = false;
  for (const Member& member : shape.members) {
    if (member.shape->kind == Kind::stream) {
      has_payload = true;
      response.stream = std::move(*static_cast<std::unique_ptr<ByteStream>*>(make_member(member, output)));
      continue;
    }
    const void* value = member_value(member, output);
    switch (member.location) {
      case Location::header:
        if (value) write_header(member, value, response);
        break;
      case Location::headers:
        if (value) write_prefixed_headers(member, value, response);
        break;
      case Location::status:
        if (value) response.status = *static_cast<const std::int32_t*>(value);
        break;
      case Location::payload:
        has_payload = true;
        if (!value) break;
        if (member.shape->kind == Kind::structure) {
          body.payload = &member;
          body.payload_value = value;
        } else {
          response.text = member.shape->kind == Kind::json ? static_cast<const Json*>(value)->text
                                                           : *static_cast<const std::string*>(value);
        }
        break;
      case Location::body:
        body.members = true;
        break;
      case Location::uri:
      case Location::query:
      case Location::query_map:
        break;
    }
  }
  if (has_payload) body.members = false;
  return body;
}

}  // namespace tarn::aws
