#include "http/parse.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/encoding.h"

namespace tarn::http {
namespace {

using Reason = Refusal::Reason;

constexpr std::size_t max_method_bytes = 32;
constexpr std::size_t max_size_line_bytes = 256;
constexpr std::size_t max_trailer_bytes = 8 << 10;

// RFC 9110's tchar.
constexpr auto token_characters = [] {
  std::array<bool, 256> table{};
  for (unsigned char c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned char c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (unsigned char c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_token(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return token_characters[static_cast<unsigned char>(c)]; });
}

// Printable, or beyond ASCII: some clients send UTF-8 unescaped. A fragment never travels.
bool is_target_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7f && byte != '#';
  });
}

bool is_field_value(std::string_view text) {
  return !has_controls(text) || std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
  });
}

// A name or address with an optional port; not more closely looked at, but nothing that could end a header or a path.
bool is_host(std::string_view text) {
  return text.size() <= 512 && std::ranges::all_of(text, [](char c) {
           return token_characters[static_cast<unsigned char>(c)] || c == ':' || c == '[' || c == ']';
         });
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Appends the decoded text to `out`; false for a broken escape.
bool append_decoded(std::string_view text, bool plus_is_blank, std::string& out) {
  if (!text.contains('%') && !(plus_is_blank && text.contains('+'))) {
    out.append(text);
    return true;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return false;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return false;
      out += static_cast<char>(high << 4 | low);
      i += 2;
    } else {
      out += text[i] == '+' && plus_is_blank ? ' ' : text[i];
    }
  }
  return true;
}

Refusal bad(std::string_view message) {
  return {Reason::bad_request, message};
}

constexpr Refusal line_too_long{Reason::uri_too_long, "The request line is too long."};
constexpr Refusal bad_uri{Reason::invalid_uri, "The request target cannot be parsed."};

// Splits off what stands before `separator`, which is dropped too; all of it when there is none.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view front = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return front;
}

bool parse_query(Request& request) {
  // Reserved at once: the parameters are views into it.
  request.decoded.clear();
  request.decoded.reserve(request.raw_query.size());
  const auto decode = [&](std::string_view text, std::string_view& out) {
    if (text.find_first_of("%+") == std::string_view::npos) return out = text, true;
    const std::size_t start = request.decoded.size();
    if (!append_decoded(text, true, request.decoded)) return false;
    out = std::string_view(request.decoded).substr(start);
    return true;
  };
  for (std::string_view rest = request.raw_query; !rest.empty();) {
    std::string_view value = take_until(rest, '&');
    if (value.empty()) continue;
    const std::string_view name = take_until(value, '=');
    Field& field = request.query.emplace_back();
    if (!decode(name, field.name) || !decode(value, field.value)) return false;
  }
  return true;
}

std::optional<Refusal> parse_target(std::string_view target, Request& request) {
  if (!is_target_text(target)) return bad_uri;
  if (target.starts_with("http://") || target.starts_with("https://")) {
    target.remove_prefix(target.find("//") + 2);
    const std::size_t path = std::min(target.find_first_of("/?"), target.size());
    request.host = target.substr(0, path);
    if (request.host.empty() || !is_host(request.host)) return bad_uri;
    target.remove_prefix(path);
    if (target.empty()) target = "/";
    // "http://host?query" has an empty path, which means "/"; there is no room to write it, so it is refused.
    if (target.front() == '?') return bad_uri;
  } else if (target != "*" && !target.starts_with('/')) {
    return Refusal{Reason::not_implemented, "This form of request target is not served."};
  }
  request.target = target;
  request.raw_query = target;
  request.raw_path = take_until(request.raw_query, '?');
  request.path.clear();
  if (!append_decoded(request.raw_path, false, request.path) || !parse_query(request)) return bad_uri;
  return std::nullopt;
}

std::optional<Refusal> parse_request_line(std::string_view line, const Limits& limits, Request& request,
                                          Framing& framing) {
  if (line.size() > limits.request_line_bytes) return line_too_long;
  request.method = take_until(line, ' ');
  if (!is_token(request.method) || request.method.size() > max_method_bytes) return bad("Not a method.");
  const std::string_view target = take_until(line, ' ');
  const bool is_http = line.size() == 8 && line.starts_with("HTTP/") && line[6] == '.' && hex_digit(line[5]) >= 0 &&
                       hex_digit(line[5]) <= 9 && hex_digit(line[7]) >= 0 && hex_digit(line[7]) <= 9;
  if (target.empty() || !is_http) return bad("Not a request line.");
  if (line[5] != '1') return Refusal{Reason::version_not_supported, "Only HTTP/1.1 and HTTP/1.0 are served."};
  framing.http_1_0 = line[7] == '0';
  framing.keep_alive = !framing.http_1_0;
  return parse_target(target, request);
}

