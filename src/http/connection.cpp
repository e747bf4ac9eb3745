#include "http/connection.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/log.h"

namespace tarn::http {
namespace {

constexpr std::size_t first_buffer_bytes = 8 << 10;
// Kept free behind a head, for chunk sizes and the beginning of a body.
constexpr std::size_t room_behind_head = 1 << 10;
constexpr unsigned requests_in_a_row = 16;

}  // namespace

Connection::Connection(Loop& loop, Shared& shared, Counters& counters, std::unique_ptr<Transport> transport, Peer peer)
    : loop_(loop),
      shared_(shared),
      counters_(counters),
      transport_(std::move(transport)),
      peer_(std::move(peer)),
      stop_token_(stop_.get_token()) {
  shared_.connections.fetch_add(1, std::memory_order_relaxed);
}

Connection::~Connection() {
  shared_.connections.fetch_sub(1, std::memory_order_relaxed);
}

bool Connection::Wait::await_ready() const noexcept {
  const Transport& transport = *connection.transport_;
  return connection.cut_ || (for_receive && transport.may_receive) || (for_send && transport.may_send);
}

void Connection::Wait::await_suspend(std::coroutine_handle<> handle) noexcept {
  connection.waiter_ = handle;
  connection.waits_to_receive_ = for_receive;
  connection.waits_to_send_ = for_send;
  connection.deadline_ms_ = deadline_ms;
}

bool Connection::Wait::await_resume() const noexcept {
  return !std::exchange(connection.late_, false) && !connection.cut_;
}

Connection::Wait Connection::until_received(std::int64_t deadline_ms) {
  const bool crossed = transport_->receive_wants_send;
  return {*this, !crossed, crossed, deadline_ms};
}

Connection::Wait Connection::until_sent() {
  const bool crossed = transport_->send_wants_receive;
  return {*this, crossed, !crossed, after(shared_.limits.body_timeout)};
}

void Connection::on_events(std::uint32_t events) {
  const bool gone = events & (EPOLLHUP | EPOLLERR);
  if (events & EPOLLIN || gone) transport_->may_receive = true;
  if (events & EPOLLOUT || gone) transport_->may_send = true;
  if (events & EPOLLRDHUP || gone) {
    transport_->may_receive = true;
    // A client may end its side once its request is sent, and still wait for the answer: that is not told from one that
    // went away until something is sent to it, or the kernel asks.
    if (!std::exchange(transport_->end_seen, true) && !gone) transport_->ask_whether_alive();
    // Nobody is there to read the answer any more.
    if (gone && busy_) stop_.request_stop();
  }
  if (!waiter_) return;
  if ((waits_to_receive_ && transport_->may_receive) || (waits_to_send_ && transport_->may_send)) {
    std::exchange(waiter_, {}).resume();
  }
}

void Connection::on_tick() {
  if (!waiter_ || loop_.now_ms() < deadline_ms_) return;
  late_ = true;
  std::exchange(waiter_, {}).resume();
}

void Connection::drain() {
  if (!idle_ || !waiter_) return;
  cut_ = true;
  std::exchange(waiter_, {}).resume();
}

void Connection::cut() {
  cut_ = true;
  stop_.request_stop();
  if (waiter_) std::exchange(waiter_, {}).resume();
}

// A request after the other, until one of both sides has enough.
detail::Detached Connection::serve() {
  bool open = true;
  for (unsigned in_a_row = 0; open; ++in_a_row) {
    // A client that has sent many requests at once must not keep the others from theirs.
    if (in_a_row == requests_in_a_row) {
      in_a_row = 0;
      co_await yield_to_others();
    }
    std::int64_t deadline = after(shared_.limits.idle_timeout);
    idle_ = begin_ == end_;
    if (!idle_) deadline = after(shared_.limits.head_timeout);
    HeadState state;
    while ((state = take_head()) == HeadState::incomplete) {
      const Step step = receive_some();
      if (step == Step::would_block) {
        if (idle_ && shared_.draining) break;
        in_a_row = 0;
        if (co_await until_received(deadline)) continue;
        if (idle_ || cut_) break;
        refusal_ = {Refusal::Reason::request_timeout, "The request did not arrive in time."};
        state = HeadState::refused;
        break;
      }
      if (step != Step::done) break;
      if (std::exchange(idle_, false)) deadline = after(shared_.limits.head_timeout);
    }
    if (state == HeadState::incomplete) break;

    if (state == HeadState::refused) forget_request();
    begin_body();
    Response response = state == HeadState::complete ? co_await answer() : refuse();
    const bool keep = may_keep(response);
    write_head(response, keep);
    if (response.stream && has_body(response)) {
      busy_ = true;
      open = co_await send_stream(response);
      busy_ = false;
    } else {
      iovec parts[2] = {{out_.data(), out_.size()}, {response.text.data(), response.text.size()}};
      std::span<iovec> left(parts, has_body(response) && !response.text.empty() ? 2 : 1);
      const Step step = send_some(left, false);
      open = step == Step::done || (step == Step::would_block && co_await send_all(left, false));
    }
    // Before the body: a stream that answered may have read from it.
    response.stream.reset();
    if (open && keep && !body_done_) open = co_await drain_body();
    if (open && !keep && (!body_done_ || state == HeadState::refused)) co_await linger();
    end_body();
    open = open && keep && !cut_;
    compact();
  }
  loop_.give_buffer(std::move(buffer_));
  transport_->end_sending();
  loop_.retire(*this);
}

Connection::HeadState Connection::take_head() {
  // An empty line before a request is forgiven: some old clients send one after a body.
  while (scan_.scanned == 0 && input().starts_with("\r\n")) begin_ += 2;
  if (scan_.scanned == 0 && input() == "\r") return HeadState::incomplete;
  const auto found = find_head(input(), scan_, shared_.limits);
  if (!found) {
    refusal_ = found.error();
    return HeadState::refused;
  }
  if (!*found) return HeadState::incomplete;
  const std::size_t length = **found;
  make_room(room_behind_head);
  const auto refused = parse_head(input().substr(0, length), shared_.limits, request_, framing_);
  begin_ += length;
  body_start_ = begin_;
  if (!refused) return HeadState::complete;
  refusal_ = *refused;
  return HeadState::refused;
}

Connection::Step Connection::receive_some() {
  if (!transport_->may_receive) return Step::would_block;
  if (capacity_ == end_) make_room(capacity_ == 0 ? first_buffer_bytes : capacity_);
  const Moved moved = transport_->receive({in_.get() + end_, capacity_ - end_});
  if (moved.outcome == Moved::Outcome::would_block) return Step::would_block;
  if (moved.outcome == Moved::Outcome::broken) return Step::broken;
  if (moved.count == 0) return Step::ended;
  end_ += moved.count;
  Counters::add(counters_.bytes_in, moved.count);
  return Step::done;
}

// Makes place for that many bytes behind the input. Before a head was parsed only: it moves what views point into.
void Connection::make_room(std::size_t bytes) {
  if (capacity_ - end_ >= bytes) return;
  const std::size_t used = end_ - begin_;
  if (capacity_ - used < bytes) {
    // Grows at most to what find_head() lets pass, and some.
    const std::size_t larger = std::max(used + bytes, capacity_ * 2);
    auto moved = std::make_unique_for_overwrite<char[]>(larger);
    if (used > 0) std::memcpy(moved.get(), in_.get() + begin_, used);
    in_ = std::move(moved);
    capacity_ = larger;
  } else {
    std::memmove(in_.get(), in_.get() + begin_, used);
  }
  begin_ = 0;
  end_ = used;
}

// The answer was sent: its request's bytes are no longer needed.
void Connection::compact() {
  scan_ = {};
  const std::size_t used = end_ - begin_;
  if (used == 0 && capacity_ > first_buffer_bytes) {
    in_.reset();
    capacity_ = 0;
  } else if (used > 0 && begin_ > 0) {
    std::memmove(in_.get(), in_.get() + begin_, used);
  }
  begin_ = 0;
  end_ = used;
  if (out_.capacity() > first_buffer_bytes) std::string().swap(out_);
}

Task<Response> Connection::answer() {
  request_.peer_ip = peer_.ip;
  request_.peer_port = peer_.port;
  request_.secure = peer_.secure;
  if (peer_.secure) {
    const Transport::Protection protection = transport_->protection();
    request_.tls_version = protection.version;
    request_.tls_cipher = protection.cipher;
  }
  Counters::add(counters_.requests, 1);
  busy_ = true;
  std::string accident;
  try {
    Response response = co_await shared_.handler.handle(request_).stopped_by(stop_token_);
    busy_ = false;
    co_return response;
  } catch (const std::exception& error) {
    accident = error.what();
  } catch (...) {
    accident = "not a std::exception";
  }
  busy_ = false;
  log::error("a handler failed", {{"method", request_.method}, {"path", request_.raw_path}, {"what", accident}});
  co_return shared_.handler.refuse({Refusal::Reason::internal_failure, "An internal failure."});
}

// What a head that was refused has left behind must not be taken for a request's.
void Connection::forget_request() {
  framing_ = {};
  framing_.keep_alive = false;
  request_.method = {};
  request_.content_length = 0;
}

Response Connection::refuse() {
  Counters::add(counters_.refused, 1);
  return shared_.handler.refuse(refusal_);
}

bool Connection::may_keep(const Response& response) const {
  if (!framing_.keep_alive || response.close || body_broken_ || cut_ || shared_.draining) return false;
  if (stop_.stop_requested()) return false;
  if (body_done_) return true;
  // Whether a client that was not told to go on sends its body all the same cannot be known.
  return !continue_due_ && (framing_.chunked || body_left_ <= shared_.limits.drain_bytes);
}

bool Connection::has_body(const Response& response) const {
  return request_.method != "HEAD" && response.status != 204 && response.status != 304 && response.status >= 200;
}

}  // namespace tarn::http
