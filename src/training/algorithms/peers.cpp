#include "training/algorithms/peers.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

namespace tarn::algorithms {

namespace {

using SteadyClock = std::chrono::steady_clock;

// A frame is its length in eight bytes, then its bytes. Longer ones are no frame of ours.
constexpr std::uint64_t longest_frame = std::uint64_t{2} << 30;

template <typename T>
void add(std::string& sum, const std::string& more) {
  // Texts need not lie as numbers must.
  std::vector<T> left(sum.size() / sizeof(T));
  std::vector<T> right(left.size());
  std::memcpy(left.data(), sum.data(), sum.size());
  std::memcpy(right.data(), more.data(), more.size());
  for (std::size_t i = 0; i < left.size(); ++i) left[i] += right[i];
  std::memcpy(sum.data(), left.data(), sum.size());
}

class Alone : public Peers {
 public:
  std::string host() const override { return "algo-1"; }
  std::size_t index() const override { return 0; }
  std::size_t count() const override { return 1; }

 protected:
  std::string exchange(How, std::string own) override { return own; }
};

class Connection {
 public:
  explicit Connection(int fd = -1) : fd_(fd) {}
  ~Connection() {
    if (fd_ >= 0) ::close(fd_);
  }
  Connection(Connection&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Connection& operator=(Connection&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int fd() const { return fd_; }

  void send(const std::string& frame) const {
    const std::uint64_t size = frame.size();
    write(reinterpret_cast<const char*>(&size), sizeof size);
    write(frame.data(), frame.size());
  }
  std::string receive() const {
    std::uint64_t size = 0;
    read(reinterpret_cast<char*>(&size), sizeof size);
    if (size > longest_frame) throw PeerLost("another host of the job sends what is no message");
    std::string frame(size, '\0');
    read(frame.data(), frame.size());
    return frame;
  }

 private:
  // A signal is no reason to leave: the hosts agree when to stop.
  void write(const char* bytes, std::size_t size) const {
    while (size > 0) {
      const ssize_t sent = ::send(fd_, bytes, size, MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent <= 0) throw PeerLost("another host of the job has left");
      bytes += sent;
      size -= static_cast<std::size_t>(sent);
    }
  }
  void read(char* bytes, std::size_t size) const {
    while (size > 0) {
      const ssize_t got = ::recv(fd_, bytes, size, 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) throw PeerLost("another host of the job has left");
      bytes += got;
      size -= static_cast<std::size_t>(got);
    }
  }
  int fd_;
};

class Meeting : public Peers {
 public:
  Meeting(std::size_t index, std::size_t count, std::vector<Connection> connections)
      : index_(index), count_(count), connections_(std::move(connections)) {}
  std::string host() const override { return "algo-" + std::to_string(index_ + 1); }
  std::size_t index() const override { return index_; }
  std::size_t count() const override { return count_; }

 protected:
  std::string exchange(How how, std::string own) override {
    if (index_ > 0) {
      connections_[0].send(own);
      return connections_[0].receive();
    }
    for (const Connection& other : connections_) {
      const std::string more = other.receive();
      if (how == How::append) {
        if (own.size() + more.size() > longest_frame) throw std::length_error("the hosts' data is too much together");
        own += more;
        continue;
      }
      if (more.size() != own.size()) throw std::logic_error("the hosts of the job are not at the same point");
      how == How::add_floats ? add<float>(own, more) : add<double>(own, more);
    }
    for (const Connection& other : connections_) other.send(own);
    return own;
  }

 private:
  std::size_t index_;
  std::size_t count_;
  std::vector<Connection> connections_;  // The first host's to all others by number, or the one to the first.
};

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("the path of the hosts' socket is too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Connection new_socket() {
  Connection socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.fd() < 0) throw std::runtime_error("cannot make a socket");
  return socket;
}

class Patience {
 public:
  Patience(int milliseconds, const std::atomic<bool>& stop)
      : until_(SteadyClock::now() + std::chrono::milliseconds(milliseconds)), stop_(stop) {}
  void require() const {
    if (stop_ || SteadyClock::now() > until_) throw PeerLost("not all hosts of the job have come");
  }

 private:
  SteadyClock::time_point until_;
  const std::atomic<bool>& stop_;
};

std::vector<Connection> receive_all(const std::string& path, std::size_t count, const Patience& patience) {
  const Connection listener = new_socket();
  const sockaddr_un address = address_of(path);
  ::unlink(path.c_str());
  if (::bind(listener.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener.fd(), static_cast<int>(count)) != 0) {
    throw std::runtime_error("cannot make the hosts' socket: " + std::string(std::strerror(errno)));
  }
  std::vector<Connection> others(count - 1);
  for (std::size_t come = 0; come < others.size();) {
    patience.require();
    pollfd poller{.fd = listener.fd(), .events = POLLIN, .revents = 0};
    if (::poll(&poller, 1, 100) <= 0) continue;
    Connection one(::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (one.fd() < 0) continue;
    const std::string said = one.receive();
    std::uint64_t index = 0;
    if (said.size() != sizeof index) throw PeerLost("another host of the job sends what is no message");
    std::memcpy(&index, said.data(), sizeof index);
    if (index < 1 || index > others.size() || others[index - 1].fd() >= 0)
      throw PeerLost("two hosts of the job have the same number");
    others[index - 1] = std::move(one);
    ++come;
  }
  return others;
}

std::vector<Connection> reach_first(const std::string& path, std::uint64_t index, const Patience& patience) {
  const sockaddr_un address = address_of(path);
  std::vector<Connection> first;
  while (true) {
    patience.require();
    first.clear();
    first.push_back(new_socket());
    if (::connect(first[0].fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  first[0].send(std::string(reinterpret_cast<const char*>(&index), sizeof index));
  return first;
}

template <typename T>
std::string bytes_of(std::span<const T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

}  // namespace

void Peers::sum(std::span<float> values) {
  if (count() == 1) return;
  const std::string bytes = exchange(How::add_floats, bytes_of(std::span<const float>(values)));
  if (bytes.size() != values.size_bytes()) throw std::logic_error("the hosts of the job are not at the same point");
  std::memcpy(values.data(), bytes.data(), bytes.size());
}

void Peers::sum(std::span<double> values) {
  if (count() == 1) return;
  const std::string bytes = exchange(How::add_doubles, bytes_of(std::span<const double>(values)));
  if (bytes.size() != values.size_bytes()) throw std::logic_error("the hosts of the job are not at the same point");
  std::memcpy(values.data(), bytes.data(), bytes.size());
}

std::string Peers::concatenate(std::string own) {
  return exchange(How::append, std::move(own));
}

std::unique_ptr<Peers> alone() {
  return std::make_unique<Alone>();
}

std::unique_ptr<Peers> meet(const std::string& path, std::size_t index, std::size_t count, int patience_ms,
                            const std::atomic<bool>& stop) {
  const Patience patience(patience_ms, stop);
  auto connections =
      index == 0 ? receive_all(path, count, patience) : reach_first(path, std::uint64_t{index}, patience);
  return std::make_unique<Meeting>(index, count, std::move(connections));
}

}  // namespace tarn::algorithms
