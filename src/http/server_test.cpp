// The server as clients see it: real sockets on loopback, bytes in and bytes out.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/blocking.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/eventually.h"
#include "http/http.h"

namespace tarn::http {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Bytes that come in pieces of a given size; `broken` ones end with an exception.
class PatternStream : public ByteStream {
 public:
  PatternStream(std::size_t total, std::size_t piece, bool broken = false)
      : left_(total), piece_(piece), broken_(broken) {}
  Task<std::size_t> read(std::span<std::byte> buffer) override {
    if (left_ == 0 && broken_) throw std::runtime_error("the disk died");
    const std::size_t size = std::min({left_, piece_, buffer.size()});
    for (std::size_t i = 0; i < size; ++i) buffer[i] = static_cast<std::byte>('a' + (at_ + i) % 26);
    at_ += size;
    left_ -= size;
    co_return size;
  }

 private:
  std::size_t at_ = 0;
  std::size_t left_;
  std::size_t piece_;
  bool broken_;
};

std::string pattern(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 26);
  return text;
}

// A file handed out in two slices.
class SliceStream : public ByteStream {
 public:
  explicit SliceStream(std::size_t size) : size_(size), fd_(memfd_create("slices", MFD_CLOEXEC)) {
    const std::string text = pattern(size);
    EXPECT_EQ(::write(fd_, text.data(), size), static_cast<ssize_t>(size));
  }
  ~SliceStream() override { ::close(fd_); }
  Task<std::size_t> read(std::span<std::byte>) override { co_return 0; }
  std::optional<FileSlice> next_slice() override {
    if (at_ == size_) return std::nullopt;
    const std::size_t length = at_ == 0 ? (size_ + 2) / 3 : size_ - at_;
    const std::size_t offset = std::exchange(at_, at_ + length);
    return FileSlice{.fd = fd_, .offset = offset, .length = length, .owner = nullptr};
  }

 private:
  std::size_t size_;
  std::size_t at_ = 0;
  int fd_;
};

// Answers by path.
class TestHandler : public Handler {
 public:
  Task<Response> handle(Request& request) override {
    Response response;
    if (request.path == "/text") {
      response.headers.add("X-Seen", request.peer_ip);
      response.text = "hello";
    } else if (request.path == "/echo") {
      response.text = co_await read_all(request);
    } else if (request.path == "/ignore") {
      response.status = 403;
      response.text = "no";
    } else if (request.path == "/stream") {
      const std::size_t size = std::stoul(std::string(*request.parameter("size")));
      response.stream = std::make_unique<PatternStream>(size, 70'000, request.parameter("broken").has_value());
      if (!request.parameter("unknown")) response.length = size + (request.parameter("short") ? 1 : 0);
    } else if (request.path == "/slices") {
      const std::size_t size = std::stoul(std::string(*request.parameter("size")));
      response.stream = std::make_unique<SliceStream>(size);
      if (!request.parameter("unknown")) response.length = size;
    } else if (request.path == "/empty") {
      response.status = 204;
    } else if (request.path == "/unmodified") {
      response.status = 304;
    } else if (request.path == "/hop") {
      co_await blocking([] { return 1; });
      response.text = "hopped";
    } else if (request.path == "/fail") {
      throw std::runtime_error("secret detail");
    } else if (request.path == "/slow") {
      ++slow_started;
      for (int i = 0; i < 500 && !co_await stop_requested(); ++i) co_await sleep_for(Milliseconds(5));
      if (co_await stop_requested()) ++slow_stopped;
      response.text = "slow";
    } else if (request.path == "/endless") {
      ++slow_started;
      while (!co_await stop_requested()) co_await sleep_for(Milliseconds(5));
      ++slow_stopped;
    } else if (request.path == "/keep-body") {
      kept_body = std::move(request.body);
    }
    co_return response;
  }

  static Task<std::string> read_all(Request& request) {
    std::string text;
    std::byte buffer[1000];
    while (request.body) {
      const std::size_t size = co_await request.body->read(buffer);
      if (size == 0) break;
      text += as_text({buffer, size});
    }
    co_return text;
  }

  std::atomic<int> slow_started = 0;
  std::atomic<int> slow_stopped = 0;
  std::unique_ptr<ByteStream> kept_body;
};

class Client {
 public:
  explicit Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  ~Client() { close(); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  // As a process that dies, or a socket that is closed with bytes unread.
  void reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }
  void end_sending() { ::shutdown(fd_, SHUT_WR); }
  int fd() const { return fd_; }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t size = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(size));
    }
  }
  // Until the text so far ends with `end`, or the server closes.
  std::string receive_until(std::string_view end) {
    std::string text;
    char buffer[65536];
    while (end.empty() || !text.ends_with(end)) {
      const ssize_t size = ::recv(fd_, buffer, sizeof buffer, 0);
      if (size <= 0) break;
      text.append(buffer, static_cast<std::size_t>(size));
    }
    return text;
  }
  std::string receive_all() { return receive_until(""); }
  // A head and as much body as its Content-Length says.
  std::string ask_sized(std::string_view bytes) {
    send(bytes);
    std::string text;
    std::size_t wanted = std::string::npos;
    char buffer[65536];
    while (text.size() < wanted) {
      const ssize_t size = ::recv(fd_, buffer, sizeof buffer, 0);
      if (size <= 0) break;
      text.append(buffer, static_cast<std::size_t>(size));
      const std::size_t head = text.find("\r\n\r\n");
      if (wanted != std::string::npos || head == std::string::npos) continue;
      wanted = head + 4 + std::stoul(text.substr(text.find("Content-Length: ") + 16));
    }
    return text;
  }
  std::string ask(std::string_view bytes, std::string_view end) {
    send(bytes);
    return receive_until(end);
  }

 private:
  int fd_;
};

