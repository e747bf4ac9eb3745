// The query protocol: IAM, STS and the older SDKs of others. Parameters in a form, answers in XML.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/protocol.h"

namespace tarn::aws::form {

using Parameters = std::vector<std::pair<std::string, std::string>>;

// application/x-www-form-urlencoded; none if it is malformed or has too many parameters.
std::optional<Parameters> parse(std::string_view text);

void read(const Operation& operation, const Inbound& inbound, void* request, Reading& reading);
http::Response write(const ReplyContext& context, void* output);
http::Response error(const ReplyContext& context, const Error& error);
Error malformed(const ReplyContext& context, const Malformed& malformed);

}  // namespace tarn::aws::form
