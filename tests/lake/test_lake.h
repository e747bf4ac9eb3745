// TestLake: all of Tarn below HTTP, over files in memory, for the tests of handlers.
//
// Real stores (RocksDB and blob files on a MemoryDisk), a lake clock that tests move, callers by name. A handler is
// called as dispatch calls it, but for what operations.txt declares: that is dispatch's, and tested there.
#pragma once

#include <memory>
#include <string>

#include "base/os/clock.h"
#include "base/os/memory_file.h"
#include "base/os/random.h"
#include "blob/store.h"
#include "keys/keyring.h"
#include "meta/store.h"
#include "objects/objects.h"
#include "objects/policies.h"
#include "policy/evaluated_access.h"
#include "services/s3/s3.h"

namespace tarn::testing {

// The accounts of the callers that tests make.
class TestAccounts : public s3::Accounts {
 public:
  Task<bool> exists(std::string canonical_id) override { co_return known(canonical_id) != nullptr; }
  Task<std::optional<std::string>> find_by_email(std::string email) override {
    if (email != "second@lake.test") co_return std::nullopt;
    co_return policy::canonical_user_id(AccountId::trusted("444455556666"));
  }

 private:
  static const char* known(const std::string& canonical_id) {
    for (const char* account : {"111122223333", "444455556666"}) {
      if (policy::canonical_user_id(AccountId::trusted(account)) == canonical_id) return account;
    }
    return nullptr;
  }
};

class TestLake {
 public:
  explicit TestLake(objects::Options options = default_options());
  // Each storage class has a tier of its own.
  static objects::Options default_options();

  // The account's root, and a user of it (or of another account) with these policy statements, each a JSON object.
  policy::Access& root() { return *root_; }
  std::unique_ptr<policy::Access> user(const std::string& name, const std::vector<std::string>& statements,
                                       const std::string& account = "111122223333") const;

  // The context of a handler.
  s3::S3 s3() { return s3_as(*root_); }
  s3::S3 s3_as(const policy::Access& access) {
    return {.access = access,
            .objects = *objects,
            .accounts = accounts,
            .clock = clock,
            .region = "us-east-1",
            .host = "lake.test",
            .customer_keys = true};
  }

  // Short ways for what tests need first.
  void make_bucket(const std::string& name);
  objects::ObjectVersion put(const std::string& bucket, const std::string& key, std::string bytes);
  // "(none)" where there is nothing.
  std::string get(const std::string& bucket, const std::string& key);

  ManualClock clock{from_millis(1'700'000'000'000)};
  ManualClock wall{from_millis(1'700'000'000'000)};
  SeededRandom random{1};
  MemoryDisk disk;
  std::unique_ptr<meta::Store> meta;
  std::unique_ptr<blob::Store> blobs;
  keys::Keyring keyring{std::string(32, 'm'), random};
  TestAccounts accounts;
  std::unique_ptr<objects::Objects> objects;

 private:
  std::unique_ptr<objects::BucketPolicies> bucket_policies_;
  policy::PoliciesByService policies_;
  std::unique_ptr<policy::EvaluatedAccess> root_;
};

// What is left of a stream.
std::string read_all(ByteStream& stream);
std::unique_ptr<ByteStream> stream_of(std::string bytes);

// The code of the Error that `action` throws; "(none)" if it does not.
template <typename Action>
std::string refusal(Action action) {
  try {
    action();
    return "(none)";
  } catch (const Error& error) {
    return std::string(error.code().name);
  }
}

}  // namespace tarn::testing
