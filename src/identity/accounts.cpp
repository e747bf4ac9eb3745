#include "identity/accounts.h"

#include "base/encoding.h"

namespace tarn::identity {
namespace {

// Names of all accounts: partition accounts, a row an account, written last when one is made.
const meta::Partition all_accounts{"accounts"};
constexpr std::string_view head_key = "head";
constexpr std::string_view account_key = "account";
// Each lost race means that another change was made: this many at once are not a race but a fault.
constexpr int max_attempts = 100;

meta::Partition partition_of(const AccountId& account) {
  return {"identity/" + account.text()};
}

// Takes a row into the state; what `before` compiled from the same version is shared.
template <typename Stored>
void take(Named<Stored>& into, const Named<Stored>* before, bool unchanged, std::string name, std::string_view bytes,
          Stored (*decode)(std::string_view)) {
  if (unchanged) {
    into.emplace(name, before->at(name));
  } else {
    into.emplace(std::move(name), compile(decode(bytes)));
  }
}

void take_row(AccountState& state, const AccountState* before, const meta::Row& row) {
  bool unchanged = false;
  if (before) {
    const auto known = before->row_versions.find(row.key);
    unchanged = known != before->row_versions.end() && known->second == row.version;
  }
  state.row_versions.emplace(row.key, row.version);
  if (row.key == head_key) {
    state.head = row.version;
  } else if (row.key == account_key) {
    state.account = decode_account(row.value);
  } else {
    std::string name = row.key.substr(2);
    switch (row.key.front()) {
      case 'u':
        take(state.users, before ? &before->users : nullptr, unchanged, name, row.value, decode_user);
        state.user_names.emplace(state.users.at(name)->value.id, name);
        return;
      case 'g':
        return take(state.groups, before ? &before->groups : nullptr, unchanged, std::move(name), row.value,
                    decode_group);
      case 'r':
        return take(state.roles, before ? &before->roles : nullptr, unchanged, std::move(name), row.value, decode_role);
      case 'p':
        return take(state.policies, before ? &before->policies : nullptr, unchanged, std::move(name), row.value,
                    decode_policy);
      default:
        throw std::runtime_error("identity row of an unknown kind: " + row.key);
    }
  }
}

}  // namespace

std::shared_ptr<Accounts::Slot> Accounts::slot(const AccountId& account) {
  const std::scoped_lock lock(mutex_);
  auto& slot = slots_[account];
  if (!slot) {
    slot = std::make_shared<Slot>();
    slot->watch = store_.watch(partition_of(account), [weak = std::weak_ptr(slot)] {
      if (const auto changed = weak.lock()) ++changed->changes;
    });
  }
  return slot;
}

Task<std::shared_ptr<const AccountState>> Accounts::load(AccountId account,
                                                         std::shared_ptr<const AccountState> before) {
  // Pages are read one after the other: the head tells whether they belong together.
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    const auto head = co_await store_.get(partition_of(account), std::string(head_key));
    if (!head) co_return nullptr;
    if (before && before->head == head->version) co_return before;
    auto state = std::make_shared<AccountState>();
    meta::RowKey first;
    while (true) {
      const auto rows = co_await store_.scan(partition_of(account), first, {}, {});
      for (const meta::Row& row : rows) take_row(*state, before.get(), row);
      if (rows.empty()) break;
      first = rows.back().key + '\0';
    }
    const auto after = co_await store_.get(partition_of(account), std::string(head_key));
    if (after && after->version == head->version && state->head == head->version) co_return state;
  }
  throw std::runtime_error("identities of account " + account.text() + " change faster than they can be read");
}

Task<std::shared_ptr<const AccountState>> Accounts::state(AccountId account) {
  const auto slot = this->slot(account);
  const std::uint64_t changes = slot->changes.load();
  std::shared_ptr<const AccountState> before;
  {
    const std::scoped_lock lock(slot->mutex);
    if (slot->loaded == changes && slot->watch->alive()) co_return slot->state;
    before = slot->state;
  }
  auto loaded = co_await load(account, std::move(before));
  {
    const std::scoped_lock lock(slot->mutex);
    if (changes >= slot->loaded) {
      slot->loaded = changes;
      slot->state = loaded;
    }
  }
  co_return loaded;
}

Task<void> Accounts::change(AccountId account, Decide decide) {
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    const auto current = co_await state(account);
    if (!current) throw std::runtime_error("no account " + account.text());
    meta::Batch batch;
    batch.require_version(std::string(head_key), current->head);
    decide(*current, batch);
    if (batch.changes().empty()) co_return;
    batch.put(std::string(head_key), "\x01");
    const meta::Commit commit = co_await store_.commit(partition_of(account), std::move(batch));
    // Before the caller is answered, so that its next request sees what it did.
    ++slot(account)->changes;
    if (commit.applied) co_return;
  }
  throw Error({"ConcurrentModification", 409},
              "The request was rejected because multiple requests to change this object were submitted "
              "simultaneously. Wait a few minutes and submit your request again.");
}

Task<void> Accounts::create(AccountRow account) {
  const AccountId id = account.account.id;
  meta::Batch batch;
  batch.require_absent(std::string(head_key));
  batch.put(std::string(head_key), "\x01").put(std::string(account_key), encode(account));
  const meta::Commit made = co_await store_.commit(partition_of(id), std::move(batch));
  if (!made.applied) throw std::runtime_error("account " + id.text() + " exists");
  meta::Batch name;
  name.put(id.text(), "\x01");
  const meta::Commit named = co_await store_.commit(all_accounts, std::move(name));
  if (!named.applied) throw std::runtime_error("account " + id.text() + " could not be named");
  ++slot(id)->changes;
}

Task<std::vector<AccountId>> Accounts::list() {
  std::vector<AccountId> accounts;
  meta::RowKey first;
  while (true) {
    const auto rows = co_await store_.scan(all_accounts, first, {}, {});
    for (const meta::Row& row : rows) accounts.push_back(AccountId::trusted(row.key));
    if (rows.empty()) break;
    first = rows.back().key + '\0';
  }
  co_return accounts;
}

}  // namespace tarn::identity
