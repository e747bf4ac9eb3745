// Forms, as the query protocol reads them.
#include "aws/form.h"
#include "aws/fuzz_shapes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tarn::aws;
  return fuzz_request(
      data, size, [](const Operation& operation, void* request, std::string_view text, Reading& reading) {
        const auto parameters = form::parse(text);
        if (!parameters) return;
        const tarn::http::Request http;
        form::read(operation, {.http = http, .labels = {}, .body = text, .form = *parameters}, request, reading);
      });
}