std::string body_of(const std::string& response) {
  return response.substr(response.find("\r\n\r\n") + 4);
}

class ServerTest : public testing::Test {
 protected:
  explicit ServerTest(ServerOptions options = {}) {
    options.listen = {"127.0.0.1:0"};
    options.threads = 2;
    options.limits.drain_bytes = 10'000;
    server = std::make_unique<Server>(std::move(options), handler);
    server->start();
  }
  std::uint16_t port() const { return server->ports().at(0); }

  TestHandler handler;
  std::unique_ptr<Server> server;
};

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
  Client client(port());
  for (int i = 0; i < 3; ++i) {
    const std::string answer = client.ask("GET /text HTTP/1.1\r\nHost: h\r\n\r\n", "hello");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\nDate: "));
    EXPECT_THAT(answer, HasSubstr("\r\nX-Seen: 127.0.0.1\r\nContent-Length: 5\r\n\r\nhello"));
    EXPECT_THAT(answer, Not(HasSubstr("Connection:")));
  }
  EXPECT_EQ(server->statistics().requests, 3u);
  EXPECT_EQ(server->statistics().accepted, 1u);
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  Client client(port());
  std::string requests;
  std::string expected;
  for (int i = 0; i < 50; ++i) {
    requests += "PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n" + std::to_string(100 + i) + "\r\n";
    requests += "GET /hop HTTP/1.1\r\nHost: h\r\n\r\n";
    expected += std::to_string(100 + i) + "hopped";
  }
  client.send(requests + "GET /text HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string all = client.receive_all();
  std::string bodies;
  for (std::size_t at = 0; (at = all.find("\r\n\r\n", at)) != std::string::npos;) {
    at += 4;
    bodies += all.substr(at, all.find("HTTP/1.1", at) - at);
  }
  EXPECT_EQ(bodies, expected + "hello");
}

