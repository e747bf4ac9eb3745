#include "identity/identity.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <unordered_map>

#include "base/encoding.h"
#include "identity/accounts.h"
#include "identity/directory.h"
#include "identity/sessions.h"

namespace tarn::identity {
namespace {

const meta::Partition credentials_partition{"credentials"};
const meta::Partition server_partition{"server"};
const std::string server_key_row = "session-key";
constexpr std::size_t max_cached_keys = 50'000;
constexpr std::size_t max_uses = 50'000;
constexpr std::size_t max_account_name = 50;

constexpr ErrorCode validation_error{"ValidationError", 400};
constexpr ErrorCode entity_already_exists{"EntityAlreadyExists", 409};

// The trust policies of roles are found here; everything else where app says.
class TrustAndOthers : public policy::ResourcePolicies {
 public:
  explicit TrustAndOthers(Accounts& accounts) : accounts_(accounts) {}

  Task<Found> find(std::string resource) override {
    if (!resource.starts_with("arn:aws:iam::")) {
      if (others) co_return co_await others->find(std::move(resource));
      co_return Found{};
    }
    Found found{.owner = policy::account_of_arn(resource)};
    const policy::ArnFields fields = policy::arn_fields(resource);
    if (!found.owner || !fields.field[5].starts_with("role/")) co_return found;
    const auto state = co_await accounts_.state(*found.owner);
    const auto* role = state ? state->role(fields.field[5].substr(fields.field[5].rfind('/') + 1)) : nullptr;
    if (!role || role->value.arn != resource) co_return found;
    // The document lives as long as the state that it was compiled for.
    found.policy = role->document;
    found.must_allow = true;
    co_return found;
  }

  policy::ResourcePolicies* others = nullptr;

 private:
  Accounts& accounts_;
};

bool lists(const std::vector<AccessKey>& keys, const std::string& id) {
  return std::ranges::any_of(keys, [&](const AccessKey& key) { return key.id == id && key.active; });
}

std::shared_ptr<const policy::Rights> key_rights(const std::string& access_key_id, const CredentialRow& row,
                                                 const AccountState& state) {
  policy::Principal principal{.kind = policy::Principal::Kind::root,
                              .account = row.account,
                              .arn = policy::root_arn(row.account),
                              .user_id = row.account.text(),
                              .access_key_id = access_key_id};
  if (row.user_id.empty()) {
    if (!lists(state.account.root_keys, access_key_id)) return nullptr;
    return policy::make_rights(std::move(principal));
  }
  const auto* user = state.user_by_id(row.user_id);
  if (!user || !lists(user->value.access_keys, access_key_id)) return nullptr;
  principal.kind = policy::Principal::Kind::user;
  principal.arn = user->value.arn;
  principal.user_id = user->value.id;
  principal.name = user->value.name;
  for (const auto& [key, value] : user->value.tags) principal.tags[key] = value;
  return policy::make_rights(std::move(principal), state.policies_of(*user));
}

// The rights of a service's session, built again only when something in the account changed.
struct CurrentRights {
  Session session;
  std::mutex mutex;
  std::shared_ptr<const AccountState> built_on;
  std::shared_ptr<const policy::Rights> rights;
  std::shared_ptr<const policy::Rights> none;  // When the role is gone.
};

Task<std::shared_ptr<const policy::Rights>> refreshed(Accounts& accounts, Sessions& sessions,
                                                      std::shared_ptr<CurrentRights> current) {
  const auto state = co_await accounts.state(current->session.account);
  {
    const std::scoped_lock lock(current->mutex);
    if (current->built_on == state) co_return current->rights;
  }
  auto rights = co_await sessions.rights_now(current->session);
  if (!rights) rights = current->none;
  const std::scoped_lock lock(current->mutex);
  current->built_on = state;
  current->rights = rights;
  co_return rights;
}

}  // namespace

struct Identity::State {
  State(meta::Store& the_store, const Clock& the_wall, Random& the_random)
      : store(the_store),
        wall(the_wall),
        random(the_random),
        accounts(the_store),
        policies(accounts),
        directory(the_store, accounts, the_wall, the_random),
        sessions(accounts, the_wall, the_random) {}

  struct CachedKey {
    std::uint64_t changes = 0;  // Of the credentials partition when the row was read.
    CredentialRow row;
    std::shared_ptr<const AccountState> built_on;
    std::shared_ptr<const policy::Rights> rights;
  };

  meta::Store& store;
  const Clock& wall;
  Random& random;
  Accounts accounts;
  TrustAndOthers policies;
  Directory directory;
  Sessions sessions;

