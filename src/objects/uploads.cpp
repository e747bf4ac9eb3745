// Multipart uploads: their start, their parts, their end without an object.
#include "base/encoding.h"
#include "base/pack.h"
#include "objects/body.h"
#include "objects/core.h"

namespace tarn::objects {
namespace {

constexpr std::uint32_t most_parts = 10'000;

// Hexadecimal digits: when it began (so that ids of one key sort by age), the nonce of the version that it will become,
// and a random number.
std::string new_upload_id(Timestamp now, Random& random) {
  std::string raw;
  Packer(raw).fixed64(static_cast<std::uint64_t>(to_millis(now))).fixed64(random.next()).fixed64(random.next());
  return to_hex(as_bytes(raw));
}

Error no_such_upload(const std::string& id) {
  return Error(errors::no_such_upload,
               "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
               "aborted or completed.")
      .with("UploadId", id);
}

void check_part_number(std::uint32_t number) {
  if (number < 1 || number > most_parts) {
    throw Error(errors::invalid_argument, "Part number must be an integer between 1 and 10000, inclusive")
        .with("ArgumentName", "partNumber")
        .with("ArgumentValue", std::to_string(number));
  }
}

BlobOwner owner_of(const Bucket& bucket, const Upload& upload, std::uint32_t number) {
  return {.bucket_id = bucket.id, .key = upload.key.text(), .upload = upload.id, .part = number};
}

Part part_of(const rows::StoredPart& stored) {
  return {.number = stored.number,
          .size = stored.size,
          .e_tag = to_hex(as_bytes(stored.md5)),
          .modified = stored.modified,
          .checksum = stored.checksum};
}

}  // namespace

Task<FoundUpload> Objects::Core::need_upload(BucketPointer bucket, const ObjectKey& key, const std::string& id) {
  const auto row = co_await get(*bucket, rows::upload_key(key.text(), id));
  if (!row) throw no_such_upload(id);
  FoundUpload found{.upload = rows::unpack_upload(row->value), .row_version = row->version};
  found.upload.bucket = bucket;
  found.upload.key = key;
  found.upload.id = id;
  co_return found;
}

Task<Upload> Objects::create_upload(const policy::Access& access, CreateUploadRequest request) {
  BucketPointer bucket = co_await core_->need_bucket(request.bucket);
  co_await access.require("s3:PutObject", bucket->arn_of(request.key.text()));
  if (!request.tags.empty()) co_await access.require("s3:PutObjectTagging", bucket->arn_of(request.key.text()));
  if (request.lock.any()) co_await core_->require_lock(access, *bucket, request.key, request.lock);
  Upload upload;
  upload.key = request.key;
  upload.initiated = core_->now();
  upload.id = new_upload_id(upload.initiated, core_->d.random);
  Core::Owned owned = co_await core_->own(access, bucket, request.key, std::move(request.acl));
  upload.owner = std::move(owned.owner);
  upload.acl = std::move(owned.acl);
  upload.seal = core_->new_seal(access, *bucket, request.key, request.customer_key).seal;
  upload.initiator_arn = access.principal().arn;
  upload.storage_class = request.storage_class;
  upload.description = std::move(request.description);
  upload.tags = std::move(request.tags);
  upload.lock = request.lock;
  upload.algorithm = request.algorithm;
  const ChecksumAlgorithm algorithm = request.algorithm.value_or(ChecksumAlgorithm::crc64nvme);
  upload.checksum_type = request.checksum_type.value_or(
      algorithm == ChecksumAlgorithm::crc64nvme ? ChecksumType::full_object : ChecksumType::composite);
  if ((upload.checksum_type == ChecksumType::full_object && !is_crc(algorithm)) ||
      (upload.checksum_type == ChecksumType::composite && algorithm == ChecksumAlgorithm::crc64nvme)) {
    throw Error(errors::invalid_request,
                "The " + std::string(upload.checksum_type == ChecksumType::composite ? "COMPOSITE" : "FULL_OBJECT") +
                    " checksum type cannot be used with the " + std::string(name_of(algorithm)) +
                    " checksum algorithm.");
  }
  for (int attempt = 0;; ++attempt) {
    upload.bucket = bucket;
    const std::string row_key = rows::upload_key(upload.key.text(), upload.id);
    meta::Batch batch;
    batch.require_version(std::string(rows::state_key), bucket->state_version);
    batch.require_absent(row_key);
    batch.put(row_key, rows::pack(upload));
    if (co_await core_->commit(*bucket, std::move(batch))) co_return upload;
    bucket = co_await core_->look_again(bucket, attempt);
  }
}

Task<Part> Objects::Core::keep_part(BucketPointer bucket, const FoundUpload& found, rows::StoredPart part) {
  const std::string row_key = rows::upload_part_key(found.upload.id, part.number);
  const std::string upload_row = rows::upload_key(found.upload.key.text(), found.upload.id);
  std::exception_ptr refusal;
  try {
    for (int attempt = 0;; ++attempt) {
      const auto earlier = co_await get(*bucket, row_key);
      part.modified = now();
      meta::Batch batch;
      batch.require_version(upload_row, found.row_version);
      if (earlier) {
        batch.require_version(row_key, earlier->version);
        const rows::StoredPart replaced = rows::unpack_part(earlier->value);
        if (replaced.blob) drop({.kind = rows::Garbage::Kind::blob, .blob = *replaced.blob}, batch);
      } else {
        batch.require_absent(row_key);
      }
      batch.put(row_key, rows::pack(part));
      if (co_await commit(*bucket, std::move(batch))) {
        if (part.blob) d.blobs.settled(*part.blob);
        Part kept = part_of(part);
        kept.seal = found.upload.seal;
        co_return kept;
      }
      // Completed, aborted, or the same part came twice at once.
      (void)co_await need_upload(bucket, found.upload.key, found.upload.id);
      bucket = co_await look_again(bucket, attempt);
    }
  } catch (const Error&) {
    refusal = std::current_exception();
  }
  if (part.blob) co_await d.blobs.remove(*part.blob);
  std::rethrow_exception(refusal);
}

Task<Part> Objects::put_part(const policy::Access& access, PutPartRequest request, ByteStream& body) {
  check_part_number(request.number);
  const BucketPointer bucket = co_await core_->need_bucket(request.bucket);
  co_await access.require("s3:PutObject", bucket->arn_of(request.key.text()));
  const FoundUpload found = co_await core_->need_upload(bucket, request.key, request.upload);
  if (request.checks.algorithm && found.upload.algorithm && *request.checks.algorithm != *found.upload.algorithm) {
    throw Error(errors::invalid_request, "Checksum Type mismatch occurred, expected checksum Type: " +
                                             to_lower(name_of(*found.upload.algorithm)) +
                                             ", actual checksum Type: " + to_lower(name_of(*request.checks.algorithm)));
  }
  if (!request.checks.algorithm) request.checks.algorithm = found.upload.algorithm;
  const blob::DataKey key = core_->part_key_of(found.upload.seal, request.customer_key);
  Received received = co_await receive(core_->d.blobs, body, request.checks,
                                       {.tier = core_->tier_of(found.upload.storage_class),
                                        .owner = owner_of(*bucket, found.upload, request.number),
                                        .key = key});
  co_return co_await core_->keep_part(bucket, found,
                                      {.number = request.number,
                                       .size = received.size,
                                       .md5 = Core::tag_of(found.upload.seal, key, std::move(received.md5)),
                                       .checksum = std::move(received.checksum),
                                       .blob = received.blob});
}

Task<CopyPartResult> Objects::copy_part(const policy::Access& access, CopyPartRequest request) {
  check_part_number(request.number);
  const BucketPointer bucket = co_await core_->need_bucket(request.bucket);
  co_await access.require("s3:PutObject", bucket->arn_of(request.key.text()));
  const FoundUpload found = co_await core_->need_upload(bucket, request.key, request.upload);
  const blob::DataKey key = core_->part_key_of(found.upload.seal, request.customer_key);
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    const auto source =
        co_await find_to_read(access, request.source_bucket, request.source_key, request.source_version);
    if (!source || source->delete_marker) {
      throw Error(errors::no_such_key, "The specified key does not exist.").with("Key", request.source_key.text());
    }
    if (request.check_source) request.check_source(*source);
    const ByteRange range = request.range.value_or(ByteRange{.offset = 0, .length = source->size});
    if (range.offset > source->size || range.length > source->size - range.offset) {
      throw Error(errors::invalid_argument,
                  "Range specified is not valid for source object of size: " + std::to_string(source->size));
    }
    const auto bytes = co_await open(access, *source, range, request.source_customer_key);
    if (!bytes) continue;
    Received received =
        co_await receive(core_->d.blobs, *bytes, {.algorithm = found.upload.algorithm, .length = range.length},
                         {.tier = core_->tier_of(found.upload.storage_class),
                          .owner = owner_of(*bucket, found.upload, request.number),
                          .key = key});
    rows::StoredPart stored{.number = request.number,
                            .size = received.size,
                            .md5 = Core::tag_of(found.upload.seal, key, std::move(received.md5)),
                            .checksum = std::move(received.checksum),
                            .blob = received.blob};
    Part part = co_await core_->keep_part(bucket, found, std::move(stored));
    co_return CopyPartResult{.source = *source, .part = std::move(part)};
  }
  throw Error(errors::service_unavailable, "The source changes faster than it can be copied. Please try again.");
}