std::optional<std::uint64_t> parse_length(std::string_view text) {
  if (text.empty() || text.size() > 19) return std::nullopt;
  std::uint64_t length = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    length = length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return length;
}

// Which headers of a head decide about the connection, and were they there before?
struct Seen {
  bool host = false;
  bool length = false;
  bool coding = false;
};

std::optional<Refusal> note_host(const Field& field, Request& request, Seen& seen) {
  if (std::exchange(seen.host, true)) return bad("More than one Host header.");
  if (!is_host(field.value)) return bad("Not a host.");
  // An absolute target's authority goes before the header: RFC 9112, section 3.2.2.
  if (request.host.empty()) request.host = field.value;
  return std::nullopt;
}

std::optional<Refusal> note_length(const Field& field, Request& request, Seen& seen) {
  const auto length = parse_length(field.value);
  if (std::exchange(seen.length, true) || !length) return bad("Content-Length is not one number.");
  request.content_length = length;
  return std::nullopt;
}

std::optional<Refusal> note_coding(const Field& field, Framing& framing, Seen& seen) {
  if (std::exchange(seen.coding, true)) return bad("More than one Transfer-Encoding header.");
  if (!equal_ignoring_case(field.value, "chunked")) {
    return Refusal{Reason::not_implemented, "Only the transfer coding \"chunked\" is served."};
  }
  framing.chunked = true;
  return std::nullopt;
}

void note_connection(std::string_view value, Framing& framing) {
  while (!value.empty()) {
    const std::string_view option = trim(take_until(value, ','));
    if (equal_ignoring_case(option, "close")) {
      framing.keep_alive = false;
      return;
    }
    if (framing.http_1_0 && equal_ignoring_case(option, "keep-alive")) framing.keep_alive = true;
  }
}

// The few headers that the connection itself must understand, told apart by their lengths first.
std::optional<Refusal> note_header(const Field& field, Request& request, Framing& framing, Seen& seen) {
  switch (field.name.size()) {
    case 4:
      if (equal_ignoring_case(field.name, "host")) return note_host(field, request, seen);
      break;
    case 6:
      if (equal_ignoring_case(field.name, "expect")) {
        // What else is expected cannot be promised, and need not be refused (RFC 9110 10.1.1).
        if (equal_ignoring_case(field.value, "100-continue")) framing.expects_continue = !framing.http_1_0;
      }
      break;
    case 10:
      if (equal_ignoring_case(field.name, "connection")) note_connection(field.value, framing);
      break;
    case 14:
      if (equal_ignoring_case(field.name, "content-length")) return note_length(field, request, seen);
      break;
    case 17:
      if (equal_ignoring_case(field.name, "transfer-encoding")) return note_coding(field, framing, seen);
      break;
    default:
      break;
  }
  return std::nullopt;
}

std::optional<Refusal> parse_header(std::string_view line, Field& field) {
  if (line.front() == ' ' || line.front() == '\t') return bad("A header goes on in a second line.");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return bad("A header without a colon.");
  field.name = line.substr(0, colon);
  field.value = trim(line.substr(colon + 1));
  // Refuses a blank before the colon too.
  if (!is_token(field.name) || !is_field_value(field.value)) return bad("A header with characters that may not be.");
  return std::nullopt;
}

// What only all headers together tell.
std::optional<Refusal> check_whole(Request& request, Framing& framing, const Seen& seen) {
  if (!seen.host && !framing.http_1_0) return bad("HTTP/1.1 asks for a Host header.");
  if (seen.coding && (seen.length || framing.http_1_0)) return bad("The body's length is told twice.");
  if (framing.chunked) request.content_length = std::nullopt;
  return std::nullopt;
}

}  // namespace

