// Storage classes: moving a version's bytes between tiers, and bringing archived ones back for a while.
#include "base/pack.h"
#include "objects/body.h"
#include "objects/core.h"

namespace tarn::objects {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// The middle of what the real service promises.
std::chrono::minutes faithful_delay(StorageClass storage_class, Restore::Speed speed) {
  const bool deep = storage_class == StorageClass::deep_archive;
  switch (speed) {
    case Restore::Speed::expedited:
      return minutes(3);
    case Restore::Speed::standard:
      return deep ? hours(12) : hours(4);
    case Restore::Speed::bulk:
      return deep ? hours(48) : hours(8);
  }
  return hours(4);
}

Timestamp next_midnight(Timestamp time) {
  return std::chrono::ceil<std::chrono::days>(time);
}

Timestamp expiry(Timestamp from, std::uint32_t days) {
  return next_midnight(from + std::chrono::days(days));
}

void refuse_unless_archived(const ObjectVersion& version, const RestoreRequest& request) {
  if (!is_archive(version.storage_class)) {
    throw Error(errors::invalid_object_state, "Restore is not allowed for the object's current storage class")
        .with("StorageClass", std::string(name_of(version.storage_class)));
  }
  if (version.storage_class == StorageClass::deep_archive && request.speed == Restore::Speed::expedited) {
    throw Error(errors::invalid_request,
                "Retrieval option is not supported by this storage class: Expedited, DEEP_ARCHIVE");
  }
}

// Writes all bytes of `version` into one new blob of `tier`.
Task<std::optional<blob::BlobRef>> gather(Objects& objects, Objects::Core& core, const policy::Access& access,
                                          const ObjectVersion& version, blob::Tier tier) {
  // For this purpose archived bytes are within reach.
  ObjectVersion reachable = version;
  reachable.storage_class = StorageClass::standard;
  reachable.restored.reset();
  const auto bytes = co_await objects.open(access, reachable, {.offset = 0, .length = version.size});
  if (!bytes) co_return std::nullopt;
  Received received = co_await receive(core.d.blobs, *bytes, {.length = version.size},
                                       {.tier = tier,
                                        .max_size = ~std::uint64_t{0},
                                        .owner = {.bucket_id = version.bucket->id, .key = version.key.text()},
                                        .key = core.key_of(version.seal, {})});
  co_return received.blob;
}

}  // namespace

Task<RestoreOutcome> Objects::restore(const policy::Access& access, RestoreRequest request) {
  BucketPointer bucket = co_await core_->need_bucket(request.bucket);
  for (int attempt = 0;; ++attempt) {
    const auto found = co_await core_->look_up(access, bucket, request.key, request.version, "s3:RestoreObject");
    if (!found) {
      if (request.version) {
        throw Error(errors::no_such_version, "The specified version does not exist.")
            .with("VersionId", request.version->text());
      }
      throw Error(errors::no_such_key, "The specified key does not exist.").with("Key", request.key.text());
    }
    if (found->delete_marker) {
      throw Error(errors::method_not_allowed, "The specified method is not allowed against this resource.");
    }
    refuse_unless_archived(*found, request);
    const Timestamp now = core_->now();
    ObjectVersion after = *found;
    RestoreOutcome outcome = RestoreOutcome::started;
    if (found->restore && found->restore->ongoing) {
      // Only a quicker way may be asked for while one is under way.
      if (request.speed >= found->restore->speed) {
        throw Error(errors::restore_already_in_progress, "Object restore is already in progress");
      }
    } else if (found->readable(now)) {
      outcome = RestoreOutcome::extended;
    }
    meta::Batch batch;
    if (outcome == RestoreOutcome::extended) {
      after.restore->days = request.days;
      after.restore->expires = expiry(now, request.days);
      batch.put(rows::restore_key(after.restore->expires, found->key.text(), found->sequence), "");
    } else {
      const auto delay = std::chrono::duration<double>(faithful_delay(found->storage_class, request.speed)) *
                         core_->options().restore_time_scale;
      after.restore = Restore{.ongoing = true,
                              .speed = request.speed,
                              .ready = now + std::chrono::duration_cast<Milliseconds>(delay),
                              .days = request.days};
      batch.put(rows::restore_key(after.restore->ready, found->key.text(), found->sequence), "");
    }
    if (co_await core_->rewrite(access, bucket, *found, after, "RestoreObject", "ObjectRestore:Post",
                                std::move(batch))) {
      co_return outcome;
    }
    bucket = co_await core_->look_again(bucket, attempt);
  }
}

namespace {

// One version whose restore is ready or at its end. False: it changed meanwhile, and is looked at again next time.
Task<bool> settle(Objects& objects, Objects::Core& core, const policy::Access& access, const ObjectVersion& version,
                  Timestamp now, meta::Batch batch) {
  ObjectVersion after = version;
  if (version.restore->ongoing) {
    if (version.restore->ready > now) co_return true;
    // What only its customer's key opens is read where it lies.
    if (!std::holds_alternative<InlineBytes>(version.location) && version.size > 0 &&
        version.seal.kind != Seal::Kind::customer) {
      after.restored = co_await gather(objects, core, access, version, core.tier_of(StorageClass::standard));
      if (!after.restored) co_return false;
    }
    after.restore->ongoing = false;
    after.restore->expires = expiry(version.restore->ready, version.restore->days);
    batch.put(rows::restore_key(after.restore->expires, version.key.text(), version.sequence), "");
    if (co_await core.rewrite(access, version.bucket, version, after, "Restore", "ObjectRestore:Completed",
                              std::move(batch))) {
      if (after.restored) core.d.blobs.settled(*after.restored);
      co_return true;
    }
    if (after.restored) co_await core.d.blobs.remove(*after.restored);
    co_return false;
  }
  if (version.restore->expires > now) co_return true;  // It was prolonged; a later row stands for its end.
  if (after.restored) core.drop({.kind = rows::Garbage::Kind::blob, .blob = *after.restored}, batch);
  after.restored.reset();
  after.restore.reset();
  co_return co_await core.rewrite(access, version.bucket, version, after, "Restore Expiry", "ObjectRestore:Delete",
                                  std::move(batch));
}

}  // namespace

