// query: Athena. SQL statements as durable executions, whose results lie in S3 as Athena writes them.
//
// An execution is a row before start() returns its id, and its state only moves forward: QUEUED, RUNNING, then one of
// SUCCEEDED, FAILED, CANCELLED. It runs with the rights of who started it: each table, object and result file is asked
// for in their name. One that does not succeed leaves nothing behind: no table, no partition, no file of its own. A
// process that dies makes what it ran FAILED, retryable, and the next start removes what was half written.
//
// Rows of partition athena/<account>:
//   e/<id>                                   an execution
//   l/<workgroup>\0<descending time>/<id>    the list of them, newest first
//   a/<id>                                   there while it is not final
//   t/<client token>                         the id that the token was first used for
//   w/<name>  n/<id>  p/<workgroup>\0<name>  workgroups, named queries, prepared statements
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/os/clock.h"
#include "base/os/random.h"
#include "base/task.h"
#include "catalog/catalog.h"
#include "duck/engine.h"
#include "meta/store.h"
#include "objects/objects.h"
#include "policy/access.h"
#include "query/errors.h"
#include "query/model.h"
#include "work/work.h"

namespace tarn::query {

struct Dependencies {
  meta::Store& meta;
  catalog::Catalog& catalog;
  objects::Objects& objects;
  work::Queue& queue;
  duck::Engine& engine;
  Clocks clocks;
  Random& random;
  std::string region = "us-east-1";
  // A copy of a request's access that outlives the request.
  std::function<std::shared_ptr<const policy::Access>(const policy::Access&)> keep;
  // The service's own access in an account: to remove what a process that died has left half written.
  std::function<std::shared_ptr<const policy::Access>(const AccountId&)> service_access;
  std::size_t max_running = 4;
  std::size_t max_queued = 200;
  std::chrono::seconds timeout{1800};
};

struct StartRequest {
  std::string query;
  std::string workgroup;  // Empty: primary.
  std::string database;   // Empty: default.
  std::string catalog;
  std::string output_location;  // May be empty.
  std::string client_token;
  std::string expected_bucket_owner;
  bool sse_s3 = false;  // Refused where the lake keeps bytes as they are.
  std::vector<std::string> parameters;
};

struct ResultPage {
  std::vector<ResultColumn> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
  std::uint64_t update_count = 0;
  std::string next;
};

template <typename T>
struct Page {
  std::vector<T> items;
  std::string next;
};

class Queries {
 public:
  explicit Queries(Dependencies dependencies);
  ~Queries();
  Queries(const Queries&) = delete;
  Queries& operator=(const Queries&) = delete;

  // Before work::Queue::start(): makes final what a process that died was running.
  Task<void> recover();

  // ---- executions (executions.cpp)

  // Durable on return. A syntax error, an unknown workgroup or no place for results is InvalidRequestException.
  Task<std::string> start(const policy::Access& access, StartRequest request);
  // InvalidRequestException where there is none. Asks for `action` on its workgroup.
  Task<Execution> execution(const policy::Access& access, std::string id,
                            std::string action = "athena:GetQueryExecution");
  // Newest first.
  Task<Page<std::string>> list(const policy::Access& access, std::string workgroup, std::string after, std::size_t max);
  // Final ones stay as they are.
  Task<void> stop(const policy::Access& access, std::string id);
  Task<ResultPage> results(const policy::Access& access, std::string id, std::string after, std::size_t max);

  // ---- workgroups (workgroups.cpp); "primary" is always there

  Task<WorkGroup> workgroup(const policy::Access& access, std::string name);
  Task<void> create_workgroup(const policy::Access& access, WorkGroup group);
  Task<void> update_workgroup(const policy::Access& access, std::string name, std::function<void(WorkGroup&)> change);
  Task<void> delete_workgroup(const policy::Access& access, std::string name, bool with_content);
  Task<Page<WorkGroup>> list_workgroups(const policy::Access& access, std::string after, std::size_t max);
  std::string workgroup_arn(const AccountId& account, std::string_view name) const;

  // ---- named queries and prepared statements (saved.cpp)

  Task<std::string> create_named_query(const policy::Access& access, NamedQuery query);
  Task<NamedQuery> named_query(const policy::Access& access, std::string id);
  Task<void> update_named_query(const policy::Access& access, NamedQuery query);
  Task<void> delete_named_query(const policy::Access& access, std::string id);
  Task<Page<std::string>> list_named_queries(const policy::Access& access, std::string workgroup, std::string after,
                                             std::size_t max);
  // `replace` is UpdatePreparedStatement; else the name must be free.
  Task<void> put_prepared_statement(const policy::Access& access, PreparedStatement statement, bool replace);
  Task<PreparedStatement> prepared_statement(const policy::Access& access, std::string workgroup, std::string name);
  Task<void> delete_prepared_statement(const policy::Access& access, std::string workgroup, std::string name);
  Task<Page<PreparedStatement>> list_prepared_statements(const policy::Access& access, std::string workgroup,
                                                         std::string after, std::size_t max);

  struct Core;

 private:
  std::unique_ptr<Core> core_;
};

}  // namespace tarn::query
