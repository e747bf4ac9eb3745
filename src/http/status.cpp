#include "http/status.h"

#include <array>

namespace tarn::http {
namespace {

struct Named {
  int status;
  const char* reason;
};

constexpr Named named[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {424, "Failed Dependency"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
    {529, "Site Overloaded"},
    {530, "Model Error"},
};

}  // namespace

std::string_view status_line(int status) {
  // Made once; a status outside is a handler's fault and becomes a 500.
  static const auto lines = [] {
    std::array<std::string, 600> all;
    for (int number = 100; number < 600; ++number) all[number] = std::to_string(number) + " ";
    for (const auto& [number, reason] : named) all[number] += reason;
    return all;
  }();
  return lines[status >= 100 && status < 600 ? status : 500];
}

}  // namespace tarn::http
