// Completing an upload: its parts become one object, and their blobs change hands without being copied.
#include "base/encoding.h"
#include "base/pack.h"
#include "objects/core.h"

namespace tarn::objects {
namespace {

constexpr std::uint64_t smallest_part = 5 << 20;

using Parts = std::vector<rows::StoredPart>;

Error invalid_part(const std::string& upload, const CompleteRequest::NamedPart& named) {
  return Error(errors::invalid_part,
               "One or more of the specified parts could not be found.  The part may not have been uploaded, or the "
               "specified entity tag may not match the part's entity tag.")
      .with("UploadId", upload)
      .with("PartNumber", std::to_string(named.number))
      .with("ETag", named.e_tag);
}

// What was uploaded under a composite checksum is completed with the checksums of its parts.
void require_part_checksums(const CompleteRequest& request, const Upload& upload) {
  if (!upload.algorithm || upload.checksum_type != ChecksumType::composite) return;
  for (const CompleteRequest::NamedPart& named : request.parts) {
    if (named.checksum) continue;
    throw Error(
        errors::invalid_request,
        "The upload was created using a " + to_lower(name_of(*upload.algorithm)) +
            " checksum. The complete request must include the checksum for each part. It was missing for part " +
            std::to_string(named.number) + " in the request.");
  }
}

// The parts that the request names, as they were stored, in its order.
Parts choose_parts(const CompleteRequest& request, const std::map<std::uint32_t, rows::StoredPart>& stored) {
  if (request.parts.empty()) {
    throw Error(errors::malformed_xml, "You must specify at least one part");
  }
  Parts chosen;
  for (const CompleteRequest::NamedPart& named : request.parts) {
    if (!chosen.empty() && named.number <= chosen.back().number) {
      throw Error(errors::invalid_part_order,
                  "The list of parts was not in ascending order. Parts must be ordered by part number.")
          .with("UploadId", request.upload);
    }
    const auto found = stored.find(named.number);
    if (found == stored.end() || to_hex(as_bytes(found->second.md5)) != named.e_tag ||
        (named.checksum && (!found->second.checksum || *named.checksum != found->second.checksum->value))) {
      throw invalid_part(request.upload, named);
    }
    chosen.push_back(found->second);
  }
  for (std::size_t i = 0; i + 1 < chosen.size(); ++i) {
    if (chosen[i].size < smallest_part) {
      throw Error(errors::entity_too_small, "Your proposed upload is smaller than the minimum allowed size")
          .with("ProposedSize", std::to_string(chosen[i].size))
          .with("MinSizeAllowed", std::to_string(smallest_part))
          .with("PartNumber", std::to_string(chosen[i].number))
          .with("ETag", to_hex(as_bytes(chosen[i].md5)));
    }
  }
  return chosen;
}

// md5(md5(part)…)-N.
std::string e_tag_of(const Parts& parts) {
  std::string digests;
  for (const rows::StoredPart& part : parts) digests += part.md5;
  return to_hex(as_bytes(md5(as_bytes(digests)))) + "-" + std::to_string(parts.size());
}

// The object's checksum, from those of its parts: their CRCs joined, or the digest of their digests.
std::optional<StoredChecksum> checksum_of_parts(const Upload& upload, const Parts& parts) {
  const ChecksumAlgorithm algorithm = upload.algorithm.value_or(ChecksumAlgorithm::crc64nvme);
  for (const rows::StoredPart& part : parts) {
    // Parts that came with another algorithm, while the upload named none.
    if (!part.checksum || part.checksum->algorithm != algorithm) return std::nullopt;
  }
  StoredChecksum whole{.algorithm = algorithm, .type = upload.checksum_type};
  if (whole.type == ChecksumType::composite) {
    std::string values;
    for (const rows::StoredPart& part : parts) values += part.checksum->value;
    whole.value = checksum_of(algorithm, as_bytes(values));
    return whole;
  }
  whole.value = parts.front().checksum->value;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    whole.value = combine_crc(algorithm, whole.value, parts[i].checksum->value, parts[i].size);
  }
  return whole;
}

void check_whole(const CompleteRequest& request, const ObjectVersion& version) {
  if (request.size && *request.size != version.size) {
    throw Error(errors::invalid_request, "The provided 'x-amz-mp-object-size' header does not match what was computed");
  }
  if (request.checksum_type && version.checksum && *request.checksum_type != version.checksum->type) {
    throw Error(errors::invalid_request, "The checksum type does not match the one of the upload");
  }
  if (request.expected_checksum && version.checksum && *request.expected_checksum != version.checksum->value) {
    throw Error(errors::bad_digest, "The " + std::string(name_of(version.checksum->algorithm)) +
                                        " you specified did not match the calculated checksum.");
  }
}

// Its parts become rows of the version; those that the request did not name are dropped.
void take_over(Objects::Core& core, const Upload& upload, std::uint64_t upload_row_version, const Parts& chosen,
               const std::map<std::uint32_t, rows::StoredPart>& stored,
               const std::map<std::uint32_t, std::uint64_t>& row_versions, const ObjectVersion& version,
               meta::Batch& batch) {
  const std::string upload_row = rows::upload_key(upload.key.text(), upload.id);
  batch.require_version(upload_row, upload_row_version);
  batch.remove(upload_row);
  std::uint64_t end = 0;
  std::uint32_t number = 0;
  auto next = chosen.begin();
  for (const auto& [part_number, part] : stored) {
    const std::string part_row = rows::upload_part_key(upload.id, part_number);
    batch.require_version(part_row, row_versions.at(part_number));
    batch.remove(part_row);
    if (next == chosen.end() || next->number != part_number) {
      if (part.blob) core.drop({.kind = rows::Garbage::Kind::blob, .blob = *part.blob}, batch);
      continue;
    }
    rows::StoredPart taken = *next++;
    taken.number = ++number;
    end += taken.size;
    if (taken.size > 0) batch.put(rows::part_key(version.sequence, version.nonce, end), rows::pack(taken));
  }
}

}  // namespace

