#include "inventory/configuration.h"

#include <algorithm>
#include <stdexcept>

#include "base/pack.h"

namespace tarn::inventory {
namespace {

constexpr std::uint8_t format_version = 1;
constexpr std::string_view known_fields[] = {"Size",
                                             "LastModifiedDate",
                                             "StorageClass",
                                             "ETag",
                                             "IsMultipartUploaded",
                                             "ReplicationStatus",
                                             "IntelligentTieringAccessTier",
                                             "BucketKeyStatus",
                                             "ChecksumAlgorithm"};

}  // namespace

bool is_field(std::string_view name) {
  return std::ranges::find(known_fields, name) != std::end(known_fields);
}

std::string pack(const std::vector<Configuration>& configurations) {
  std::string document;
  Packer out(document);
  out.byte(format_version).number(configurations.size());
  for (const Configuration& each : configurations) {
    out.text(each.id).byte(each.enabled).byte(each.all_versions).byte(static_cast<std::uint8_t>(each.format));
    out.byte(static_cast<std::uint8_t>(each.frequency)).text(each.prefix).text(each.destination_bucket);
    out.text(each.destination_prefix).text(each.destination_account).number(each.fields.size());
    for (const std::string& field : each.fields) out.text(field);
  }
  return document;
}

std::vector<Configuration> unpack(std::string_view document) {
  Unpacker in(document);
  if (in.byte() != format_version) throw std::runtime_error("inventory configurations have an unknown format");
  std::vector<Configuration> configurations;
  for (std::uint64_t left = in.number(); left > 0; --left) {
    Configuration each;
    each.id = in.text();
    each.enabled = in.byte() != 0;
    each.all_versions = in.byte() != 0;
    each.format = static_cast<Format>(in.byte());
    each.frequency = static_cast<Frequency>(in.byte());
    each.prefix = in.text();
    each.destination_bucket = in.text();
    each.destination_prefix = in.text();
    each.destination_account = in.text();
    for (std::uint64_t fields = in.number(); fields > 0; --fields) each.fields.emplace_back(in.text());
    configurations.push_back(std::move(each));
  }
  return configurations;
}

}  // namespace tarn::inventory