bool has_controls(std::string_view bytes) {
  // Eight at once: borrows reach a byte only from one that is a control character itself.
  constexpr std::uint64_t each = 0x0101010101010101;
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + i, 8);
    const std::uint64_t del = word ^ 0x7f * each;
    const std::uint64_t found = ((word - 0x20 * each) & ~word) | ((del - each) & ~del);
    if (found & 0x80 * each) return true;
  }
  for (; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (byte < 0x20 || byte == 0x7f) return true;
  }
  return false;
}

std::expected<std::optional<std::size_t>, Refusal> find_head(std::string_view bytes, HeadScan& scan,
                                                             const Limits& limits) {
  while (scan.scanned < bytes.size()) {
    const void* const found = std::memchr(bytes.data() + scan.scanned, '\n', bytes.size() - scan.scanned);
    if (!found) {
      scan.scanned = bytes.size();
      break;
    }
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    if (at == scan.line_start || bytes[at - 1] != '\r') return std::unexpected(bad("A line ends without CR."));
    if (scan.line_start == 0 && at > limits.request_line_bytes + 1) return std::unexpected(line_too_long);
    const bool empty = at == scan.line_start + 1;
    scan.scanned = at + 1;
    if (empty && at + 1 <= limits.head_bytes) return at + 1;
    if (empty) break;
    scan.line_start = at + 1;
  }
  if (scan.line_start == 0 && scan.scanned > limits.request_line_bytes + 2) {
    return std::unexpected(line_too_long);
  }
  if (scan.scanned >= limits.head_bytes) {
    return std::unexpected(Refusal{Reason::headers_too_large, "The request's headers are too large."});
  }
  return std::nullopt;
}

std::optional<Refusal> parse_head(std::string_view head, const Limits& limits, Request& request, Framing& framing) {
  request.query.clear();
  request.headers.clear();
  request.host = {};
  request.content_length = 0;
  framing = {};
  Seen seen;
  bool first = true;
  while (true) {
    const std::size_t end = head.find("\r\n");
    if (end == std::string_view::npos) return bad("The head does not end.");
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (first) {
      if (auto refusal = parse_request_line(line, limits, request, framing)) return refusal;
      first = false;
      continue;
    }
    if (line.empty()) break;
    if (request.headers.size() == limits.headers) return Refusal{Reason::headers_too_large, "Too many headers."};
    Field& field = request.headers.emplace_back();
    if (auto refusal = parse_header(line, field)) return refusal;
    if (auto refusal = note_header(field, request, framing, seen)) return refusal;
  }
  return check_whole(request, framing, seen);
}

std::optional<std::size_t> ChunkedDecoder::eat(std::string_view bytes) {
  std::size_t eaten = 0;
  while (!ended()) {
    if (state_ == State::data) {
      if (data_left_ > 0) break;
      state_ = State::data_return;
    }
    if (eaten == bytes.size()) break;
    if (!step(bytes[eaten])) return std::nullopt;
    ++eaten;
  }
  return eaten;
}

bool ChunkedDecoder::step(char byte) {
  switch (state_) {
    case State::size: {
      const int digit = hex_digit(byte);
      if (digit >= 0) {
        if (++digits_ > 15) return false;
        data_left_ = data_left_ << 4 | static_cast<std::uint64_t>(digit);
        return true;
      }
      if (digits_ == 0) return false;
      state_ = byte == '\r' ? State::size_line_feed : State::extension;
      return byte == '\r' || byte == ';';
    }
    case State::extension:
      if (byte == '\r') state_ = State::size_line_feed;
      return byte != '\n' && ++framing_bytes_ <= max_size_line_bytes;
    case State::size_line_feed:
      state_ = data_left_ > 0 ? State::data : State::trailer;
      digits_ = 0;
      framing_bytes_ = 0;
      return byte == '\n';
    case State::data_return:
      state_ = State::data_line_feed;
      return byte == '\r';
    case State::data_line_feed:
      state_ = State::size;
      return byte == '\n';
    case State::trailer:
      if (++framing_bytes_ > max_trailer_bytes) return false;
      if (return_seen_) return byte == '\n' && end_trailer_line();
      if (byte == '\r') {
        return_seen_ = true;
        return true;
      }
      ++line_bytes_;
      return byte != '\n';
    case State::data:
    case State::ended:
      break;
  }
  return false;
}

bool ChunkedDecoder::end_trailer_line() {
  if (line_bytes_ == 0) state_ = State::ended;
  line_bytes_ = 0;
  return_seen_ = false;
  return true;
}

}  // namespace tarn::http
