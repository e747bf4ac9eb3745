// What rest-xml and rest-json share: members that travel in headers, the path, the query string and the status.
#pragma once

#include "aws/protocol.h"

namespace tarn::aws {

// Reads what does not travel in the body, and a payload that is no document (a blob, a text). Reports required members
// that are missing from there.
void read_bindings(const Shape& shape, void* request, const Inbound& inbound, Reading& reading);

// Writes headers, status, streams and payloads that are no document. Tells whether the body is still to be written: by
// the document in the payload member, or by the members of the body.
struct BodyToWrite {
  const Member* payload = nullptr;  // A structure.
  const void* payload_value = nullptr;
  bool members = false;
};
BodyToWrite write_bindings(const Operation& operation, void* output, http::Response& response);

}  // namespace tarn::aws
