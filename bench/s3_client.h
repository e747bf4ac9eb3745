// A client that costs little: one connection, blocking, requests signed (SigV4) over the head alone, bodies that are
// received thrown away (by the kernel, but over TLS). For load, not for use: it trusts the server.
#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/time.h"

namespace tarn::bench {

struct Target {
  std::string host = "127.0.0.1";
  std::uint16_t port = 9320;
  std::string access_key;  // Empty: requests are not signed.
  std::string secret_key;
  std::string region = "us-east-1";
  bool sign_bodies = false;  // Or UNSIGNED-PAYLOAD.
  SSL_CTX* tls = nullptr;    // Null: plain.
  std::string host_header() const { return host + ":" + std::to_string(port); }
};

struct Call {
  std::string_view method;
  std::string path;
  std::string query = {};  // As it is signed: sorted, each with a "=".
  std::string_view body = {};
  std::string headers = {};  // Further ones, unsigned: "Range: …\r\n".
  bool keep_body = false;
};

struct Answer {
  int status = 0;
  std::string e_tag;
  std::string body;  // Where it was to be kept.
};

class Client {
 public:
  explicit Client(const Target& target) : target_(target) { connect(); }
  ~Client() {
    SSL_free(tls_);
    ::close(socket_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Answer call(const Call& call) {
    send(head_of(call), call.body);
    return receive(call);
  }

 private:
  void connect() {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(target_.port);
    ::inet_pton(AF_INET, target_.host.c_str(), &address.sin_addr);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect to " + target_.host_header());
    }
    if (!target_.tls) return;
    tls_ = SSL_new(target_.tls);
    SSL_set_fd(tls_, socket_);
    if (SSL_connect(tls_) != 1) throw std::runtime_error("no TLS with " + target_.host_header());
  }

  std::string head_of(const Call& call) {
    std::string head(call.method);
    head += " " + call.path + (call.query.empty() ? "" : "?" + call.query) + " HTTP/1.1\r\nHost: ";
    head += target_.host_header() + "\r\n";
    if (!target_.access_key.empty()) sign(call, head);
    if (!call.body.empty() || call.method == "PUT" || call.method == "POST") {
      head += "Content-Length: " + std::to_string(call.body.size()) + "\r\n";
    }
    return head + call.headers + "\r\n";
  }

  void sign(const Call& call, std::string& head) {
    static const std::string empty_sha256 = to_hex(sha256(""));
    std::string_view payload = "UNSIGNED-PAYLOAD";
    if (call.body.empty()) payload = empty_sha256;
    if (!call.body.empty() && target_.sign_bodies) payload = hash_of(call.body);
    renew_key();
    const std::string signed_headers = "host;x-amz-content-sha256;x-amz-date";
    std::string canonical(call.method);
    canonical += "\n" + call.path + "\n" + call.query + "\nhost:" + target_.host_header();
    canonical.append("\nx-amz-content-sha256:").append(payload) += "\nx-amz-date:" + stamp_ + "\n\n";
    (canonical += signed_headers + "\n").append(payload);
    const std::string text =
        "AWS4-HMAC-SHA256\n" + stamp_ + "\n" + scope_ + "\n" + to_hex(sha256(std::string_view(canonical)));
    head += "x-amz-date: " + stamp_;
    head.append("\r\nx-amz-content-sha256: ").append(payload);
    head += "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=" + target_.access_key + "/" + scope_ +
            ", SignedHeaders=" + signed_headers + ", Signature=" + to_hex((*key_)(as_bytes(text))) + "\r\n";
  }

  // The same bytes are sent again and again.
  const std::string& hash_of(std::string_view body) {
    if (body.data() != hashed_.data() || body.size() != hashed_.size()) {
      hash_ = to_hex(sha256(body));
      hashed_ = body;
    }
    return hash_;
  }

  // Once a second.
  void renew_key() {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    if (key_ && now == signed_at_) return;
    signed_at_ = now;
    stamp_ = iso8601_basic(std::chrono::time_point_cast<Timestamp::duration>(now));
    const std::string day = stamp_.substr(0, 8);
    scope_ = day + "/" + target_.region + "/s3/aws4_request";
    Sha256 key = hmac_sha256("AWS4" + target_.secret_key, day);
    for (const std::string_view part :
         {std::string_view(target_.region), std::string_view("s3"), std::string_view("aws4_request")}) {
      key = hmac_sha256(std::span<const std::byte>(key), as_bytes(part));
    }
    key_.emplace(key);
  }

  void send(std::string head, std::string_view body) {
    if (tls_) {
      for (const std::string_view bytes : {std::string_view(head), body}) {
        std::size_t written = 0;
        if (!bytes.empty() && SSL_write_ex(tls_, bytes.data(), bytes.size(), &written) != 1) {
          throw std::runtime_error("the server hung up");
        }
      }
      return;
    }
    std::array<iovec, 2> parts{{{head.data(), head.size()}, {const_cast<char*>(body.data()), body.size()}}};
    std::span<iovec> left(parts);
    while (!left.empty()) {
      msghdr message{};
      message.msg_iov = left.data();
      message.msg_iovlen = left.size();
      ssize_t sent = ::sendmsg(socket_, &message, MSG_NOSIGNAL);
      if (sent <= 0) throw std::runtime_error("the server hung up");
      while (!left.empty() && static_cast<std::size_t>(sent) >= left.front().iov_len) {
        sent -= static_cast<ssize_t>(left.front().iov_len);
        left = left.subspan(1);
      }
      if (left.empty()) break;
      left.front().iov_base = static_cast<char*>(left.front().iov_base) + sent;
      left.front().iov_len -= static_cast<std::size_t>(sent);
    }
  }

  Answer receive(const Call& call) {
    std::size_t have = 0;
    std::size_t end = std::string::npos;
    while ((end = std::string_view(buffer_.data(), have).find("\r\n\r\n")) == std::string::npos) {
      have += take(buffer_.data() + have, buffer_.size() - have, 0);
    }
    const std::string_view head(buffer_.data(), end + 2);
    const std::string_view rest(buffer_.data() + end + 4, have - end - 4);
    Answer answer;
    std::from_chars(head.data() + 9, head.data() + 12, answer.status);
    answer.e_tag = header(head, "etag");
    if (call.method == "HEAD" || answer.status == 204) return answer;
    if (header(head, "transfer-encoding") == "chunked") {
      answer.body = receive_chunks(std::string(rest));
      return answer;
    }
    std::uint64_t length = 0;
    const std::string text = header(head, "content-length");
    std::from_chars(text.data(), text.data() + text.size(), length);
    if (call.keep_body || answer.status >= 300) answer.body = rest;
    for (std::uint64_t left = length - rest.size(); left > 0;) {
      const bool keep = !answer.body.empty();
      const std::size_t got =
          take(buffer_.data(), keep ? std::min<std::uint64_t>(left, buffer_.size()) : left, keep ? 0 : MSG_TRUNC);
      if (keep) answer.body.append(buffer_.data(), got);
      left -= got;
    }
    return answer;
  }

  std::string receive_chunks(std::string wire) {
    std::string body;
    while (true) {
      std::size_t end;
      while ((end = wire.find("\r\n")) == std::string::npos) more(wire);
      std::size_t size = 0;
      std::from_chars(wire.data(), wire.data() + end, size, 16);
      while (wire.size() < end + 2 + size + 2) more(wire);
      body.append(wire, end + 2, size);
      wire.erase(0, end + 2 + size + 2);
      if (size == 0) return body;
    }
  }
  void more(std::string& wire) { wire.append(buffer_.data(), take(buffer_.data(), buffer_.size(), 0)); }

  // With MSG_TRUNC the bytes go nowhere, and there may be more of them than `out` has room for.
  std::size_t take(char* out, std::size_t size, int flags) {
    if (tls_) {
      std::size_t got = 0;
      if (SSL_read_ex(tls_, out, std::min(size, buffer_.size()), &got) == 1) return got;
      throw std::runtime_error("the server hung up");
    }
    const ssize_t count = ::recv(socket_, out, size, flags);
    if (count <= 0) throw std::runtime_error("the server hung up");
    return static_cast<std::size_t>(count);
  }

  static std::string header(std::string_view head, std::string_view name) {
    while (!head.empty()) {
      const std::string_view line = head.substr(0, head.find("\r\n"));
      head.remove_prefix(line.size() + 2);
      const std::size_t colon = line.find(':');
      if (colon != std::string_view::npos && equal_ignoring_case(line.substr(0, colon), name)) {
        return std::string(trim(line.substr(colon + 1)));
      }
    }
    return {};
  }

  const Target& target_;
  int socket_ = -1;
  SSL* tls_ = nullptr;
  std::array<char, 64 << 10> buffer_;
  std::chrono::sys_seconds signed_at_;
  std::string stamp_;
  std::string scope_;
  std::optional<HmacSha256> key_;
  std::string_view hashed_;
  std::string hash_;
};

}  // namespace tarn::bench
