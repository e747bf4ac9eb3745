#include "objects/replication.h"

#include <algorithm>

#include "base/pack.h"

namespace tarn::objects {
namespace {

constexpr std::uint8_t format = 1;

bool matches(const ReplicationRule& rule, const ObjectVersion& version) {
  if (!rule.enabled || !version.key.text().starts_with(rule.prefix)) return false;
  // Delete markers have no tags.
  if (version.delete_marker) return rule.tags.empty() && (rule.delete_markers || !rule.filtered);
  return std::ranges::all_of(
      rule.tags, [&](const auto& tag) { return std::ranges::find(version.tags, tag) != version.tags.end(); });
}

}  // namespace

std::string pack(const ReplicationConfiguration& configuration) {
  std::string document;
  Packer out(document);
  out.byte(format).text(configuration.role).number(configuration.rules.size());
  for (const ReplicationRule& rule : configuration.rules) {
    out.text(rule.id).byte(rule.enabled).byte(rule.filtered).number(static_cast<std::uint64_t>(rule.priority));
    out.text(rule.prefix).text(pack_tags(rule.tags)).byte(rule.filter_and).byte(rule.delete_markers);
    out.text(rule.destination).byte(rule.storage_class ? static_cast<std::uint8_t>(*rule.storage_class) : 0);
    out.text(rule.account).byte(rule.target_owns);
  }
  return document;
}

ReplicationConfiguration unpack_replication(std::string_view document) {
  Unpacker in(document);
  if (in.byte() != format) throw std::runtime_error("a replication configuration has an unknown format");
  ReplicationConfiguration configuration;
  configuration.role = in.text();
  for (std::uint64_t left = in.number(); left > 0; --left) {
    ReplicationRule rule;
    rule.id = in.text();
    rule.enabled = in.byte();
    rule.filtered = in.byte();
    rule.priority = static_cast<std::int32_t>(in.number());
    rule.prefix = in.text();
    rule.tags = unpack_tags(in.text());
    rule.filter_and = in.byte();
    rule.delete_markers = in.byte();
    rule.destination = in.text();
    if (const std::uint8_t storage_class = in.byte()) rule.storage_class = static_cast<StorageClass>(storage_class);
    rule.account = in.text();
    rule.target_owns = in.byte();
    configuration.rules.push_back(std::move(rule));
  }
  return configuration;
}

std::vector<ReplicationRule> rules_for(const ReplicationConfiguration& configuration, const ObjectVersion& version) {
  std::vector<ReplicationRule> chosen;
  if (version.null) return chosen;
  for (const ReplicationRule& rule : configuration.rules) {
    if (!matches(rule, version)) continue;
    const auto same = std::ranges::find(chosen, rule.destination, &ReplicationRule::destination);
    if (same == chosen.end()) {
      chosen.push_back(rule);
    } else if (rule.priority > same->priority) {
      *same = rule;
    }
  }
  return chosen;
}

std::string pack(const ReplicationRecord& record) {
  std::string row;
  Packer(row).byte(format).text(record.bucket).text(record.key).text(record.version_id);
  return row;
}

ReplicationRecord unpack_replication_record(std::string_view row) {
  Unpacker in(row);
  if (in.byte() != format) throw std::runtime_error("a replication record has an unknown format");
  ReplicationRecord record;
  record.bucket = in.text();
  record.key = in.text();
  record.version_id = in.text();
  return record;
}

}  // namespace tarn::objects
