#include "objects/blob_owner.h"

#include "base/checksum.h"
#include "base/encoding.h"
#include "base/pack.h"

namespace tarn::objects {
namespace {

constexpr std::uint8_t format = 1;
constexpr std::size_t checksum_bytes = 8;

}  // namespace

// The file's own checksum of it stands at the end, which a blob that was not finished does not have.
std::string pack(const BlobOwner& owner) {
  std::string bytes;
  Packer(bytes).byte(format).text(owner.bucket_id).text(owner.key).text(owner.upload).number(owner.part);
  const std::uint32_t checksum = crc32c(0, as_bytes(bytes));
  Packer(bytes).fixed64(checksum);
  return bytes;
}

std::optional<BlobOwner> unpack_blob_owner(std::string_view bytes) {
  if (bytes.size() <= checksum_bytes || bytes.front() != format) return std::nullopt;
  const std::string_view said = bytes.substr(0, bytes.size() - checksum_bytes);
  if (Unpacker(bytes.substr(said.size())).fixed64() != crc32c(0, as_bytes(said))) return std::nullopt;
  Unpacker in(said.substr(1));
  BlobOwner owner;
  owner.bucket_id = in.text();
  owner.key = in.text();
  owner.upload = in.text();
  owner.part = static_cast<std::uint32_t>(in.number());
  return owner;
}

}  // namespace tarn::objects
