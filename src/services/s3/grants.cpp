#include "services/s3/grants.h"

#include "base/encoding.h"
#include "services/s3/accounts.h"

namespace tarn::s3 {
namespace {

using Entry = policy::Acl::Entry;
using Kind = policy::Acl::Grantee::Kind;

constexpr std::string_view everyone_uri = "http://acs.amazonaws.com/groups/global/AllUsers";
constexpr std::string_view authenticated_uri = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
constexpr std::string_view log_delivery_uri = "http://acs.amazonaws.com/groups/s3/LogDelivery";

Error invalid(std::string message, std::string_view name, std::string value) {
  return Error(errors::invalid_argument, std::move(message))
      .with("ArgumentName", std::string(name))
      .with("ArgumentValue", std::move(value));
}

Error malformed_list() {
  return Error(errors::malformed_acl_error,
               "The XML you provided was not well-formed or did not validate against our published schema");
}

policy::Acl::Grantee group(const std::string& uri) {
  if (uri == everyone_uri) return {.kind = Kind::everyone};
  if (uri == authenticated_uri) return {.kind = Kind::authenticated};
  if (uri == log_delivery_uri) return {.kind = Kind::log_delivery};
  throw invalid("Invalid group uri", "uri", uri);
}

Task<policy::Acl::Grantee> resolve(S3& s3, NamedGrantee named) {
  switch (named.kind) {
    case NamedGrantee::Kind::uri:
      co_return group(named.value);
    case NamedGrantee::Kind::email: {
      auto id = co_await s3.accounts.find_by_email(named.value);
      if (!id) {
        throw Error(errors::unresolvable_grant_by_email_address,
                    "The e-mail address you provided does not match any account on record.")
            .with("EmailAddress", named.value);
      }
      co_return policy::Acl::Grantee{.kind = Kind::account, .canonical_id = std::move(*id)};
    }
    case NamedGrantee::Kind::canonical_id:
      break;
  }
  if (!co_await s3.accounts.exists(named.value)) throw invalid("Invalid id", "id", named.value);
  co_return policy::Acl::Grantee{.kind = Kind::account, .canonical_id = std::move(named.value)};
}

Task<void> add_header(S3& s3, const std::optional<std::string>& header, policy::Acl::Permission permission,
                      std::vector<Entry>& entries) {
  if (!header) co_return;
  for (NamedGrantee& named : parse_grant_header(*header)) {
    entries.push_back({.grantee = co_await resolve(s3, std::move(named)), .permission = permission});
  }
}

policy::Acl::Permission permission_of(Permission permission) {
  switch (permission) {
    case Permission::full_control:
      return policy::Acl::Permission::full_control;
    case Permission::write:
      return policy::Acl::Permission::write;
    case Permission::write_acp:
      return policy::Acl::Permission::write_acp;
    case Permission::read:
      return policy::Acl::Permission::read;
    case Permission::read_acp:
      return policy::Acl::Permission::read_acp;
  }
  throw malformed_list();
}

Permission permission_as(policy::Acl::Permission permission) {
  switch (permission) {
    case policy::Acl::Permission::read:
      return Permission::read;
    case policy::Acl::Permission::write:
      return Permission::write;
    case policy::Acl::Permission::read_acp:
      return Permission::read_acp;
    case policy::Acl::Permission::write_acp:
      return Permission::write_acp;
    case policy::Acl::Permission::full_control:
      break;
  }
  return Permission::full_control;
}

NamedGrantee named_of(const Grantee& grantee) {
  switch (grantee.type) {
    case Type::canonical_user:
      if (grantee.id) return {.kind = NamedGrantee::Kind::canonical_id, .value = *grantee.id};
      break;
    case Type::group:
      if (grantee.uri) return {.kind = NamedGrantee::Kind::uri, .value = *grantee.uri};
      break;
    case Type::amazon_customer_by_email:
      if (grantee.email_address) return {.kind = NamedGrantee::Kind::email, .value = *grantee.email_address};
      break;
  }
  throw malformed_list();
}

Grantee grantee_of(const policy::Acl::Grantee& grantee) {
  Grantee told;
  if (grantee.kind == Kind::account) {
    told.type = Type::canonical_user;
    told.id = grantee.canonical_id;
    return told;
  }
  told.type = Type::group;
  told.uri = std::string(grantee.kind == Kind::everyone        ? everyone_uri
                         : grantee.kind == Kind::authenticated ? authenticated_uri
                                                               : log_delivery_uri);
  return told;
}

}  // namespace

std::vector<NamedGrantee> parse_grant_header(std::string_view header) {
  const auto broken = [header] {
    return invalid("Argument format not recognized", "x-amz-grant", std::string(header.substr(0, 256)));
  };
  std::vector<NamedGrantee> grantees;
  std::string_view rest = header;
  while (!trim(rest).empty()) {
    const std::string_view item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(item.size() + 1, rest.size()));
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos) throw broken();
    const std::string_view name = trim(item.substr(0, equals));
    std::string_view value = trim(item.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    if (value.empty()) throw broken();
    NamedGrantee named{.kind = NamedGrantee::Kind::canonical_id, .value = std::string(value)};
    if (equal_ignoring_case(name, "uri")) {
      named.kind = NamedGrantee::Kind::uri;
    } else if (equal_ignoring_case(name, "emailAddress")) {
      named.kind = NamedGrantee::Kind::email;
    } else if (!equal_ignoring_case(name, "id")) {
      throw broken();
    }
    grantees.push_back(std::move(named));
  }
  if (grantees.empty()) throw broken();
  return grantees;
}

