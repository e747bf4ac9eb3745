// Bodies that are read whole, within a limit, and texts that are read as bodies.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/stream.h"
#include "base/task.h"
#include "http/http.h"

namespace tarn::aws {

// All of `stream`; none if that is more than `limit` bytes. A null stream is empty.
Task<std::optional<std::string>> read_all(ByteStream* stream, std::uint64_t limit);

// A body that a client may have sent compressed (Content-Encoding: gzip), as it meant it; at most `limit` bytes. None:
// it is larger. Throws Error where it is not gzip.
std::optional<std::string> uncompressed(const http::Request& request, std::string body, std::uint64_t limit);

// A stream over a text of its own.
std::unique_ptr<ByteStream> text_stream(std::string text);

}  // namespace tarn::aws
