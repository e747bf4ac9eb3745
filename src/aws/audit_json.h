// Requests and answers as CloudTrail shows them: members in lower camel case, secrets hidden, bytes left out.
#pragma once

#include <string>

#include "aws/model.h"

namespace tarn::aws {

std::string audit_json(const Shape& shape, const void* object);

}  // namespace tarn::aws
