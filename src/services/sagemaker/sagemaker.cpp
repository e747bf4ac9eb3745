#include "services/sagemaker/sagemaker.h"

#include "api/sagemaker/errors.h"

namespace tarn::sagemaker {

AccountId account_of(const SageMaker& sagemaker) {
  return policy::account_of(sagemaker.access);
}

training::TagMap tags_from(const std::optional<std::vector<Tag>>& tags) {
  training::TagMap result;
  if (!tags) return result;
  for (const Tag& tag : *tags) result[tag.key] = tag.value;
  return result;
}

std::vector<Tag> tags_to(const training::TagMap& tags) {
  std::vector<Tag> result;
  for (const auto& [key, value] : tags) result.push_back({.key = key, .value = value});
  return result;
}

void refuse_if(bool given, const char* what) {
  if (given) throw Error(errors::not_implemented, std::string(what) + " is not implemented.");
}

Task<void> require_role(SageMaker& sagemaker, std::string role_arn) {
  co_await sagemaker.identity.require_pass_role(sagemaker.access, std::move(role_arn), "sagemaker.amazonaws.com");
}

}  // namespace tarn::sagemaker
