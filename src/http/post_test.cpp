#include "http/post.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <thread>

namespace tarn::http {
namespace {

using std::chrono::milliseconds;

TEST(PostUrl, IsTakenApart) {
  const auto plain = Url::parse("http://example.org/hook?x=1");
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->tls);
  EXPECT_EQ(plain->host, "example.org");
  EXPECT_EQ(plain->port, 80);
  EXPECT_EQ(plain->target, "/hook?x=1");
  const auto secure = Url::parse("https://[::1]:8443");
  ASSERT_TRUE(secure);
  EXPECT_TRUE(secure->tls);
  EXPECT_EQ(secure->host, "::1");
  EXPECT_EQ(secure->port, 8443);
  EXPECT_EQ(secure->target, "/");
  EXPECT_EQ(Url::parse("http://h?q")->target, "/?q");
  for (const char* bad : {"", "ftp://h/", "http://", "http:///x", "http://h:0/", "http://h:99999/", "http://h:x/",
                          "http://u@h/", "http://h/#f", "http://h/a b", "http://h/\r\nX: y", "//h/"}) {
    EXPECT_FALSE(Url::parse(bad)) << bad;
  }
}

// Takes one connection, reads what comes, and says `answer`.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(listener_, 1);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this, answer = std::move(answer)] {
      const int peer = ::accept(listener_, nullptr, nullptr);
      char buffer[4096];
      while (seen.find("body!") == std::string::npos) {
        const ssize_t got = ::recv(peer, buffer, sizeof buffer, 0);
        if (got <= 0) break;
        seen.append(buffer, static_cast<std::size_t>(got));
      }
      ::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
      if (answer.empty()) std::this_thread::sleep_for(milliseconds(300));
      ::close(peer);
    });
  }
  ~OneAnswer() {
    join();
    ::close(listener_);
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  Url url() const { return *Url::parse("http://127.0.0.1:" + std::to_string(port) + "/hook"); }
  std::uint16_t port = 0;
  std::string seen;

 private:
  int listener_ = -1;
  std::thread thread_;
};

TEST(Post, SendsAndTellsTheStatus) {
  OneAnswer server("HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(post(server.url(), {{"X-A", "b"}}, "the body!", milliseconds(5'000)), 204);
  server.join();
  EXPECT_TRUE(server.seen.starts_with("POST /hook HTTP/1.1\r\nHost: 127.0.0.1:"));
  EXPECT_NE(server.seen.find("\r\nX-A: b\r\n"), std::string::npos);
  EXPECT_NE(server.seen.find("\r\nContent-Length: 9\r\n"), std::string::npos);
}

TEST(Post, WhatIsNoAnswerIsAnError) {
  OneAnswer noise("hello");
  EXPECT_THROW(post(noise.url(), {}, "body!", milliseconds(5'000)), std::runtime_error);
  OneAnswer silence("");
  EXPECT_THROW(post(silence.url(), {}, "body!", milliseconds(100)), std::runtime_error);
  // Whatever failed, nothing stays open.
  const int before = ::dup(0);
  ::close(before);
  for (int i = 0; i < 3; ++i) {
    Url secure = *Url::parse("https://127.0.0.1:1");
    EXPECT_THROW(post(secure, {}, "body!", milliseconds(1'000)), std::runtime_error);
    OneAnswer plain("no TLS here");
    secure.port = plain.port;
    EXPECT_THROW(post(secure, {}, "body!", milliseconds(300)), std::runtime_error);
  }
  const int after = ::dup(0);
  ::close(after);
  EXPECT_LE(after, before);  // Less, where the peer before was still closing its end.
  Url nobody = noise.url();
  nobody.port = 1;
  EXPECT_THROW(post(nobody, {}, "body!", milliseconds(1'000)), std::runtime_error);
}

}  // namespace
}  // namespace tarn::http
