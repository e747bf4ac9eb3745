// rest-xml: S3 and s3control.
#pragma once

#include "aws/protocol.h"

namespace tarn::aws::rest_xml {

void read(const Operation& operation, const Inbound& inbound, void* request, Reading& reading);
http::Response write(const ReplyContext& context, void* output);
http::Response error(const ReplyContext& context, const Error& error);
Error malformed(const ReplyContext& context, const Malformed& malformed);
Error violation(const ReplyContext& context, const Violations& violations);

}  // namespace tarn::aws::rest_xml
