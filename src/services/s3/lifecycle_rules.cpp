#include "services/s3/lifecycle_rules.h"

#include "services/s3/common.h"

namespace tarn::s3 {
namespace {

using Form = tiers::Filter::Form;

[[noreturn]] void malformed() {
  throw Error(errors::malformed_xml,
              "The XML you provided was not well-formed or did not validate against our published schema");
}

std::uint32_t days_of(std::int32_t days, std::string_view action, std::int32_t least) {
  if (days < least) {
    throw Error(errors::invalid_argument, "'Days' for " + std::string(action) + " action must be " +
                                              (least > 0 ? "a positive integer" : "greater than or equal to 0"));
  }
  return static_cast<std::uint32_t>(days);
}

objects::StorageClass class_of(const std::optional<TransitionStorageClass>& asked) {
  const auto known = asked ? objects::parse_storage_class(to_string(*asked)) : std::nullopt;
  if (!known) malformed();
  return *known;
}

std::uint64_t size_of(std::int64_t size) {
  if (size < 0) throw Error(errors::invalid_request, "Object sizes in a filter must not be negative");
  return static_cast<std::uint64_t>(size);
}

tiers::Filter all_of(const LifecycleRuleAndOperator& both) {
  tiers::Filter filter{.form = Form::all_of, .prefix = both.prefix};
  if (both.tags) filter.tags = tags_of(*both.tags, 50);
  if (both.object_size_greater_than) filter.greater_than = size_of(*both.object_size_greater_than);
  if (both.object_size_less_than) filter.less_than = size_of(*both.object_size_less_than);
  const std::size_t parts =
      (filter.prefix ? 1 : 0) + filter.tags.size() + (filter.greater_than ? 1 : 0) + (filter.less_than ? 1 : 0);
  if (parts < 2) malformed();
  return filter;
}

tiers::Filter filter_of(const LifecycleRule& rule) {
  if (rule.filter && rule.prefix) malformed();
  if (rule.prefix) return {.form = Form::legacy_prefix, .prefix = rule.prefix};
  if (!rule.filter) malformed();
  const LifecycleRuleFilter& given = *rule.filter;
  const int members = given.prefix.has_value() + given.tag.has_value() + given.object_size_greater_than.has_value() +
                      given.object_size_less_than.has_value() + given.and_.has_value();
  if (members > 1) malformed();
  if (given.and_) return all_of(*given.and_);
  if (given.prefix) return {.form = Form::prefix, .prefix = given.prefix};
  if (given.tag) return {.form = Form::tag, .tags = tags_of({*given.tag}, 1)};
  if (given.object_size_greater_than) {
    return {.form = Form::greater_than, .greater_than = size_of(*given.object_size_greater_than)};
  }
  if (given.object_size_less_than) {
    return {.form = Form::less_than, .less_than = size_of(*given.object_size_less_than)};
  }
  return {.form = Form::empty};
}

tiers::When when_of(const std::optional<std::int32_t>& days, const std::optional<Timestamp>& date,
                    std::string_view action, std::int32_t least) {
  if (days.has_value() == date.has_value()) malformed();
  tiers::When when{.date = date};
  if (days) when.days = days_of(*days, action, least);
  return when;
}

tiers::Expiration expiration_of(const LifecycleExpiration& given) {
  tiers::Expiration expiration{.expired_delete_marker = given.expired_object_delete_marker};
  if (given.days || given.date) {
    if (given.expired_object_delete_marker) malformed();
    expiration.when = when_of(given.days, given.date, "Expiration", 1);
  } else if (!given.expired_object_delete_marker) {
    malformed();
  }
  return expiration;
}

std::optional<std::uint32_t> newer_of(const std::optional<std::int32_t>& given) {
  if (!given) return std::nullopt;
  if (*given < 1 || *given > 100) {
    throw Error(errors::invalid_argument, "'NewerNoncurrentVersions' must be between 1 and 100");
  }
  return static_cast<std::uint32_t>(*given);
}

LifecycleRuleFilter filter_answer(const tiers::Filter& filter) {
  LifecycleRuleFilter answer;
  switch (filter.form) {
    case Form::none:
    case Form::legacy_prefix:
    case Form::empty:
      break;
    case Form::prefix:
      answer.prefix = filter.prefix;
      break;
    case Form::tag:
      answer.tag = tag_set_of(filter.tags).front();
      break;
    case Form::greater_than:
      answer.object_size_greater_than = static_cast<std::int64_t>(*filter.greater_than);
      break;
    case Form::less_than:
      answer.object_size_less_than = static_cast<std::int64_t>(*filter.less_than);
      break;
    case Form::all_of: {
      LifecycleRuleAndOperator both{.prefix = filter.prefix};
      if (!filter.tags.empty()) both.tags = tag_set_of(filter.tags);
      if (filter.greater_than) both.object_size_greater_than = static_cast<std::int64_t>(*filter.greater_than);
      if (filter.less_than) both.object_size_less_than = static_cast<std::int64_t>(*filter.less_than);
      answer.and_ = std::move(both);
      break;
    }
  }
  return answer;
}

std::optional<std::int32_t> as_number(const std::optional<std::uint32_t>& value) {
  return value ? std::optional(static_cast<std::int32_t>(*value)) : std::nullopt;
}

}  // namespace

tiers::Rule rule_of(const LifecycleRule& given) {
  tiers::Rule rule{.id = given.id.value_or(""), .enabled = given.status == ExpirationStatus::enabled};
  rule.filter = filter_of(given);
  for (const Transition& each : given.transitions.value_or(std::vector<Transition>{})) {
    rule.transitions.push_back(
        {.when = when_of(each.days, each.date, "Transition", 0), .to = class_of(each.storage_class)});
  }
  if (given.expiration) rule.expiration = expiration_of(*given.expiration);
  for (const NoncurrentVersionTransition& each :
       given.noncurrent_version_transitions.value_or(std::vector<NoncurrentVersionTransition>{})) {
    if (!each.noncurrent_days) malformed();
    rule.noncurrent_transitions.push_back({.days = days_of(*each.noncurrent_days, "NoncurrentVersionTransition", 0),
                                           .newer = newer_of(each.newer_noncurrent_versions),
                                           .to = class_of(each.storage_class)});
  }
  if (const auto& each = given.noncurrent_version_expiration) {
    if (!each->noncurrent_days) malformed();
    rule.noncurrent_expiration =
        tiers::NoncurrentExpiration{.days = days_of(*each->noncurrent_days, "NoncurrentVersionExpiration", 1),
                                    .newer = newer_of(each->newer_noncurrent_versions)};
  }
  if (const auto& each = given.abort_incomplete_multipart_upload) {
    if (!each->days_after_initiation) malformed();
    rule.abort_uploads_after_days = days_of(*each->days_after_initiation, "AbortIncompleteMultipartUpload", 1);
  }
  return rule;
}

LifecycleRule lifecycle_rule_of(const tiers::Rule& rule) {
  LifecycleRule answer;
  answer.id = rule.id;
  answer.status = rule.enabled ? ExpirationStatus::enabled : ExpirationStatus::disabled;
  if (rule.filter.form == Form::legacy_prefix) {
    answer.prefix = rule.filter.prefix;
  } else {
    answer.filter = filter_answer(rule.filter);
  }
  for (const tiers::Transition& each : rule.transitions) {
    if (!answer.transitions) answer.transitions.emplace();
    answer.transitions->push_back({.date = each.when.date,
                                   .days = as_number(each.when.days),
                                   .storage_class = storage_class_as<TransitionStorageClass>(each.to)});
  }
  if (rule.expiration) {
    LifecycleExpiration expiration{.expired_object_delete_marker = rule.expiration->expired_delete_marker};
    if (rule.expiration->when) {
      expiration.date = rule.expiration->when->date;
      expiration.days = as_number(rule.expiration->when->days);
    }
    answer.expiration = expiration;
  }
  for (const tiers::NoncurrentTransition& each : rule.noncurrent_transitions) {
    if (!answer.noncurrent_version_transitions) answer.noncurrent_version_transitions.emplace();
    answer.noncurrent_version_transitions->push_back(
        {.noncurrent_days = static_cast<std::int32_t>(each.days),
         .storage_class = storage_class_as<TransitionStorageClass>(each.to),
         .newer_noncurrent_versions = as_number(each.newer)});
  }
  if (rule.noncurrent_expiration) {
    answer.noncurrent_version_expiration =
        NoncurrentVersionExpiration{.noncurrent_days = static_cast<std::int32_t>(rule.noncurrent_expiration->days),
                                    .newer_noncurrent_versions = as_number(rule.noncurrent_expiration->newer)};
  }
  if (rule.abort_uploads_after_days) {
    answer.abort_incomplete_multipart_upload =
        AbortIncompleteMultipartUpload{.days_after_initiation = as_number(rule.abort_uploads_after_days)};
  }
  return answer;
}

}  // namespace tarn::s3
