#include "services/s3/listing.h"

namespace tarn::s3 {

std::int32_t page_size(const std::optional<std::int32_t>& asked, std::string_view name) {
  if (!asked) return 1000;
  if (*asked < 0) {
    throw Error(errors::invalid_argument, "Argument " + std::string(name) +
                                              " must be an integer between 0 and "
                                              "2147483647")
        .with("ArgumentName", std::string(name))
        .with("ArgumentValue", std::to_string(*asked));
  }
  return *asked;
}

}  // namespace tarn::s3
