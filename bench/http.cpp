// The server alone: keep-alive GETs of a fixed 4 KiB body, beside nginx's of a file of that size where nginx is
// installed. What is compared is the server's CPU a request; client and server share the machine.
//   bench_http [connections] [seconds]
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "http/http.h"

namespace {

using namespace tarn;

constexpr std::size_t body_bytes = 4096;

class FixedBody : public http::Handler {
 public:
  Task<http::Response> handle(http::Request&) override {
    http::Response response;
    response.headers.add("Content-Type", "application/octet-stream");
    response.headers.add("ETag", "\"d41d8cd98f00b204e9800998ecf8427e\"");
    response.text = body_;
    co_return response;
  }

 private:
  std::string body_ = std::string(body_bytes, 'x');
};

// User and system time of a process and its children that live, from /proc.
double cpu_seconds(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(file, text);
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  double total = (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  std::ifstream children("/proc/" + std::to_string(process) + "/task/" + std::to_string(process) + "/children");
  for (pid_t child = 0; children >> child;) total += cpu_seconds(child);
  return total;
}

int connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int i = 0; i < 500; ++i) {
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) break;
    ::usleep(10'000);
  }
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

// One connection's requests until `stop`; how many were answered whole.
long ask(std::uint16_t port, const std::atomic<bool>& stop) {
  const int socket = connect_to(port);
  const std::string request = "GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n";
  std::vector<char> buffer(64 << 10);
  long answered = 0;
  std::size_t whole = 0;  // Of an answer, learned from the first.
  while (!stop) {
    if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) <= 0) break;
    std::size_t size = 0;
    while (whole == 0 || size < whole) {
      const ssize_t count = ::recv(socket, buffer.data() + size, buffer.size() - size, 0);
      if (count <= 0) return answered;
      size += static_cast<std::size_t>(count);
      const std::string_view text(buffer.data(), size);
      if (whole == 0 && text.contains("\r\n\r\n")) whole = text.find("\r\n\r\n") + 4 + body_bytes;
    }
    ++answered;
  }
  ::close(socket);
  return answered;
}

void measure(const char* name, pid_t server, std::uint16_t port, int connections, double seconds) {
  std::atomic<bool> stop = false;
  std::atomic<long> answered = 0;
  ::close(connect_to(port));
  const double before = cpu_seconds(server);
  std::vector<std::thread> clients;
  for (int i = 0; i < connections; ++i) clients.emplace_back([&] { answered += ask(port, stop); });
  ::usleep(static_cast<useconds_t>(seconds * 1e6));
  stop = true;
  for (auto& client : clients) client.join();
  const double cpu = cpu_seconds(server) - before;
  std::printf("%-8s %3d connections: %8.0f requests/s, %5.1f us of server CPU a request\n", name, connections,
              static_cast<double>(answered) / seconds, cpu * 1e6 / static_cast<double>(std::max(answered.load(), 1L)));
}

pid_t start_tarn(std::uint16_t port) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  FixedBody handler;
  http::Server server({.listen = {"127.0.0.1:" + std::to_string(port)}, .threads = 2}, handler);
  server.start();
  while (true) ::pause();
}

// None where there is no nginx.
pid_t start_nginx(std::uint16_t port, const std::string& folder) {
  if (::access("/usr/sbin/nginx", X_OK) != 0) return 0;
  std::filesystem::create_directories(folder + "/data");
  std::filesystem::permissions(folder, std::filesystem::perms::others_exec | std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  std::ofstream(folder + "/data/file") << std::string(body_bytes, 'x');
  std::ofstream(folder + "/nginx.conf")
      << "worker_processes 2; daemon off; pid " << folder << "/pid; error_log " << folder << "/log;\n"
      << "events { worker_connections 1024; }\nhttp { access_log off; sendfile on; tcp_nopush on; tcp_nodelay on;\n"
      << "keepalive_requests 100000000; open_file_cache max=100 inactive=600s; open_file_cache_valid 600s;\n"
      << "server { listen 127.0.0.1:" << port << "; root " << folder << "/data; } }\n";
  const pid_t child = ::fork();
  if (child != 0) return child;
  const std::string configuration = folder + "/nginx.conf";
  const std::string log = folder + "/log";
  ::execl("/usr/sbin/nginx", "nginx", "-e", log.c_str(), "-c", configuration.c_str(), nullptr);
  ::_exit(1);
}

void end(pid_t process) {
  ::kill(process, SIGTERM);
  ::waitpid(process, nullptr, 0);
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 2 ? std::atof(argv[2]) : 2;
  const std::vector<int> connections = argc > 1 ? std::vector{std::atoi(argv[1])} : std::vector{8, 32};
  const auto port = static_cast<std::uint16_t>(20'000 + ::getpid() % 10'000);
  char folder[] = "/tmp/tarn-bench-http-XXXXXX";
  if (!::mkdtemp(folder)) return 1;
  const pid_t tarn = start_tarn(port);
  const pid_t nginx = start_nginx(port + 1, folder);
  for (const int count : connections) {
    measure("tarn", tarn, port, count, seconds);
    if (nginx > 0) measure("nginx", nginx, port + 1, count, seconds);
  }
  end(tarn);
  if (nginx > 0) end(nginx);
  std::filesystem::remove_all(folder);
}
