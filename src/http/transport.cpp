#include "http/transport.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace tarn::http {

using Outcome = Moved::Outcome;

Transport::~Transport() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Transport::end_sending() {
  ::shutdown(descriptor_, SHUT_WR);
}

void Transport::ask_whether_alive() {
  const int on = 1, idle_seconds = 5, interval_seconds = 5, probes = 3;
  ::setsockopt(descriptor_, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds);
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_KEEPINTVL, &interval_seconds, sizeof interval_seconds);
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

namespace {

bool is_would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK;
}

class PlainTransport : public Transport {
 public:
  using Transport::Transport;

  Moved receive(std::span<char> buffer) override {
    while (true) {
      const ssize_t count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
      if (count >= 0) {
        // Less than asked for: the socket is empty, and the next bytes will raise a new event (epoll(7)).
        if (static_cast<std::size_t>(count) < buffer.size() && !end_seen) may_receive = false;
        return {Outcome::moved, static_cast<std::size_t>(count)};
      }
      if (errno == EINTR) continue;
      if (!is_would_block()) return {Outcome::broken};
      may_receive = false;
      return {Outcome::would_block};
    }
  }

  Moved send(std::span<const iovec> parts, bool more) override {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts.data());
    message.msg_iovlen = parts.size();
    while (true) {
      const ssize_t count = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
      if (count >= 0) return {Outcome::moved, static_cast<std::size_t>(count)};
      if (errno == EINTR) continue;
      if (!is_would_block()) return {Outcome::broken};
      may_send = false;
      return {Outcome::would_block};
    }
  }

  Moved send_file(int file, std::uint64_t offset, std::size_t length) override {
    auto position = static_cast<off_t>(offset);
    while (true) {
      const ssize_t count = ::sendfile(descriptor_, file, &position, length);
      // A file that ends too early would never get on.
      if (count == 0) return {Outcome::broken};
      if (count > 0) return {Outcome::moved, static_cast<std::size_t>(count)};
      if (errno == EINTR) continue;
      if (!is_would_block()) return {Outcome::broken};
      may_send = false;
      return {Outcome::would_block};
    }
  }

  void hold_segments(bool hold) override {
    const int on = hold ? 1 : 0;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_CORK, &on, sizeof on);
  }

  bool can_send_file() const override { return true; }
};

}  // namespace

std::unique_ptr<Transport> plain_transport(int descriptor) {
  return std::make_unique<PlainTransport>(descriptor);
}

}  // namespace tarn::http
