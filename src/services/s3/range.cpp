#include "services/s3/range.h"

#include <charconv>

#include "api/s3/errors.h"
#include "base/encoding.h"

namespace tarn::s3 {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<ByteRange> resolve_range(std::string_view header, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  const std::string_view range = trim(header);
  if (!range.starts_with(unit)) return std::nullopt;
  const std::string_view span = trim(range.substr(unit.size()));
  const std::size_t dash = span.find('-');
  if (dash == std::string_view::npos || span.find(',') != std::string_view::npos) return std::nullopt;
  const auto first = number(span.substr(0, dash));
  const auto last = number(span.substr(dash + 1));
  const auto unsatisfiable = [&] {
    return Error(errors::invalid_range, "The requested range is not satisfiable")
        .with("RangeRequested", std::string(range))
        .with("ActualObjectSize", std::to_string(size));
  };
  if (dash == 0) {
    if (!last) return std::nullopt;
    if (*last == 0 || size == 0) throw unsatisfiable();
    const std::uint64_t length = std::min(*last, size);
    return ByteRange{.offset = size - length, .length = length};
  }
  if (!first || (!last && dash + 1 != span.size()) || (last && *last < *first)) return std::nullopt;
  if (*first >= size) throw unsatisfiable();
  const std::uint64_t end = last && *last < size ? *last + 1 : size;
  return ByteRange{.offset = *first, .length = end - *first};
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
  return "bytes " + std::to_string(range.offset) + "-" + std::to_string(range.offset + range.length - 1) + "/" +
         std::to_string(size);
}

ByteRange copy_range(std::string_view header) {
  constexpr std::string_view unit = "bytes=";
  if (header.starts_with(unit)) {
    const std::string_view span = header.substr(unit.size());
    const std::size_t dash = span.find('-');
    if (dash != std::string_view::npos) {
      const auto first = number(span.substr(0, dash));
      const auto last = number(span.substr(dash + 1));
      if (first && last && *first <= *last && *last < (1ULL << 62)) {
        return {.offset = *first, .length = *last - *first + 1};
      }
    }
  }
  throw Error(errors::invalid_argument,
              "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
              "zero-based offsets of the first and last bytes to copy")
      .with("ArgumentName", "x-amz-copy-source-range")
      .with("ArgumentValue", std::string(header));
}

}  // namespace tarn::s3
