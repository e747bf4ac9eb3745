// Request heads, from bytes: plain functions that hold nothing and wait for nothing.
//
// Strict on purpose. Whatever two programs on a request's way could read in two ways (both lengths, two lengths, bare
// line feeds, folded headers, blanks before a colon) is refused, because that is what request smuggling is made of.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "http/http.h"

namespace tarn::http {

// How far the end of a head was looked for, so that bytes that trickle in are not looked at again.
struct HeadScan {
  std::size_t scanned = 0;     // Bytes looked at.
  std::size_t line_start = 0;  // Where the line that is being looked at begins.
};

// The length of the head at the front of `bytes`, its empty line included; none: not all of it is there yet.
std::expected<std::optional<std::size_t>, Refusal> find_head(std::string_view bytes, HeadScan& scan,
                                                             const Limits& limits);

// How the connection goes on after the head.
struct Framing {
  bool http_1_0 = false;
  bool keep_alive = true;
  bool chunked = false;
  bool expects_continue = false;
};

// Fills `request` (but its peer and body) and `framing` from a whole head. `request` keeps views into `head`.
std::optional<Refusal> parse_head(std::string_view head, const Limits& limits, Request& request, Framing& framing);

// Is a control character (or DEL) among these bytes? What is not ASCII is none.
bool has_controls(std::string_view bytes);

// The framing of a chunked request body: tells where data lies, and ends it. RFC 9112, section 7.1.
class ChunkedDecoder {
 public:
  // Eats framing from the front of `bytes` until data is next, the body ends or more is needed; how many bytes it ate.
  // None: this is no chunked body.
  std::optional<std::size_t> eat(std::string_view bytes);

  // How many bytes of data come next, before more framing.
  std::uint64_t data_left() const { return data_left_; }
  // That many of them were taken.
  void took(std::uint64_t count) { data_left_ -= count; }
  bool ended() const { return state_ == State::ended; }

 private:
  enum class State { size, extension, size_line_feed, data, data_return, data_line_feed, trailer, ended };
  // One byte of framing; false: it may not stand here.
  bool step(char byte);
  bool end_trailer_line();

  State state_ = State::size;
  std::uint64_t data_left_ = 0;
  unsigned digits_ = 0;
  std::size_t framing_bytes_ = 0;  // Of this size line, or of all trailers.
  std::size_t line_bytes_ = 0;     // Of this trailer line.
  bool return_seen_ = false;
};

}  // namespace tarn::http