Task<std::size_t> Objects::settle_restores(const policy::Access& access, BucketName name, Timestamp now) {
  const BucketPointer bucket = co_await core_->need_bucket(name);
  std::string end = "w/";
  Packer(end).fixed64(static_cast<std::uint64_t>(to_millis(now)) + 1);
  std::size_t settled = 0;
  std::string from = "w/";
  while (true) {
    const auto due = co_await core_->scan(*bucket, from, end, {.max_rows = 100});
    if (due.empty()) co_return settled;
    for (const meta::Row& row : due) {
      from = row.key + '\0';
      Unpacker in(row.key);
      in.bytes(10);
      const ObjectKey key = ObjectKey::trusted(rows::unescape(in.rest()));
      const std::uint64_t sequence = ~in.fixed64();
      auto version = co_await core_->read_current(bucket, key);
      if (!version || version->sequence != sequence) {
        version.reset();
        const auto other = co_await core_->get(*bucket, rows::version_key(key.text(), sequence));
        if (other) version = core_->version_of(bucket, key, *other, false);
      }
      meta::Batch batch;
      batch.remove(row.key);
      if (version && version->restore) {
        // The row goes only when what it stands for is done, or no longer so.
        if (!co_await settle(*this, *core_, access, *version, now, meta::Batch())) continue;
        ++settled;
      }
      (void)co_await core_->d.meta.commit(rows::partition(bucket->id), std::move(batch));
    }
  }
}

namespace {

// The parts of a multipart version in another tier: their rows anew, the old blobs dropped. The new blobs are told in
// `made`, so that they can go if the commit does not come to pass.
Task<bool> move_parts(Objects::Core& core, const ObjectVersion& version, blob::Tier tier, meta::Batch& batch,
                      std::vector<blob::BlobRef>& made) {
  const std::string prefix = rows::parts_prefix(version.sequence, version.nonce);
  const auto found = co_await core.scan(*version.bucket, prefix, meta::end_of_prefix(prefix),
                                        {.max_rows = 10'001, .max_bytes = 16 << 20});
  for (const meta::Row& row : found) {
    rows::StoredPart part = rows::unpack_part(row.value);
    if (!part.blob || part.blob->tier == tier) continue;
    try {
      made.push_back(co_await core.d.blobs.copy(*part.blob, tier));
    } catch (const blob::NotFound&) {
      co_return false;
    }
    core.drop({.kind = rows::Garbage::Kind::blob, .blob = *part.blob}, batch);
    part.blob = made.back();
    batch.put(row.key, rows::pack(part));
  }
  co_return true;
}

// False: the bytes are gone already.
Task<bool> move_bytes(Objects& objects, Objects::Core& core, const policy::Access& access, const ObjectVersion& version,
                      ObjectVersion& after, meta::Batch& batch, std::vector<blob::BlobRef>& made) {
  const blob::Tier tier = core.tier_of(after.storage_class);
  if (std::holds_alternative<PartBytes>(version.location)) {
    co_return co_await move_parts(core, version, tier, batch, made);
  }
  if (const auto* blob = std::get_if<blob::BlobRef>(&version.location)) {
    if (blob->tier == tier) co_return true;
    try {
      made.push_back(co_await core.d.blobs.copy(*blob, tier));
    } catch (const blob::NotFound&) {
      co_return false;
    }
  } else if (std::holds_alternative<InlineBytes>(version.location)) {
    if (core.lies_with_rows(tier)) co_return true;
    const auto moved = co_await gather(objects, core, access, version, tier);
    if (!moved) co_return false;
    made.push_back(*moved);
  } else {
    co_return true;
  }
  core.drop_bytes(version, batch);
  after.location = made.back();
  co_return true;
}

}  // namespace

Task<bool> Objects::transition(const policy::Access& access, const ObjectVersion& version, StorageClass storage_class) {
  const BucketPointer bucket = co_await core_->need_bucket(version.bucket->name);
  co_await access.require("s3:PutObject", version.arn());
  if (version.delete_marker || bucket->id != version.bucket->id) co_return false;
  ObjectVersion after = version;
  after.storage_class = storage_class;
  after.bytes.reset();
  if (is_archive(version.storage_class)) {
    after.restore.reset();
    after.restored.reset();
  }
  meta::Batch batch;
  std::vector<blob::BlobRef> made;
  bool moved = co_await move_bytes(*this, *core_, access, version, after, batch, made);
  if (moved) {
    if (version.restored && std::holds_alternative<PartBytes>(version.location)) {
      core_->drop({.kind = rows::Garbage::Kind::blob, .blob = *version.restored}, batch);
    }
    moved = co_await core_->rewrite(access, bucket, version, after, "Lifecycle Transition", "LifecycleTransition",
                                    std::move(batch));
  }
  for (const blob::BlobRef& blob : made) {
    if (moved) {
      core_->d.blobs.settled(blob);
    } else {
      co_await core_->d.blobs.remove(blob);
    }
  }
  co_return moved;
}

}  // namespace tarn::objects
