// The Range header of reads, and copy ranges.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/stream.h"

namespace tarn::s3 {

// The bytes that "bytes=0-99" names of an object of `size` bytes. None: no range, or one that is none (other units,
// several ranges, broken ones), which S3 ignores. Throws InvalidRange where nothing of the object lies inside.
std::optional<ByteRange> resolve_range(std::string_view header, std::uint64_t size);

// "bytes 0-99/1234".
std::string content_range(const ByteRange& range, std::uint64_t size);

// x-amz-copy-source-range: only "bytes=first-last". Throws InvalidArgument for all else.
ByteRange copy_range(std::string_view header);

}  // namespace tarn::s3
