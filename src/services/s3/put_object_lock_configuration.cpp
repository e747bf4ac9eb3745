// PutObjectLockConfiguration: turns Object Lock on, for good, and says what new versions get.
#include "api/s3/put_object_lock_configuration.h"

#include "services/s3/locks.h"

namespace tarn::s3 {
namespace {

constexpr std::int32_t most_days = 36'500;
constexpr std::int32_t most_years = 100;

[[noreturn]] void refuse_malformed() {
  throw Error(errors::malformed_xml,
              "The XML you provided was not well-formed or did not validate against our published schema");
}

std::uint32_t checked_period(std::int32_t value, std::int32_t most) {
  if (value <= 0) {
    throw Error(errors::invalid_retention_period, "Default retention period must be a positive integer value.");
  }
  if (value > most) {
    throw Error(errors::invalid_retention_period,
                "Default retention period too large: at most " + std::to_string(most));
  }
  return static_cast<std::uint32_t>(value);
}

objects::DefaultRetention rule_of(const DefaultRetention& asked) {
  if (asked.default_event_hold) refuse_event_hold();
  if (!asked.mode || asked.days.has_value() == asked.years.has_value()) refuse_malformed();
  objects::DefaultRetention rule{.mode = lock_mode_of(*asked.mode)};
  if (asked.days) rule.days = checked_period(*asked.days, most_days);
  if (asked.years) rule.years = checked_period(*asked.years, most_years);
  return rule;
}

}  // namespace

Task<PutObjectLockConfigurationOutput> put_object_lock_configuration(S3& s3,
                                                                     PutObjectLockConfigurationRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  if (!request.object_lock_configuration || !request.object_lock_configuration->object_lock_enabled) refuse_malformed();
  std::optional<objects::DefaultRetention> rule;
  if (const auto& asked = request.object_lock_configuration->rule) {
    if (!asked->default_retention) refuse_malformed();
    rule = rule_of(*asked->default_retention);
  }
  co_await s3.objects.set_object_lock(s3.access, bucket_name(request.bucket), rule);
  co_return PutObjectLockConfigurationOutput{};
}

}  // namespace tarn::s3
