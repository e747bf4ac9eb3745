// ListModels.
#include "api/sagemaker/list_models.h"

#include "services/sagemaker/page.h"
#include "services/sagemaker/sagemaker.h"

namespace tarn::sagemaker {

Task<ListModelsOutput> list_models(SageMaker& sagemaker, ListModelsRequest request) {
  auto models = co_await sagemaker.training.list_models(account_of(sagemaker));
  const bool by_name = request.sort_by.value_or(ModelSortKey::creation_time) == ModelSortKey::name;
  const PageOptions options{.list = "ListModels",
                            .descending = request.sort_order.value_or(OrderKey::descending) == OrderKey::descending,
                            .limit = static_cast<std::size_t>(request.max_results.value_or(10)),
                            .token = request.next_token.value_or("")};
  auto page = list_page(
      std::move(models), options,
      [&](const training::Model& one) {
        return contains(one.name, request.name_contains) &&
               between(one.created, request.creation_time_after, request.creation_time_before);
      },
      [by_name](const training::Model& one) { return by_name ? one.name : sort_text(one.created); },
      [](const training::Model& one) { return one.name; });
  ListModelsOutput output;
  for (auto& one : page.items)
    output.models.push_back(
        {.model_name = std::move(one.name), .model_arn = std::move(one.arn), .creation_time = one.created});
  output.next_token = std::move(page.next_token);
  co_return output;
}

}  // namespace tarn::sagemaker
