// Transport: a connected socket that never blocks, plain or under TLS.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "http/http.h"

struct ssl_ctx_st;
struct ssl_st;

namespace tarn::http {

// What an attempt to move bytes came to. `count` of 0 with `moved` is the end of what the peer sends.
struct Moved {
  enum class Outcome { moved, would_block, broken };
  Outcome outcome = Outcome::moved;
  std::size_t count = 0;
};

class Transport {
 public:
  explicit Transport(int descriptor) : descriptor_(descriptor) {}
  virtual ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  virtual Moved receive(std::span<char> buffer) = 0;
  // `more`: further bytes follow at once, so that a short packet may wait for them. `parts` has at most 4.
  virtual Moved send(std::span<const iovec> parts, bool more) = 0;
  // From a file, without passing through us. Only if can_send_file().
  virtual Moved send_file(int file, std::uint64_t offset, std::size_t length) = 0;
  // While held, only full segments go out: the end of what was sent waits for what follows, or to be let go.
  virtual void hold_segments(bool /*hold*/) {}
  virtual bool can_send_file() const = 0;
  // We send no more; the peer may.
  virtual void end_sending();
  // Has the kernel find out whether the peer, which sends no more, still listens: an event tells if it does not.
  void ask_whether_alive();

  // What was agreed on, once the handshake is over. Static texts; empty without TLS.
  struct Protection {
    std::string_view version;
    std::string_view cipher;
  };
  virtual Protection protection() const { return {}; }

  int descriptor() const { return descriptor_; }

  // Kept by the loop's events and by the attempts above: might an attempt get on?
  bool may_receive = false;
  bool may_send = true;
  // The peer has ended its side: no new event will tell of what can still be received.
  bool end_seen = false;
  // TLS may want to send in order to receive, and the other way round.
  bool receive_wants_send = false;
  bool send_wants_receive = false;

 protected:
  int descriptor_;
};

std::unique_ptr<Transport> plain_transport(int descriptor);

// What all connections under TLS share. Throws std::runtime_error for files that are no certificate and key.
class TlsContext {
 public:
  explicit TlsContext(const TlsOptions& options);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  std::unique_ptr<Transport> accept(int descriptor) const;

 private:
  ssl_ctx_st* context_;
};

}  // namespace tarn::http