  std::shared_ptr<std::atomic<std::uint64_t>> credential_changes = std::make_shared<std::atomic<std::uint64_t>>(1);
  std::unique_ptr<meta::Watch> watch;
  policy::DenialListener* listener = nullptr;
  mutable std::mutex mutex;
  std::set<std::string> names_under_way;  // Of accounts that are being made.
  std::unordered_map<std::string, std::shared_ptr<const CachedKey>> keys;
  std::unordered_map<std::string, AccessKeyUse> uses;
};

Identity::Identity(meta::Store& store, const Clock& wall, Random& random)
    : state_(std::make_unique<State>(store, wall, random)) {
  state_->watch = store.watch(credentials_partition, [changes = state_->credential_changes] { ++*changes; });
}

Identity::~Identity() = default;

Directory& Identity::directory() {
  return state_->directory;
}
Sessions& Identity::sessions() {
  return state_->sessions;
}

Task<void> Identity::open() {
  while (true) {
    const auto row = co_await state_->store.get(server_partition, server_key_row);
    if (row) {
      if (row->value.size() != 1 + Seal::key_bytes) throw std::runtime_error("the server's session key is damaged");
      state_->sessions.open(std::string_view(row->value).substr(1));
      co_return;
    }
    std::string key(1 + Seal::key_bytes, '\x01');
    state_->random.fill(std::as_writable_bytes(std::span(key).subspan(1)));
    meta::Batch batch;
    batch.require_absent(server_key_row).put(server_key_row, std::move(key));
    // A lost race means that another gateway made it: read that one.
    [[maybe_unused]] const meta::Commit made = co_await state_->store.commit(server_partition, std::move(batch));
  }
}

void Identity::use_resource_policies(policy::ResourcePolicies& resources) {
  state_->policies.others = &resources;
}

void Identity::use_denial_listener(policy::DenialListener& listener) {
  state_->listener = &listener;
}

Task<std::optional<NewAccount>> Identity::bootstrap(std::optional<RootKey> wanted) {
  const auto existing = co_await state_->accounts.list();
  if (!existing.empty()) co_return std::nullopt;
  co_return co_await create_account("default", std::move(wanted));
}

namespace {

// Of two accounts that are made with one name at once, one gets it.
class NameClaim {
 public:
  NameClaim(std::mutex& mutex, std::set<std::string>& names, std::string name)
      : mutex_(mutex), names_(names), name_(std::move(name)) {
    const std::scoped_lock lock(mutex_);
    held_ = names_.insert(name_).second;
  }
  NameClaim(const NameClaim&) = delete;
  NameClaim& operator=(const NameClaim&) = delete;
  ~NameClaim() {
    const std::scoped_lock lock(mutex_);
    if (held_) names_.erase(name_);
  }
  bool held() const { return held_; }

