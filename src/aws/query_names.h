// What models that moved from the query protocol to JSON have lost and older SDKs still speak: names in forms and XML
// that differ from JSON's, and codes of errors. https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
#pragma once

#include <optional>
#include <string_view>

#include "aws/model.h"

namespace tarn::aws {

// What each element of a flattened list, or entry of a flattened map, is called in forms and in XML.
std::string_view flattened_name(const Member& member);

// The query protocol's code and status of an error that JSON calls `name`; also for JSON's x-amzn-query-error. None:
// the same.
std::optional<ErrorCode> query_error(const Model& model, std::string_view name);

}  // namespace tarn::aws
