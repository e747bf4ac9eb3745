#include "services/sqs/sqs.h"

#include <algorithm>
#include <set>

#include "api/sqs/errors.h"

namespace tarn::sqs {

std::string url_of(const Sqs& sqs, const queues::Queue& queue) {
  return sqs.endpoint + "/" + queue.owner.text() + "/" + queue.name;
}

queues::Address address_in(const std::string& url) {
  auto address = queues::address_of_url(url);
  if (!address) throw Error(errors::invalid_address, "The address " + url + " is not valid for this endpoint.");
  return std::move(*address);
}

void check_batch_ids(const std::vector<std::string>& ids) {
  if (ids.empty()) throw Error(errors::empty_batch_request, "There should be at least one entry in the request.");
  if (ids.size() > queues::max_batch) {
    throw Error(errors::too_many_entries_in_batch_request,
                "Maximum number of entries per request are 10. You have sent " + std::to_string(ids.size()) + ".");
  }
  std::set<std::string> seen;
  for (const std::string& id : ids) {
    const bool good = std::ranges::all_of(id, [](unsigned char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    });
    if (!good || id.empty() || id.size() > 80) {
      throw Error(errors::invalid_batch_entry_id,
                  "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at "
                  "most 80 letters long.");
    }
    if (!seen.insert(id).second) throw Error(errors::batch_entry_ids_not_distinct, "Id " + id + " repeated.");
  }
}

}  // namespace tarn::sqs
