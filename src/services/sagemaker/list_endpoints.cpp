// ListEndpoints.
#include "api/sagemaker/list_endpoints.h"

#include "services/sagemaker/page.h"
#include "services/sagemaker/sagemaker.h"

namespace tarn::sagemaker {

Task<ListEndpointsOutput> list_endpoints(SageMaker& sagemaker, ListEndpointsRequest request) {
  using training::Endpoint;
  auto endpoints = co_await sagemaker.training.list_endpoints(account_of(sagemaker));
  const EndpointSortKey sort = request.sort_by.value_or(EndpointSortKey::creation_time);
  const PageOptions options{.list = "ListEndpoints",
                            .descending = request.sort_order.value_or(OrderKey::descending) == OrderKey::descending,
                            .limit = static_cast<std::size_t>(request.max_results.value_or(10)),
                            .token = request.next_token.value_or("")};
  const auto keep = [&](const Endpoint& one) {
    return contains(one.name, request.name_contains) &&
           (!request.status_equals || to_string(*request.status_equals) == one.status) &&
           between(one.created, request.creation_time_after, request.creation_time_before) &&
           between(one.modified, request.last_modified_time_after, request.last_modified_time_before);
  };
  const auto key = [sort](const Endpoint& one) {
    return sort == EndpointSortKey::name     ? one.name
           : sort == EndpointSortKey::status ? one.status
                                             : sort_text(one.created);
  };
  auto page = list_page(std::move(endpoints), options, keep, key, [](const Endpoint& one) { return one.name; });
  ListEndpointsOutput output;
  for (auto& one : page.items) {
    output.endpoints.push_back(
        {.endpoint_name = std::move(one.name),
         .endpoint_arn = std::move(one.arn),
         .creation_time = one.created,
         .last_modified_time = one.modified,
         .endpoint_status = aws::parse_enum<EndpointStatus>(one.status).value_or(EndpointStatus::creating)});
  }
  output.next_token = std::move(page.next_token);
  co_return output;
}

}  // namespace tarn::sagemaker
