// The steps that every write takes.
#include "base/encoding.h"
#include "objects/core.h"
#include "objects/outbox.h"

namespace tarn::objects {
namespace {

// The first value of a fact of the request, in whatever case its name was given.
std::string fact(const policy::Access& access, std::string_view name) {
  for (const auto& [key, values] : access.request_facts()) {
    if (equal_ignoring_case(key, name) && !values.empty()) return values.front();
  }
  return {};
}

}  // namespace

void Objects::Core::guard(const Bucket& bucket, const ObjectKey& key, const KeyState& state, meta::Batch& batch) const {
  batch.require_version(std::string(rows::state_key), bucket.state_version);
  const auto as_it_was = [&batch](std::string row_key, const std::optional<meta::Row>& row) {
    if (row) {
      batch.require_version(std::move(row_key), row->version);
    } else {
      batch.require_absent(std::move(row_key));
    }
  };
  as_it_was(rows::current_key(key.text()), state.current_row);
  if (bucket.versioning != Versioning::never) as_it_was(rows::head_key(key.text()), state.head_row);
}

void Objects::Core::check_conditions(const WriteConditions& conditions, const KeyState& state, const ObjectKey& key,
                                     bool at_start) const {
  if (conditions.if_absent && state.current) {
    throw Error(errors::precondition_failed, "At least one of the pre-conditions you specified did not hold")
        .with("Condition", "If-None-Match");
  }
  if (!conditions.if_match) return;
  if (!state.current) {
    if (at_start) throw Error(errors::no_such_key, "The specified key does not exist.").with("Key", key.text());
    throw Error(errors::conditional_request_conflict,
                "The conditional request cannot succeed due to a conflicting operation against this resource.")
        .with("Condition", "If-Match");
  }
  if (*conditions.if_match != "*" && *conditions.if_match != state.current->e_tag) {
    throw Error(errors::precondition_failed, "At least one of the pre-conditions you specified did not hold")
        .with("Condition", "If-Match");
  }
}

Task<void> Objects::Core::place_latest(BucketPointer bucket, const KeyState& state, ObjectVersion& version,
                                       meta::Batch& batch, bool replicated) {
  const std::string& key = version.key.text();
  version.bucket = bucket;
  version.latest = true;
  if (version.replication == Replication::replica) {
    if (bucket->versioning != Versioning::enabled) {
      throw Error(errors::invalid_request, "Destination bucket must have versioning enabled.");
    }
    version.null = false;
    if (version.sequence <= state.newest()) {
      co_await place_older(bucket, version, batch);
      co_return;
    }
  } else {
    version.modified = now();
    version.sequence =
        std::max<std::uint64_t>(static_cast<std::uint64_t>(to_millis(version.modified)), state.newest() + 1);
    version.null = bucket->versioning != Versioning::enabled;
    if (replicated) replicate_later(*bucket, version, batch);
  }
  if (bucket->object_lock && !version.delete_marker) {
    version.lock = with_default(version.lock, *bucket, version.modified);
  }

  rows::Head head = state.head;
  const auto move_current_aside = [&] {
    batch.put(rows::version_key(key, state.current->sequence), state.current_row->value);
    if (state.current->null) head.null_sequence = state.current->sequence;
  };
  switch (bucket->versioning) {
    case Versioning::never:
      if (state.current) drop_bytes(*state.current, batch);
      break;
    case Versioning::enabled:
      if (state.current) move_current_aside();
      break;
    case Versioning::suspended:
      // The null version, wherever it stands, makes room for the new one; versions with ids stay.
      if (state.current && state.current->null) {
        drop_bytes(*state.current, batch);
      } else {
        if (state.current) move_current_aside();
        if (head.null_sequence != 0) {
          const std::string row_key = rows::version_key(key, head.null_sequence);
          if (const auto row = co_await get(*bucket, row_key)) {
            drop_bytes(version_of(bucket, version.key, *row, false), batch);
            batch.require_version(row_key, row->version);
            batch.remove(row_key);
          }
        }
      }
      head.null_sequence = version.sequence;
      break;
  }
  if (version.delete_marker) {
    batch.put(rows::version_key(key, version.sequence), rows::pack(version));
    if (state.current_row) batch.remove(rows::current_key(key));
  } else {
    batch.put_warm(rows::current_key(key), rows::pack(version));
  }
  if (bucket->versioning != Versioning::never) {
    head.newest = version.sequence;
    batch.put(rows::head_key(key), rows::pack(head));
  }
}

void Objects::Core::drop(rows::Garbage garbage, meta::Batch& batch) const {
  const Timestamp due = now() + options().garbage_delay;
  std::uint64_t first = garbage.sequence;
  std::uint64_t second = garbage.nonce;
  if (garbage.kind == rows::Garbage::Kind::blob) {
    first = garbage.blob.id;
    second = static_cast<std::uint64_t>(garbage.blob.tier.number) << 8 | 1;
  } else if (garbage.kind == rows::Garbage::Kind::upload_parts) {
    first = d.random.next();
    second = d.random.next();
  }
  batch.put(rows::garbage_key(due, first, second), rows::pack(garbage));
}

void Objects::Core::drop_bytes(const ObjectVersion& version, meta::Batch& batch) const {
  if (std::holds_alternative<InlineBytes>(version.location)) {
    batch.remove(rows::bytes_key(version.sequence, version.nonce));
  } else if (const auto* blob = std::get_if<blob::BlobRef>(&version.location)) {
    drop({.kind = rows::Garbage::Kind::blob, .blob = *blob}, batch);
  } else if (std::holds_alternative<PartBytes>(version.location)) {
    drop({.kind = rows::Garbage::Kind::parts, .sequence = version.sequence, .nonce = version.nonce}, batch);
  }
  if (version.restored) drop({.kind = rows::Garbage::Kind::blob, .blob = *version.restored}, batch);
}

std::uint64_t Objects::Core::next_outbox(Timestamp time) {
  std::uint64_t last = last_outbox.load();
  std::uint64_t next = 0;
  do {
    next = std::max(last + 1, static_cast<std::uint64_t>(to_millis(time)) << 20);
  } while (!last_outbox.compare_exchange_weak(last, next));
  return next;
}

void Objects::Core::record(const policy::Access& access, std::string_view operation, std::string_view event,
                           const ObjectVersion& version, meta::Batch& batch) {
  const Bucket& bucket = *version.bucket;
  if (!event.empty() && bucket.configuration(ConfigurationKind::notification)) {
    ChangeRecord change;
    change.event = event;
    change.operation = operation;
    change.time = now();
    change.region = bucket.region;
    change.bucket = bucket.name.text();
    change.bucket_owner = bucket.owner.text();
    change.key = version.key.text();
    if (bucket.versioning != Versioning::never) change.version_id = version.id().text();
    change.size = version.size;
    change.e_tag = version.e_tag;
    change.sequence = version.sequence;
    change.delete_marker = version.delete_marker;
    change.storage_class = name_of(version.storage_class);
    const policy::Principal& principal = access.principal();
    change.requester = principal.account ? principal.account->text() : principal.arn;
    change.requester_id = principal.user_id;
    change.source_ip = fact(access, "aws:SourceIp");
    change.request_id = fact(access, "tarn:RequestId");
    if (version.restore && !version.restore->ongoing) change.restored_until = version.restore->expires;

    // One row a change, in the order of commits as near as this process can tell.
    std::string row_key = rows::outbox_key(next_outbox(change.time));
    batch.require_absent(row_key);
    batch.put(std::move(row_key), pack(change));
  }
  if (d.hook) d.hook->add(access, operation, version, batch);
}

Task<bool> Objects::Core::commit(const Bucket& bucket, meta::Batch batch) {
  const meta::Commit result = co_await d.meta.commit(rows::partition(bucket.id), std::move(batch));
  // The check that is named is a hint; reading the bucket again for nothing is cheap.
  if (!result.applied && (!result.failed_check || *result.failed_check == rows::state_key)) {
    buckets.forget(bucket.name.text());
  }
  co_return result.applied;
}

Task<BucketPointer> Objects::Core::look_again(const BucketPointer& bucket, int attempt) {
  if (attempt >= max_attempts) {
    throw Error(errors::service_unavailable, "Too many writers of one key at once. Please try again.",
                "/" + bucket->name.text());
  }
  BucketPointer now_there = co_await need_bucket(bucket->name);
  if (now_there->id != bucket->id) {
    throw Error(errors::no_such_bucket, "The specified bucket does not exist", "/" + bucket->name.text())
        .with("BucketName", bucket->name.text());
  }
  co_return now_there;
}

}  // namespace tarn::objects
