#include "services/sagemaker/sagemaker.h"

#include "api/sagemaker/errors.h"
#include "training/instance_types.h"

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

void require_instance_type(const std::optional<std::string>& type, const char* where) {
  if (!type || training::memory_of_instance(*type)) return;
  throw Error(training::errors::validation,
              "1 validation error detected: Value '" + *type + "' at '" + where +
                  "' failed to satisfy constraint: Member must satisfy enum value set: the instance types of SageMaker "
                  "(ml.m5.large and so on)");
}

Task<void> require_role(SageMaker& sagemaker, std::string role_arn) {
  co_await sagemaker.identity.require_pass_role(sagemaker.access, std::move(role_arn), "sagemaker.amazonaws.com");
}

}  // namespace tarn::sagemaker