Task<objects::AclWish> wish_of(S3& s3, std::optional<std::string> canned, GrantHeaders headers) {
  objects::AclWish wish;
  if (canned && headers.any()) {
    throw Error(errors::invalid_request, "Specifying both Canned ACLs and Header Grants is not allowed");
  }
  if (canned) {
    wish.given = true;
    wish.canned = std::move(*canned);
    co_return wish;
  }
  if (!headers.any()) co_return wish;
  wish.given = true;
  co_await add_header(s3, headers.full_control, policy::Acl::Permission::full_control, wish.entries);
  co_await add_header(s3, headers.read, policy::Acl::Permission::read, wish.entries);
  co_await add_header(s3, headers.read_acp, policy::Acl::Permission::read_acp, wish.entries);
  co_await add_header(s3, headers.write, policy::Acl::Permission::write, wish.entries);
  co_await add_header(s3, headers.write_acp, policy::Acl::Permission::write_acp, wish.entries);
  co_return wish;
}

Task<objects::AclWish> wish_of(S3& s3, const AccessControlPolicy& policy, const AccountId& owner) {
  if (!policy.owner || !policy.owner->id) throw malformed_list();
  // Nobody gives a thing away by its list.
  if (*policy.owner->id != policy::canonical_user_id(owner)) throw Error(errors::access_denied, "Access Denied");
  objects::AclWish wish{.given = true, .canned = {}, .entries = {}};
  if (!policy.grants) co_return wish;
  if (policy.grants->size() > policy::most_acl_entries) throw malformed_list();
  for (const Grant& grant : *policy.grants) {
    if (!grant.grantee || !grant.permission) throw malformed_list();
    wish.entries.push_back(
        {.grantee = co_await resolve(s3, named_of(*grant.grantee)), .permission = permission_of(*grant.permission)});
  }
  co_return wish;
}

std::vector<Grant> grants_of(const policy::Acl& acl) {
  std::vector<Grant> grants;
  for (const Entry& entry : acl.entries) {
    grants.push_back({.grantee = grantee_of(entry.grantee), .permission = permission_as(entry.permission)});
  }
  return grants;
}

}  // namespace tarn::s3
