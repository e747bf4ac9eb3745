// Credentials for programs in sandboxes, as the container agents of AWS give them: a program asks a local address, with
// a token of its own, and gets a session of its role that lasts an hour; SDKs ask again before it ends.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/os/random.h"
#include "base/task.h"
#include "identity/identity.h"
#include "training/runtime.h"

namespace tarn::app {

class ContainerCredentials {
 public:
  ContainerCredentials(identity::Identity& identity, Random& random) : identity_(identity), random_(random) {}

  // `base_url` is where answer() is reached, without its last part. The address is good until the lease goes.
  training::RoleCredentials open(const std::string& base_url, std::string role_arn, std::string session_name);

  // The JSON for who shows the token that belongs to `id`; none for everybody else.
  Task<std::optional<std::string>> answer(std::string id, std::string token);

 private:
  struct Entry {
    std::string token;
    std::string role_arn;
    std::string session_name;
  };
  struct Entries {
    std::mutex mutex;
    std::map<std::string, Entry> by_id;
  };

  identity::Identity& identity_;
  Random& random_;
  // Leases may outlive this.
  std::shared_ptr<Entries> entries_ = std::make_shared<Entries>();
};

}  // namespace tarn::app
