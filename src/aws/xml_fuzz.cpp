// XML bodies, as S3's operations read them.
#include "aws/fuzz_shapes.h"
#include "aws/rest_xml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tarn::aws;
  return fuzz_request(
      data, size, [](const Operation& operation, void* request, std::string_view text, Reading& reading) {
        const tarn::http::Request http;
        const std::vector<Label> labels{{.name = "Bucket", .value = "b"}, {.name = "Key", .value = "k"}};
        rest_xml::read(operation, {.http = http, .labels = labels, .body = text, .form = {}}, request, reading);
      });
}
