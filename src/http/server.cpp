#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "base/log.h"
#include "http/connection.h"

namespace tarn::http {
namespace {

constexpr std::string_view too_many =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// A socket in the file system: who may open the file may connect. What a process that died left there is replaced; that
// nobody else uses the path is the caller's affair.
int listen_on_path(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof name.sun_path) throw std::runtime_error("too long for a socket: " + path);
  path.copy(name.sun_path, path.size());
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) fail("socket");
  ::unlink(path.c_str());
  // The mode is right from the first moment on: bind() makes the file.
  const mode_t before = ::umask(0177);
  const bool bound = ::bind(listener, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
  ::umask(before);
  if (!bound || ::listen(listener, 64) != 0) {
    const int error = errno;
    ::close(listener);
    errno = error;
    fail("cannot listen on " + path);
  }
  return listener;
}

// "127.0.0.1:9320", "[::1]:0", "localhost:80", "unix:/path".
int listen_on(const std::string& address) {
  if (address.starts_with("unix:")) return listen_on_path(address.substr(5));
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) throw std::runtime_error("not HOST:PORT: " + address);
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const char* const name = host.empty() || host == "*" ? nullptr : host.c_str();
  if (const int error = ::getaddrinfo(name, address.c_str() + colon + 1, &hints, &found)) {
    throw std::runtime_error("cannot listen on " + address + ": " + ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  const int listener =
      ::socket(found->ai_family, found->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, found->ai_protocol);
  if (listener < 0) fail("socket");
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(listener, found->ai_addr, found->ai_addrlen) != 0 || ::listen(listener, 4096) != 0) {
    const int error = errno;
    ::close(listener);
    errno = error;
    fail("cannot listen on " + address);
  }
  return listener;
}

std::uint16_t port_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_UNIX) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

Connection::Peer peer_of(const sockaddr_storage& address, bool secure) {
  if (address.ss_family == AF_UNIX) return {.ip = {}, .port = 0, .secure = secure};
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET6) {
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text, sizeof text);
  } else {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  }
  std::string_view ip = text;
  if (ip.starts_with("::ffff:") && ip.contains('.')) ip.remove_prefix(7);
  return {std::string(ip), port_of(address), secure};
}

}  // namespace

struct Server::State {
  State(ServerOptions server_options, Handler& handler)
      : options(std::move(server_options)), shared(options.limits, handler) {}

  struct Thread {
    std::shared_ptr<Loop> loop = std::make_shared<Loop>();
    std::unique_ptr<Counters> counters = std::make_unique<Counters>();
    std::thread thread;
  };

  // Takes connections and hands them to the threads in turn.
  class Acceptor : public Loop::Watcher {
   public:
    Acceptor(State& state, int listener) : state_(state), listener_(listener) {}
    ~Acceptor() override { ::close(listener_); }
    void on_events(std::uint32_t /*events*/) override { state_.accept_from(listener_); }
    // After a failure (too many open files) no event tells when it would work again.
    void on_tick() override { state_.accept_from(listener_); }

   private:
    State& state_;
    int listener_;
  };

  void accept_from(int listener);
  void adopt(int socket, const sockaddr_storage& address);
  void close_listeners();
  bool wait_until_quiet(Milliseconds at_most);

  ServerOptions options;
  Shared shared;
  std::unique_ptr<TlsContext> tls;
  std::vector<Thread> threads;
  std::vector<Acceptor*> acceptors;  // Of the first thread's loop.
  std::vector<std::uint16_t> ports;
  std::size_t next_thread = 0;
  bool running = false;
};

void Server::State::accept_from(int listener) {
  while (!shared.draining) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    const int socket =
        ::accept4(listener, reinterpret_cast<sockaddr*>(&address), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno != EAGAIN) log::warning("cannot take a connection", {{"errno", std::strerror(errno)}});
      return;
    }
    shared.accepted.fetch_add(1, std::memory_order_relaxed);
    if (shared.connections >= options.limits.connections) {
      shared.turned_away.fetch_add(1, std::memory_order_relaxed);
      if (!tls) [[maybe_unused]]
        const auto sent = ::send(socket, too_many.data(), too_many.size(), MSG_NOSIGNAL);
      ::close(socket);
      continue;
    }
    adopt(socket, address);
  }
}