 private:
  std::mutex& mutex_;
  std::set<std::string>& names_;
  std::string name_;
  bool held_ = false;
};

}  // namespace

Task<NewAccount> Identity::create_account(std::string name, std::optional<RootKey> wanted) {
  if (name.empty() || name.size() > max_account_name) {
    throw Error(validation_error, "The name of an account has 1 to " + std::to_string(max_account_name) + " bytes.");
  }
  const NameClaim claim(state_->mutex, state_->names_under_way, name);
  const auto named = co_await accounts();
  if (!claim.held() || std::ranges::any_of(named, [&](const Account& account) { return account.name == name; })) {
    throw Error(entity_already_exists, "An account named " + name + " exists already.");
  }
  const auto existing = co_await state_->accounts.list();
  AccountId id = AccountId::trusted({});
  do {
    id = AccountId::trusted(state_->random.text(1, "123456789") + state_->random.text(11, "0123456789"));
  } while (contains(existing, id));
  if (wanted && (!AccessKeyId::parse(wanted->access_key_id) || wanted->secret_access_key.size() < 8)) {
    throw Error(validation_error, "A root access key id has 16 to 128 word characters, its secret at least 8.");
  }
  const RootKey root = wanted.value_or(RootKey{.access_key_id = new_access_key_id("AKIA", id, state_->random),
                                               .secret_access_key = new_secret(state_->random)});

  // The key's row first: it means nothing until an account lists it.
  const auto taken = co_await state_->store.get(credentials_partition, root.access_key_id);
  if (taken && contains(existing, decode_credential(taken->value).account)) {
    throw Error(validation_error, "The access key " + root.access_key_id + " is taken.");
  }
  meta::Batch credential;
  credential.put(root.access_key_id,
                 encode(CredentialRow{.account = id, .user_id = {}, .secret = root.secret_access_key}));
  const meta::Commit kept = co_await state_->store.commit(credentials_partition, std::move(credential));
  if (!kept.applied) throw std::runtime_error("the root key could not be kept");
  ++*state_->credential_changes;

  const Account account{.id = id,
                        .name = name,
                        .email = name + "@" + id.text() + ".invalid",
                        .canonical_user_id = policy::canonical_user_id(id),
                        .created = state_->wall.now()};
  co_await state_->accounts.create(
      {.account = account, .root_keys = {{.id = root.access_key_id, .active = true, .created = account.created}}});
  co_return NewAccount{.account = account, .root = root};
}

Task<std::vector<Account>> Identity::accounts() {
  const auto ids = co_await state_->accounts.list();
  std::vector<Account> accounts;
  for (const AccountId& id : ids) {
    const auto state = co_await state_->accounts.state(id);
    if (state) accounts.push_back(state->account.account);
  }
  co_return accounts;
}

Task<std::optional<Account>> Identity::find_account(AccountId id) {
  const auto all = co_await state_->accounts.list();
  if (!contains(all, id)) co_return std::nullopt;
  const auto state = co_await state_->accounts.state(id);
  if (!state) co_return std::nullopt;
  co_return state->account.account;
}

Task<std::optional<Account>> Identity::find_account_by_canonical_id(std::string canonical) {
  const auto all = co_await accounts();
  for (const Account& account : all) {
    if (account.canonical_user_id == canonical) co_return account;
  }
  co_return std::nullopt;
}

Task<std::expected<Credential, CredentialRefusal>> Identity::find_credential(std::string access_key_id,
                                                                             std::string session_token) {
  if (access_key_id.starts_with("ASIA") && !session_token.empty()) {
    co_return co_await state_->sessions.find(std::move(access_key_id), std::move(session_token));
  }
  const std::uint64_t changes = state_->credential_changes->load();
  std::shared_ptr<const State::CachedKey> key;
  {
    const std::scoped_lock lock(state_->mutex);
    const auto found = state_->keys.find(access_key_id);
    if (found != state_->keys.end() && found->second->changes == changes) key = found->second;
  }
  if (!key) {
    if (!AccessKeyId::parse(access_key_id)) co_return std::unexpected(CredentialRefusal::unknown_key);
    const auto row = co_await state_->store.get(credentials_partition, access_key_id);
    if (!row) co_return std::unexpected(CredentialRefusal::unknown_key);
    key = std::make_shared<const State::CachedKey>(
        State::CachedKey{.changes = changes, .row = decode_credential(row->value)});
  }
  const auto state = co_await state_->accounts.state(key->row.account);
  if (!state) co_return std::unexpected(CredentialRefusal::unknown_key);
  auto rights = key->rights;
  if (!rights || key->built_on != state) {
    rights = key_rights(access_key_id, key->row, *state);
    if (!rights) co_return std::unexpected(CredentialRefusal::unknown_key);
    const std::scoped_lock lock(state_->mutex);
    if (state_->keys.size() >= max_cached_keys) state_->keys.clear();
    state_->keys[access_key_id] = std::make_shared<const State::CachedKey>(
        State::CachedKey{.changes = key->changes, .row = key->row, .built_on = state, .rights = rights});
  }
  // A token that a permanent key does not have is somebody else's.
  if (!session_token.empty()) co_return std::unexpected(CredentialRefusal::invalid_token);
  co_return Credential{.secret_access_key = key->row.secret, .rights = std::move(rights), .expires = std::nullopt};
}

void Identity::note_key_use(const std::string& access_key_id, std::string_view service, std::string_view region) {
  const std::scoped_lock lock(state_->mutex);
  if (state_->uses.size() >= max_uses && !state_->uses.contains(access_key_id)) return;
  AccessKeyUse& use = state_->uses[access_key_id];
  use.when = state_->wall.now();
  if (use.service != service) use.service = service;
  if (!region.empty() && use.region != region) use.region = region;
}

std::optional<AccessKeyUse> Identity::last_use(const std::string& access_key_id) const {
  const std::scoped_lock lock(state_->mutex);
  const auto found = state_->uses.find(access_key_id);
  if (found == state_->uses.end()) return std::nullopt;
  return found->second;
}

Task<std::optional<AccountId>> Identity::account_of_access_key(std::string access_key_id) {
  const auto row = co_await state_->store.get(credentials_partition, access_key_id);
  if (row) co_return decode_credential(row->value).account;
  const auto named = account_of_access_key_id(access_key_id);
  if (!named || !access_key_id.starts_with("ASIA")) co_return std::nullopt;
  const auto account = co_await find_account(*named);
  if (!account) co_return std::nullopt;
  co_return account->id;
}

std::shared_ptr<policy::EvaluatedAccess> Identity::access(std::shared_ptr<const policy::Rights> rights,
                                                          policy::Facts request_facts) const {
  if (!rights) throw std::logic_error("an access without rights");
  auto access = std::make_shared<policy::EvaluatedAccess>(std::move(rights), std::move(request_facts), state_->wall,
                                                          &state_->policies);
  access->tell_denials_to(state_->listener, false);
  return access;
}

std::shared_ptr<const policy::Access> Identity::keep(const policy::Access& access) const {
  const auto* evaluated = dynamic_cast<const policy::EvaluatedAccess*>(&access);
  if (!evaluated) throw std::logic_error("an access that was not made here");
  auto kept = this->access(evaluated->rights(), evaluated->request_facts());
  kept->tell_denials_to(state_->listener, true);
  return kept;
}

std::shared_ptr<policy::EvaluatedAccess> Identity::request_access(std::shared_ptr<const policy::Rights> rights,
                                                                  policy::MakeFacts request_facts) const {
  static const auto nobody = policy::make_rights({});
  auto made = access(rights ? std::move(rights) : nobody, {});
  made->make_facts_by(std::move(request_facts));
  return made;
}

Task<bool> Identity::role_trusts_service(std::string role_arn, std::string service) {
  policy::Principal principal{.kind = policy::Principal::Kind::service, .account = std::nullopt, .arn = service};
  const auto found = co_await state_->policies.find(role_arn);
  if (!found.policy) co_return false;
  const auto as_service = access(policy::make_rights(std::move(principal)), {});
  co_return co_await as_service->allows("sts:AssumeRole", role_arn);
}

Task<std::shared_ptr<const policy::Access>> Identity::assume_for_service(std::string role_arn, std::string service,
                                                                         std::string session_name,
                                                                         policy::Facts request_facts) {
  const bool trusted = co_await role_trusts_service(role_arn, service);
  if (!trusted) {
    throw Error(errors::access_denied,
                service + " is not authorized to perform: sts:AssumeRole on resource: " + role_arn, role_arn);
  }
  const AccountId account = policy::account_of_arn(role_arn).value();
  const auto state = co_await state_->accounts.state(account);
  const auto* role = state->role(std::string_view(role_arn).substr(role_arn.rfind('/') + 1));
  if (!role) throw Error(errors::access_denied, "The role " + role_arn + " was deleted.", role_arn);
  Session session{.kind = Session::Kind::role,
                  .account = account,
                  .entity = role->value.name,
                  .entity_id = role->value.id,
                  .name = std::move(session_name),
                  .issued = state_->wall.now()};
  auto rights = co_await state_->sessions.rights_now(session);
  if (!rights) throw Error(errors::access_denied, "The role " + role_arn + " was deleted.", role_arn);
  auto made = access(rights, std::move(request_facts));

  made->tell_denials_to(state_->listener, true);
  auto current = std::make_shared<CurrentRights>();
  current->built_on = state;
  current->rights = rights;
  current->none = policy::make_rights(rights->principal);
  current->session = std::move(session);
  made->refresh_by([current, accounts = &state_->accounts, sessions = &state_->sessions] {
    return refreshed(*accounts, *sessions, current);
  });
  co_return made;
}

// The services say it each in its own way.
static Error untrusting(const std::string& role_arn, const std::string& service) {
  if (service == "sagemaker.amazonaws.com") {
    return {ErrorCode{"ValidationException", 400},
            "Could not assume role " + role_arn + ". Please ensure that the role exists and allows principal '" +
                service + "' to assume the role.",
            role_arn};
  }
  if (service == "glue.amazonaws.com") {
    return {ErrorCode{"InvalidInputException", 400},
            "Service is unable to assume role " + role_arn + ". Please verify role's TrustPolicy", role_arn};
  }
  return {ErrorCode{"ValidationException", 400},
          "Provided role '" + role_arn + "' cannot be assumed by principal '" + service + "'.", role_arn};
}

Task<void> Identity::require_pass_role(const policy::Access& access, std::string role_arn, std::string service) {
  co_await access.require("iam:PassRole", role_arn, {{"iam:PassedToService", {service}}});
  const bool trusted = co_await role_trusts_service(role_arn, service);
  if (!trusted) {
    throw untrusting(role_arn, service);
  }
}

}  // namespace tarn::identity
