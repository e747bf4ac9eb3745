#include "objects/version.h"

#include <array>

#include "base/encoding.h"
#include "base/pack.h"
#include "objects/requests.h"

namespace tarn::objects {
namespace {

constexpr std::array<std::pair<StorageClass, std::string_view>, 8> storage_classes{{
    {StorageClass::standard, "STANDARD"},
    {StorageClass::reduced_redundancy, "REDUCED_REDUNDANCY"},
    {StorageClass::standard_ia, "STANDARD_IA"},
    {StorageClass::onezone_ia, "ONEZONE_IA"},
    {StorageClass::intelligent_tiering, "INTELLIGENT_TIERING"},
    {StorageClass::glacier_ir, "GLACIER_IR"},
    {StorageClass::glacier, "GLACIER"},
    {StorageClass::deep_archive, "DEEP_ARCHIVE"},
}};

VersionId id_of(bool null, std::uint64_t sequence, std::uint64_t nonce) {
  return null ? VersionId::trusted("null") : version_id_of(sequence, nonce);
}

}  // namespace

std::string_view name_of(StorageClass storage_class) {
  return storage_classes[static_cast<std::size_t>(storage_class) - 1].second;
}

std::optional<StorageClass> parse_storage_class(std::string_view name) {
  for (const auto& [storage_class, known] : storage_classes) {
    if (known == name) return storage_class;
  }
  return std::nullopt;
}

std::string checksum_text(const StoredChecksum& checksum, std::uint32_t parts) {
  std::string text = to_base64(as_bytes(checksum.value));
  if (checksum.type == ChecksumType::composite) text += "-" + std::to_string(parts);
  return text;
}

std::string pack_tags(const Tags& tags) {
  std::string document;
  Packer out(document);
  out.byte(1).number(tags.size());
  for (const auto& [name, value] : tags) out.text(name).text(value);
  return document;
}

Tags unpack_tags(std::string_view document) {
  Unpacker in(document);
  if (in.byte() != 1) throw std::runtime_error("a bucket's tags have an unknown format");
  Tags tags;
  for (std::uint64_t count = in.number(); count; --count) {
    std::string name(in.text());
    tags.emplace_back(std::move(name), in.text());
  }
  return tags;
}

VersionId version_id_of(std::uint64_t sequence, std::uint64_t nonce) {
  std::string raw;
  Packer(raw).fixed64(sequence).fixed64(nonce);
  return VersionId::trusted(to_hex(as_bytes(raw)));
}

std::optional<std::pair<std::uint64_t, std::uint64_t>> parse_version_id(std::string_view text) {
  if (text.size() != 32) return std::nullopt;
  const auto raw = from_hex(text);
  // Only the one spelling that was handed out.
  if (!raw || to_hex(as_bytes(*raw)) != text) return std::nullopt;
  Unpacker in(*raw);
  const std::uint64_t sequence = in.fixed64();
  return std::pair{sequence, in.fixed64()};
}

VersionId ObjectVersion::id() const {
  return id_of(null, sequence, nonce);
}

VersionId ListedObject::id() const {
  return id_of(null, sequence, nonce);
}

bool ObjectVersion::readable(Timestamp now) const {
  if (!is_archive(storage_class)) return true;
  return restore && !restore->ongoing && now < restore->expires;
}

}  // namespace tarn::objects
