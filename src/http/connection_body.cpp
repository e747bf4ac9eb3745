// A connection's way in: the request's body.
#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/error.h"
#include "http/connection.h"

namespace tarn::http {
namespace {

constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::uint64_t linger_bytes = 16 << 20;
constexpr Milliseconds linger_time{3000};

}  // namespace

BodyStream::~BodyStream() {
  if (connection_) connection_->body_ = nullptr;
}

Task<std::size_t> BodyStream::read(std::span<std::byte> buffer) {
  if (!connection_) throw Error({"IncompleteBody", 400}, "The request has ended; its body cannot be read any more.");
  assert(Executor::current() == &connection_->loop_ && "a body is read on its connection's thread");
  return connection_->read_body(buffer);
}

void Connection::begin_body() {
  body_broken_ = false;
  chunks_ = {};
  body_left_ = request_.content_length.value_or(0);
  body_done_ = !framing_.chunked && body_left_ == 0;
  continue_due_ = framing_.expects_continue && !body_done_;
  if (body_done_) return;
  auto body = std::make_unique<BodyStream>(*this);
  body_ = body.get();
  request_.body = std::move(body);
}

void Connection::end_body() {
  if (body_) body_->connection_ = nullptr;
  body_ = nullptr;
  request_.body.reset();
  if (!waiter_) return;
  // A task that outlived its handler is still reading. It learns that there is nothing more, and we end.
  cut_ = true;
  std::exchange(waiter_, {}).resume();
}

void Connection::fail_body(std::string_view code, std::string message) {
  body_broken_ = true;
  throw Error({code, 400}, std::move(message));
}

// Bytes of the body that may be received past in_, straight to the reader.
std::uint64_t Connection::receivable() const {
  return framing_.chunked ? chunks_.data_left() : body_left_;
}

void Connection::took(std::uint64_t count) {
  if (framing_.chunked) {
    chunks_.took(count);
    return;
  }
  body_left_ -= count;
  body_done_ = body_left_ == 0;
}

// What in_ has of the body; none if that is nothing, 0 at the body's end.
std::optional<std::size_t> Connection::take_buffered(std::span<char> out) {
  if (framing_.chunked) {
    const auto eaten = chunks_.eat(input());
    if (!eaten) fail_body("IncompleteBody", "The request body is not chunked as HTTP/1.1 has it.");
    begin_ += *eaten;
    body_done_ = chunks_.ended();
    if (body_done_) return 0;
  }
  const auto size = std::min({receivable(), std::uint64_t{end_ - begin_}, std::uint64_t{out.size()}});
  if (size == 0) return std::nullopt;
  std::memcpy(out.data(), in_.get() + begin_, size);
  begin_ += size;
  took(size);
  return size;
}

Task<std::size_t> Connection::read_body(std::span<std::byte> buffer) {
  const std::span<char> out(reinterpret_cast<char*>(buffer.data()), buffer.size());
  if (body_done_ || out.empty()) co_return 0;
  if (body_broken_) fail_body("IncompleteBody", "The request body has ended too early.");
  if (continue_due_ && begin_ == end_) {
    iovec part{const_cast<char*>(continue_line.data()), continue_line.size()};
    if (!co_await send_all({&part, 1}, false)) fail_body("IncompleteBody", "The client has gone away.");
  }
  continue_due_ = false;
  while (true) {
    if (const auto size = take_buffered(out)) co_return *size;
    if (!transport_->may_receive && !co_await until_received(after(shared_.limits.body_timeout))) {
      fail_body("RequestTimeout",
                "Your socket connection to the server was not read from or written to within the timeout period. "
                "Idle connections will be closed.");
    }
    Moved moved;
    if (body_framing_only()) {
      // The buffer's head part is in use, what is behind it was taken.
      begin_ = end_ = body_start_;
      moved = transport_->receive({in_.get() + end_, capacity_ - end_});
      end_ += moved.count;
    } else {
      moved = transport_->receive(out.first(std::min<std::uint64_t>(receivable(), out.size())));
    }
    if (moved.outcome == Moved::Outcome::would_block) continue;
    if (moved.outcome == Moved::Outcome::broken || moved.count == 0) {
      fail_body("IncompleteBody", "The request body terminated unexpectedly.");
    }
    Counters::add(counters_.bytes_in, moved.count);
    if (begin_ != end_) continue;
    took(moved.count);
    co_return moved.count;
  }
}

// Throws away what the handler left; false if that is too much or does not come.
Task<bool> Connection::drain_body() {
  if (!buffer_) buffer_ = loop_.take_buffer();
  std::uint64_t drained = 0;
  try {
    while (!body_done_ && drained <= shared_.limits.drain_bytes) {
      drained += co_await read_body({reinterpret_cast<std::byte*>(buffer_.get()), Loop::body_buffer_bytes});
    }
  } catch (const std::exception&) {
    co_return false;
  }
  loop_.give_buffer(std::move(buffer_));
  co_return body_done_;
}

// The answer is sent and the connection ends, but the client may still be sending. Closing now would make the kernel
// reset the connection, and the client might never see the answer: so some of it is received and forgotten.
Task<void> Connection::linger() {
  transport_->end_sending();
  if (!buffer_) buffer_ = loop_.take_buffer();
  const std::int64_t deadline = after(linger_time);
  for (std::uint64_t received = 0; received < linger_bytes && loop_.now_ms() < deadline && !cut_;) {
    const Moved moved = transport_->receive({buffer_.get(), Loop::body_buffer_bytes});
    if (moved.outcome == Moved::Outcome::broken) co_return;
    if (moved.outcome == Moved::Outcome::moved && moved.count == 0) co_return;
    received += moved.count;
    if (moved.outcome == Moved::Outcome::would_block && !co_await until_received(deadline)) co_return;
  }
}

}  // namespace tarn::http
