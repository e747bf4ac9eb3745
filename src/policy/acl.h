// Access control lists: S3's older way to say who may do what with a bucket or an object, beside policies.
//
// Only grants; what an owner may do follows from owning. Whether lists count at all is the bucket's to say. A list is
// evaluated as the resource policy that says the same: S3 documents which actions each permission stands for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::policy {

struct Acl {
  enum class Permission : std::uint8_t { read = 1, write = 2, read_acp = 3, write_acp = 4, full_control = 5 };
  struct Grantee {
    enum class Kind : std::uint8_t { account = 1, everyone = 2, authenticated = 3, log_delivery = 4 };
    Kind kind = Kind::account;
    std::string canonical_id = {};  // Of an account.
    // Everyone, or everyone who has an account, as Block Public Access means it.
    bool is_public() const { return kind == Kind::everyone || kind == Kind::authenticated; }
    friend bool operator==(const Grantee&, const Grantee&) = default;
  };
  struct Entry {
    Grantee grantee;
    Permission permission = Permission::read;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  std::vector<Entry> entries = {};

  bool is_public() const;
  Acl without_public() const;
  friend bool operator==(const Acl&, const Acl&) = default;
};

inline constexpr std::size_t most_acl_entries = 100;

std::string pack(const Acl& acl);
// Throws std::runtime_error on bytes that are none.
Acl unpack_acl(std::string_view document);

// The statements of a resource policy, as JSON objects, that say what the list does.
std::vector<std::string> bucket_statements(const Acl& acl, std::string_view bucket_arn);
std::vector<std::string> object_statements(const Acl& acl);

// Facts by which the domain tells the evaluator of an object whose bucket has lists on: its owner and its list. No
// request can bring them, and what they say is not for policies of customers.
inline constexpr std::string_view object_acl_fact = "tarn:object-acl";      // pack()ed.
inline constexpr std::string_view object_owner_fact = "tarn:object-owner";  // An account id.

}  // namespace tarn::policy
