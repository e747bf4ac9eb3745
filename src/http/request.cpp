#include <charconv>

#include "base/encoding.h"
#include "http/http.h"
#include "http/parse.h"

namespace tarn::http {
namespace {

// Of a response's headers: so that they seldom grow twice.
constexpr std::size_t usual_bytes = 480;

}  // namespace

std::optional<std::string_view> Request::header(std::string_view name) const {
  for (const Field& field : headers) {
    if (field.name.size() == name.size() && equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::optional<std::string_view> Request::parameter(std::string_view name) const {
  for (const Field& field : query) {
    if (field.name == name) return field.value;
  }
  return std::nullopt;
}

void ResponseHeaders::add(std::string_view name, std::string_view value) {
  if (wire_.empty()) wire_.reserve(usual_bytes);
  wire_.append(name).append(": ");
  const std::size_t start = wire_.size();
  wire_.append(value).append("\r\n");
  if (!has_controls(value)) return;
  for (std::size_t i = start; i < start + value.size(); ++i) {
    if (wire_[i] == '\r' || wire_[i] == '\n' || wire_[i] == '\0') wire_[i] = ' ';
  }
}

void ResponseHeaders::add(std::string_view name, std::uint64_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  add(name, std::string_view(digits, end));
}

std::optional<std::string_view> ResponseHeaders::find(std::string_view name) const {
  for (std::string_view rest = wire_; !rest.empty();) {
    const std::size_t end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    const std::size_t colon = line.find(": ");
    if (equal_ignoring_case(line.substr(0, colon), name)) return line.substr(colon + 2);
  }
  return std::nullopt;
}

int Refusal::status() const {
  switch (reason) {
    case Reason::bad_request:
    case Reason::invalid_uri:
      return 400;
    case Reason::request_timeout:
      return 408;
    case Reason::uri_too_long:
      return 414;
    case Reason::headers_too_large:
      return 431;
    case Reason::internal_failure:
      return 500;
    case Reason::not_implemented:
      return 501;
    case Reason::service_unavailable:
      return 503;
    case Reason::version_not_supported:
      return 505;
  }
  return 500;
}

Response Handler::refuse(const Refusal& refusal) {
  Response response;
  response.status = refusal.status();
  response.headers.add("Content-Type", "text/plain");
  response.text.append(refusal.message).append("\n");
  return response;
}

}  // namespace tarn::http
