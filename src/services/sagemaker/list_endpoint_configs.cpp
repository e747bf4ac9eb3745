// ListEndpointConfigs.
#include "api/sagemaker/list_endpoint_configs.h"

#include "services/sagemaker/page.h"
#include "services/sagemaker/sagemaker.h"

namespace tarn::sagemaker {

Task<ListEndpointConfigsOutput> list_endpoint_configs(SageMaker& sagemaker, ListEndpointConfigsRequest request) {
  using training::EndpointConfig;
  auto configs = co_await sagemaker.training.list_configs(account_of(sagemaker));
  const bool by_name = request.sort_by.value_or(EndpointConfigSortKey::creation_time) == EndpointConfigSortKey::name;
  const PageOptions options{.list = "ListEndpointConfigs",
                            .descending = request.sort_order.value_or(OrderKey::descending) == OrderKey::descending,
                            .limit = static_cast<std::size_t>(request.max_results.value_or(10)),
                            .token = request.next_token.value_or("")};
  auto page = list_page(
      std::move(configs), options,
      [&](const EndpointConfig& one) {
        return contains(one.name, request.name_contains) &&
               between(one.created, request.creation_time_after, request.creation_time_before);
      },
      [by_name](const EndpointConfig& one) { return by_name ? one.name : sort_text(one.created); },
      [](const EndpointConfig& one) { return one.name; });
  ListEndpointConfigsOutput output;
  for (auto& one : page.items) {
    output.endpoint_configs.push_back({.endpoint_config_name = std::move(one.name),
                                       .endpoint_config_arn = std::move(one.arn),
                                       .creation_time = one.created});
  }
  output.next_token = std::move(page.next_token);
  co_return output;
}

}  // namespace tarn::sagemaker
