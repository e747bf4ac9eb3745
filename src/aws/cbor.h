// CBOR (RFC 8949) as smithy-rpc-v2-cbor uses it: structs to bytes and back, by their tables.
#pragma once

#include <string>
#include <string_view>

#include "aws/protocol.h"

namespace tarn::aws::cbor {

// Reads a map into a struct. Indefinite lengths, tagged timestamps, half and single floats are taken; unknown members
// are skipped, null is absent. Throws Malformed.
void read_document(const Shape& shape, void* object, std::string_view bytes, Reading& reading);
std::string write_document(const Shape& shape, const void* object);

void read(const Operation& operation, const Inbound& inbound, void* request, Reading& reading);
http::Response write(const ReplyContext& context, void* output);
http::Response error(const ReplyContext& context, const Error& error);

}  // namespace tarn::aws::cbor
