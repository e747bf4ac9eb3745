// Who is told of requests for buckets once they have been answered: access logs and request metrics.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "base/time.h"
#include "policy/principal.h"

namespace tarn::aws {

// One request of S3, from its first byte to the last of its answer.
struct ServedRequest {
  Timestamp received;
  std::string request_id;
  std::string operation;  // "GetObject"; empty: none was found.
  bool website = false;
  std::string method;
  std::string target;  // As sent.
  std::string key;     // Empty: of the bucket itself.
  policy::Principal principal;
  std::string peer_ip;
  std::string host;
  std::string referer;
  std::string user_agent;
  std::string tls_version;  // "TLSv1.3"; empty without TLS, like the cipher.
  std::string tls_cipher;
  std::string signature_version;  // As Authenticated has them.
  std::string auth_type;
  int status = 0;
  std::string error_code;
  std::string version_id;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;              // Of the answer's body.
  std::optional<std::uint64_t> object_size;  // Where the answer, or the request, tells it.
  Milliseconds turn_around{0};               // Until the answer's head was ready.
  Milliseconds total{0};
  // DeleteObjects: what became of each key.
  struct Item {
    std::string key;
    std::string version_id;
    std::string error_code;  // Empty: it was deleted.
  };
  std::vector<Item> items;
};

class RequestObserver {
 public:
  virtual ~RequestObserver() = default;
  // False: nobody wants to know of any bucket. Asked of every request.
  virtual bool active() const = 0;
  // Null: nobody wants to know of this bucket. What it gives is called once, and neither throws nor waits. Asked before
  // a deletion, and after all else: what is told may hang on the tags of the object (`key`; empty: none is named).
  virtual Task<std::function<void(ServedRequest)>> watcher(std::string bucket, std::string key) = 0;
};

}  // namespace tarn::aws
