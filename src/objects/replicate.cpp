// Versions in other buckets: noting that they are wanted there, and making them.
#include "objects/body.h"
#include "objects/core.h"
#include "objects/replication.h"

namespace tarn::objects {
namespace {

// What a replica is made of, and what goes if it is not made after all.
struct Copied {
  ObjectVersion version;
  std::string bytes;                    // Of InlineBytes.
  std::vector<rows::StoredPart> parts;  // Of PartBytes.
  std::vector<blob::BlobRef> blobs;     // All that was written.
};

Task<void> forget(Objects::Core& core, const Copied& copied) {
  for (const blob::BlobRef& blob : copied.blobs) co_await core.d.blobs.remove(blob);
}

// A small object whose class keeps its bytes elsewhere than rows: written anew.
Task<void> copy_out_of_row(Objects::Core& core, const policy::Access& role, const Bucket& target, Copied& copied,
                           blob::Tier tier) {
  ObjectVersion& version = copied.version;
  auto row = std::make_shared<const std::string>(std::move(copied.bytes));
  StringStream plain(core.open_small(core.key_of(version.seal, {}), row), {.offset = 0, .length = version.size});
  Objects::Core::NewSeal sealing = core.new_seal(role, target, version.key, {});
  const Received received =
      co_await receive(core.d.blobs, plain, {.length = version.size}, {.tier = tier, .key = sealing.key});
  version.seal = std::move(sealing.seal);
  version.location = NoBytes{};
  if (received.blob) {
    version.location = *received.blob;
    copied.blobs.push_back(*received.blob);
  }
  copied.bytes.clear();
}

Task<void> copy_parts(Objects::Core& core, const ObjectVersion& source, Copied& copied, blob::Tier tier) {
  const std::string prefix = rows::parts_prefix(source.sequence, source.nonce);
  const auto found = co_await core.scan(*source.bucket, prefix, meta::end_of_prefix(prefix),
                                        {.max_rows = 10'000, .max_bytes = 16 << 20});
  std::uint64_t size = 0;
  for (const meta::Row& row : found) {
    rows::StoredPart part = rows::unpack_part(row.value);
    if (part.blob) {
      part.blob = co_await core.d.blobs.copy(*part.blob, tier);
      copied.blobs.push_back(*part.blob);
    }
    size += part.size;
    copied.parts.push_back(std::move(part));
  }
  if (size != source.size) throw blob::NotFound("parts of the source are gone");
}

// The bytes as they lie, sealed under the same key: a customer's, too, which nobody here knows. Throws blob::NotFound
// where the source is gone.
Task<void> copy_bytes(Objects::Core& core, const policy::Access& role, const ObjectVersion& source,
                      const Bucket& target, Copied& copied) {
  const blob::Tier tier = core.tier_of(copied.version.storage_class);
  if (std::holds_alternative<InlineBytes>(source.location)) {
    auto row = co_await core.get(*source.bucket, rows::bytes_key(source.sequence, source.nonce));
    if (!row) throw blob::NotFound("the source is gone");
    copied.bytes = std::move(row->value);
    if (!core.lies_with_rows(tier)) co_await copy_out_of_row(core, role, target, copied, tier);
  } else if (const auto* blob = std::get_if<blob::BlobRef>(&source.location)) {
    const blob::BlobRef made = co_await core.d.blobs.copy(*blob, tier);
    copied.version.location = made;
    copied.blobs.push_back(made);
  } else if (std::holds_alternative<PartBytes>(source.location)) {
    co_await copy_parts(core, source, copied, tier);
  }
}

void add_parts(const std::vector<rows::StoredPart>& parts, const ObjectVersion& made, meta::Batch& batch) {
  std::uint64_t end = 0;
  for (const rows::StoredPart& part : parts) {
    end += part.size;
    if (part.size > 0) batch.put(rows::part_key(made.sequence, made.nonce, end), rows::pack(part));
  }
}

// What the role may not carry over stays behind (tags) or keeps the whole from going (locks, the rest).
Task<void> require_rights(const policy::Access& role, const ObjectVersion& source, const Bucket& target,
                          ObjectVersion& made, bool target_owns) {
  const std::string there = target.arn_of(source.key.text());
  if (source.delete_marker) {
    co_await role.require("s3:ReplicateDelete", there);
    co_return;
  }
  policy::Facts facts;
  facts.emplace_back("s3:VersionId", std::vector{source.id().text()});
  co_await role.require("s3:GetObjectVersionForReplication", source.arn(), facts);
  co_await role.require("s3:ReplicateObject", there);
  if (source.lock.retention) co_await role.require("s3:GetObjectRetention", source.arn());
  if (source.lock.legal_hold) co_await role.require("s3:GetObjectLegalHold", source.arn());
  if (target_owns) co_await role.require("s3:ObjectOwnerOverrideToBucketOwner", there);
  const bool tags = made.tags.empty() || (co_await role.allows("s3:GetObjectVersionTagging", source.arn(), facts) &&
                                          co_await role.allows("s3:ReplicateTags", there));
  if (!tags) made.tags.clear();
  if (made.acl && !co_await role.allows("s3:GetObjectVersionAcl", source.arn(), facts)) made.acl.reset();
}

ObjectVersion replica_of(const ReplicateRequest& request, const BucketPointer& target) {
  ObjectVersion made = request.source;
  const bool enforced = ownership_of(*target) == Ownership::bucket_owner_enforced;
  made.bucket = target;
  made.replication = Replication::replica;
  // Its list goes along where its owner does.
  if (request.target_owns || enforced || made.delete_marker) {
    made.owner = target->owner;
    made.acl.reset();
  }
  made.storage_class = request.storage_class.value_or(made.storage_class);
  made.restore.reset();
  made.restored.reset();
  made.noncurrent_since.reset();
  made.bytes = nullptr;
  return made;
}

}  // namespace

void Objects::Core::take_id(const VersionId& id, ObjectVersion& replica) {
  const auto numbers = parse_version_id(id.text());
  if (!numbers) throw Error(errors::invalid_argument, "A replica's version id is not one of Tarn's");
  replica.sequence = numbers->first;
  replica.nonce = numbers->second;
  // Ids begin with their time.
  replica.modified = from_millis(static_cast<std::int64_t>(numbers->first));
  replica.replication = Replication::replica;
}

void Objects::Core::replicate_later(const Bucket& bucket, ObjectVersion& version, meta::Batch& batch) {
  const Configuration* found = bucket.configuration(ConfigurationKind::replication);
  if (!found || rules_for(unpack_replication(found->document), version).empty()) return;
  version.replication = Replication::pending;
  std::string row_key = rows::replication_key(next_outbox(now()));
  batch.require_absent(row_key);
  batch.put(std::move(row_key),
            pack(ReplicationRecord{
                .bucket = bucket.name.text(), .key = version.key.text(), .version_id = version.id().text()}));
}

Task<void> Objects::Core::place_older(BucketPointer bucket, ObjectVersion& version, meta::Batch& batch) {
  version.latest = false;
  // Another version may have been made here in the very same millisecond: then its neighbour's place is as good, at the
  // price of another id.
  std::string row_key = rows::version_key(version.key.text(), version.sequence);
  while (co_await get(*bucket, row_key)) {
    row_key = rows::version_key(version.key.text(), --version.sequence);
  }
  if (const auto current = co_await read_current(bucket, version.key);
      current && current->sequence == version.sequence) {
    row_key = rows::version_key(version.key.text(), --version.sequence);
  }
  if (bucket->object_lock && !version.delete_marker)
    version.lock = with_default(version.lock, *bucket, version.modified);
  batch.require_absent(row_key);
  batch.put(std::move(row_key), rows::pack(version));
}

Task<std::optional<ObjectVersion>> Objects::Core::refresh_replica(const policy::Access& access, BucketPointer bucket,
                                                                  ObjectKey key, VersionId id, Refresh refresh) {
  for (int attempt = 0;; ++attempt) {
    const auto there = co_await read_version(bucket, key, id);
    if (!there) co_return std::nullopt;
    ObjectVersion after = *there;
    const Lock& lock = refresh.lock;
    after.tags = refresh.tags;
    if (refresh.acl) after.acl = *refresh.acl;
    // A default of this bucket's stays where the source says nothing.
    if (bucket->object_lock && lock.retention) after.lock.retention = lock.retention;
    if (bucket->object_lock && lock.legal_hold) after.lock.legal_hold = lock.legal_hold;
    if (after.tags == there->tags && after.lock == there->lock && after.acl == there->acl) co_return there;
    if (co_await rewrite(access, bucket, *there, after, "", "", {})) co_return after;
    bucket = co_await look_again(bucket, attempt);
  }
}

Task<void> Objects::replicate(const policy::Access& role, ReplicateRequest request) {
  const BucketPointer target = co_await core_->need_bucket(request.target);
  if (target->versioning != Versioning::enabled) {
    throw Error(errors::invalid_request, "Destination bucket must have versioning enabled.", "/" + target->name.text());
  }
  const ObjectVersion& source = request.source;
  Copied copied{.version = replica_of(request, target)};
  co_await require_rights(role, source, *target, copied.version, request.target_owns);
  if (copied.version.acl && copied.version.acl->is_public() && (co_await core_->blocked(target)).block_public_acls) {
    throw Error(errors::access_denied, "Destination bucket takes no public access control lists.",
                "/" + target->name.text());
  }
  if (!target->object_lock && source.lock.any()) {
    throw Error(errors::invalid_request, "Destination bucket must have Object Lock enabled.",
                "/" + target->name.text());
  }
  const Core::Refresh refresh{.tags = copied.version.tags, .lock = source.lock, .acl = copied.version.acl};
  if (co_await core_->refresh_replica(role, target, source.key, source.id(), refresh)) co_return;

  std::exception_ptr failure;
  try {
    co_await copy_bytes(*core_, role, source, *target, copied);
    const Core::Latest latest{
        .operation = source.delete_marker ? "DeleteObject" : "PutObject",
        .event = source.delete_marker ? "ObjectRemoved:DeleteMarkerCreated" : "ObjectCreated:Put",
        .lock = source.lock,
        .bytes = copied.bytes,
        .add = [&](const ObjectVersion& made, meta::Batch& batch) { add_parts(copied.parts, made, batch); }};
    (void)co_await core_->commit_latest(role, target, copied.version, latest);
    for (const blob::BlobRef& blob : copied.blobs) core_->d.blobs.settled(blob);
    co_return;
  } catch (const Error&) {
    failure = std::current_exception();
  } catch (const blob::NotFound&) {
    // The source went meanwhile: nobody misses its replica.
  }
  co_await forget(*core_, copied);
  if (failure) std::rethrow_exception(failure);
}

Task<std::optional<ObjectVersion>> Objects::peek_version(BucketPointer bucket, ObjectKey key, VersionId version) {
  co_return co_await core_->read_version(bucket, key, version);
}

Task<void> Objects::set_replication(const policy::Access& role, ObjectVersion version, Replication replication) {
  BucketPointer bucket = version.bucket;
  for (int attempt = 0;; ++attempt) {
    const auto there = co_await core_->read_version(bucket, version.key, version.id());
    if (!there || there->replication == replication) co_return;
    ObjectVersion after = *there;
    after.replication = replication;
    if (co_await core_->rewrite(role, bucket, *there, after, "", "", {})) co_return;
    bucket = co_await core_->look_again(bucket, attempt);
  }
}

}  // namespace tarn::objects