TEST_F(ServerTest, AHeadMayComeByteByByte) {
  Client client(port());
  for (const char c : std::string("PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")) {
    client.send({&c, 1});
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  EXPECT_THAT(client.receive_until("hi"), EndsWith("\r\n\r\nhi"));
}

TEST_F(ServerTest, ReadsLargeBodiesOfBothFramings) {
  const std::string body = pattern(1'000'000);
  Client client(port());
  const std::string sized = client.ask_sized("PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + body);
  EXPECT_EQ(body_of(sized), body);
  std::string chunks;
  for (std::size_t at = 0; at < body.size(); at += 12'345) {
    const std::string piece = body.substr(at, 12'345);
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
    chunks += size + piece + "\r\n";
  }
  const std::string chunked = client.ask_sized("PUT /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
                                               chunks + "0\r\nX-Trailer: y\r\n\r\n");
  EXPECT_EQ(body_of(chunked), body);
}

TEST_F(ServerTest, SaysContinueOnlyWhenTheBodyIsRead) {
  Client client(port());
  const std::string head = " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
  EXPECT_EQ(client.ask("PUT /echo" + head, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_THAT(client.ask("body", "body"), StartsWith("HTTP/1.1 200 OK"));
  // Refused without reading: no 100, and as the client may or may not send the body now, the connection ends.
  EXPECT_THAT(client.ask("PUT /ignore" + head, "no"),
              AllOf(StartsWith("HTTP/1.1 403 Forbidden"), HasSubstr("Connection: close")));
}

TEST_F(ServerTest, DrainsASmallUnreadBody) {
  Client client(port());
  const std::string put = "PUT /ignore HTTP/1.1\r\nHost: h\r\nContent-Length: 9000\r\n\r\n" + std::string(9000, 'x');
  EXPECT_THAT(client.ask(put, "no"), Not(HasSubstr("Connection: close")));
  EXPECT_THAT(client.ask("GET /text HTTP/1.1\r\nHost: h\r\n\r\n", "hello"), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, ClosesAfterALargeUnreadBodyWithoutLosingTheAnswer) {
  Client client(port());
  client.send("PUT /ignore HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n");
  client.send(std::string(3'000'000, 'x'));
  EXPECT_THAT(client.receive_all(), AllOf(StartsWith("HTTP/1.1 403"), HasSubstr("Connection: close"), EndsWith("no")));
}

TEST_F(ServerTest, StreamsOfKnownAndUnknownLength) {
  const std::string body = pattern(300'000);
  Client client(port());
  const std::string known = client.ask_sized("GET /stream?size=300000 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(known, HasSubstr("\r\nContent-Length: 300000\r\n"));
  EXPECT_EQ(body_of(known), body);
  const std::string unknown = client.ask("GET /stream?size=100000&unknown HTTP/1.1\r\nHost: h\r\n\r\n", "0\r\n\r\n");
  EXPECT_THAT(unknown, HasSubstr("\r\nTransfer-Encoding: chunked\r\n"));
  EXPECT_EQ(body_of(unknown),
            "11170\r\n" + body.substr(0, 70'000) + "\r\n7530\r\n" + body.substr(70'000, 30'000) + "\r\n0\r\n\r\n");
  const std::string old = Client(port()).ask("GET /stream?size=10&unknown HTTP/1.0\r\n\r\n", "");
  EXPECT_THAT(old, AllOf(HasSubstr("Connection: close\r\n"), EndsWith("\r\n\r\nabcdefghij")));
}

TEST_F(ServerTest, SendsFilesWhole) {
  for (const std::size_t size : {0, 1, 2, 1000, 100'000, 5'000'000}) {
    Client client(port());
    const std::string target = "/slices?size=" + std::to_string(size);
    client.send("GET " + target + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(body_of(client.receive_all()), pattern(size)) << size;
  }
  const std::string chunked =
      Client(port()).ask("GET /slices?size=30&unknown HTTP/1.1\r\nHost: h\r\n\r\n", "0\r\n\r\n");
  EXPECT_EQ(body_of(chunked), "a\r\nabcdefghij\r\n14\r\nklmnopqrstuvwxyzabcd\r\n0\r\n\r\n");
}

TEST_F(ServerTest, AnAnswerThatBreaksOffBreaksTheConnection) {
  const std::string failed = Client(port()).ask("GET /stream?size=10&broken&unknown HTTP/1.1\r\nHost: h\r\n\r\n", "");
  EXPECT_THAT(failed, EndsWith("a\r\nabcdefghij\r\n"));
  const std::string shorter = Client(port()).ask("GET /stream?size=10&short HTTP/1.1\r\nHost: h\r\n\r\n", "");
  EXPECT_THAT(shorter, AllOf(HasSubstr("Content-Length: 11\r\n"), EndsWith("abcdefghij")));
}

TEST_F(ServerTest, AnAnswerThatFailsBeforeItsFirstByteSaysSo) {
  Client client(port());
  const std::string answer = client.ask("GET /stream?size=0&unknown&broken HTTP/1.1\r\nHost: h\r\n\r\n", "");
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 500"), HasSubstr("Connection: close"), Not(HasSubstr("disk"))));
}

TEST_F(ServerTest, SomeAnswersHaveNoBody) {
  Client client(port());
  EXPECT_THAT(client.ask("HEAD /text HTTP/1.1\r\nHost: h\r\n\r\n", "\r\n\r\n"), HasSubstr("Content-Length: 5\r\n\r\n"));
  EXPECT_THAT(client.ask("HEAD /stream?size=77 HTTP/1.1\r\nHost: h\r\n\r\n", "\r\n\r\n"),
              HasSubstr("Content-Length: 77\r\n\r\n"));
  EXPECT_THAT(client.ask("GET /empty HTTP/1.1\r\nHost: h\r\n\r\n", "\r\n\r\n"), Not(HasSubstr("Content-Length")));
  EXPECT_THAT(client.ask("GET /unmodified HTTP/1.1\r\nHost: h\r\n\r\n", "\r\n\r\n"), Not(HasSubstr("Content-Length")));
  EXPECT_THAT(client.ask("GET /text HTTP/1.1\r\nHost: h\r\n\r\n", "hello"), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, RefusesWhatIsMalformedAndCloses) {
  EXPECT_THAT(Client(port()).ask("GET / HTTP/1.1\nHost: h\n\n", ""),
              AllOf(StartsWith("HTTP/1.1 400 Bad Request"), HasSubstr("Connection: close")));
  EXPECT_THAT(
      Client(port()).ask("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", ""),
      StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(Client(port()).ask("GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\n", ""),
              StartsWith("HTTP/1.1 414 URI Too Long"));
  EXPECT_THAT(Client(port()).ask("GET / HTTP/1.1\r\nA: " + std::string(70'000, 'a'), ""), StartsWith("HTTP/1.1 431"));
  EXPECT_EQ(server->statistics().refused, 4u);
}

TEST_F(ServerTest, ABrokenBodyReachesTheHandlerAsAnError) {
  Client client(port());
  // The handler's Error is an accident here, as nothing stands between it and the server.
  EXPECT_THAT(client.ask("PUT /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ""),
              AllOf(StartsWith("HTTP/1.1 500"), HasSubstr("Connection: close")));
}

TEST_F(ServerTest, AnAccidentTellsNothing) {
  Client client(port());
  const std::string answer = client.ask("GET /fail HTTP/1.1\r\nHost: h\r\n\r\n", "failure.\n");
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 500"), Not(HasSubstr("secret"))));
  EXPECT_THAT(client.ask("GET /text HTTP/1.1\r\nHost: h\r\n\r\n", "hello"), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, ABodyThatIsKeptTooLongCanDoNoHarm) {
  Client(port()).ask("PUT /keep-body HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc", "");
  server->stop(Milliseconds(1000));
  ASSERT_TRUE(handler.kept_body);
  std::byte buffer[8];
  EXPECT_THROW(sync_wait(handler.kept_body->read(buffer)), Error);
}

TEST_F(ServerTest, AClientThatGoesStopsItsHandler) {
  Client client(port());
  client.send("GET /endless HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return handler.slow_started == 1; }));
  client.reset();
  EXPECT_TRUE(eventually([&] { return handler.slow_stopped == 1; }));
}

TEST_F(ServerTest, AClientThatEndsItsSideStillGetsItsAnswers) {
  for (const std::string path : {"/text", "/hop", "/stream?size=300000", "/slices?size=3000000"}) {
    Client client(port());
    client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    client.end_sending();
    const std::string answer = client.receive_all();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK")) << path;
    const std::size_t size = path.find("size=");
    if (size != path.npos) EXPECT_EQ(body_of(answer), pattern(std::stoul(path.substr(size + 5)))) << path;
  }
  Client both(port());
  both.send("PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET /hop HTTP/1.1\r\nHost: h\r\n\r\n");
  both.end_sending();
  EXPECT_THAT(both.receive_all(), AllOf(HasSubstr("abc"), EndsWith("hopped")));
}

TEST_F(ServerTest, AHandlerThatRunsWhenTheClientEndsItsSideGoesOn) {
  Client client(port());
  client.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return handler.slow_started == 1; }));
  client.end_sending();
  EXPECT_THAT(client.receive_all(), EndsWith("slow"));
  EXPECT_EQ(handler.slow_stopped, 0);
}

TEST_F(ServerTest, ABodyThatEndsBeforeItsLengthIsAnError) {
  Client client(port());
  client.send("PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  client.end_sending();
  EXPECT_THAT(client.receive_all(), AllOf(StartsWith("HTTP/1.1 500"), HasSubstr("Connection: close")));
  Client more(port());
  // What is beyond the length is the next request, and none.
  EXPECT_THAT(more.ask("PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nabcdef\r\n\r\n", ""),
              AllOf(HasSubstr("ab"), HasSubstr("HTTP/1.1 400"), Not(HasSubstr("abc"))));
}

TEST_F(ServerTest, TenThousandHeadersAreTooMany) {
  std::string request = "GET /text HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 10'000; ++i) request += "x-" + std::to_string(i) + ": y\r\n";
  Client client(port());
  EXPECT_THAT(client.ask(request + "\r\n", ""), StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(Client(port()).ask("GET /text HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", ""), EndsWith("hello"));
}

TEST_F(ServerTest, StopLetsRequestsEndAndClosesIdleConnections) {
  Client idle(port());
  idle.ask("GET /text HTTP/1.1\r\nHost: h\r\n\r\n", "hello");
  Client running(port());
  running.send("PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nh");
  ASSERT_TRUE(eventually([&] { return server->statistics().requests == 2; }));
  std::thread stopper([&] { server->stop(kPatience); });
  EXPECT_EQ(idle.receive_all(), "");
  EXPECT_THAT(running.ask("i", ""), AllOf(HasSubstr("Connection: close"), EndsWith("hi")));
  stopper.join();
}

TEST_F(ServerTest, StopStopsTheTasksThatDoNotEnd) {
  Client client(port());
  client.send("GET /endless HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return handler.slow_started == 1; }));
  server->stop(Milliseconds(10));
  EXPECT_EQ(handler.slow_stopped, 1);
}

ServerOptions with_limits(Limits limits) {
  ServerOptions options;
  options.limits = limits;
  return options;
}

class ImpatientServerTest : public ServerTest {
 protected:
  ImpatientServerTest()
      : ServerTest(with_limits({.idle_timeout = Milliseconds(300),
                                .head_timeout = Milliseconds(300),
                                .body_timeout = Milliseconds(300)})) {}
};

TEST_F(ImpatientServerTest, EndsWhoIsTooSlow) {
  Client idle(port());
  Client slow_head(port());
  Client slow_body(port());
  slow_head.send("GET / HT");
  slow_body.send("PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_EQ(idle.receive_all(), "");
  EXPECT_THAT(slow_head.receive_all(), StartsWith("HTTP/1.1 408 Request Timeout"));
  EXPECT_THAT(slow_body.receive_all(), AllOf(StartsWith("HTTP/1.1 500"), HasSubstr("Connection: close")));
}

TEST_F(ImpatientServerTest, ASlowHeadIsEndedHoweverManyBytesCome) {
  Client slow(port());
  slow.send("GET /text HTTP/1.1\r\nHost: h\r\n");
  std::jthread dripper([&](std::stop_token stop) {
    while (!stop.stop_requested()) {
      slow.send("x-a: b\r\n");
      std::this_thread::sleep_for(Milliseconds(50));
    }
  });
  EXPECT_THAT(slow.receive_until("\r\n"), StartsWith("HTTP/1.1 408"));
}

TEST_F(ImpatientServerTest, EndsWhoDoesNotReadItsAnswer) {
  Client client(port());
  client.send("GET /slices?size=50000000 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(eventually([&] { return server->statistics().accepted == 1; }));
  EXPECT_TRUE(eventually([&] { return server->statistics().connections == 0; }));
}

class FullServerTest : public ServerTest {
 protected:
  FullServerTest() : ServerTest(with_limits({.connections = 3})) {}
};

TEST_F(FullServerTest, RefusesConnectionsBeyondTheLimit) {
  Client one(port());
  Client two(port());
  Client three(port());
  for (Client* client : {&one, &two, &three}) client->ask("GET /text HTTP/1.1\r\nHost: h\r\n\r\n", "hello");
  EXPECT_THAT(Client(port()).receive_all(), StartsWith("HTTP/1.1 503 Service Unavailable"));
}

ServerOptions with_tls() {
  ServerOptions options;
  options.tls = TlsOptions{.self_made = true};
  return options;
}

class TlsServerTest : public ServerTest {
 protected:
  TlsServerTest() : ServerTest(with_tls()), context(SSL_CTX_new(TLS_client_method())), client(port()) {
    ssl = SSL_new(context);
    SSL_set_fd(ssl, client.fd());
  }
  ~TlsServerTest() override {
    SSL_free(ssl);
    SSL_CTX_free(context);
  }
  std::string ask(const std::string& bytes) {
    EXPECT_EQ(SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size())), static_cast<int>(bytes.size()));
    std::string text;
    char buffer[65536];
    for (int size = 0; (size = SSL_read(ssl, buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(size));
    }
    return text;
  }

  SSL_CTX* context;
  SSL* ssl;
  Client client;
};

TEST_F(TlsServerTest, ServesBodiesBothWays) {
  ASSERT_EQ(SSL_connect(ssl), 1);
  EXPECT_STREQ(SSL_get_version(ssl), "TLSv1.3");
  const std::string body = pattern(200'000);
  EXPECT_EQ(body_of(ask("PUT /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 200000\r\n\r\n" + body)),
            body);
}

TEST_F(TlsServerTest, ServesFiles) {
  ASSERT_EQ(SSL_connect(ssl), 1);
  EXPECT_EQ(body_of(ask("GET /slices?size=1000000 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")),
            pattern(1'000'000));
}

TEST_F(TlsServerTest, AClientThatEndsItsSideStillGetsItsAnswer) {
  ASSERT_EQ(SSL_connect(ssl), 1);
  const std::string request = "GET /hop HTTP/1.1\r\nHost: h\r\n\r\n";
  ASSERT_EQ(SSL_write(ssl, request.data(), static_cast<int>(request.size())), static_cast<int>(request.size()));
  SSL_shutdown(ssl);
  client.end_sending();
  std::string text;
  char buffer[4096];
  for (int size = 0; (size = SSL_read(ssl, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(size));
  EXPECT_THAT(text, EndsWith("hopped"));
}

TEST_F(TlsServerTest, TakesNothingOlderThanTls12) {
  SSL_set_max_proto_version(ssl, TLS1_1_VERSION);
  EXPECT_NE(SSL_connect(ssl), 1);
}

TEST_F(TlsServerTest, PlainHttpGetsNoAnswer) {
  EXPECT_THAT(Client(port()).ask("GET /text HTTP/1.1\r\nHost: h\r\n\r\n", ""), Not(HasSubstr("hello")));
}

TEST(Server, RefusesToStartOnNonsense) {
  TestHandler handler;
  EXPECT_THROW(Server({.listen = {"nowhere"}}, handler).start(), std::runtime_error);
  EXPECT_THROW(Server({.listen = {"127.0.0.1:0"}, .tls = TlsOptions{"/no/cert", "/no/key"}}, handler).start(),
               std::runtime_error);
}

TEST(Server, ListensOnSeveralAddresses) {
  TestHandler handler;
  Server server({.listen = {"127.0.0.1:0", "[::1]:0"}, .threads = 1}, handler);
  server.start();
  ASSERT_EQ(server.ports().size(), 2u);
  EXPECT_THAT(Client(server.ports()[0]).ask("GET /text HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", ""),
              EndsWith("hello"));
  const int six = ::socket(AF_INET6, SOCK_STREAM, 0);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(server.ports()[1]);
  address.sin6_addr = in6addr_loopback;
  EXPECT_EQ(::connect(six, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::close(six);
}

}  // namespace
}  // namespace tarn::http
