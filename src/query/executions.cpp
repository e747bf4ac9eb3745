#include <algorithm>

#include "base/log.h"
#include "query/codec.h"
#include "query/core.h"
#include "query/object_files.h"
#include "query/result_format.h"
#include "query/sql/parser.h"
#include "query/statement_kind.h"

namespace tarn::query {
namespace {

constexpr std::size_t max_parameters = 1000;

[[noreturn]] void malformed(const sql::SqlError& error) {
  throw Error(errors::invalid_request, error.what()).with("AthenaErrorCode", "MALFORMED_QUERY");
}

std::string with_slash(std::string location) {
  if (!location.ends_with('/')) location += '/';
  return location;
}

// The workgroup's place if it insists, else the client's, else the workgroup's.
std::string result_folder(const WorkGroup& group, const std::string& asked) {
  std::string folder = group.enforce && !group.output_location.empty() ? group.output_location : asked;
  if (folder.empty()) folder = group.output_location;
  if (folder.empty()) {
    throw Error(errors::invalid_request,
                "No output location provided. An output location is required either through the Workgroup result "
                "configuration setting or as an API input.");
  }
  if (!parse_object_path(folder)) throw Error(errors::invalid_request, "outputLocation is not a valid S3 path.");
  return with_slash(folder);
}

}  // namespace

namespace rows {

std::string listed(std::string_view workgroup, Timestamp submitted, std::string_view id) {
  // Descending, so that the newest come first.
  std::string time = std::to_string(9'999'999'999'999 - to_millis(submitted));
  time.insert(0, 13 - std::min<std::size_t>(time.size(), 13), '0');
  return "l/" + std::string(workgroup) + '\0' + time + "/" + std::string(id);
}

std::string after_prefix(std::string prefix) {
  prefix.back() = static_cast<char>(prefix.back() + 1);
  return prefix;
}

}  // namespace rows

Queries::Queries(Dependencies dependencies) : core_(std::make_unique<Core>(std::move(dependencies))) {
  Core& core = *core_;
  core.dependencies.queue.handle(std::string(work_kind), [&core](const work::Item& item) { return core.run(item); },
                                 {.max_running = core.dependencies.max_running, .max_attempts = 3});
}

Queries::~Queries() = default;

Task<std::optional<Execution>> Queries::Core::find(AccountId account, std::string id) {
  const auto row = co_await dependencies.meta.get(rows::partition(account), rows::execution(id));
  if (!row) co_return std::nullopt;
  co_return decode_execution(row->value);
}

Task<bool> Queries::Core::save(AccountId account, const Execution& execution) {
  meta::Batch batch;
  // The active row goes with the change that makes it final, so a final one cannot be changed.
  batch.require_present(rows::active(execution.id)).put(rows::execution(execution.id), encode(execution));
  if (is_final(execution.state)) batch.remove(rows::active(execution.id));
  const auto commit = co_await dependencies.meta.commit(rows::partition(account), std::move(batch));
  co_return commit.applied;
}

std::optional<std::shared_ptr<const policy::Access>> Queries::Core::access_of(const std::string& id) {
  const std::lock_guard lock(mutex);
  const auto found = live.find(id);
  if (found == live.end()) return std::nullopt;
  return found->second.access;
}

// Of others' buckets too: whether results may be written there is asked when they are.
Task<void> Queries::Core::require_bucket(AccountId account, BucketName bucket) {
  const auto access = dependencies.service_access(account);
  try {
    (void)co_await dependencies.objects.bucket(*access, bucket, "s3:GetBucketLocation");
  } catch (const Error& error) {
    if (error.code().status != 404) co_return;
    throw Error(errors::invalid_request, "Unable to verify/create output bucket " + bucket.text(), bucket.text());
  }
}

void Queries::Core::require_sealed(bool sse_s3) const {
  if (!sse_s3 || dependencies.objects.seals()) return;
  throw Error(errors::invalid_request,
              "Results cannot be encrypted with SSE_S3: this server was told to keep bytes as they are.");
}

Task<std::string> Queries::start(const policy::Access& access, StartRequest request) {
  const AccountId account = account_of(access);
  auto& core = *core_;
  const auto partition = rows::partition(account);
  if (request.workgroup.empty()) request.workgroup = "primary";
  const auto group = co_await core.find_workgroup(account, request.workgroup);
  if (!group) throw Error(errors::invalid_request, "WorkGroup " + request.workgroup + " is not found.");
  if (!group->enabled) throw Error(errors::invalid_request, "WorkGroup " + request.workgroup + " is disabled.");
  if (request.parameters.size() > max_parameters)
    throw Error(errors::invalid_request, "Too many execution parameters.");
  if (!request.client_token.empty()) {
    const auto used = co_await core.dependencies.meta.get(partition, rows::token(request.client_token));
    if (used) {
      const auto earlier = co_await core.find(account, used->value);
      if (earlier && earlier->query != request.query) {
        throw Error(errors::invalid_request, "Idempotent parameters do not match");
      }
      if (earlier) co_return earlier->id;
    }
  }
  {
    const std::lock_guard lock(core.mutex);
    if (core.live.size() >= core.dependencies.max_queued + core.dependencies.max_running) {
      throw Error(errors::too_many_requests,
                  "You have exceeded the limit for the number of queries you can run concurrently.");
    }
  }

  // Names with a dash must be quoted in Hive's DDL, so clients (awswrangler's DESCRIBE) quote the context's database
  // too.
  std::string database = request.database.empty() ? "default" : request.database;
  if (database.size() > 2 && database.front() == '`' && database.back() == '`') {
    database = database.substr(1, database.size() - 2);
  }
  Execution execution{.id = core.dependencies.random.uuid(),
                      .workgroup = request.workgroup,
                      .query = request.query,
                      .parameters = request.parameters,
                      .database = std::move(database),
                      .catalog = request.catalog.empty() ? "AwsDataCatalog" : request.catalog,
                      .expected_bucket_owner = request.expected_bucket_owner,
                      .submitted = core.dependencies.clocks.lake.now()};
  execution.folder = result_folder(*group, request.output_location);
  execution.sse_s3 = group->enforce ? group->sse_s3 : request.sse_s3 || group->sse_s3;
  core.require_sealed(execution.sse_s3);
  co_await core.require_bucket(account, parse_object_path(execution.folder)->bucket);
  try {
    auto statement = sql::parse(request.query);
    if (const auto* execute = sql::as<sql::Execute>(*statement)) {
      // What it will run decides what kind of result there will be. One that is not there fails when it is run.
      const auto prepared = co_await core.find_prepared(account, request.workgroup, execute->name.text);
      if (prepared) statement = sql::parse(prepared->query);
    }
    const StatementKind kind = kind_of(*statement);
    execution.type = kind.type;
    execution.subtype = kind.subtype;
    execution.location = execution.folder + kind.file_name(execution.id);
    for (const auto& parameter : request.parameters) check_parameter(parameter);
  } catch (const sql::SqlError& error) {
    malformed(error);
  }

  meta::Batch batch;
  batch.require_absent(rows::execution(execution.id))
      .put(rows::execution(execution.id), encode(execution))
      .put(rows::listed(execution.workgroup, execution.submitted, execution.id), {})
      .put(rows::active(execution.id), {});
  if (!request.client_token.empty()) {
    batch.require_absent(rows::token(request.client_token)).put(rows::token(request.client_token), execution.id);
  }
  {
    const std::lock_guard lock(core.mutex);
    core.live[execution.id].access = core.dependencies.keep(access);
  }
  const auto commit = co_await core.dependencies.meta.commit(partition, std::move(batch));
  if (!commit.applied) {
    {
      const std::lock_guard lock(core.mutex);
      core.live.erase(execution.id);
    }
    // Two requests raced with one token: the other has won.
    const auto used = co_await core.dependencies.meta.get(partition, rows::token(request.client_token));
    if (used) co_return used->value;
    throw Error(errors::too_many_requests, "Please retry the request.");
  }
  co_await core.dependencies.queue.enqueue(
      {.id = "athena/" + execution.id, .kind = std::string(work_kind), .payload = account.text() + "/" + execution.id});
  co_return execution.id;
}

Task<Execution> Queries::execution(const policy::Access& access, std::string id, std::string action) {
  const AccountId account = account_of(access);
  auto found = co_await core_->find(account, id);
  if (!found) {
    throw Error(errors::invalid_request, "QueryExecution " + id + " was not found")
        .with("AthenaErrorCode", "INVALID_QUERY_EXECUTION_ID");
  }
  co_await access.require(std::move(action), workgroup_arn(account, found->workgroup));
  co_return std::move(*found);
}

Task<Page<std::string>> Queries::list(const policy::Access& access, std::string workgroup, std::string after,
                                      std::size_t max) {
  const AccountId account = account_of(access);
  if (workgroup.empty()) workgroup = "primary";
  if (!co_await core_->find_workgroup(account, workgroup)) {
    throw Error(errors::invalid_request, "WorkGroup " + workgroup + " is not found.");
  }
  const std::string prefix = "l/" + workgroup + '\0';
  const auto found = co_await core_->dependencies.meta.scan(rows::partition(account), prefix + after,
                                                            rows::after_prefix(prefix), {.max_rows = max + 1});
  Page<std::string> page;
  for (const auto& row : found) {
    if (page.items.size() == max) {
      page.next = row.key.substr(prefix.size());
      break;
    }
    page.items.push_back(row.key.substr(row.key.rfind('/') + 1));
  }
  co_return page;
}

Task<void> Queries::stop(const policy::Access& access, std::string id) {
  const AccountId account = account_of(access);
  Execution found = co_await execution(access, id, "athena:StopQueryExecution");
  if (is_final(found.state)) co_return;
  {
    const std::lock_guard lock(core_->mutex);
    const auto live = core_->live.find(id);
    if (live != core_->live.end()) live->second.stop.request_stop();
  }
  // One that still waits ends here; one that runs ends when its engine has heard of it.
  if (found.state != State::queued) co_return;
  found.state = State::cancelled;
  found.completed = core_->dependencies.clocks.lake.now();
  co_await core_->save(account, found);
}

Task<ResultPage> Queries::results(const policy::Access& access, std::string id, std::string after, std::size_t max) {
  const Execution found = co_await execution(access, std::move(id), "athena:GetQueryResults");
  if (found.state == State::failed || found.state == State::cancelled) {
    throw Error(errors::invalid_request,
                "Query did not finish successfully. Final query state: " + std::string(name_of(found.state)))
        .with("AthenaErrorCode", "INVALID_QUERY_EXECUTION_STATE");
  }
  if (found.state != State::succeeded) {
    throw Error(errors::invalid_request,
                "Query has not yet finished. Current state: " + std::string(name_of(found.state)))
        .with("AthenaErrorCode", "INVALID_QUERY_EXECUTION_STATE");
  }
  ResultPage page{.columns = found.columns, .update_count = found.update_count};
  const bool csv = found.location.ends_with(".csv");
  if (!csv && !found.location.ends_with(".txt")) co_return page;
  std::uint64_t offset = 0;
  if (!after.empty() &&
      (after.size() > 19 || !std::ranges::all_of(after, [](char c) { return c >= '0' && c <= '9'; }))) {
    throw Error(errors::invalid_request, "Invalid NextToken");
  }
  if (!after.empty()) offset = std::stoull(after);

  const auto path = parse_object_path(found.location);
  const auto version =
      co_await core_->dependencies.objects.find_to_read(access, path->bucket, ObjectKey::trusted(path->key));
  if (!version) throw Error(errors::invalid_request, "Could not find results");
  if (offset > version->size) throw Error(errors::invalid_request, "Invalid NextToken");
  if (offset == version->size) co_return page;
  auto stream =
      co_await core_->dependencies.objects.open(access, *version, {.offset = offset, .length = version->size - offset});
  if (!stream) throw Error(errors::invalid_request, "Could not find results");
  ResultReader reader(csv);
  std::vector<std::byte> buffer(256 << 10);
  bool last = false;
  while (page.rows.size() < max) {
    if (auto row = reader.next(last)) {
      page.rows.push_back(std::move(*row));
    } else if (last) {
      break;
    } else {
      const std::size_t count = co_await stream->read(buffer);
      last = count == 0;
      reader.feed(as_text(std::span(buffer).first(count)));
    }
  }
  // A full page always carries a token, though nothing may follow it.
  if (page.rows.size() == max) page.next = std::to_string(offset + reader.consumed());
  co_return page;
}

Task<void> Queries::recover() {
  auto& store = core_->dependencies.meta;
  std::string after;
  for (;;) {
    const auto partitions = co_await store.partitions("athena/", after, 100);
    for (const auto& partition : partitions) {
      const auto account = AccountId::parse(partition.name.substr(partition.name.find('/') + 1));
      if (!account) continue;
      for (;;) {
        const auto active = co_await store.scan(partition, "a/", "a0", {.max_rows = 100});
        for (const auto& row : active) co_await core_->abandon(*account, row.key.substr(2));
        if (active.empty()) break;
      }
    }
    if (partitions.empty()) co_return;
    after = partitions.back().name;
  }
}

// Its process died: what it has half written goes, then it is FAILED.
Task<void> Queries::Core::abandon(AccountId account, std::string id) {
  auto execution = co_await find(account, id);
  if (!execution) {
    meta::Batch batch;
    batch.remove(rows::active(id));
    (void)co_await dependencies.meta.commit(rows::partition(account), std::move(batch));
    co_return;
  }
  std::string left_over;
  try {
    const auto access = dependencies.service_access(account);
    ObjectFiles files(dependencies.objects, access);
    for (const auto& entry : execution->partial) co_await remove_partial(account, files, *access, entry);
    co_await files.remove(execution->location);
  } catch (const std::exception& error) {
    left_over = error.what();
  }
  if (!left_over.empty()) {
    log::warning("a query's half-written result could not be removed", {{"execution", id}, {"reason", left_over}});
  }
  execution->state = State::failed;
  execution->reason = "INTERNAL_ERROR: The server was stopped while the query ran. Please run it again.";
  execution->failure =
      Failure{.category = 1, .type = Failure::engine_error, .retryable = true, .message = execution->reason};
  execution->completed = dependencies.clocks.lake.now();
  execution->partial.clear();
  co_await save(account, *execution);
}

}  // namespace tarn::query
