#include "objects/lock.h"

#include "base/pack.h"
#include "objects/core.h"

namespace tarn::objects {
namespace {

constexpr std::uint8_t format = 1;

bool in_force(const std::optional<Retention>& retention, Timestamp now) {
  return retention && now < retention->until;
}

Error missing_configuration() {
  return Error(errors::invalid_request, "Bucket is missing Object Lock Configuration");
}

void check_future(const Retention& retention, Timestamp now) {
  if (retention.until <= now) {
    throw Error(errors::invalid_argument, "The retain until date must be in the future!")
        .with("ArgumentName", "RetainUntilDate")
        .with("ArgumentValue", iso8601_seconds(retention.until));
  }
}

// The condition keys that speak of a retention.
policy::Facts facts_of(const Retention& retention, Timestamp now) {
  const auto left = std::chrono::ceil<std::chrono::days>(retention.until - now).count();
  policy::Facts facts;
  facts.emplace_back(
      "s3:object-lock-mode",
      std::vector<std::string>{retention.mode == Retention::Mode::compliance ? "COMPLIANCE" : "GOVERNANCE"});
  facts.emplace_back("s3:object-lock-retain-until-date", std::vector{iso8601_seconds(retention.until)});
  facts.emplace_back("s3:object-lock-remaining-retention-days", std::vector{std::to_string(left)});
  return facts;
}

// May what is in force become `wanted` without anybody's leave?
bool only_lengthens(const Retention& now, const std::optional<Retention>& wanted) {
  return wanted && wanted->mode == now.mode && wanted->until >= now.until;
}

}  // namespace

std::string pack_object_lock(const std::optional<DefaultRetention>& rule) {
  std::string document;
  Packer out(document);
  out.byte(format).byte(rule.has_value());
  if (rule) out.byte(static_cast<std::uint8_t>(rule->mode)).number(rule->days).number(rule->years);
  return document;
}

std::optional<DefaultRetention> unpack_object_lock(std::string_view document) {
  Unpacker in(document);
  if (in.byte() != format) throw std::runtime_error("an object lock configuration has an unknown format");
  if (!in.byte()) return std::nullopt;
  DefaultRetention rule;
  rule.mode = static_cast<Retention::Mode>(in.byte());
  rule.days = static_cast<std::uint32_t>(in.number());
  rule.years = static_cast<std::uint32_t>(in.number());
  return rule;
}

Protection protection_of(const Lock& lock, Timestamp now) {
  if (lock.legal_hold.value_or(false)) return Protection::full;
  if (!in_force(lock.retention, now)) return Protection::none;
  return lock.retention->mode == Retention::Mode::compliance ? Protection::full : Protection::governance;
}

Lock with_default(Lock asked, const Bucket& bucket, Timestamp created) {
  const Configuration* configuration = bucket.configuration(ConfigurationKind::object_lock);
  if (asked.retention || !configuration) return asked;
  if (const auto rule = unpack_object_lock(configuration->document)) {
    asked.retention =
        Retention{.mode = rule->mode, .until = created + std::chrono::days(rule->days + 365ULL * rule->years)};
  }
  return asked;
}

Error locked(const ObjectVersion& version) {
  return Error(errors::access_denied, "Access Denied because object protected by object lock.",
               "/" + version.bucket->name.text() + "/" + version.key.text());
}

Task<void> Objects::Core::require_lock(const policy::Access& access, const Bucket& bucket, const ObjectKey& key,
                                       const Lock& lock) {
  if (!bucket.object_lock) throw missing_configuration();
  if (lock.retention) {
    check_future(*lock.retention, now());
    co_await access.require("s3:PutObjectRetention", bucket.arn_of(key.text()), facts_of(*lock.retention, now()));
  }
  if (lock.legal_hold) {
    policy::Facts facts;
    facts.emplace_back("s3:object-lock-legal-hold", std::vector<std::string>{*lock.legal_hold ? "ON" : "OFF"});
    co_await access.require("s3:PutObjectLegalHold", bucket.arn_of(key.text()), std::move(facts));
  }
}

Task<void> Objects::set_object_lock(const policy::Access& access, BucketName name,
                                    std::optional<DefaultRetention> rule) {
  const BucketPointer bucket = co_await core_->need_bucket(name);
  co_await access.require("s3:PutBucketObjectLockConfiguration", bucket->arn());
  co_await core_->change_bucket(bucket, [&rule, &name](rows::State& state, meta::Batch& batch) {
    if (state.versioning != Versioning::enabled) {
      throw Error(errors::invalid_bucket_state,
                  "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration", "/" + name.text());
    }
    state.object_lock = true;
    batch.put(rows::configuration_key(ConfigurationKind::object_lock),
              rows::pack(Configuration{.document = pack_object_lock(rule), .revision = state.generation}));
  });
}

Task<std::optional<ObjectVersion>> Objects::set_retention(const policy::Access& access, BucketName name, ObjectKey key,
                                                          std::optional<VersionId> version,
                                                          std::optional<Retention> retention, bool bypass_governance) {
  BucketPointer bucket = co_await core_->need_bucket(name);
  for (int attempt = 0;; ++attempt) {
    policy::Facts facts;
    if (retention) facts = facts_of(*retention, core_->now());
    auto found = co_await core_->look_up(access, bucket, key, version, "s3:PutObjectRetention", std::move(facts));
    if (!found) co_return std::nullopt;
    if (!bucket->object_lock) throw missing_configuration();
    if (found->delete_marker) {
      throw Error(errors::method_not_allowed, "The specified method is not allowed against this resource.")
          .with("Method", "PUT")
          .with("ResourceType", "DeleteMarker");
    }
    const Timestamp now = core_->now();
    if (retention) check_future(*retention, now);
    if (in_force(found->lock.retention, now) && !only_lengthens(*found->lock.retention, retention)) {
      if (found->lock.retention->mode == Retention::Mode::compliance || !bypass_governance) throw locked(*found);
      co_await access.require("s3:BypassGovernanceRetention", found->arn());
    }
    ObjectVersion after = *found;
    after.lock.retention = retention;
    if (co_await core_->rewrite(access, bucket, *found, after, "PutObjectRetention", "", {})) {
      co_return after;
    }
    bucket = co_await core_->look_again(bucket, attempt);
  }
}

Task<std::optional<ObjectVersion>> Objects::set_legal_hold(const policy::Access& access, BucketName name, ObjectKey key,
                                                           std::optional<VersionId> version, bool on) {
  BucketPointer bucket = co_await core_->need_bucket(name);
  for (int attempt = 0;; ++attempt) {
    policy::Facts facts;
    facts.emplace_back("s3:object-lock-legal-hold", std::vector<std::string>{on ? "ON" : "OFF"});
    auto found = co_await core_->look_up(access, bucket, key, version, "s3:PutObjectLegalHold", std::move(facts));
    if (!found) co_return std::nullopt;
    if (!bucket->object_lock) throw missing_configuration();
    if (found->delete_marker) {
      throw Error(errors::method_not_allowed, "The specified method is not allowed against this resource.")
          .with("Method", "PUT")
          .with("ResourceType", "DeleteMarker");
    }
    ObjectVersion after = *found;
    after.lock.legal_hold = on;
    if (co_await core_->rewrite(access, bucket, *found, after, "PutObjectLegalHold", "", {})) co_return after;
    bucket = co_await core_->look_again(bucket, attempt);
  }
}

}  // namespace tarn::objects