void Server::State::adopt(int socket, const sockaddr_storage& address) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  Thread& thread = threads[next_thread++ % threads.size()];
  Loop& loop = *thread.loop;
  auto connection =
      std::make_unique<Connection>(loop, shared, *thread.counters, tls ? tls->accept(socket) : plain_transport(socket),
                                   peer_of(address, tls != nullptr));
  loop.call([&loop, socket, connection = std::move(connection)]() mutable {
    Connection& started = *connection;
    loop.watch(std::move(connection), socket);
    started.start();
  });
}

void Server::State::close_listeners() {
  shared.draining = true;
  threads.front().loop->call([this] {
    for (Acceptor* const acceptor : acceptors) threads.front().loop->retire(*acceptor);
    acceptors.clear();
  });
}

bool Server::State::wait_until_quiet(Milliseconds at_most) {
  const auto end = std::chrono::steady_clock::now() + at_most;
  while (shared.connections > 0) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(Milliseconds(2));
  }
  return true;
}

Server::Server(ServerOptions options, Handler& handler)
    : state_(std::make_unique<State>(std::move(options), handler)) {}

Server::~Server() {
  if (state_ && state_->running) stop(Milliseconds(0));
}

void Server::start() {
  State& state = *state_;
  if (state.options.tls) state.tls = std::make_unique<TlsContext>(*state.options.tls);
  const unsigned cores = std::max(std::thread::hardware_concurrency(), 1u);
  state.threads.resize(state.options.threads > 0 ? state.options.threads : cores);
  for (const std::string& address : state.options.listen) {
    const int listener = listen_on(address);
    auto acceptor = std::make_unique<State::Acceptor>(state, listener);
    state.acceptors.push_back(acceptor.get());
    state.threads.front().loop->watch(std::move(acceptor), listener);
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&bound), &length);
    state.ports.push_back(port_of(bound));
  }
  for (State::Thread& thread : state.threads) {
    thread.thread = std::thread([loop = thread.loop] {
      set_thread_kind(ThreadKind::io, "tarn-io");
      loop->run();
    });
  }
  state.running = true;
}

std::vector<std::uint16_t> Server::ports() const {
  return state_->ports;
}

void Server::stop(Milliseconds grace) {
  State& state = *state_;
  if (!std::exchange(state.running, false)) return;
  state.close_listeners();
  const auto tell = [&](void (Connection::*what)()) {
    for (State::Thread& thread : state.threads) {
      thread.loop->call([loop = thread.loop.get(), what] {
        loop->for_each([what](Loop::Watcher& watcher) {
          if (auto* const connection = dynamic_cast<Connection*>(&watcher)) (connection->*what)();
        });
      });
    }
  };
  tell(&Connection::drain);
  bool quiet = state.wait_until_quiet(grace);
  if (!quiet) {
    tell(&Connection::cut);
    quiet = state.wait_until_quiet(Milliseconds(2000));
  }
  for (State::Thread& thread : state.threads) thread.loop->stop();
  for (State::Thread& thread : state.threads) thread.thread.join();
  if (quiet) return;
  // A handler that does not heed its stop token still refers to its connection: both are left behind.
  log::warning("requests did not end", {{"connections", state.shared.connections.load()}});
  static_cast<void>(state_.release());
  state_ = std::make_unique<State>(state.options, state.shared.handler);
}

std::vector<Executor*> Server::executors() const {
  std::vector<Executor*> executors;
  for (const State::Thread& thread : state_->threads) executors.push_back(thread.loop.get());
  return executors;
}

Server::Statistics Server::statistics() const {
  const Shared& shared = state_->shared;
  Statistics sum{.connections = shared.connections, .accepted = shared.accepted, .refused = shared.turned_away};
  for (const State::Thread& thread : state_->threads) {
    sum.requests += thread.counters->requests;
    sum.refused += thread.counters->refused;
    sum.bytes_in += thread.counters->bytes_in;
    sum.bytes_out += thread.counters->bytes_out;
  }
  return sum;
}

}  // namespace tarn::http
