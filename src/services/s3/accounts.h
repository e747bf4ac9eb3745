// The accounts that access control lists can name.
#pragma once

#include <optional>
#include <string>

#include "base/task.h"

namespace tarn::s3 {

class Accounts {
 public:
  virtual ~Accounts() = default;
  virtual Task<bool> exists(std::string canonical_id) = 0;
  // The canonical id of the account with this address; none: no such account.
  virtual Task<std::optional<std::string>> find_by_email(std::string email) = 0;
};

}  // namespace tarn::s3
