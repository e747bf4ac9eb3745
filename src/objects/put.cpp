// Putting an object in one piece.
#include "base/encoding.h"
#include "objects/body.h"
#include "objects/core.h"

namespace tarn::objects {
namespace {

// Everything of a put but its place among the key's versions, which only the commit knows.
ObjectVersion describe(PutRequest& request, Received& received) {
  ObjectVersion version;
  version.key = request.key;
  version.size = received.size;
  version.storage_class = request.storage_class;
  version.description = std::move(request.description);
  version.tags = std::move(request.tags);
  version.checksum = std::move(received.checksum);
  if (received.blob) {
    version.location = *received.blob;
  } else if (!received.bytes.empty()) {
    version.location = InlineBytes{};
  }
  return version;
}

Task<void> discard(ByteStream& body) {
  std::vector<std::byte> buffer(64 << 10);
  while (co_await body.read(buffer) > 0) {
  }
}

}  // namespace

// Commits `version`, whose bytes are durable or travel in the batch. Looks again while others win the race.
Task<ObjectVersion> Objects::Core::commit_latest(const policy::Access& access, BucketPointer bucket,
                                                 ObjectVersion version, const Latest& latest) {
  for (int attempt = 0;; ++attempt) {
    const KeyState state = co_await read_key(bucket, version.key);
    check_conditions(latest.conditions, state, version.key, false);
    meta::Batch batch;
    guard(*bucket, version.key, state, batch);
    version.lock = latest.lock;
    co_await place_latest(bucket, state, version, batch);
    if (std::holds_alternative<InlineBytes>(version.location)) {
      batch.put_warm(rows::bytes_key(version.sequence, version.nonce), latest.bytes);
    }
    if (latest.add) latest.add(version, batch);
    record(access, latest.operation, latest.event, version, batch);
    if (co_await commit(*bucket, std::move(batch))) {
      if (const auto* blob = std::get_if<blob::BlobRef>(&version.location)) d.blobs.settled(*blob);
      co_return version;
    }
    bucket = co_await look_again(bucket, attempt);
    if (latest.still_possible) co_await latest.still_possible();
  }
}

Task<ObjectVersion> Objects::Core::commit_or_forget(const policy::Access& access, BucketPointer bucket,
                                                    ObjectVersion version, const Latest& latest) {
  const auto* blob = std::get_if<blob::BlobRef>(&version.location);
  const std::optional<blob::BlobRef> written = blob ? std::optional(*blob) : std::nullopt;
  std::exception_ptr refusal;
  try {
    co_return co_await commit_latest(access, std::move(bucket), std::move(version), latest);
  } catch (const Error&) {
    // Refused before anything was committed: nobody will ever name the blob. After any other failure the commit may
    // have happened, so the blob stays for the sweep.
    refusal = std::current_exception();
  }
  if (written) co_await d.blobs.remove(*written);
  std::rethrow_exception(refusal);
}

Task<ObjectVersion> Objects::put(const policy::Access& access, PutRequest request, ByteStream& body) {
  const BucketPointer bucket = co_await core_->need_bucket(request.bucket);
  co_await access.require("s3:PutObject", bucket->arn_of(request.key.text()));
  if (!request.tags.empty()) co_await access.require("s3:PutObjectTagging", bucket->arn_of(request.key.text()));
  if (request.replica_of) {
    co_await access.require("s3:ReplicateObject", bucket->arn_of(request.key.text()));
    const auto there = co_await core_->refresh_replica(access, bucket, request.key, *request.replica_of,
                                                       Core::Refresh{.tags = request.tags, .lock = request.lock});
    if (there) {
      co_await discard(body);
      co_return *there;
    }
  }
  if (request.lock.any()) co_await core_->require_lock(access, *bucket, request.key, request.lock);
  if (request.conditions.any()) {
    core_->check_conditions(request.conditions, co_await core_->read_key(bucket, request.key), request.key, true);
  }
  Core::Owned owned = co_await core_->own(access, bucket, request.key, std::move(request.acl));
  Core::NewSeal sealing = core_->new_seal(access, *bucket, request.key, request.customer_key);
  Received received =
      co_await receive(core_->d.blobs, body, request.checks,
                       {.tier = core_->tier_of(request.storage_class),
                        .inline_limit = request.customer_key ? 0 : core_->inline_limit_of(request.storage_class),
                        .owner = {.bucket_id = bucket->id, .key = request.key.text()},
                        .key = sealing.key});
  ObjectVersion version = describe(request, received);
  version.e_tag = to_hex(as_bytes(Core::tag_of(sealing.seal, sealing.key, std::move(received.md5))));
  version.owner = std::move(owned.owner);
  version.acl = std::move(owned.acl);
  version.seal = std::move(sealing.seal);
  version.nonce = core_->d.random.next();
  if (request.replica_of) Core::take_id(*request.replica_of, version);
  const bool posted = request.event == "ObjectCreated:Post";
  const Core::Latest latest{.operation = posted ? "POST Object" : "PutObject",
                            .event = request.event,
                            .conditions = request.conditions,
                            .lock = request.lock,
                            .bytes = core_->seal_small(sealing.key, std::move(received.bytes))};
  co_return co_await core_->commit_or_forget(access, bucket, std::move(version), latest);
}

Task<ObjectVersion> Objects::put(const policy::Access& access, PutRequest request, std::string bytes) {
  StringStream body(std::move(bytes));
  co_return co_await put(access, std::move(request), body);
}

}  // namespace tarn::objects
