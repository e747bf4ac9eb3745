// Bodies that are read whole, within a limit, and texts that are read as bodies.
#pragma once

#include <memory>
#include <string>

#include "base/stream.h"
#include "base/task.h"

namespace tarn::aws {

// All of `stream`; none if that is more than `limit` bytes. A null stream is empty.
Task<std::optional<std::string>> read_all(ByteStream* stream, std::uint64_t limit);

// A stream over a text of its own.
std::unique_ptr<ByteStream> text_stream(std::string text);

}  // namespace tarn::aws
