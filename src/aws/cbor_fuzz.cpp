// CBOR bodies: reads any, and what was read is written as CBOR that reads the same again.
#include "aws/cbor.h"
#include "aws/fuzz_shapes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tarn::aws;
  return fuzz_request(data, size,
                      [](const Operation& operation, void* request, std::string_view text, Reading& reading) {
                        cbor::read_document(*operation.input, request, text, reading);
                        const std::string once = cbor::write_document(*operation.input, request);
                        Object again(*operation.input);
                        Reading ignored;
                        cbor::read_document(*operation.input, again.get(), once, ignored);
                        if (cbor::write_document(*operation.input, again.get()) != once) std::abort();
                      });
}
