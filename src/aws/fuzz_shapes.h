// For the fuzz targets of this folder: real operations' shapes, chosen by the input's first byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "api/s3/model.h"
#include "api/sts/model.h"
#include "aws/validate.h"
#include "aws/value.h"

namespace tarn::aws {

inline const Operation& chosen_operation(std::uint8_t choice) {
  const auto& operations = s3::model().operations;
  std::size_t listed = 0;
  while (listed < operations.size() && operations[listed].listed) ++listed;
  return operations[choice % listed];
}

// Calls `read(operation, request, text, reading)` as the pipeline does, then validates: all but Malformed and Error,
// which are answers, is a bug.
template <typename Read>
int fuzz_request(const std::uint8_t* data, std::size_t size, Read read) {
  if (size == 0) return 0;
  const Operation& operation = chosen_operation(data[0]);
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  Object request(*operation.input);
  Reading reading;
  try {
    read(operation, request.get(), text, reading);
    validate(request.shape(), request.get(), reading);
    if (!reading.violations.empty() && reading.violations.message().empty()) std::abort();
  } catch (const Malformed&) {
  } catch (const Error&) {
  }
  return 0;
}

}  // namespace tarn::aws
