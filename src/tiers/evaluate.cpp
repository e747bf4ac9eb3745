// What the rules say of one version at one time.
#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "tiers/lifecycle.h"

namespace tarn::tiers {
namespace {

constexpr std::uint64_t small_object = 128 << 10;

// A transition that is due.
struct Due {
  StorageClass to;
  Timestamp at;
  const Rule* rule;
};

// Of several transitions the cheaper class wins, but INTELLIGENT_TIERING beats all except the archives.
int preference(StorageClass storage_class) {
  constexpr std::array order{StorageClass::standard_ia,         StorageClass::onezone_ia, StorageClass::glacier_ir,
                             StorageClass::intelligent_tiering, StorageClass::glacier,    StorageClass::deep_archive};
  return static_cast<int>(std::ranges::find(order, storage_class) - order.begin());
}

bool is_due(const When& when, Timestamp from, Timestamp now, Milliseconds day, Timestamp& at) {
  at = when.date ? *when.date : due_time(from, *when.days, day);
  return at <= now;
}

bool large_enough(const Lifecycle& lifecycle, const Rule& rule, std::uint64_t size, StorageClass to) {
  if (rule.filter.has_size() || size >= small_object) return true;
  return lifecycle.small_objects_may_archive && objects::is_archive(to);
}

void consider(std::optional<Due>& best, const Due& due) {
  if (!best || preference(due.to) > preference(best->to)) best = due;
}

Action transition_of(const Due& due) {
  return {.kind = Action::Kind::transition, .to = due.to, .rule = due.rule->id, .due = due.at};
}

Action noncurrent_action(const Lifecycle& lifecycle, const Candidate& candidate, Timestamp now, Milliseconds day) {
  std::optional<Due> best;
  std::optional<Action> removal;
  const Timestamp since = candidate.noncurrent_since.value_or(candidate.modified);
  for (const Rule& rule : lifecycle.rules) {
    if (!rule.enabled || !matches(rule.filter, candidate)) continue;
    if (const auto& expiration = rule.noncurrent_expiration) {
      const Timestamp at = due_time(since, expiration->days, day);
      if (at <= now && candidate.newer_noncurrent >= expiration->newer.value_or(0) && (!removal || at < removal->due)) {
        removal = Action{.kind = Action::Kind::remove_version, .rule = rule.id, .due = at};
      }
    }
    for (const NoncurrentTransition& each : rule.noncurrent_transitions) {
      const Timestamp at = due_time(since, each.days, day);
      if (at <= now && !candidate.delete_marker && candidate.newer_noncurrent >= each.newer.value_or(0) &&
          may_move(candidate.storage_class, each.to) && large_enough(lifecycle, rule, candidate.size, each.to)) {
        consider(best, {.to = each.to, .at = at, .rule = &rule});
      }
    }
  }
  // Removal for good wins over moving.
  if (removal) return *removal;
  return best ? transition_of(*best) : Action{};
}

// A current delete marker: with nothing under it, it only costs.
Action marker_action(const Lifecycle& lifecycle, const Candidate& candidate, Timestamp now, Milliseconds day) {
  if (!candidate.alone) return {};
  for (const Rule& rule : lifecycle.rules) {
    if (!rule.enabled || !rule.expiration || !matches(rule.filter, candidate)) continue;
    Timestamp at = candidate.modified;
    const bool due = rule.expiration->expired_delete_marker.value_or(false) ||
                     (rule.expiration->when && is_due(*rule.expiration->when, candidate.modified, now, day, at));
    if (due) return {.kind = Action::Kind::remove_version, .rule = rule.id, .due = at};
  }
  return {};
}

Action current_action(const Lifecycle& lifecycle, const Candidate& candidate, objects::Versioning versioning,
                      Timestamp now, Milliseconds day) {
  std::optional<Due> best;
  std::optional<Action> expiration;
  for (const Rule& rule : lifecycle.rules) {
    if (!rule.enabled || !matches(rule.filter, candidate)) continue;
    Timestamp at;
    if (rule.expiration && rule.expiration->when && is_due(*rule.expiration->when, candidate.modified, now, day, at) &&
        (!expiration || at < expiration->due)) {
      expiration = Action{.kind = Action::Kind::expire, .rule = rule.id, .due = at};
    }
    for (const Transition& each : rule.transitions) {
      if (is_due(each.when, candidate.modified, now, day, at) && may_move(candidate.storage_class, each.to) &&
          large_enough(lifecycle, rule, candidate.size, each.to)) {
        consider(best, {.to = each.to, .at = at, .rule = &rule});
      }
    }
  }
  // Without versioning it would be gone for good, which wins over moving; a mere delete marker does not.
  const bool for_good = versioning == objects::Versioning::never;
  if (expiration && (for_good || !best)) return *expiration;
  return best ? transition_of(*best) : Action{};
}

}  // namespace

Timestamp due_time(Timestamp from, std::uint32_t days, Milliseconds day) {
  const Milliseconds age = from.time_since_epoch() + day * static_cast<std::int64_t>(days);
  const std::int64_t midnights = (age.count() + day.count() - 1) / day.count();
  return Timestamp(day * midnights);
}

bool matches(const Filter& filter, const Candidate& candidate) {
  if (filter.prefix && !candidate.key.starts_with(*filter.prefix)) return false;
  if (filter.greater_than && candidate.size <= *filter.greater_than) return false;
  if (filter.less_than && candidate.size >= *filter.less_than) return false;
  return std::ranges::all_of(filter.tags, [&](const auto& tag) {
    return candidate.tags && std::ranges::find(*candidate.tags, tag) != candidate.tags->end();
  });
}

bool may_move(StorageClass from, StorageClass to) {
  using enum StorageClass;
  switch (to) {
    case standard_ia:
      return from == standard || from == reduced_redundancy;
    case intelligent_tiering:
      return from == standard || from == reduced_redundancy || from == standard_ia;
    case onezone_ia:
    case glacier_ir:
      return from == standard || from == reduced_redundancy || from == standard_ia || from == intelligent_tiering;
    case glacier:
      return from != glacier && from != deep_archive;
    case deep_archive:
      return from != deep_archive;
    case standard:
    case reduced_redundancy:
      return false;
  }
  return false;
}

Action decide(const Lifecycle& lifecycle, const Candidate& candidate, objects::Versioning versioning, Timestamp now,
              Milliseconds day) {
  if (!candidate.latest) return noncurrent_action(lifecycle, candidate, now, day);
  if (candidate.delete_marker) return marker_action(lifecycle, candidate, now, day);
  return current_action(lifecycle, candidate, versioning, now, day);
}

std::optional<Expiry> expiry_of(const Lifecycle& lifecycle, const Candidate& candidate) {
  std::optional<Expiry> earliest;
  for (const Rule& rule : lifecycle.rules) {
    if (!rule.enabled || !rule.expiration || !rule.expiration->when || !matches(rule.filter, candidate)) continue;
    const When& when = *rule.expiration->when;
    const Timestamp date = when.date ? *when.date : due_time(candidate.modified, *when.days);
    if (!earliest || date < earliest->date) earliest = Expiry{.date = date, .rule = rule.id};
  }
  return earliest;
}

std::optional<Expiry> abort_of(const Lifecycle& lifecycle, std::string_view key, Timestamp initiated,
                               Milliseconds day) {
  std::optional<Expiry> earliest;
  for (const Rule& rule : lifecycle.rules) {
    if (!rule.enabled || !rule.abort_uploads_after_days) continue;
    if (rule.filter.prefix && !key.starts_with(*rule.filter.prefix)) continue;
    const Timestamp date = due_time(initiated, *rule.abort_uploads_after_days, day);
    if (!earliest || date < earliest->date) earliest = Expiry{.date = date, .rule = rule.id};
  }
  return earliest;
}

std::optional<std::string> expiration_header(const objects::ObjectVersion& version) {
  const auto lifecycle = lifecycle_of(*version.bucket);
  if (!lifecycle || !version.latest || version.delete_marker) return std::nullopt;
  const auto expiry =
      expiry_of(*lifecycle,
                {.key = version.key.text(), .size = version.size, .tags = &version.tags, .modified = version.modified});
  if (!expiry) return std::nullopt;
  return "expiry-date=\"" + http_date(expiry->date) + "\", rule-id=\"" + uri_encode(expiry->rule) + "\"";
}

}  // namespace tarn::tiers
