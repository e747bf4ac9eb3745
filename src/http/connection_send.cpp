// A connection's way out: heads, bodies from memory, streams and files.
#include <sys/uio.h>

#include <algorithm>
#include <charconv>

#include "base/blocking.h"
#include "base/log.h"
#include "http/connection.h"
#include "http/status.h"

namespace tarn::http {
namespace {

// Below, copying a slice next to the head costs less than telling the kernel about it apart.
constexpr std::uint64_t smallest_send_file = 32 << 10;
constexpr std::uint64_t send_file_window = 1 << 20;
// "1FFFF\r\n" goes before a chunk's bytes, "\r\n" behind.
constexpr std::size_t chunk_margin = 16;

void append_number(std::string& out, std::uint64_t number, int base = 10) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number, base).ptr);
}

// Reading one byte without waiting tells whether the page is in memory. File systems that cannot tell are memory.
bool is_cached(int file, std::uint64_t offset) {
  char byte;
  const iovec part{&byte, 1};
  return ::preadv2(file, &part, 1, static_cast<off_t>(offset), RWF_NOWAIT) >= 0 || errno != EAGAIN;
}

// Fills all of `out`, or tells that it would wait (-1 with EAGAIN) or cannot.
bool read_all(int file, std::uint64_t offset, std::span<char> out, int flags) {
  while (!out.empty()) {
    const iovec part{out.data(), out.size()};
    ssize_t count = ::preadv2(file, &part, 1, static_cast<off_t>(offset), flags);
    if (count < 0 && errno == EOPNOTSUPP) count = ::preadv2(file, &part, 1, static_cast<off_t>(offset), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    offset += static_cast<std::uint64_t>(count);
    out = out.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

void Connection::write_head(const Response& response, bool keep) {
  out_.clear();
  out_.append("HTTP/1.1 ").append(status_line(response.status)).append("\r\nDate: ").append(loop_.date());
  out_.append("\r\n").append(response.headers.wire());
  const bool bodiless = response.status == 204 || response.status == 304;
  if (response.length || (!response.stream && !bodiless)) {
    if (response.status != 204) {
      out_.append("Content-Length: ");
      append_number(out_, response.length.value_or(response.text.size()));
      out_.append("\r\n");
    }
  } else if (response.stream && !bodiless && !framing_.http_1_0) {
    out_.append("Transfer-Encoding: chunked\r\n");
  }
  if (!keep) {
    out_.append("Connection: close\r\n");
  } else if (framing_.http_1_0) {
    out_.append("Connection: keep-alive\r\n");
  }
  out_.append("\r\n");
}

Connection::Step Connection::send_some(std::span<iovec>& parts, bool more) {
  while (!parts.empty()) {
    if (!transport_->may_send) return Step::would_block;
    const Moved moved = transport_->send(parts, more);
    if (moved.outcome == Moved::Outcome::would_block) return Step::would_block;
    if (moved.outcome == Moved::Outcome::broken) return Step::broken;
    Counters::add(counters_.bytes_out, moved.count);
    std::size_t count = moved.count;
    while (!parts.empty() && count >= parts.front().iov_len) {
      count -= parts.front().iov_len;
      parts = parts.subspan(1);
    }
    if (parts.empty()) break;
    parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + count;
    parts.front().iov_len -= count;
  }
  return Step::done;
}

Task<bool> Connection::send_all(std::span<iovec> parts, bool more) {
  while (true) {
    const Step step = send_some(parts, more);
    if (step == Step::done) co_return true;
    if (step == Step::broken || !co_await until_sent()) co_return false;
  }
}

// The head waits in out_ and goes out with the first bytes, whichever way these go.
Task<bool> Connection::send_stream(Response& response) {
  const bool chunked = !response.length && !framing_.http_1_0;
  std::optional<std::uint64_t> left = response.length;
  if (!buffer_) buffer_ = loop_.take_buffer();
  // Each window would end with a segment of some bytes, which costs the kernel as much as a full one.
  const bool several_windows = left.value_or(0) > send_file_window;
  if (several_windows) transport_->hold_segments(true);
  bool begun = false;
  while (left != 0) {
    if (auto slice = response.stream->next_slice()) {
      begun = true;
      slice->length = std::min(slice->length, left.value_or(slice->length));
      // It would never get on.
      if (slice->length == 0) co_return false;
      if (left) *left -= slice->length;
      if (chunked) {
        append_number(out_, slice->length, 16);
        out_.append("\r\n");
      }
      const bool by_kernel = transport_->can_send_file() && slice->length >= smallest_send_file;
      if (!co_await (by_kernel ? send_slice(std::move(*slice)) : copy_slice(std::move(*slice)))) co_return false;
      if (chunked) out_.append("\r\n");
      continue;
    }
    const std::span<char> room(buffer_.get() + chunk_margin, Loop::body_buffer_bytes - 2 * chunk_margin);
    const std::size_t wanted = std::min<std::uint64_t>(room.size(), left.value_or(room.size()));
    std::size_t size = 0;
    std::string accident;
    try {
      size = co_await response.stream->read(std::as_writable_bytes(room.first(wanted)));
    } catch (const std::exception& error) {
      accident = error.what();
    }
    if (!accident.empty()) {
      log::warning("an answer broke off", {{"path", request_.raw_path}, {"what", accident}});
      if (!begun) co_await send_accident();
      co_return false;
    }
    if (size == 0) {
      if (left) log::warning("an answer's body is too short", {{"path", request_.raw_path}, {"missing", *left}});
      if (left) co_return false;
      break;
    }
    if (left) *left -= size;
    begun = true;
    if (!co_await send_chunk(size, chunked)) co_return false;
  }
  loop_.give_buffer(std::move(buffer_));
  if (several_windows) transport_->hold_segments(false);
  if (chunked) out_.append("0\r\n\r\n");
  if (out_.empty()) co_return true;
  iovec part{out_.data(), out_.size()};
  co_return co_await send_all({&part, 1}, false);
}

// Of an answer that failed before anything of it was sent, its client can still be told.
Task<void> Connection::send_accident() {
  const Response refused = shared_.handler.refuse({Refusal::Reason::internal_failure, "An internal failure."});
  write_head(refused, false);
  out_.append(refused.text);
  iovec part{out_.data(), out_.size()};
  std::ignore = co_await send_all({&part, 1}, false);
}

// Sends out_ and what lies in buffer_ behind its margin.
Task<bool> Connection::send_chunk(std::size_t bytes, bool chunked) {
  if (chunked) {
    append_number(out_, bytes, 16);
    out_.append("\r\n");
    buffer_[chunk_margin + bytes] = '\r';
    buffer_[chunk_margin + bytes + 1] = '\n';
  }
  iovec parts[2] = {{out_.data(), out_.size()}, {buffer_.get() + chunk_margin, bytes + (chunked ? 2 : 0)}};
  std::span<iovec> left(parts);
  if (out_.empty()) left = left.subspan(1);
  const Step step = send_some(left, false);
  if (step != Step::done && (step == Step::broken || !co_await send_all(left, false))) co_return false;
  out_.clear();
  co_return true;
}

Task<bool> Connection::send_slice(FileSlice slice) {
  if (!out_.empty()) {
    iovec part{out_.data(), out_.size()};
    if (!co_await send_all({&part, 1}, true)) co_return false;
    out_.clear();
  }
  while (slice.length > 0) {
    if (!transport_->may_send && !co_await until_sent()) co_return false;
    const std::size_t window = std::min(slice.length, send_file_window);
    Moved moved;
    // What is not in memory makes sendfile wait for the disk: that is for another thread.
    if (is_cached(slice.fd, slice.offset) && is_cached(slice.fd, slice.offset + window - 1)) {
      moved = transport_->send_file(slice.fd, slice.offset, window);
    } else {
      moved = co_await blocking([&] { return transport_->send_file(slice.fd, slice.offset, window); });
    }
    if (moved.outcome == Moved::Outcome::broken) co_return false;
    slice.offset += moved.count;
    slice.length -= moved.count;
    Counters::add(counters_.bytes_out, moved.count);
  }
  co_return true;
}

Task<bool> Connection::copy_slice(FileSlice slice) {
  while (slice.length > 0) {
    const std::span<char> room(buffer_.get() + chunk_margin, Loop::body_buffer_bytes - 2 * chunk_margin);
    const auto part = room.first(std::min<std::uint64_t>(room.size(), slice.length));
    if (!read_all(slice.fd, slice.offset, part, RWF_NOWAIT) &&
        !co_await blocking([&] { return read_all(slice.fd, slice.offset, part, 0); })) {
      log::warning("a file could not be sent", {{"path", request_.raw_path}});
      co_return false;
    }
    slice.offset += part.size();
    slice.length -= part.size();
    if (!co_await send_chunk(part.size(), false)) co_return false;
  }
  co_return true;
}

}  // namespace tarn::http
