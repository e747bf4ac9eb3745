// Requests to another server's S3.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "replicate/replicator.h"

namespace tarn::replicate {

using Headers = std::vector<std::pair<std::string, std::string>>;

// The headers that sign the request, Host apart; the payload is not signed. For Remote's key, at `now`.
Headers sign(const Remote& remote, std::string_view method, const std::string& path, Headers headers, Timestamp now);

// What a version is sent with: its description, tags, class, lock, checksum.
Headers headers_of(const objects::ObjectVersion& version, std::optional<objects::StorageClass> storage_class,
                   Timestamp now);

// Puts the version there; a delete marker deletes. Throws std::runtime_error that says what the other server said.
Task<void> send(const Remote& remote, std::string bucket, objects::ObjectVersion version,
                std::optional<objects::StorageClass> storage_class, std::unique_ptr<ByteStream> body, Timestamp now);

}  // namespace tarn::replicate
