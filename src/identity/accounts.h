// Accounts: every account's state in memory, kept true by the store's watch.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/names.h"
#include "base/os/clock.h"
#include "base/task.h"
#include "identity/account_state.h"
#include "meta/store.h"

namespace tarn::identity {

class Accounts {
 public:
  explicit Accounts(meta::Store& store) : store_(store) {}

  // As of the last change that was acknowledged anywhere before this call. Null: there is no such account.
  Task<std::shared_ptr<const AccountState>> state(AccountId account);

  // Decides on the newest state what to change, and commits it if the state is still the newest; otherwise decides
  // again. `decide` throws to refuse, and may be called several times.
  using Decide = std::function<void(const AccountState&, meta::Batch&)>;
  Task<void> change(AccountId account, Decide decide);

  // The account row and the root key's; then the account exists.
  Task<void> create(AccountRow account);
  Task<std::vector<AccountId>> list();

 private:
  struct Slot {
    std::mutex mutex;
    std::atomic<std::uint64_t> changes{1};  // Counted up by every change that is heard of.
    std::uint64_t loaded = 0;               // What `changes` was when `state` was read.
    std::shared_ptr<const AccountState> state;
    std::unique_ptr<meta::Watch> watch;
  };

  std::shared_ptr<Slot> slot(const AccountId& account);
  Task<std::shared_ptr<const AccountState>> load(AccountId account, std::shared_ptr<const AccountState> before);

  meta::Store& store_;
  std::mutex mutex_;
  std::map<AccountId, std::shared_ptr<Slot>> slots_;
};

}  // namespace tarn::identity
