#include "identity/sessions.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/log.h"
#include "identity/identity.h"

namespace tarn::identity {
namespace {

using Json = nlohmann::json;

constexpr std::size_t max_known = 20'000;
// Tokens travel in headers, which servers and clients bound.
constexpr std::size_t max_token_bytes = 8 << 10;
constexpr std::size_t max_packed_bytes = 4 << 10;

constexpr ErrorCode validation_error{"ValidationError", 400};
constexpr ErrorCode packed_policy_too_large{"PackedPolicyTooLarge", 400};

std::string pack(const Session& session) {
  return Json{{"v", 1},
              {"kind", static_cast<int>(session.kind)},
              {"key", session.access_key_id},
              {"secret", session.secret_access_key},
              {"account", session.account.text()},
              {"entity", session.entity},
              {"entity_id", session.entity_id},
              {"name", session.name},
              {"issued", to_millis(session.issued)},
              {"expires", to_millis(session.expires)},
              {"tags", session.tags},
              {"transitive", session.transitive_tags},
              {"source", session.source_identity},
              {"limited", session.limited},
              {"policy", session.policy},
              {"arns", session.policy_arns}}
      .dump();
}

Session unpack(const std::string& text) {
  const Json json = Json::parse(text);
  if (json.at("v") != 1) throw std::runtime_error("session token of an unknown version");
  return {.kind = static_cast<Session::Kind>(json.at("kind").get<int>()),
          .access_key_id = json.at("key"),
          .secret_access_key = json.at("secret"),
          .account = AccountId::trusted(json.at("account")),
          .entity = json.at("entity"),
          .entity_id = json.at("entity_id"),
          .name = json.at("name"),
          .issued = from_millis(json.at("issued")),
          .expires = from_millis(json.at("expires")),
          .tags = json.at("tags").get<Tags>(),
          .transitive_tags = json.at("transitive").get<std::vector<std::string>>(),
          .source_identity = json.at("source"),
          .limited = json.at("limited"),
          .policy = json.at("policy"),
          .policy_arns = json.at("arns").get<std::vector<std::string>>()};
}

std::shared_ptr<const policy::Document> identity_document(std::string_view text) {
  return policy::Document::parse(text, policy::DocumentKind::identity);
}

// The credentials of GetSessionToken and GetFederationToken cannot call IAM, nor STS but for a little.
const policy::AttachedPolicy& bounds_of_user_sessions() {
  static const policy::AttachedPolicy bounds{"session credentials",
                                             identity_document(R"({"Version":"2012-10-17","Statement":[
        {"Sid":"NoIam","Effect":"Deny","Action":"iam:*","Resource":"*"},
        {"Sid":"NoFurtherSessions","Effect":"Deny","Action":["sts:GetSessionToken","sts:GetFederationToken"],
         "Resource":"*"}]})")};
  return bounds;
}

const policy::AttachedPolicy& all_rights() {
  static const policy::AttachedPolicy all{
      "root",
      identity_document(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})")};
  return all;
}

void add_session_policies(const Session& session, const AccountState& state, policy::PolicySet& policies) {
  policies.has_session_policy = session.limited;
  if (!session.policy.empty()) policies.session.push_back({"session policy", identity_document(session.policy)});
  for (const std::string& arn : session.policy_arns) {
    if (const auto* managed = state.policy(arn)) policies.session.push_back({arn, managed->document});
  }
}

std::string sts_arn(const AccountId& account, const std::string& rest) {
  return "arn:aws:sts::" + account.text() + ":" + rest;
}

std::shared_ptr<const policy::Rights> role_rights(const Session& session, const AccountState& state) {
  const auto* role = state.role(session.entity);
  if (!role || role->value.id != session.entity_id) return nullptr;
  policy::Principal principal{.kind = policy::Principal::Kind::role_session,
                              .account = session.account,
                              .arn = sts_arn(session.account, "assumed-role/" + role->value.name + "/" + session.name),
                              .user_id = role->value.id + ":" + session.name,
                              .name = session.name,
                              .role_arn = role->value.arn,
                              .access_key_id = session.access_key_id,
                              .session_started = session.issued,
                              .source_identity = session.source_identity};
  for (const auto& [key, value] : role->value.tags) principal.tags[key] = value;
  for (const auto& [key, value] : session.tags) principal.tags[key] = value;
  policy::PolicySet policies = state.policies_of(*role);
  add_session_policies(session, state, policies);
  return policy::make_rights(std::move(principal), std::move(policies));
}

// GetSessionToken's and GetFederationToken's: of a user, or of the account's root.
std::shared_ptr<const policy::Rights> user_rights(const Session& session, const AccountState& state) {
  const Compiled<User>* user = nullptr;
  policy::Principal principal{.kind = policy::Principal::Kind::root,
                              .account = session.account,
                              .arn = policy::root_arn(session.account),
                              .user_id = session.account.text(),
                              .access_key_id = session.access_key_id,
                              .session_started = session.issued};
  policy::PolicySet policies;
  if (!session.entity.empty()) {
    user = state.user_by_id(session.entity_id);
    if (!user) return nullptr;
    principal.kind = policy::Principal::Kind::user;
    principal.arn = user->value.arn;
    principal.user_id = user->value.id;
    principal.name = user->value.name;
    for (const auto& [key, value] : user->value.tags) principal.tags[key] = value;
    policies = state.policies_of(*user);
  } else if (session.kind == Session::Kind::federated) {
    policies.identity.push_back(all_rights());
  }
  if (session.kind == Session::Kind::federated) {
    principal.kind = policy::Principal::Kind::federated_user;
    principal.role_arn = principal.arn;  // A resource policy that names the user names this session less closely.
    principal.arn = sts_arn(session.account, "federated-user/" + session.name);
    principal.user_id = session.account.text() + ":" + session.name;
    principal.name = session.name;
    for (const auto& [key, value] : session.tags) principal.tags[key] = value;
    add_session_policies(session, state, policies);
  }
  policies.session.push_back(bounds_of_user_sessions());
  return policy::make_rights(std::move(principal), std::move(policies));
}

std::shared_ptr<const policy::Rights> rights_of(const Session& session, const AccountState& state) {
  return session.kind == Session::Kind::role ? role_rights(session, state) : user_rights(session, state);
}

// Refuses limits that do not parse or do not exist, and sets them.
void set_limits(Session& session, const SessionLimits& limits, const AccountState& state) {
  if (limits.policy) {
    (void)identity_document(*limits.policy);
    session.policy = *limits.policy;
  }
  for (const std::string& arn : limits.policy_arns) {
    if (!state.policy(arn)) throw Error(validation_error, "Policy " + arn + " does not exist or is not attachable.");
  }
  session.policy_arns = limits.policy_arns;
  session.limited = limits.policy || !limits.policy_arns.empty();
}

// How full the session's own policies and tags make its token.
int packed_percent(const Session& session) {
  std::size_t bytes = session.policy.size();
  for (const std::string& arn : session.policy_arns) bytes += arn.size() + 3;
  for (const auto& [key, value] : session.tags) bytes += key.size() + value.size() + 6;
  const int percent = static_cast<int>((bytes * 100 + max_packed_bytes - 1) / max_packed_bytes);
  if (percent > 100) {
    throw Error(packed_policy_too_large, "The total packed size of the session policies and session tags is too big: " +
                                             std::to_string(percent) + "% of what fits.");
  }
  return percent;
}

void check_tags(const Tags& tags) {
  for (auto tag = tags.begin(); tag != tags.end(); ++tag) {
    const auto same = [&](const auto& other) { return equal_ignoring_case(other.first, tag->first); };
    if (std::find_if(std::next(tag), tags.end(), same) != tags.end()) {
      throw Error({"InvalidParameterValue", 400},
                  "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    }
  }
}

policy::Facts facts_of(const AssumeRole& request, const Role* role) {
  policy::Facts facts{{"sts:RoleSessionName", {request.session_name}}};
  if (request.external_id) facts.emplace_back("sts:ExternalId", std::vector{*request.external_id});
  if (request.source_identity) facts.emplace_back("sts:SourceIdentity", std::vector{*request.source_identity});
  std::vector<std::string> keys;
  for (const auto& [key, value] : request.tags) {
    facts.emplace_back("aws:RequestTag/" + key, std::vector{value});
    keys.push_back(key);
  }
  if (!keys.empty()) facts.emplace_back("aws:TagKeys", std::move(keys));
  if (!request.transitive_tags.empty()) facts.emplace_back("sts:TransitiveTagKeys", request.transitive_tags);
  if (role) {
    for (const auto& [key, value] : role->tags) {
      facts.emplace_back("aws:ResourceTag/" + key, std::vector{value});
      facts.emplace_back("iam:ResourceTag/" + key, std::vector{value});
    }
  }
  return facts;
}

}  // namespace

Session Sessions::begin(Session::Kind kind, const AccountId& account, int duration_seconds) {
  Session session;
  session.kind = kind;
  session.account = account;
  session.access_key_id = new_access_key_id("ASIA", account, random_);
  session.secret_access_key = new_secret(random_);
  session.issued = wall_.now();
  session.expires = session.issued + std::chrono::seconds(duration_seconds);
  return session;
}

TemporaryCredentials Sessions::issue(Session session) {
  TemporaryCredentials credentials;
  credentials.packed_policy_percent = packed_percent(session);
  credentials.access_key_id = session.access_key_id;
  credentials.secret_access_key = session.secret_access_key;
  credentials.expires = session.expires;
  credentials.source_identity = session.source_identity;
  credentials.session_token = to_base64(as_bytes(seal_.value().close(pack(session), random_)));
  return credentials;
}

std::optional<Session> Sessions::read(std::string_view token) const {
  if (token.size() > max_token_bytes) return std::nullopt;
  const auto sealed = from_base64(token);
  if (!sealed) return std::nullopt;
  const auto plain = seal_.value().open(*sealed);
  if (!plain) return std::nullopt;
  return unpack(*plain);
}

void Sessions::remember(Known known) {
  const std::scoped_lock lock(mutex_);
  if (known_.size() >= max_known) known_.clear();
  std::string key = known.session.access_key_id;
  known_[std::move(key)] = std::make_shared<const Known>(std::move(known));
}

std::optional<Session> Sessions::recent(const std::string& access_key_id) {
  const std::scoped_lock lock(mutex_);
  const auto found = known_.find(access_key_id);
  if (found == known_.end()) return std::nullopt;
  return found->second->session;
}

Task<std::expected<Credential, CredentialRefusal>> Sessions::find(std::string access_key_id, std::string token) {
  std::shared_ptr<const Known> known;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = known_.find(access_key_id);
    if (found != known_.end() && equal_in_constant_time(found->second->token, token)) known = found->second;
  }
  if (!known) {
    auto session = read(token);
    if (!session || session->access_key_id != access_key_id) {
      co_return std::unexpected(CredentialRefusal::invalid_token);
    }
    known = std::make_shared<const Known>(Known{.session = std::move(*session), .token = std::move(token)});
  }
  if (known->session.expires <= wall_.now()) co_return std::unexpected(CredentialRefusal::expired_token);
  const auto state = co_await accounts_.state(known->session.account);
  if (!state) co_return std::unexpected(CredentialRefusal::invalid_token);
  auto rights = known->rights;
  if (!rights || known->built_on != state) {
    rights = rights_of(known->session, *state);
    if (!rights) co_return std::unexpected(CredentialRefusal::invalid_token);
    remember({.session = known->session, .token = known->token, .built_on = state, .rights = rights});
  }
  co_return Credential{.secret_access_key = known->session.secret_access_key,
                       .rights = std::move(rights),
                       .expires = known->session.expires};
}

Task<std::shared_ptr<const policy::Rights>> Sessions::rights_now(Session session) {
  const auto state = co_await accounts_.state(session.account);
  if (!state) co_return nullptr;
  co_return rights_of(session, *state);
}

Task<TemporaryCredentials> Sessions::assume_role(const policy::Access& caller, AssumeRole request) {
  const policy::Principal& principal = caller.principal();
  const policy::ArnFields fields = policy::arn_fields(request.role_arn);
  const auto account = fields.count == 6 ? AccountId::parse(fields.field[4]) : std::nullopt;
  if (!account || fields.field[0] != "arn" || fields.field[2] != "iam" || !fields.field[5].starts_with("role/")) {
    throw Error(validation_error, request.role_arn + " is invalid");
  }
  if (principal.is_root()) throw Error(errors::access_denied, "Roles may not be assumed by root accounts.");
  check_tags(request.tags);

  const bool known_account = principal.account == *account || contains(co_await accounts_.list(), *account);
  const auto state = known_account ? co_await accounts_.state(*account) : nullptr;
  const std::string name(fields.field[5].substr(fields.field[5].rfind('/') + 1));
  const auto* role = state ? state->role(name) : nullptr;
  if (!role || role->value.arn != request.role_arn) {
    // Whether a role exists is not told to those who may not assume it.
    throw Error(errors::access_denied, "User: " + principal.arn + " is not authorized to perform: sts:AssumeRole on " +
                                           "resource: " + request.role_arn);
  }

  // Of a session that assumes a further role, transitive tags and the source identity go on.
  std::optional<Session> before;
  if (principal.kind == policy::Principal::Kind::role_session) before = recent(principal.access_key_id);
  if (before) {
    for (const auto& [key, value] : before->tags) {
      if (!contains(before->transitive_tags, key)) continue;
      const bool replaced =
          std::ranges::any_of(request.tags, [&](const auto& tag) { return equal_ignoring_case(tag.first, key); });
      if (replaced) {
        throw Error({"InvalidParameterValue", 400},
                    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag "
                    "key from the calling session.");
      }
    }
  }
  const policy::Facts facts = facts_of(request, &role->value);
  co_await caller.require("sts:AssumeRole", request.role_arn, facts);
  if (!request.tags.empty()) co_await caller.require("sts:TagSession", request.role_arn, facts);
  const bool sets_source = request.source_identity && request.source_identity != principal.source_identity;
  if (sets_source) {
    if (!principal.source_identity.empty()) {
      throw Error(errors::access_denied, "The source identity of the calling session cannot be changed.");
    }
    co_await caller.require("sts:SetSourceIdentity", request.role_arn, facts);
  }

  const bool chained = principal.kind == policy::Principal::Kind::role_session;
  const int duration = request.duration_seconds.value_or(3600);
  if (chained && duration > 3600) {
    throw Error(validation_error,
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
  }
  if (duration > role->value.max_session_seconds) {
    throw Error(validation_error, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }

  Session session = begin(Session::Kind::role, *account, duration);
  session.entity = role->value.name;
  session.entity_id = role->value.id;
  session.name = request.session_name;
  session.tags = request.tags;
  session.transitive_tags = request.transitive_tags;
  session.source_identity = request.source_identity.value_or(principal.source_identity);
  if (before) {
    for (const auto& [key, value] : before->tags) {
      if (!contains(before->transitive_tags, key)) continue;
      session.tags.emplace_back(key, value);
      session.transitive_tags.push_back(key);
    }
  }
  set_limits(session, request.limits, *state);
  TemporaryCredentials credentials = issue(session);
  credentials.arn = sts_arn(*account, "assumed-role/" + session.entity + "/" + session.name);
  credentials.assumed_id = session.entity_id + ":" + session.name;
  co_return credentials;
}

Task<TemporaryCredentials> Sessions::session_token(const policy::Access& caller, std::optional<int> duration_seconds) {
  const policy::Principal& principal = caller.principal();
  const bool user = principal.kind == policy::Principal::Kind::user;
  if ((!user && !principal.is_root()) || principal.session_started) {
    throw Error(errors::access_denied, "Cannot call GetSessionToken with session credentials");
  }
  const int longest = user ? 129'600 : 3'600;
  Session session = begin(Session::Kind::user, principal.account.value(),
                          std::min(duration_seconds.value_or(user ? 43'200 : 3'600), longest));
  if (user) {
    session.entity = principal.name;
    session.entity_id = principal.user_id;
  }
  TemporaryCredentials credentials = issue(session);
  credentials.arn = principal.arn;
  co_return credentials;
}

Task<TemporaryCredentials> Sessions::federation_token(const policy::Access& caller, std::string name,
                                                      SessionLimits limits, Tags tags,
                                                      std::optional<int> duration_seconds) {
  const policy::Principal& principal = caller.principal();
  const bool user = principal.kind == policy::Principal::Kind::user;
  if ((!user && !principal.is_root()) || principal.session_started) {
    throw Error(errors::access_denied, "Cannot call GetFederationToken with session credentials");
  }
  check_tags(tags);
  const AccountId account = principal.account.value();
  const std::string arn = sts_arn(account, "federated-user/" + name);
  policy::Facts facts;
  std::vector<std::string> keys;
  for (const auto& [key, value] : tags) {
    facts.emplace_back("aws:RequestTag/" + key, std::vector{value});
    keys.push_back(key);
  }
  if (!keys.empty()) facts.emplace_back("aws:TagKeys", std::move(keys));
  co_await caller.require("sts:GetFederationToken", arn, facts);
  if (!tags.empty()) co_await caller.require("sts:TagSession", arn, facts);

  const auto state = co_await accounts_.state(account);
  Session session = begin(Session::Kind::federated, account,
                          std::min(duration_seconds.value_or(user ? 43'200 : 3'600), user ? 129'600 : 3'600));
  if (user) {
    session.entity = principal.name;
    session.entity_id = principal.user_id;
  }
  session.name = std::move(name);
  session.tags = std::move(tags);
  set_limits(session, limits, *state);
  session.limited = true;  // Without a session policy it has no permissions of its own.
  TemporaryCredentials credentials = issue(session);
  credentials.arn = arn;
  credentials.assumed_id = account.text() + ":" + session.name;
  co_return credentials;
}

namespace {
constexpr std::string_view base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
}

// As AWS does, the account's number stands in the id: in the 40 bits after the first.
std::string new_access_key_id(std::string_view prefix, const AccountId& account, Random& random) {
  const std::uint64_t number = std::stoull(account.text());
  // 80 bits in 16 digits of 5: a one, the account, 39 bits at random.
  const std::uint64_t high = (std::uint64_t{1} << 39) | (number >> 1);
  const std::uint64_t low = ((number & 1) << 39) | (random.next() & ((std::uint64_t{1} << 39) - 1));
  std::string id(prefix);
  for (const std::uint64_t half : {high, low}) {
    for (int shift = 35; shift >= 0; shift -= 5) id += base32[(half >> shift) & 31];
  }
  return id;
}

std::optional<AccountId> account_of_access_key_id(std::string_view access_key_id) {
  if (access_key_id.size() != 20) return std::nullopt;
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    const std::size_t digit = base32.find(access_key_id[4 + i]);
    if (digit == base32.npos) return std::nullopt;
    std::uint64_t& half = i < 8 ? high : low;
    half = (half << 5) | digit;
  }
  const std::uint64_t number = ((high & ((std::uint64_t{1} << 39) - 1)) << 1) | (low >> 39);
  std::string text = std::to_string(number);
  if (text.size() > 12) return std::nullopt;
  return AccountId::trusted(std::string(12 - text.size(), '0') + text);
}

std::string new_secret(Random& random) {
  return random.text(40, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
}

std::string new_entity_id(std::string_view prefix, Random& random) {
  return std::string(prefix) + random.text(17, base32);
}

}  // namespace tarn::identity
