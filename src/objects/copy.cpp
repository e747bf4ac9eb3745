// Copying an object: its bytes are streamed (or copied by the blob store), never held whole.
#include "base/encoding.h"
#include "objects/body.h"
#include "objects/core.h"

namespace tarn::objects {
namespace {

constexpr std::uint64_t largest_copy = 5ULL << 30;

void check_source(const CopyRequest& request, const std::optional<ObjectVersion>& source, Timestamp now) {
  if (!source) {
    if (request.source_version) {
      throw Error(errors::no_such_version, "The specified version does not exist.")
          .with("Key", request.source_key.text())
          .with("VersionId", request.source_version->text());
    }
    throw Error(errors::no_such_key, "The specified key does not exist.").with("Key", request.source_key.text());
  }
  if (source->delete_marker) {
    throw Error(errors::invalid_request,
                "The source of a copy request may not specifically refer to a delete marker "
                "by version id.");
  }
  if (request.check_source) request.check_source(*source);
  if (!source->readable(now)) {
    throw Error(errors::invalid_object_state, "Operation is not valid for the source object's storage class")
        .with("StorageClass", std::string(name_of(source->storage_class)));
  }
  if (source->size > largest_copy) {
    throw Error(errors::invalid_request,
                "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120");
  }
}

// The source's MD5 is its ETag unless it came in parts; its checksum is known if it covers the whole object. Then the
// bytes need no look.
bool digests_known(const ObjectVersion& source, std::optional<ChecksumAlgorithm> wanted) {
  return source.parts == 0 && source.checksum && source.checksum->type == ChecksumType::full_object &&
         (!wanted || *wanted == source.checksum->algorithm);
}

// The same data key goes on under the lake's master key: then sealed bytes are copied as they lie.
bool same_seal(const Seal& source, const CopyRequest& request, bool seals) {
  if (request.customer_key || source.kind == Seal::Kind::customer) return false;
  return (source.kind == Seal::Kind::server) == seals;
}

// Whoever takes the source's tags along reads and writes them.
Task<void> require_tags(const policy::Access& access, const ObjectVersion& source, const Bucket& bucket,
                        const CopyRequest& request) {
  const std::string read = request.source_version ? "s3:GetObjectVersionTagging" : "s3:GetObjectTagging";
  co_await access.require(read, source.arn());
  co_await access.require("s3:PutObjectTagging", bucket.arn_of(request.key.text()));
}

}  // namespace

Task<CopyResult> Objects::copy(const policy::Access& access, CopyRequest request) {
  const BucketPointer bucket = co_await core_->need_bucket(request.bucket);
  co_await access.require("s3:PutObject", bucket->arn_of(request.key.text()));
  if (request.lock.any()) co_await core_->require_lock(access, *bucket, request.key, request.lock);
  if (request.conditions.any()) {
    core_->check_conditions(request.conditions, co_await core_->read_key(bucket, request.key), request.key, true);
  }
  const Core::Owned owned = co_await core_->own(access, bucket, request.key, std::move(request.acl));
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    const auto source =
        co_await find_to_read(access, request.source_bucket, request.source_key, request.source_version);
    check_source(request, source, core_->now());

    if (!request.tags && !source->tags.empty()) co_await require_tags(access, *source, *bucket, request);

    ObjectVersion made;
    made.key = request.key;
    made.size = source->size;
    made.owner = owned.owner;
    made.acl = owned.acl;
    made.storage_class = request.storage_class;
    made.description = request.description.value_or(source->description);
    made.description.website_redirect = request.website_redirect;
    made.tags = request.tags.value_or(source->tags);
    made.nonce = core_->d.random.next();
    Core::Latest latest{.operation = "CopyObject",
                        .event = "ObjectCreated:Copy",
                        .conditions = request.conditions,
                        .lock = request.lock};

    const auto* blob = std::get_if<blob::BlobRef>(&source->location);
    check_customer_key(*source, request.source_customer_key);
    if (blob && !source->restored && digests_known(*source, request.algorithm) &&
        same_seal(source->seal, request, core_->options().sealed)) {
      try {
        made.location = co_await core_->d.blobs.copy(*blob, core_->tier_of(request.storage_class));
      } catch (const blob::NotFound&) {
        continue;
      }
      made.seal = source->seal;
      made.e_tag = source->e_tag;
      made.checksum = source->checksum;
    } else {
      const auto bytes =
          co_await open(access, *source, {.offset = 0, .length = source->size}, request.source_customer_key);
      if (!bytes) continue;
      std::optional<ChecksumAlgorithm> algorithm = request.algorithm;
      if (!algorithm && source->checksum) algorithm = source->checksum->algorithm;
      Core::NewSeal sealing = core_->new_seal(access, *bucket, request.key, request.customer_key);
      Received received =
          co_await receive(core_->d.blobs, *bytes, {.algorithm = algorithm, .length = source->size},
                           {.tier = core_->tier_of(request.storage_class),
                            .inline_limit = request.customer_key ? 0 : core_->inline_limit_of(request.storage_class),
                            .owner = {.bucket_id = bucket->id, .key = request.key.text()},
                            .key = sealing.key});
      made.e_tag = to_hex(as_bytes(Core::tag_of(sealing.seal, sealing.key, std::move(received.md5))));
      made.seal = std::move(sealing.seal);
      made.checksum = std::move(received.checksum);
      if (received.blob) {
        made.location = *received.blob;
      } else if (received.size > 0) {
        made.location = InlineBytes{};
      }
      latest.bytes = core_->seal_small(sealing.key, std::move(received.bytes));
    }
    co_return CopyResult{.source = *source,
                         .made = co_await core_->commit_or_forget(access, bucket, std::move(made), latest)};
  }
  throw Error(errors::service_unavailable, "The source changes faster than it can be copied. Please try again.");
}

}  // namespace tarn::objects
