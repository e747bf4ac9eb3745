// JSON over HTTP: rest-json, and awsJson 1.0 and 1.1, which put everything into the body.
#pragma once

#include "aws/protocol.h"

namespace tarn::aws::rest_json {

void read(const Operation& operation, const Inbound& inbound, void* request, Reading& reading);
http::Response write(const ReplyContext& context, void* output);

}  // namespace tarn::aws::rest_json

namespace tarn::aws::json {

void read(const Operation& operation, const Inbound& inbound, void* request, Reading& reading);
http::Response write(const ReplyContext& context, void* output);

// Both protocols' errors: `__type` in the body and x-amzn-ErrorType.
http::Response error(const ReplyContext& context, const Error& error);
Error malformed(const ReplyContext& context, const Malformed& malformed);

}  // namespace tarn::aws::json
