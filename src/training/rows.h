// How training's facts are kept: rows of partition "training/<account>", JSON behind a format byte.
//
//   job/<name>  model/<name>  config/<name>  endpoint/<name>  tags/<arn>
//   new/<name>  a job whose work item may not be there yet
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/names.h"
#include "base/task.h"
#include "meta/store.h"
#include "training/hosting.h"
#include "training/job.h"

namespace tarn::training {

using TagMap = std::map<std::string, std::string>;

template <typename T>
struct RowKind;
template <>
struct RowKind<Job> {
  static constexpr const char* prefix = "job/";
};
template <>
struct RowKind<Model> {
  static constexpr const char* prefix = "model/";
};
template <>
struct RowKind<EndpointConfig> {
  static constexpr const char* prefix = "config/";
};
template <>
struct RowKind<Endpoint> {
  static constexpr const char* prefix = "endpoint/";
};
template <>
struct RowKind<TagMap> {
  static constexpr const char* prefix = "tags/";
};

template <typename T>
std::string to_row(const T& value);
template <typename T>
T from_row(std::string_view row);

class Rows {
 public:
  explicit Rows(meta::Store& store) : store_(store) {}

  // With its tags, by its ARN. A job is new until forget_new(). False: there is one of this name.
  template <typename T>
  Task<bool> create(AccountId account, std::string name, T value, TagMap tags = {}) {
    const std::string key = RowKind<T>::prefix + name;
    meta::Batch batch;
    batch.require_absent(key).put(key, to_row(value));
    if constexpr (!std::is_same_v<T, TagMap>) {
      if (!tags.empty()) batch.put(RowKind<TagMap>::prefix + value.arn, to_row(tags));
    }
    if constexpr (std::is_same_v<T, Job>) batch.put(new_prefix + name, {});
    const auto commit = co_await store_.commit(partition(account), std::move(batch));
    co_return commit.applied;
  }

  // Names of jobs that are new, for there was no time to give them their work items.
  Task<std::vector<std::string>> new_jobs(AccountId account);
  Task<void> forget_new(AccountId account, std::string name);

  template <typename T>
  Task<std::optional<T>> find(AccountId account, std::string name) {
    const auto row = co_await store_.get(partition(account), RowKind<T>::prefix + name);
    if (!row) co_return std::nullopt;
    co_return from_row<T>(row->value);
  }

  // Applies `change` to the row as it is when it commits; it may be called several times, and says false to leave the
  // row alone. What the row is then, or none: it is not there.
  template <typename T>
  Task<std::optional<T>> update(AccountId account, std::string name, std::function<bool(T&)> change) {
    const std::string key = RowKind<T>::prefix + name;
    while (true) {
      const auto row = co_await store_.get(partition(account), key);
      if (!row) co_return std::nullopt;
      T value = from_row<T>(row->value);
      if (!change(value)) co_return value;
      meta::Batch batch;
      batch.require_version(key, row->version).put(key, to_row(value));
      const auto commit = co_await store_.commit(partition(account), std::move(batch));
      if (commit.applied) co_return value;
    }
  }

  // Stores it whatever there was.
  template <typename T>
  Task<void> put(AccountId account, std::string name, T value) {
    meta::Batch batch;
    batch.put(RowKind<T>::prefix + name, to_row(value));
    (void)co_await store_.commit(partition(account), std::move(batch));
  }

  // False: it was not there.
  template <typename T>
  Task<bool> remove(AccountId account, std::string name) {
    const std::string key = RowKind<T>::prefix + name;
    meta::Batch batch;
    batch.require_present(key).remove(key);
    const auto commit = co_await store_.commit(partition(account), std::move(batch));
    co_return commit.applied;
  }

  // All of the account, by name.
  template <typename T>
  Task<std::vector<T>> list(AccountId account) {
    const std::string prefix = RowKind<T>::prefix;
    std::vector<T> values;
    std::string first = prefix;
    while (true) {
      const auto rows = co_await store_.scan(partition(account), first, meta::end_of_prefix(prefix), {});
      if (rows.empty()) co_return values;
      for (const auto& row : rows) values.push_back(from_row<T>(row.value));
      first = rows.back().key + '\0';
    }
  }

  // Accounts that have any row here.
  Task<std::vector<AccountId>> accounts();

 private:
  static constexpr const char* new_prefix = "new/";
  static meta::Partition partition(const AccountId& account) { return {"training/" + account.text()}; }
  meta::Store& store_;
};

}  // namespace tarn::training
