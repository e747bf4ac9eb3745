// What the pipeline must know of a bucket to answer as S3 does, whatever the operation.
#pragma once

#include <optional>
#include <string>

#include "base/names.h"
#include "base/task.h"

namespace tarn::aws {

class BucketFacts {
 public:
  virtual ~BucketFacts() = default;
  struct Known {
    AccountId owner = AccountId::trusted({});
    bool requester_pays = false;
  };
  // None: there is no such bucket. Throws nothing.
  virtual Task<std::optional<Known>> find(std::string bucket) = 0;
};

}  // namespace tarn::aws
