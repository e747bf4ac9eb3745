// Removing: a delete marker, a version for good, or many at once.
#include "objects/core.h"

namespace tarn::objects {
namespace {

void check_if_match(const RemoveRequest& request, const ObjectVersion& version) {
  const bool holds = (!request.if_match || *request.if_match == "*" || *request.if_match == version.e_tag) &&
                     (!request.if_size || *request.if_size == version.size) &&
                     (!request.if_modified || std::chrono::floor<std::chrono::seconds>(*request.if_modified) ==
                                                  std::chrono::floor<std::chrono::seconds>(version.modified));
  if (!holds) {
    throw Error(errors::precondition_failed, "At least one of the pre-conditions you specified did not hold")
        .with("Condition", "If-Match");
  }
}

// The rows of one removal, made from the rows as they were read, and what to answer if they commit.
struct Plan {
  std::optional<meta::Batch> batch;  // None: there is nothing to do.
  RemoveResult result;
};

// "LifecycleExpiration:Delete" makes markers as "LifecycleExpiration:DeleteMarkerCreated".
std::string marker_event(const std::string& event) {
  const std::size_t colon = event.find(':');
  return event.substr(0, colon) + ":DeleteMarkerCreated";
}

std::string operation_of(const std::string& event) {
  return event.starts_with("Lifecycle") ? "Lifecycle Expiration" : "DeleteObject";
}

// A delete without a version id.
Task<Plan> plan_current(Objects::Core& core, const policy::Access& access, BucketPointer bucket,
                        const RemoveRequest& request) {
  const KeyState state = co_await core.read_key(bucket, request.key);
  Plan plan;
  if (request.replica_of && bucket->versioning != Versioning::enabled) {
    throw Error(errors::invalid_request, "Destination bucket must have versioning enabled.");
  }
  if (request.if_row_version && (!state.current || state.current->row_version != *request.if_row_version)) {
    co_return plan;
  }
  if (state.current) {
    check_if_match(request, *state.current);
  } else if (request.if_match) {
    throw Error(errors::no_such_key, "The specified key does not exist.").with("Key", request.key.text());
  }
  meta::Batch batch;
  core.guard(*bucket, request.key, state, batch);
  if (bucket->versioning == Versioning::never) {
    if (!state.current) co_return plan;
    batch.remove(rows::current_key(request.key.text()));
    core.drop_bytes(*state.current, batch);
    core.record(access, operation_of(request.event), request.event, *state.current, batch);
    plan.result.removed = true;
  } else {
    ObjectVersion marker;
    marker.key = request.key;
    marker.delete_marker = true;
    marker.owner = bucket->owner;
    marker.nonce = core.d.random.next();
    if (request.replica_of) {
      if (co_await core.read_version(bucket, request.key, *request.replica_of)) co_return plan;
      core.take_id(*request.replica_of, marker);
    }
    // What lifecycle rules mark as deleted stays in other buckets.
    co_await core.place_latest(bucket, state, marker, batch, !request.event.starts_with("Lifecycle"));
    core.record(access, operation_of(request.event), marker_event(request.event), marker, batch);
    plan.result = {.removed = true, .delete_marker = true, .version = marker.id()};
  }
  plan.batch = std::move(batch);
  co_return plan;
}

// After the latest version went, the next one takes its place; the last one takes the key's head along. `current`: the
// key has a current version, be it the removed one or another.
Task<void> promote(Objects::Core& core, BucketPointer bucket, const ObjectKey& key, rows::Head head,
                   std::optional<std::uint64_t> current, std::uint64_t removed, meta::Batch& batch) {
  const std::string first = rows::versions_prefix(key.text());
  const auto others = co_await core.scan(*bucket, first, meta::end_of_prefix(first), {.max_rows = 2});
  const meta::Row* next = nullptr;
  for (const meta::Row& row : others) {
    if (rows::parse_version_key(row.key).sequence != removed && !next) next = &row;
  }
  // Without a current version, the newest of the others that is left (not of those that ever were) is the latest.
  const bool latest_removed = current ? *current == removed : others.empty() || next != &others.front();
  if (!next) {
    if (latest_removed) {
      batch.remove(rows::head_key(key.text()));
      co_return;
    }
  } else if (latest_removed && !rows::unpack_listed(next->value).delete_marker) {
    const std::uint64_t sequence = rows::parse_version_key(next->key).sequence;
    batch.require_version(next->key, next->version);
    batch.remove(next->key);
    batch.put(rows::current_key(key.text()), next->value);
    if (head.null_sequence == sequence) head.null_sequence = 0;
  }
  batch.put(rows::head_key(key.text()), rows::pack(head));
}

// A delete of one version, for good.
Task<Plan> plan_version(Objects::Core& core, const policy::Access& access, BucketPointer bucket,
                        const RemoveRequest& request) {
  const KeyState state = co_await core.read_key(bucket, request.key);
  const auto found = co_await core.read_version(bucket, request.key, *request.version);
  Plan plan;
  plan.result.version = request.version;
  if (request.if_row_version && (!found || found->row_version != *request.if_row_version)) co_return plan;
  if (!found) {
    if (request.if_match) {
      throw Error(errors::no_such_key, "The specified key does not exist.").with("Key", request.key.text());
    }
    co_return plan;
  }
  check_if_match(request, *found);
  const Protection protection = protection_of(found->lock, core.now());
  if (protection != Protection::none) {
    // What is kept is passed over by the lake's own sweep.
    if (request.event.starts_with("Lifecycle")) co_return Plan{};
    if (protection == Protection::full || !request.bypass_governance) throw locked(*found);
    co_await access.require("s3:BypassGovernanceRetention", found->arn());
  }

  meta::Batch batch;
  core.guard(*bucket, request.key, state, batch);
  const bool is_current = state.current && state.current->sequence == found->sequence;
  if (is_current) {
    batch.remove(rows::current_key(request.key.text()));
  } else {
    const std::string row_key = rows::version_key(request.key.text(), found->sequence);
    batch.require_version(row_key, found->row_version);
    batch.remove(row_key);
  }
  core.drop_bytes(*found, batch);
  if (bucket->versioning != Versioning::never) {
    rows::Head head = state.head;
    head.newest = state.newest();
    if (head.null_sequence == found->sequence) head.null_sequence = 0;
    const auto current = state.current ? std::optional(state.current->sequence) : std::nullopt;
    co_await promote(core, bucket, request.key, head, current, found->sequence, batch);
  }
  core.record(access, operation_of(request.event), request.event, *found, batch);
  plan.batch = std::move(batch);
  plan.result.removed = true;
  plan.result.delete_marker = found->delete_marker;
  co_return plan;
}

Task<Plan> plan_of(Objects::Core& core, const policy::Access& access, BucketPointer bucket,
                   const RemoveRequest& request) {
  if (request.version) co_return co_await plan_version(core, access, std::move(bucket), request);
  co_return co_await plan_current(core, access, std::move(bucket), request);
}

Task<void> require_remove(const policy::Access& access, const Bucket& bucket, const RemoveRequest& request) {
  if (!request.version) {
    co_await access.require("s3:DeleteObject", bucket.arn_of(request.key.text()));
    if (request.replica_of) co_await access.require("s3:ReplicateDelete", bucket.arn_of(request.key.text()));
    co_return;
  }
  policy::Facts facts;
  facts.emplace_back("s3:VersionId", std::vector{request.version->text()});
  co_await access.require("s3:DeleteObjectVersion", bucket.arn_of(request.key.text()), std::move(facts));
}

}  // namespace

Task<RemoveResult> Objects::remove(const policy::Access& access, RemoveRequest request) {
  BucketPointer bucket = co_await core_->need_bucket(request.bucket);
  co_await require_remove(access, *bucket, request);
  for (int attempt = 0;; ++attempt) {
    Plan plan = co_await plan_of(*core_, access, bucket, request);
    if (!plan.batch) co_return plan.result;
    if (co_await core_->commit(*bucket, std::move(*plan.batch))) co_return plan.result;
    bucket = co_await core_->look_again(bucket, attempt);
  }
}

Task<std::vector<RemoveResult>> Objects::remove_all(const policy::Access& access, std::vector<RemoveRequest> requests) {
  std::vector<RemoveResult> results(requests.size());
  if (requests.empty()) co_return results;
  const BucketPointer bucket = co_await core_->need_bucket(requests.front().bucket);
  std::vector<meta::Batch> batches;
  std::vector<std::size_t> places;  // Whose batch each is.
  for (std::size_t i = 0; i < requests.size(); ++i) {
    try {
      co_await require_remove(access, *bucket, requests[i]);
      Plan plan = co_await plan_of(*core_, access, bucket, requests[i]);
      results[i] = std::move(plan.result);
      if (!plan.batch) continue;
      batches.push_back(std::move(*plan.batch));
      places.push_back(i);
    } catch (const Error& refusal) {
      results[i].refusal = refusal;
    }
  }
  if (batches.empty()) co_return results;
  const auto commits = co_await core_->d.meta.commit_each(rows::partition(bucket->id), std::move(batches));
  for (std::size_t i = 0; i < commits.size(); ++i) {
    if (commits[i].applied) continue;
    // A lost race, or the same key twice in one request: by itself then.
    core_->buckets.forget(bucket->name.text());
    try {
      results[places[i]] = co_await remove(access, requests[places[i]]);
    } catch (const Error& refusal) {
      results[places[i]] = {.refusal = refusal};
    }
  }
  co_return results;
}

}  // namespace tarn::objects
