// What hosting knows: models, endpoint configurations, endpoints.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace tarn::training {

struct Model {
  std::string name;
  std::string arn;
  std::string image;
  std::string model_data_url;  // Empty: the program brings its own.
  std::map<std::string, std::string> environment;
  std::string container_host_name;
  std::string role_arn;
  bool network_isolation = false;
  Timestamp created;
};

struct Variant {
  std::string name;
  std::string model;
  double weight = 1;
  std::int64_t instance_count = 1;
  std::string instance_type;
  std::int64_t startup_timeout_seconds = 240;
};

struct EndpointConfig {
  std::string name;
  std::string arn;
  std::vector<Variant> variants;
  Timestamp created;
};

struct Endpoint {
  std::string name;
  std::string arn;
  std::string config;          // What serves, or is to serve.
  std::string pending_config;  // Of an update that is under way.
  std::vector<Variant> variants;
  std::string status = "Creating";
  std::string failure_reason;
  Timestamp created;
  Timestamp modified;
  std::uint64_t generation = 0;  // Of its current or pending set of servers.
};

}  // namespace tarn::training
