#include "query/codec.h"
#include "query/core.h"

namespace tarn::query {
namespace {

constexpr std::string_view primary = "primary";

}  // namespace

std::string Queries::workgroup_arn(const AccountId& account, std::string_view name) const {
  return "arn:aws:athena:" + core_->dependencies.region + ":" + account.text() + ":workgroup/" + std::string(name);
}

Task<std::optional<WorkGroup>> Queries::Core::find_workgroup(AccountId account, std::string name) {
  const auto row = co_await dependencies.meta.get(rows::partition(account), rows::workgroup(name));
  if (row) co_return decode_workgroup(row->value);
  if (name != primary) co_return std::nullopt;
  // As AWS makes it: clients' settings count.
  co_return WorkGroup{.name = name, .enforce = false, .publish_metrics = false};
}

Task<WorkGroup> Queries::workgroup(const policy::Access& access, std::string name) {
  auto found = co_await core_->find_workgroup(account_of(access), name);
  if (!found) throw Error(errors::invalid_request, "WorkGroup " + name + " is not found.");
  co_return std::move(*found);
}

Task<void> Queries::create_workgroup(const policy::Access& access, WorkGroup group) {
  group.created = core_->dependencies.clocks.lake.now();
  const std::string key = rows::workgroup(group.name);
  meta::Batch batch;
  batch.require_absent(key).put(key, encode(group));
  const auto commit = co_await core_->dependencies.meta.commit(rows::partition(account_of(access)), std::move(batch));
  if (!commit.applied || group.name == primary) {
    throw Error(errors::invalid_request, "WorkGroup " + group.name + " already exists.");
  }
}

Task<void> Queries::update_workgroup(const policy::Access& access, std::string name,
                                     std::function<void(WorkGroup&)> change) {
  const auto partition = rows::partition(account_of(access));
  const std::string key = rows::workgroup(name);
  for (;;) {
    const auto row = co_await core_->dependencies.meta.get(partition, key);
    WorkGroup group = row ? decode_workgroup(row->value) : co_await workgroup(access, name);
    change(group);
    meta::Batch batch;
    if (row) {
      batch.require_version(key, row->version);
    } else {
      batch.require_absent(key);
    }
    batch.put(key, encode(group));
    const auto commit = co_await core_->dependencies.meta.commit(partition, std::move(batch));
    if (commit.applied) co_return;
  }
}

Task<void> Queries::delete_workgroup(const policy::Access& access, std::string name, bool with_content) {
  if (name == primary) throw Error(errors::invalid_request, "The primary workgroup cannot be deleted.");
  co_await workgroup(access, name);
  const auto partition = rows::partition(account_of(access));
  auto& store = core_->dependencies.meta;
  // Prepared statements, and what was run in it.
  for (const char* const kind : {"p/", "l/"}) {
    const std::string content = kind + name + '\0';
    for (;;) {
      const auto rows = co_await store.scan(partition, content, rows::after_prefix(content), {.max_rows = 100});
      if (rows.empty()) break;
      if (!with_content) throw Error(errors::invalid_request, "WorkGroup " + name + " is not empty.");
      meta::Batch batch;
      for (const auto& row : rows) {
        batch.remove(row.key);
        if (*kind == 'l') batch.remove(rows::execution(row.key.substr(row.key.rfind('/') + 1)));
      }
      (void)co_await store.commit(partition, std::move(batch));
    }
  }
  meta::Batch batch;
  batch.remove(rows::workgroup(name));
  (void)co_await store.commit(partition, std::move(batch));
}

Task<Page<WorkGroup>> Queries::list_workgroups(const policy::Access& access, std::string after, std::size_t max) {
  const auto partition = rows::partition(account_of(access));
  Page<WorkGroup> page;
  // Until somebody changes it, primary has no row: it then stands before the others.
  if (after.empty() && !co_await core_->dependencies.meta.get(partition, rows::workgroup(primary))) {
    auto group = co_await core_->find_workgroup(account_of(access), std::string(primary));
    page.items.push_back(std::move(*group));
  }
  const auto found = co_await core_->dependencies.meta.scan(partition, "w/" + after, "w0", {.max_rows = max + 1});
  for (const auto& row : found) {
    if (page.items.size() == max) {
      page.next = row.key.substr(2);
      break;
    }
    page.items.push_back(decode_workgroup(row.value));
  }
  co_return page;
}

}  // namespace tarn::query
