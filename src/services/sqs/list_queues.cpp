// ListQueues: the account's queues, by name.
#include "api/sqs/list_queues.h"

#include "base/page_token.h"
#include "services/sqs/sqs.h"

namespace tarn::sqs {
namespace {

std::string place_after(const std::optional<std::string>& next_token) {
  if (!next_token) return {};
  auto place = page_place("ListQueues", *next_token);
  if (!place) {
    throw Error(queues::errors::invalid_parameter,
                "Value for parameter NextToken is invalid. Reason: It is not one that ListQueues has given out.");
  }
  return std::move(*place);
}

}  // namespace

Task<ListQueuesOutput> list_queues(Sqs& sqs, ListQueuesRequest request) {
  constexpr std::int32_t most = 1'000;
  if (request.max_results && (*request.max_results < 1 || *request.max_results > most)) {
    throw Error(queues::errors::invalid_parameter, "Value " + std::to_string(*request.max_results) +
                                                       " for parameter MaxResults is invalid. Reason: Must be between "
                                                       "1 and 1000, if provided.");
  }
  auto page =
      co_await sqs.queues.list(sqs.access, request.queue_name_prefix.value_or(""), place_after(request.next_token),
                               static_cast<std::size_t>(request.max_results.value_or(most)));
  ListQueuesOutput output;
  // Empty lists are left out.
  if (!page.queues.empty()) output.queue_urls.emplace();
  for (const auto& queue : page.queues) output.queue_urls->push_back(url_of(sqs, *queue));
  // Without MaxResults there are no pages.
  if (request.max_results) output.next_token = next_page("ListQueues", page.next);
  co_return output;
}

}  // namespace tarn::sqs
