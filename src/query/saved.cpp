#include "query/codec.h"
#include "query/core.h"
#include "query/sql/parser.h"

namespace tarn::query {
namespace {

[[noreturn]] void no_named_query(const std::string& id) {
  throw Error(errors::invalid_request, "NamedQuery " + id + " was not found");
}

[[noreturn]] void no_prepared_statement(const std::string& name) {
  throw Error(errors::resource_not_found, "PreparedStatement " + name + " was not found");
}

}  // namespace

Task<std::string> Queries::create_named_query(const policy::Access& access, NamedQuery query) {
  if (query.workgroup.empty()) query.workgroup = "primary";
  co_await workgroup(access, query.workgroup);
  query.id = core_->dependencies.random.uuid();
  meta::Batch batch;
  batch.put(rows::named_query(query.id), encode(query));
  (void)co_await core_->dependencies.meta.commit(rows::partition(account_of(access)), std::move(batch));
  co_return query.id;
}

Task<NamedQuery> Queries::named_query(const policy::Access& access, std::string id) {
  const auto row = co_await core_->dependencies.meta.get(rows::partition(account_of(access)), rows::named_query(id));
  if (!row) no_named_query(id);
  NamedQuery query = decode_named_query(row->value);
  co_await access.require("athena:GetNamedQuery", workgroup_arn(account_of(access), query.workgroup));
  co_return query;
}

Task<void> Queries::update_named_query(const policy::Access& access, NamedQuery query) {
  const auto partition = rows::partition(account_of(access));
  const std::string key = rows::named_query(query.id);
  const auto row = co_await core_->dependencies.meta.get(partition, key);
  if (!row) no_named_query(query.id);
  NamedQuery changed = decode_named_query(row->value);
  co_await access.require("athena:UpdateNamedQuery", workgroup_arn(account_of(access), changed.workgroup));
  changed.name = query.name;
  changed.description = query.description;
  changed.query = query.query;
  meta::Batch batch;
  batch.require_present(key).put(key, encode(changed));
  const auto commit = co_await core_->dependencies.meta.commit(partition, std::move(batch));
  if (!commit.applied) no_named_query(query.id);
}

Task<void> Queries::delete_named_query(const policy::Access& access, std::string id) {
  const auto partition = rows::partition(account_of(access));
  const auto row = co_await core_->dependencies.meta.get(partition, rows::named_query(id));
  if (!row) no_named_query(id);
  const NamedQuery query = decode_named_query(row->value);
  co_await access.require("athena:DeleteNamedQuery", workgroup_arn(account_of(access), query.workgroup));
  meta::Batch batch;
  batch.remove(rows::named_query(id));
  (void)co_await core_->dependencies.meta.commit(partition, std::move(batch));
}

Task<Page<std::string>> Queries::list_named_queries(const policy::Access& access, std::string workgroup,
                                                    std::string after, std::size_t max) {
  if (workgroup.empty()) workgroup = "primary";
  Page<std::string> page;
  std::string from = "n/" + after;
  for (;;) {
    const auto found =
        co_await core_->dependencies.meta.scan(rows::partition(account_of(access)), from, "n0", {.max_rows = 200});
    if (found.empty()) co_return page;
    for (const auto& row : found) {
      if (decode_named_query(row.value).workgroup != workgroup) continue;
      if (page.items.size() == max) {
        page.next = row.key.substr(2);
        co_return page;
      }
      page.items.push_back(row.key.substr(2));
    }
    from = found.back().key + '\0';
  }
}

Task<std::optional<PreparedStatement>> Queries::Core::find_prepared(AccountId account, std::string workgroup,
                                                                    std::string name) {
  const auto row = co_await dependencies.meta.get(rows::partition(account), rows::prepared(workgroup, name));
  if (!row) co_return std::nullopt;
  co_return decode_prepared_statement(row->value);
}

Task<void> Queries::Core::save_prepared(AccountId account, PreparedStatement statement) {
  statement.modified = dependencies.clocks.lake.now();
  meta::Batch batch;
  batch.put(rows::prepared(statement.workgroup, statement.name), encode(statement));
  (void)co_await dependencies.meta.commit(rows::partition(account), std::move(batch));
}

Task<bool> Queries::Core::remove_prepared(AccountId account, std::string workgroup, std::string name) {
  meta::Batch batch;
  const std::string key = rows::prepared(workgroup, name);
  batch.require_present(key).remove(key);
  const auto commit = co_await dependencies.meta.commit(rows::partition(account), std::move(batch));
  co_return commit.applied;
}

Task<void> Queries::put_prepared_statement(const policy::Access& access, PreparedStatement statement, bool replace) {
  co_await workgroup(access, statement.workgroup);
  try {
    sql::parse_query_dialect(statement.query);
  } catch (const sql::SqlError& error) {
    throw Error(errors::invalid_request, error.what()).with("AthenaErrorCode", "MALFORMED_QUERY");
  }
  const auto found = co_await core_->find_prepared(account_of(access), statement.workgroup, statement.name);
  if (replace && !found) no_prepared_statement(statement.name);
  if (!replace && found) {
    throw Error(errors::invalid_request, "PreparedStatement " + statement.name + " already exists in the workgroup");
  }
  co_await core_->save_prepared(account_of(access), std::move(statement));
}

Task<PreparedStatement> Queries::prepared_statement(const policy::Access& access, std::string workgroup,
                                                    std::string name) {
  auto found = co_await core_->find_prepared(account_of(access), workgroup, name);
  if (!found) no_prepared_statement(name);
  co_return std::move(*found);
}

Task<void> Queries::delete_prepared_statement(const policy::Access& access, std::string workgroup, std::string name) {
  const bool removed = co_await core_->remove_prepared(account_of(access), std::move(workgroup), name);
  if (!removed) no_prepared_statement(name);
}

Task<Page<PreparedStatement>> Queries::list_prepared_statements(const policy::Access& access, std::string workgroup,
                                                                std::string after, std::size_t max) {
  const std::string prefix = "p/" + workgroup + '\0';
  const auto found = co_await core_->dependencies.meta.scan(rows::partition(account_of(access)), prefix + after,
                                                            rows::after_prefix(prefix), {.max_rows = max + 1});
  Page<PreparedStatement> page;
  for (const auto& row : found) {
    if (page.items.size() == max) {
      page.next = row.key.substr(prefix.size());
      break;
    }
    page.items.push_back(decode_prepared_statement(row.value));
  }
  co_return page;
}

}  // namespace tarn::query
