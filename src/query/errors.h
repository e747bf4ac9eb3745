// Athena's refusals.
#pragma once

#include "base/error.h"

namespace tarn::query::errors {

inline constexpr ErrorCode invalid_request{"InvalidRequestException", 400};
inline constexpr ErrorCode resource_not_found{"ResourceNotFoundException", 400};
inline constexpr ErrorCode metadata{"MetadataException", 400};
inline constexpr ErrorCode too_many_requests{"TooManyRequestsException", 400};

}  // namespace tarn::query::errors
