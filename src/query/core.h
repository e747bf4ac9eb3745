// What the files of this folder share: the dependencies, the rows' keys, and what is running.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <stop_token>

#include "query/object_files.h"
#include "query/query.h"

namespace tarn::query {

inline constexpr std::string_view work_kind = "athena-query";
// Of a table that CREATE TABLE AS made: the execution's id, under the name that Athena gives it.
inline constexpr std::string_view query_id_parameter = "trino_query_id";

struct Queries::Core {
  Dependencies dependencies;

  // Executions of this process that are not final: with whose rights they run, and how to stop them.
  struct Live {
    std::shared_ptr<const policy::Access> access;
    std::stop_source stop;
  };
  std::mutex mutex;
  std::map<std::string, Live> live;
  // Folders that statements of this process are filling: they were empty when they began, and are theirs alone.
  std::set<std::string> filling;

  Task<work::Outcome> run(const work::Item& item);
  Task<std::optional<Execution>> find(AccountId account, std::string id);
  // Final executions are never changed: false.
  Task<bool> save(AccountId account, const Execution& execution);
  Task<void> abandon(AccountId account, std::string id);
  Task<std::optional<WorkGroup>> find_workgroup(AccountId account, std::string name);
  Task<std::optional<PreparedStatement>> find_prepared(AccountId account, std::string workgroup, std::string name);
  Task<void> save_prepared(AccountId account, PreparedStatement statement);
  Task<bool> remove_prepared(AccountId account, std::string workgroup, std::string name);

  // What an entry of Execution::partial stands for: a folder or file, the files in a folder that bear a name
  // ("match:<folder>*<name>"), or a table, if this execution made it ("table:<database>.<table>@<execution>"; older
  // rows name the location where it must lie instead).
  Task<void> remove_partial(AccountId account, ObjectFiles& files, const policy::Access& access, std::string entry);

  // Refuses SSE_S3 where the lake does not seal what it is given.
  void require_sealed(bool sse_s3) const;

  // Refuses a place for results whose bucket is not there.
  Task<void> require_bucket(AccountId account, BucketName bucket);

  std::optional<std::shared_ptr<const policy::Access>> access_of(const std::string& id);
};

namespace rows {
inline meta::Partition partition(const AccountId& account) {
  return {"athena/" + account.text()};
}
inline std::string execution(std::string_view id) {
  return "e/" + std::string(id);
}
inline std::string active(std::string_view id) {
  return "a/" + std::string(id);
}
inline std::string token(std::string_view token) {
  return "t/" + std::string(token);
}
inline std::string workgroup(std::string_view name) {
  return "w/" + std::string(name);
}
inline std::string named_query(std::string_view id) {
  return "n/" + std::string(id);
}
inline std::string prepared(std::string_view workgroup, std::string_view name) {
  return "p/" + std::string(workgroup) + '\0' + std::string(name);
}
std::string listed(std::string_view workgroup, Timestamp submitted, std::string_view id);
// The first key after all that begin with `prefix`.
std::string after_prefix(std::string prefix);
}  // namespace rows

}  // namespace tarn::query
