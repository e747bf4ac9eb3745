// Any bytes: read as RecordIO, each record as a Record message; what was read and is written again reads the same.
#include <algorithm>
#include <cstdlib>

#include "formats/record_protobuf.h"
#include "formats/recordio.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tarn::formats;
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data), size);
  Record record;
  const auto try_record = [&](std::span<const std::byte> message) {
    try {
      decode_record(message, record);
    } catch (const FormatError&) {
      return;
    }
    std::string once;
    encode_record(record, once);
    Record again;
    decode_record(std::as_bytes(std::span(once)), again);
    std::string twice;
    encode_record(again, twice);
    if (once != twice) std::abort();
  };
  try_record(bytes);
  try {
    RecordIoReader reader(memory_source(bytes), 1 << 20);
    while (const auto payload = reader.next()) {
      std::string framed;
      append_recordio(framed, *payload);
      RecordIoReader back(memory_source(std::as_bytes(std::span(framed))));
      const auto same = back.next();
      if (!same || !std::ranges::equal(*same, *payload)) std::abort();
      try_record(*payload);
    }
  } catch (const FormatError&) {
  }
  return 0;
}
