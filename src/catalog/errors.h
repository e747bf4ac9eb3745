// The catalog's refusals, named as Glue names them.
#pragma once

#include "base/error.h"

namespace tarn::catalog::errors {

inline constexpr ErrorCode entity_not_found{"EntityNotFoundException", 400};
inline constexpr ErrorCode already_exists{"AlreadyExistsException", 400};
inline constexpr ErrorCode invalid_input{"InvalidInputException", 400};
inline constexpr ErrorCode concurrent_modification{"ConcurrentModificationException", 400};
inline constexpr ErrorCode limit_exceeded{"ResourceNumberLimitExceededException", 400};
inline constexpr ErrorCode version_mismatch{"VersionMismatchException", 400};
inline constexpr ErrorCode crawler_running{"CrawlerRunningException", 400};
inline constexpr ErrorCode crawler_not_running{"CrawlerNotRunningException", 400};
inline constexpr ErrorCode crawler_stopping{"CrawlerStoppingException", 400};
inline constexpr ErrorCode concurrent_runs{"ConcurrentRunsExceededException", 400};
inline constexpr ErrorCode idempotent_mismatch{"IdempotentParameterMismatchException", 400};

}  // namespace tarn::catalog::errors
