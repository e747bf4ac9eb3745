#include "training/algorithms/plain_http.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <thread>

namespace tarn::algorithms {
namespace {

class PlainHttp : public testing::Test {
 protected:
  PlainHttp() {
    thread = std::thread([this] { server.run(); });
  }
  ~PlainHttp() override {
    server.stop();
    thread.join();
    std::filesystem::remove_all(folder);
  }
  // Sends bytes as they are and gives what comes back until the connection ends.
  std::string raw(const std::string& bytes) {
    const int connection = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un place{};
    place.sun_family = AF_UNIX;
    path.copy(place.sun_path, sizeof place.sun_path - 1);
    EXPECT_EQ(::connect(connection, reinterpret_cast<sockaddr*>(&place), sizeof place), 0);
    EXPECT_EQ(::send(connection, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    ::shutdown(connection, SHUT_WR);
    std::string answer;
    char buffer[4096];
    for (ssize_t got; (got = ::recv(connection, buffer, sizeof buffer, 0)) > 0;)
      answer.append(buffer, static_cast<std::size_t>(got));
    ::close(connection);
    return answer;
  }

  static std::string make_folder() {
    const std::string name = "/tmp/tarn-plain-http-" + std::to_string(::getpid());
    std::filesystem::create_directories(name);
    return name;
  }
  std::string folder = make_folder();
  std::string path = folder + "/socket";
  PlainServer server{UnixAddress{path}, [](const PlainMessage& request) -> PlainServer::Response {
                       if (request.first_line.starts_with("GET /throw")) throw std::runtime_error("broken");
                       if (request.first_line.starts_with("GET /slow"))
                         std::this_thread::sleep_for(std::chrono::milliseconds(300));
                       return {.content_type = request.header("content-type"),
                               .body = request.first_line + "|" + request.body};
                     }};
  std::thread thread;
};

TEST_F(PlainHttp, AnswersOverAKeptConnection) {
  PlainClient client(UnixAddress{path});
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.send("POST", "/invocations", {{"Content-Type", "text/csv"}}, "body", 250, 1000);
    EXPECT_EQ(status_of(answer.first_line), 200);
    EXPECT_EQ(answer.header("content-type"), "text/csv");
    EXPECT_EQ(answer.body, "POST /invocations HTTP/1.1|body");
  }
  const std::string large(5 << 20, 'x');
  EXPECT_EQ(client.send("POST", "/", {}, large, 250, 5000).body, "POST / HTTP/1.1|" + large);
}

TEST_F(PlainHttp, AHandlerThatThrowsIsAnAnswer) {
  PlainClient client(UnixAddress{path});
  const auto answer = client.send("GET", "/throw", {}, "", 250, 1000);
  EXPECT_EQ(status_of(answer.first_line), 500);
  EXPECT_EQ(answer.body, "broken");
  EXPECT_EQ(status_of(client.send("GET", "/", {}, "", 250, 1000).first_line), 200);
}

TEST_F(PlainHttp, TimesOutAndGoesOnWithANewConnection) {
  PlainClient client(UnixAddress{path});
  EXPECT_THROW(client.send("GET", "/slow", {}, "", 250, 50), std::runtime_error);
  EXPECT_EQ(client.send("GET", "/", {}, "", 250, 1000).body, "GET / HTTP/1.1|");
}

TEST_F(PlainHttp, NobodyThereIsAnError) {
  PlainClient client(UnixAddress{folder + "/none"});
  EXPECT_THROW(client.send("GET", "/ping", {}, "", 50, 50), std::runtime_error);
}

TEST_F(PlainHttp, TakesChunkedBodiesAndDropsBrokenOnes) {
  EXPECT_NE(raw("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").find("|abcde"),
            std::string::npos);
  EXPECT_EQ(raw("POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"), "");
  EXPECT_EQ(raw("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nshort"), "");
  EXPECT_EQ(raw("GET / HTTP/1.1\r\nno colon\r\n\r\n"), "");
  EXPECT_EQ(raw("GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x')), "");
  EXPECT_EQ(raw("POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n"), "");
}

}  // namespace
}  // namespace tarn::algorithms
