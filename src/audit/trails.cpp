#include "audit/trails.h"

#include <algorithm>

#include "audit/trail_rows.h"
#include "base/blocking.h"
#include "base/encoding.h"
#include "base/gzip.h"
#include "base/log.h"

namespace tarn::audit {
namespace {

constexpr std::string_view rows_prefix = "trails/";
// Of one log file, before it is compressed.
constexpr meta::ScanLimits file_limits{.max_rows = 10'000, .max_bytes = 8 << 20};
// Files of one trail in one go.
constexpr int max_files = 50;

meta::Partition rows_of(const AccountId& account) {
  return {std::string(rows_prefix) + account.text()};
}

// …/AWSLogs/123456789012/CloudTrail/us-east-1/2026/11/22/123456789012_CloudTrail_us-east-1_20261122T1910Z_<16>.json.gz
std::string file_key(const AccountId& account, const Trail& trail, Timestamp now, const std::string& unique) {
  const std::string time = iso8601_basic(now);  // 20130115T103000Z
  std::string key = trail.prefix.empty() ? "" : trail.prefix + "/";
  key += "AWSLogs/" + account.text() + "/CloudTrail/" + trail.region + "/";
  key += time.substr(0, 4) + "/" + time.substr(4, 2) + "/" + time.substr(6, 2) + "/";
  key += account.text() + "_CloudTrail_" + trail.region + "_" + time.substr(0, 13) + "Z_" + unique + ".json.gz";
  return key;
}

}  // namespace

std::string trail_arn(const std::string& region, const AccountId& account, const std::string& name) {
  return "arn:aws:cloudtrail:" + region + ":" + account.text() + ":trail/" + name;
}

meta::Partition Trails::queue_of(const AccountId& account, const std::string& trail) {
  return {"trail-queue/" + account.text() + "/" + trail};
}

Task<void> Trails::open() {
  std::string after;
  while (true) {
    const auto partitions = co_await store_.partitions(std::string(rows_prefix), after, 1000);
    for (const meta::Partition& partition : partitions) {
      co_await reload(AccountId::trusted(partition.name.substr(rows_prefix.size())));
    }
    if (partitions.empty()) co_return;
    after = partitions.back().name;
  }
}

Task<void> Trails::reload(AccountId account) {
  auto read = std::make_shared<std::vector<Trail>>();
  const auto rows = co_await store_.scan(rows_of(account), {}, {}, {});
  for (const meta::Row& row : rows) read->push_back(decode_trail(row.value));
  const std::scoped_lock lock(mutex_);
  trails_[account] = std::move(read);
  any_data_ =
      std::ranges::any_of(trails_, [](const auto& of) { return std::ranges::any_of(*of.second, selects_data); });
}

Task<std::vector<Trail>> Trails::list(AccountId account) {
  const std::scoped_lock lock(mutex_);
  const auto found = trails_.find(account);
  co_return found == trails_.end() ? std::vector<Trail>{} : *found->second;
}

Task<std::optional<Trail>> Trails::find(AccountId account, std::string name_or_arn) {
  const auto all = co_await list(account);
  for (const Trail& trail : all) {
    if (trail.name == name_or_arn || trail.arn == name_or_arn) co_return trail;
  }
  co_return std::nullopt;
}

Task<void> Trails::check(AccountId account, const Trail& trail) {
  if (!sink_) throw Error(errors::not_implemented, "This server delivers no log files.");
  co_await sink_->check(account, trail, file_key(account, trail, wall_.now(), "check"));
}

Task<bool> Trails::create(AccountId account, Trail trail) {
  co_await check(account, trail);
  meta::Batch batch;
  batch.require_absent(trail.name).put(trail.name, encode(trail));
  const meta::Commit made = co_await store_.commit(rows_of(account), std::move(batch));
  co_await reload(account);
  co_return made.applied;
}

Task<bool> Trails::replace(AccountId account, Trail trail, bool check_bucket) {
  if (check_bucket) co_await check(account, trail);
  meta::Batch batch;
  batch.require_present(trail.name).put(trail.name, encode(trail));
  const meta::Commit made = co_await store_.commit(rows_of(account), std::move(batch));
  co_await reload(account);
  co_return made.applied;
}

Task<bool> Trails::remove(AccountId account, std::string name) {
  meta::Batch batch;
  batch.require_present(name).remove(name);
  const meta::Commit removed = co_await store_.commit(rows_of(account), std::move(batch));
  co_await reload(account);
  if (!removed.applied) co_return false;
  while (true) {
    const auto rows = co_await store_.scan(queue_of(account, name), {}, {}, {});
    if (rows.empty()) co_return true;
    meta::Batch rest;
    for (const meta::Row& row : rows) rest.remove(row.key);
    [[maybe_unused]] const meta::Commit emptied = co_await store_.commit(queue_of(account, name), std::move(rest));
  }
}

DeliveryStatus Trails::status(const AccountId& account, const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = statuses_.find({account, name});
  return found == statuses_.end() ? DeliveryStatus{} : found->second;
}

std::vector<std::string> Trails::selecting(const Record& record) const {
  std::shared_ptr<const std::vector<Trail>> all;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = trails_.find(record.account);
    if (found == trails_.end()) return {};
    all = found->second;
  }
  std::vector<std::string> names;
  for (const Trail& trail : *all) {
    if (selects(trail, record)) names.push_back(trail.name);
  }
  return names;
}

// One file of what waits; false if nothing does, or the bucket did not take it.
Task<bool> Trails::deliver(AccountId account, Trail trail) {
  const meta::Partition queue = queue_of(account, trail.name);
  const auto rows = co_await store_.scan(queue, {}, {}, file_limits);
  if (rows.empty()) co_return false;
  std::string text = R"({"Records":[)";
  meta::Batch delivered;
  for (const meta::Row& row : rows) {
    if (text.back() == '}') text += ',';
    text.append(row.value, 1);  // After the format's version.
    delivered.remove(row.key);
  }
  text += "]}";
  const Timestamp now = wall_.now();
  const std::string unique = random_.text(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
  std::string packed = co_await blocking([&text] { return gzip(text); });
  DeliveryStatus status;
  try {
    co_await sink_->deliver(account, trail, file_key(account, trail, now, unique), std::move(packed));
    status.latest = now;
  } catch (const std::exception& failure) {
    status = this->status(account, trail.name);
    status.error = failure.what();
  }
  if (!status.error.empty()) {
    log::warning("trail not delivered", {{"trail", trail.arn}, {"bucket", trail.bucket}, {"what", status.error}});
  }
  {
    const std::scoped_lock lock(mutex_);
    statuses_[{account, trail.name}] = status;
  }
  if (!status.error.empty()) co_return false;
  const meta::Commit removed = co_await store_.commit(queue, std::move(delivered));
  co_return removed.applied;
}

Task<void> Trails::deliver_all() {
  if (!sink_) co_return;
  std::vector<std::pair<AccountId, Trail>> all;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [account, trails] : trails_) {
      for (const Trail& trail : *trails) all.emplace_back(account, trail);
    }
  }
  for (const auto& [account, trail] : all) {
    bool more = true;
    for (int file = 0; more && file < max_files; ++file) more = co_await deliver(account, trail);
  }
}

}  // namespace tarn::audit
