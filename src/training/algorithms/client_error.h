// ClientError: what the user of an algorithm gave it cannot be used. Its text reaches DescribeTrainingJob's
// FailureReason, or the caller of an endpoint.
#pragma once

#include <stdexcept>
#include <string>

namespace tarn::algorithms {

class ClientError : public std::runtime_error {
 public:
  explicit ClientError(const std::string& message) : std::runtime_error(message) {}
};

}  // namespace tarn::algorithms
