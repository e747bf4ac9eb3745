// JSON bodies: reads any, and what was read is written as JSON that reads the same again.
#include "aws/fuzz_shapes.h"
#include "aws/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tarn::aws;
  return fuzz_request(data, size,
                      [](const Operation& operation, void* request, std::string_view text, Reading& reading) {
                        read_json(*operation.input, request, text, reading, Members::all);
                        const std::string once = write_json(*operation.input, request, Members::all);
                        Object again(*operation.input);
                        Reading ignored;
                        read_json(*operation.input, again.get(), once, ignored, Members::all);
                        if (write_json(*operation.input, again.get(), Members::all) != once) std::abort();
                      });
}
