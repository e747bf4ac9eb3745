// Lifecycle rules as documents, and what may be put.
#include "tiers/lifecycle.h"

#include <mutex>
#include <set>
#include <unordered_map>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/pack.h"
#include "objects/errors.h"

namespace tarn::tiers {
namespace {

constexpr std::uint8_t format = 1;
constexpr std::size_t most_rules = 1000;
constexpr std::size_t longest_id = 255;

template <typename Number>
void pack_optional(Packer& out, const std::optional<Number>& value) {
  out.byte(value.has_value());
  if (value) out.number(*value);
}

template <typename Number>
std::optional<Number> unpack_optional(Unpacker& in) {
  if (!in.byte()) return std::nullopt;
  return static_cast<Number>(in.number());
}

void pack_when(Packer& out, const When& when) {
  pack_optional(out, when.days);
  out.byte(when.date.has_value());
  if (when.date) out.time(*when.date);
}

When unpack_when(Unpacker& in) {
  When when{.days = unpack_optional<std::uint32_t>(in)};
  if (in.byte()) when.date = in.time();
  return when;
}

void pack_filter(Packer& out, const Filter& filter) {
  out.byte(static_cast<std::uint8_t>(filter.form)).byte(filter.prefix.has_value());
  if (filter.prefix) out.text(*filter.prefix);
  out.number(filter.tags.size());
  for (const auto& [key, value] : filter.tags) out.text(key).text(value);
  pack_optional(out, filter.greater_than);
  pack_optional(out, filter.less_than);
}

Filter unpack_filter(Unpacker& in) {
  Filter filter{.form = static_cast<Filter::Form>(in.byte())};
  if (in.byte()) filter.prefix = std::string(in.text());
  for (std::uint64_t count = in.number(); count; --count) {
    std::string key(in.text());
    filter.tags.emplace_back(std::move(key), in.text());
  }
  filter.greater_than = unpack_optional<std::uint64_t>(in);
  filter.less_than = unpack_optional<std::uint64_t>(in);
  return filter;
}

void pack_rule(Packer& out, const Rule& rule) {
  out.text(rule.id).byte(rule.enabled);
  pack_filter(out, rule.filter);
  out.number(rule.transitions.size());
  for (const Transition& each : rule.transitions) {
    pack_when(out, each.when);
    out.byte(static_cast<std::uint8_t>(each.to));
  }
  out.byte(rule.expiration.has_value());
  if (rule.expiration) {
    out.byte(rule.expiration->when.has_value());
    if (rule.expiration->when) pack_when(out, *rule.expiration->when);
    const auto& marker = rule.expiration->expired_delete_marker;
    out.byte(!marker ? 0 : *marker ? 2 : 1);
  }
  out.number(rule.noncurrent_transitions.size());
  for (const NoncurrentTransition& each : rule.noncurrent_transitions) {
    out.number(each.days);
    pack_optional(out, each.newer);
    out.byte(static_cast<std::uint8_t>(each.to));
  }
  out.byte(rule.noncurrent_expiration.has_value());
  if (rule.noncurrent_expiration) {
    out.number(rule.noncurrent_expiration->days);
    pack_optional(out, rule.noncurrent_expiration->newer);
  }
  pack_optional(out, rule.abort_uploads_after_days);
}

Rule unpack_rule(Unpacker& in) {
  Rule rule;
  rule.id = in.text();
  rule.enabled = in.byte();
  rule.filter = unpack_filter(in);
  for (std::uint64_t count = in.number(); count; --count) {
    const When when = unpack_when(in);
    rule.transitions.push_back({.when = when, .to = static_cast<StorageClass>(in.byte())});
  }
  if (in.byte()) {
    Expiration expiration;
    if (in.byte()) expiration.when = unpack_when(in);
    if (const std::uint8_t marker = in.byte()) expiration.expired_delete_marker = marker == 2;
    rule.expiration = expiration;
  }
  for (std::uint64_t count = in.number(); count; --count) {
    NoncurrentTransition each{.days = static_cast<std::uint32_t>(in.number())};
    each.newer = unpack_optional<std::uint32_t>(in);
    each.to = static_cast<StorageClass>(in.byte());
    rule.noncurrent_transitions.push_back(each);
  }
  if (in.byte()) {
    NoncurrentExpiration each{.days = static_cast<std::uint32_t>(in.number())};
    each.newer = unpack_optional<std::uint32_t>(in);
    rule.noncurrent_expiration = each;
  }
  rule.abort_uploads_after_days = unpack_optional<std::uint32_t>(in);
  return rule;
}

// ---- what may be put

[[noreturn]] void refuse(const std::string& message) {
  throw Error(objects::errors::invalid_argument, message);
}
[[noreturn]] void refuse_request(const std::string& message) {
  throw Error(objects::errors::invalid_request, message);
}

bool is_infrequent(StorageClass storage_class) {
  return storage_class == StorageClass::standard_ia || storage_class == StorageClass::onezone_ia;
}

void check_date(const std::optional<Timestamp>& date) {
  if (date && std::chrono::floor<std::chrono::days>(*date) != *date) refuse("'Date' must be at midnight GMT");
}

void check_transitions(const Rule& rule) {
  std::set<StorageClass> seen;
  std::optional<bool> by_days;
  for (const Transition& each : rule.transitions) {
    const std::string name(objects::name_of(each.to));
    check_date(each.when.date);
    if (!seen.insert(each.to).second) {
      refuse("'StorageClass' must be different for 'Transition' actions in same 'Rule' with prefix");
    }
    if (by_days && *by_days != each.when.days.has_value()) {
      refuse_request("Found mixed 'Date' and 'Days' based Transition actions in lifecycle rule");
    }
    by_days = each.when.days.has_value();
    if (each.when.days && is_infrequent(each.to) && *each.when.days < 30) {
      refuse("'Days' in Transition action must be greater than or equal to 30 for storageClass '" + name + "'");
    }
  }
  for (const Transition& earlier : rule.transitions) {
    for (const Transition& later : rule.transitions) {
      if (!earlier.when.days || !later.when.days || !is_infrequent(earlier.to) || earlier.to == later.to) continue;
      if (may_move(earlier.to, later.to) && *later.when.days < *earlier.when.days + 30) {
        refuse("'Days' in the 'Transition' action for StorageClass '" + std::string(objects::name_of(later.to)) +
               "' must be 30 days more than for StorageClass '" + std::string(objects::name_of(earlier.to)) + "'");
      }
    }
  }
}

void check_expiration(const Rule& rule) {
  if (!rule.expiration) return;
  if (rule.expiration->expired_delete_marker && !rule.filter.tags.empty()) {
    refuse_request("ExpiredObjectDeleteMarker cannot be specified with Tags.");
  }
  if (!rule.expiration->when) return;
  check_date(rule.expiration->when->date);
  for (const Transition& each : rule.transitions) {
    if (each.when.days.has_value() != rule.expiration->when->days.has_value()) {
      refuse_request("Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule");
    }
    if (each.when.days && *rule.expiration->when->days <= *each.when.days) {
      refuse("'Days' in the Expiration action must be greater than 'Days' in the Transition action");
    }
    if (each.when.date && *rule.expiration->when->date <= *each.when.date) {
      refuse("'Date' in the Expiration action must be later than 'Date' in the Transition action");
    }
  }
}

void check_noncurrent(const Rule& rule) {
  std::set<StorageClass> seen;
  for (const NoncurrentTransition& each : rule.noncurrent_transitions) {
    if (!seen.insert(each.to).second) {
      refuse("'StorageClass' must be different for 'NoncurrentVersionTransition' actions in same 'Rule'");
    }
    if (is_infrequent(each.to) && each.days < 30) {
      refuse(
          "'NoncurrentDays' in NoncurrentVersionTransition action must be greater than or equal to 30 for "
          "storageClass '" +
          std::string(objects::name_of(each.to)) + "'");
    }
    if (rule.noncurrent_expiration && rule.noncurrent_expiration->days <= each.days) {
      refuse(
          "'NoncurrentDays' in the NoncurrentVersionExpiration action must be greater than 'NoncurrentDays' in the "
          "NoncurrentVersionTransition action");
    }
    if (each.newer && rule.filter.form == Filter::Form::legacy_prefix) {
      refuse_request("NewerNoncurrentVersions can only be used with Filter");
    }
  }
  if (rule.noncurrent_expiration && rule.noncurrent_expiration->newer &&
      rule.filter.form == Filter::Form::legacy_prefix) {
    refuse_request("NewerNoncurrentVersions can only be used with Filter");
  }
}

void check_rule(const Rule& rule) {
  if (rule.id.size() > longest_id) refuse("ID length should not exceed allowed limit of 255");
  if (rule.transitions.empty() && !rule.expiration && rule.noncurrent_transitions.empty() &&
      !rule.noncurrent_expiration && !rule.abort_uploads_after_days) {
    refuse_request("At least one action needs to be specified in a rule");
  }
  if (rule.filter.greater_than && rule.filter.less_than && *rule.filter.greater_than >= *rule.filter.less_than) {
    refuse_request("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.");
  }
  if (rule.abort_uploads_after_days && (!rule.filter.tags.empty() || rule.filter.has_size())) {
    refuse_request("AbortIncompleteMultipartUpload cannot be specified with Tags or object sizes.");
  }
  check_transitions(rule);
  check_expiration(rule);
  check_noncurrent(rule);
}

}  // namespace

std::string pack(const Lifecycle& lifecycle) {
  std::string document;
  Packer out(document);
  out.byte(format).byte(lifecycle.small_objects_may_archive).number(lifecycle.rules.size());
  for (const Rule& rule : lifecycle.rules) pack_rule(out, rule);
  return document;
}

Lifecycle unpack_lifecycle(std::string_view document) {
  Unpacker in(document);
  if (in.byte() != format) throw std::runtime_error("a lifecycle has a format that this version does not know");
  Lifecycle lifecycle{.small_objects_may_archive = in.byte() != 0};
  for (std::uint64_t count = in.number(); count; --count) lifecycle.rules.push_back(unpack_rule(in));
  return lifecycle;
}

std::shared_ptr<const Lifecycle> lifecycle_of(const objects::Bucket& bucket) {
  const objects::Configuration* configuration = bucket.configuration(objects::ConfigurationKind::lifecycle);
  if (!configuration) return nullptr;
  struct Parsed {
    std::string document;
    std::shared_ptr<const Lifecycle> lifecycle;
  };
  constexpr std::size_t most_parsed = 1000;  // Buckets.
  static std::mutex mutex;
  static std::unordered_map<std::string, Parsed> known;
  {
    const std::lock_guard lock(mutex);
    const auto found = known.find(bucket.id);
    if (found != known.end() && found->second.document == configuration->document) return found->second.lifecycle;
  }
  auto lifecycle = std::make_shared<const Lifecycle>(unpack_lifecycle(configuration->document));
  const std::lock_guard lock(mutex);
  if (known.size() >= most_parsed) known.clear();
  known[bucket.id] = {.document = configuration->document, .lifecycle = lifecycle};
  return lifecycle;
}

void check(Lifecycle& lifecycle) {
  if (lifecycle.rules.size() > most_rules) {
    refuse_request("The number of lifecycle rules must not exceed the allowed limit of 1000 rules");
  }
  std::set<std::string> ids;
  for (const Rule& rule : lifecycle.rules) {
    if (!rule.id.empty() && !ids.insert(rule.id).second) {
      refuse("Rule ID must be unique. Found same ID for more than one rule");
    }
    check_rule(rule);
  }
  std::size_t number = 0;
  for (Rule& rule : lifecycle.rules) {
    ++number;
    // The same rules give the same ids, so that whoever polls them sees no change.
    std::string material;
    Packer out(material);
    out.number(number);
    pack_rule(out, rule);
    if (rule.id.empty()) rule.id = to_hex(sha256(material)).substr(0, 48);
  }
}

}  // namespace tarn::tiers