Task<void> Objects::abort_upload(const policy::Access& access, BucketName name, ObjectKey key, std::string id) {
  BucketPointer bucket = co_await core_->need_bucket(name);
  co_await access.require("s3:AbortMultipartUpload", bucket->arn_of(key.text()));
  for (int attempt = 0;; ++attempt) {
    const FoundUpload found = co_await core_->need_upload(bucket, key, id);
    const std::string row_key = rows::upload_key(key.text(), id);
    meta::Batch batch;
    batch.require_version(row_key, found.row_version);
    batch.remove(row_key);
    core_->drop({.kind = rows::Garbage::Kind::upload_parts, .upload = id}, batch);
    if (co_await core_->commit(*bucket, std::move(batch))) co_return;
    bucket = co_await core_->look_again(bucket, attempt);
  }
}

Task<PartListing> Objects::list_parts(const policy::Access& access, ListPartsRequest request) {
  const BucketPointer bucket = co_await core_->need_bucket(request.bucket);
  co_await access.require("s3:ListMultipartUploadParts", bucket->arn_of(request.key.text()));
  PartListing listing;
  listing.upload = (co_await core_->need_upload(bucket, request.key, request.upload)).upload;
  const std::size_t max = std::min<std::size_t>(request.max, 1000);
  if (max == 0 || request.after >= most_parts) co_return listing;
  const auto found =
      co_await core_->scan(*bucket, rows::upload_part_key(request.upload, request.after + 1),
                           meta::end_of_prefix(rows::upload_parts_prefix(request.upload)), {.max_rows = max + 1});
  for (const meta::Row& row : found) {
    if (listing.parts.size() == max) {
      listing.truncated = true;
      break;
    }
    listing.parts.push_back(part_of(rows::unpack_part(row.value)));
  }
  co_return listing;
}

}  // namespace tarn::objects
