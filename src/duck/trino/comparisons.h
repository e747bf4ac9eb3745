// What a comparison needs before it is DuckDB's own.
#pragma once

#include <string>

#include "duck/trino/registry.h"

namespace tarn::duck {

// Brings all arguments to the one type in which they are compared, where blanks at the end of a char do not count.
// Throws TYPE_MISMATCH: Cannot apply operator … if there is none.
void compare_alike(Call& call, const std::string& op);

// Bits of a double as a bigint in their order, NaN below all others: what max() and max_by() go by. NaN's is the least
// bigint plus `nan`, which may be 0 or 1.
ExpressionPtr key_with_nan_least(ExpressionPtr value, std::int64_t nan = 0);

}  // namespace tarn::duck
