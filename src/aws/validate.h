// Checks a request's values against the constraints of its model: lengths, ranges, patterns, unions.
#pragma once

#include "aws/model.h"
#include "aws/value.h"

namespace tarn::aws {

// Adds to `reading` what `object` violates. Missing members and unknown enum values were noted when it was read.
void validate(const Shape& shape, const void* object, Reading& reading);

}  // namespace tarn::aws