Task<void> Objects::Core::require_upload_unchanged(BucketPointer bucket, const FoundUpload& found,
                                                   const std::map<std::uint32_t, std::uint64_t>& part_versions) {
  (void)co_await need_upload(bucket, found.upload.key, found.upload.id);
  const std::string prefix = rows::upload_parts_prefix(found.upload.id);
  const auto part_rows =
      co_await scan(*bucket, prefix, meta::end_of_prefix(prefix), {.max_rows = 10'001, .max_bytes = 16 << 20});
  bool same = part_rows.size() == part_versions.size();
  for (const meta::Row& row : part_rows) {
    const auto known = part_versions.find(rows::unpack_part(row.value).number);
    same = same && known != part_versions.end() && known->second == row.version;
  }
  if (!same) {
    throw Error(errors::operation_aborted,
                "A conflicting conditional operation is currently in progress against this resource. Try again.");
  }
}

Task<std::optional<ObjectVersion>> Objects::Core::completed_before(BucketPointer bucket,
                                                                   const CompleteRequest& request) {
  const auto raw = from_hex(request.upload);
  const auto current = co_await read_current(bucket, request.key);
  if (!raw || raw->size() != 24 || !current || current->parts == 0) co_return std::nullopt;
  Unpacker in(*raw);
  in.fixed64();
  if (in.fixed64() != current->nonce) co_return std::nullopt;
  co_return current;
}

Task<ObjectVersion> Objects::complete_upload(const policy::Access& access, CompleteRequest request) {
  const BucketPointer bucket = co_await core_->need_bucket(request.bucket);
  co_await access.require("s3:PutObject", bucket->arn_of(request.key.text()));
  const auto upload_row = co_await core_->get(*bucket, rows::upload_key(request.key.text(), request.upload));
  if (!upload_row) {
    // A client that did not hear the answer asks again.
    if (const auto done = co_await core_->completed_before(bucket, request)) co_return *done;
  }
  const FoundUpload found = co_await core_->need_upload(bucket, request.key, request.upload);
  core_->check_conditions(request.conditions, co_await core_->read_key(bucket, request.key), request.key, true);

  std::map<std::uint32_t, rows::StoredPart> stored;
  std::map<std::uint32_t, std::uint64_t> row_versions;
  const auto part_rows = co_await core_->scan(*bucket, rows::upload_parts_prefix(request.upload),
                                              meta::end_of_prefix(rows::upload_parts_prefix(request.upload)),
                                              {.max_rows = 10'001, .max_bytes = 16 << 20});
  for (const meta::Row& row : part_rows) {
    rows::StoredPart part = rows::unpack_part(row.value);
    row_versions[part.number] = row.version;
    stored.emplace(part.number, std::move(part));
  }
  require_part_checksums(request, found.upload);
  const Parts chosen = choose_parts(request, stored);

  ObjectVersion version;
  version.key = request.key;
  for (const rows::StoredPart& part : chosen) version.size += part.size;
  version.e_tag = e_tag_of(chosen);
  version.owner = found.upload.owner;
  version.acl = found.upload.acl;
  version.seal = found.upload.seal;
  version.storage_class = found.upload.storage_class;
  version.parts = static_cast<std::uint32_t>(chosen.size());
  version.description = found.upload.description;
  version.tags = found.upload.tags;
  version.checksum = checksum_of_parts(found.upload, chosen);
  if (version.size > 0) version.location = PartBytes{};
  const auto raw = from_hex(request.upload);
  if (!raw || raw->size() != 24) throw std::logic_error("an upload's row has an id that is none");
  Unpacker id(*raw);
  id.fixed64();
  version.nonce = id.fixed64();
  check_whole(request, version);

  Core::Latest latest{.operation = "CompleteMultipartUpload",
                      .event = "ObjectCreated:CompleteMultipartUpload",
                      .conditions = request.conditions,
                      .lock = found.upload.lock};
  latest.add = [&](const ObjectVersion& made, meta::Batch& batch) {
    take_over(*core_, found.upload, found.row_version, chosen, stored, row_versions, made, batch);
  };
  latest.still_possible = [&]() -> Task<void> {
    // A part that came, or another completion, while this one was made.
    return core_->require_upload_unchanged(bucket, found, row_versions);
  };
  co_return co_await core_->commit_latest(access, bucket, std::move(version), latest);
}

}  // namespace tarn::objects
