// src/tiers: what becomes of objects as they age. Lifecycle rules, their sweep, restores, prices.
//
// The rules are a value and their evaluation is a pure function of the rules, one version and the time, so that the
// sweep, the headers that tell when an object expires, and the cost estimate agree. Rules are evaluated when the sweep
// meets a version, never stamped on it when it is written: changing a rule protects what is there already.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "objects/version.h"

namespace tarn::tiers {

using objects::StorageClass;

// Which objects a rule is about. `form` keeps how it was said, so that it is told back in the same way.
struct Filter {
  enum class Form : std::uint8_t { none, legacy_prefix, empty, prefix, tag, greater_than, less_than, all_of };
  Form form = Form::none;
  std::optional<std::string> prefix;
  std::vector<std::pair<std::string, std::string>> tags;
  std::optional<std::uint64_t> greater_than;  // Sizes in bytes, both strict.
  std::optional<std::uint64_t> less_than;
  friend bool operator==(const Filter&, const Filter&) = default;
  bool has_size() const { return greater_than || less_than; }
};

// After so many days, or from a date on.
struct When {
  std::optional<std::uint32_t> days;
  std::optional<Timestamp> date;
  friend bool operator==(const When&, const When&) = default;
};

struct Transition {
  When when;
  StorageClass to = StorageClass::standard_ia;
  friend bool operator==(const Transition&, const Transition&) = default;
};

struct Expiration {
  std::optional<When> when;
  std::optional<bool> expired_delete_marker;
  friend bool operator==(const Expiration&, const Expiration&) = default;
};

struct NoncurrentTransition {
  std::uint32_t days = 0;
  std::optional<std::uint32_t> newer;
  StorageClass to = StorageClass::standard_ia;
  friend bool operator==(const NoncurrentTransition&, const NoncurrentTransition&) = default;
};

struct NoncurrentExpiration {
  std::uint32_t days = 0;
  std::optional<std::uint32_t> newer;
  friend bool operator==(const NoncurrentExpiration&, const NoncurrentExpiration&) = default;
};

struct Rule {
  std::string id;
  bool enabled = true;
  Filter filter;
  std::vector<Transition> transitions;
  std::optional<Expiration> expiration;
  std::vector<NoncurrentTransition> noncurrent_transitions;
  std::optional<NoncurrentExpiration> noncurrent_expiration;
  std::optional<std::uint32_t> abort_uploads_after_days;
  friend bool operator==(const Rule&, const Rule&) = default;
};

// The document of ConfigurationKind::lifecycle.
struct Lifecycle {
  std::vector<Rule> rules;
  // Objects under 128 KiB move nowhere (the default), or to GLACIER and DEEP_ARCHIVE only.
  bool small_objects_may_archive = false;
  friend bool operator==(const Lifecycle&, const Lifecycle&) = default;
};

std::string pack(const Lifecycle& lifecycle);
// Throws std::runtime_error on bytes that are none.
Lifecycle unpack_lifecycle(std::string_view document);
// The rules of a bucket, parsed once for each revision; null: it has none.
std::shared_ptr<const Lifecycle> lifecycle_of(const objects::Bucket& bucket);

// Refuses what S3 refuses when a configuration is stored (InvalidArgument, InvalidRequest, MalformedXML), and gives
// rules without an id one.
void check(Lifecycle& lifecycle);

// ---- evaluation

inline constexpr Milliseconds whole_day = std::chrono::days(1);

// From a time and a number of days to the next midnight, UTC. With a shorter `day`, midnights are as much nearer.
Timestamp due_time(Timestamp from, std::uint32_t days, Milliseconds day = whole_day);

// What the rules look at.
struct Candidate {
  std::string_view key;
  std::uint64_t size = 0;
  const objects::Tags* tags = nullptr;
  Timestamp modified;
  StorageClass storage_class = StorageClass::standard;
  bool latest = true;
  bool delete_marker = false;
  bool alone = false;  // A delete marker with no version under it.
  std::optional<Timestamp> noncurrent_since;
  std::uint32_t newer_noncurrent = 0;
};

struct Action {
  enum class Kind { none, transition, expire, remove_version };
  Kind kind = Kind::none;
  StorageClass to = StorageClass::standard;
  std::string rule;
  Timestamp due;  // Charges count from here, however late the sweep is.
  friend bool operator==(const Action&, const Action&) = default;
};

// What is to be done with this version now. `expire` is a delete without version id; `remove_version` is for good.
Action decide(const Lifecycle& lifecycle, const Candidate& candidate, objects::Versioning versioning, Timestamp now,
              Milliseconds day = whole_day);

bool matches(const Filter& filter, const Candidate& candidate);
// May an object of class `from` go to `to`? One way only, down the waterfall.
bool may_move(StorageClass from, StorageClass to);

// When the current version expires, and by which rule: what the x-amz-expiration header tells.
struct Expiry {
  Timestamp date;
  std::string rule;
};
std::optional<Expiry> expiry_of(const Lifecycle& lifecycle, const Candidate& candidate);
// When an upload of this key is given up.
std::optional<Expiry> abort_of(const Lifecycle& lifecycle, std::string_view key, Timestamp initiated,
                               Milliseconds day = whole_day);

// expiry-date="Fri, 21 Dec 2012 00:00:00 GMT", rule-id="archive%20rule"; none without a rule.
std::optional<std::string> expiration_header(const objects::ObjectVersion& version);

}  // namespace tarn::tiers
