#include "aws/website.h"

#include "aws/router.h"
#include "base/encoding.h"

namespace tarn::aws {

std::string_view bucket_of_website(std::string_view host, std::string_view region,
                                   const std::vector<std::string>& domains) {
  const std::string_view labels = bucket_of_host(host, domains);
  if (labels.empty()) return {};
  const std::string here(region);
  for (const std::string& ending : {std::string(".s3-website"), ".s3-website-" + here, ".s3-website." + here}) {
    if (labels.size() <= ending.size()) continue;
    const std::size_t size = labels.size() - ending.size();
    if (equal_ignoring_case(labels.substr(size), ending)) return labels.substr(0, size);
  }
  return {};
}

}  // namespace tarn::aws
