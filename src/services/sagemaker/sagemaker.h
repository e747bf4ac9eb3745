// sagemaker: training jobs, models, endpoints, as the SageMaker API speaks of them.
//
// Handlers translate. What Tarn does not act on is refused by name (refuse_if), or, where clients send it unasked and
// it changes no result, noted in the job's first status message.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/sagemaker/types/tag.h"
#include "identity/identity.h"
#include "policy/access.h"
#include "training/training.h"

namespace tarn::sagemaker {

struct SageMaker {
  const policy::Access& access;
  training::Training& training;
  identity::Identity& identity;
};

AccountId account_of(const SageMaker& sagemaker);
training::TagMap tags_from(const std::optional<std::vector<Tag>>& tags);
std::vector<Tag> tags_to(const training::TagMap& tags);

// NotImplemented that names `what`.
void refuse_if(bool given, const char* what);

// The caller may hand the role over, and SageMaker may take it.
Task<void> require_role(SageMaker& sagemaker, std::string role_arn);
// Refuses what is no instance type; `where` is how AWS calls the member.
void require_instance_type(const std::optional<std::string>& type, const char* where);

}  // namespace tarn::sagemaker
