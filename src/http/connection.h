// Connection: one client's requests, one after another.
//
// One coroutine, serve(), reads like HTTP: a head, the handler, the answer, what is left of the body. It waits for the
// socket only when it must: a request that is there whole, whose handler needs no other thread, is answered by one
// receive and one send, without a coroutine besides serve() and the handler's own.
#pragma once

#include <atomic>
#include <memory>
#include <stop_token>
#include <string>

#include "http/loop.h"
#include "http/parse.h"
#include "http/transport.h"

namespace tarn::http {

// What the connections of one thread have moved: written by that thread only, read at any time. Apart from the next
// thread's, so that they do not fight for a cache line.
struct alignas(64) Counters {
  std::atomic<std::uint64_t> requests = 0;
  std::atomic<std::uint64_t> refused = 0;
  std::atomic<std::uint64_t> bytes_in = 0;
  std::atomic<std::uint64_t> bytes_out = 0;

  static void add(std::atomic<std::uint64_t>& counter, std::uint64_t count) {
    counter.store(counter.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
};

// What all connections of a server share.
struct Shared {
  Shared(const Limits& server_limits, Handler& server_handler) : limits(server_limits), handler(server_handler) {}
  const Limits limits;
  Handler& handler;
  std::atomic<bool> draining = false;
  std::atomic<std::uint64_t> connections = 0;
  std::atomic<std::uint64_t> accepted = 0;
  std::atomic<std::uint64_t> turned_away = 0;
};

class BodyStream;

class Connection : public Loop::Watcher {
 public:
  struct Peer {
    std::string ip;
    std::uint16_t port = 0;
    bool secure = false;
  };
  Connection(Loop& loop, Shared& shared, Counters& counters, std::unique_ptr<Transport> transport, Peer peer);
  ~Connection() override;

  // Starts serving; on the loop's thread, once it is watched. Retires itself when it ends.
  void start() { serve(); }
  void on_events(std::uint32_t events) override;
  void on_tick() override;

  // The server ends: closes at once if no request is under way, else after it.
  void drain();
  // The server ends now: the handler's task is stopped, the socket cut.
  void cut();

 private:
  friend class BodyStream;

  // How an attempt to move bytes came out.
  enum class Step { done, would_block, ended, broken };
  enum class HeadState { incomplete, complete, refused };

  // Awaited for the socket; see until_received().
  struct Wait {
    Connection& connection;
    bool for_receive;
    bool for_send;
    std::int64_t deadline_ms;
    bool await_ready() const noexcept;
    void await_suspend(std::coroutine_handle<> handle) noexcept;
    // False: the time is over, or the connection is cut.
    bool await_resume() const noexcept;
  };
  Wait until_received(std::int64_t deadline_ms);
  Wait until_sent();
  std::int64_t after(Milliseconds delay) const { return loop_.now_ms() + delay.count(); }

  detail::Detached serve();

  // The way in. Input lies in [begin_, end_) of in_; a request's head stays where it is until its answer was sent.
  HeadState take_head();
  Step receive_some();
  void make_room(std::size_t bytes);
  void compact();
  std::string_view input() const { return {in_.get() + begin_, end_ - begin_}; }

  void begin_body();
  // Undoes begin_body(): whoever still holds the body cannot reach us any more.
  void end_body();
  // The body's next bytes, 0 at its end. Throws Error when they cannot be had.
  Task<std::size_t> read_body(std::span<std::byte> out);
  std::optional<std::size_t> take_buffered(std::span<char> out);
  std::uint64_t receivable() const;
  void took(std::uint64_t count);
  bool body_framing_only() const { return framing_.chunked && chunks_.data_left() == 0; }
  [[noreturn]] void fail_body(std::string_view code, std::string message);
  Task<bool> drain_body();
  Task<void> linger();

  // The way out.
  Task<Response> answer();
  void forget_request();
  Response refuse();
  bool may_keep(const Response& response) const;
  bool has_body(const Response& response) const;
  void write_head(const Response& response, bool keep);
  // Sends as much as the socket takes and drops it from `parts`.
  Step send_some(std::span<iovec>& parts, bool more);
  Task<bool> send_all(std::span<iovec> parts, bool more);
  Task<bool> send_stream(Response& response);
  Task<bool> send_slice(FileSlice slice);
  Task<bool> copy_slice(FileSlice slice);
  Task<bool> send_chunk(std::size_t bytes, bool chunked);
  Task<void> send_accident();

  Loop& loop_;
  Shared& shared_;
  Counters& counters_;
  std::unique_ptr<Transport> transport_;
  const Peer peer_;

  std::unique_ptr<char[]> in_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t body_start_ = 0;
  HeadScan scan_;
  Refusal refusal_;

  Request request_;
  Framing framing_;
  ChunkedDecoder chunks_;
  std::uint64_t body_left_ = 0;  // Of a body of known length.
  bool body_done_ = true;        // All of the body was taken.
  bool body_broken_ = false;     // What follows on this connection cannot be told.
  bool continue_due_ = false;    // The client waits for "100 Continue".
  BodyStream* body_ = nullptr;

  std::string out_;                 // A response's head.
  std::unique_ptr<char[]> buffer_;  // A stream's bytes on their way out; the loop's.

  bool idle_ = true;   // Between requests, without a byte of the next.
  bool busy_ = false;  // A handler runs, or its stream is read.
  bool cut_ = false;
  bool late_ = false;
  std::coroutine_handle<> waiter_;
  bool waits_to_receive_ = false;
  bool waits_to_send_ = false;
  std::int64_t deadline_ms_ = 0;
  std::stop_source stop_;
  std::stop_token stop_token_;
};

// A request's body as its handler sees it. Outlives its connection without harm.
class BodyStream : public ByteStream {
 public:
  explicit BodyStream(Connection& connection) : connection_(&connection) {}
  ~BodyStream() override;
  Task<std::size_t> read(std::span<std::byte> buffer) override;

 private:
  friend class Connection;
  Connection* connection_;
};

}  // namespace tarn::http
