// Tags of what can have them: crawlers, triggers, workflows and databases, by their ARNs.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "services/glue/glue.h"

namespace tarn::glue {

using Tags = std::map<std::string, std::string>;

// The tags of a resource after `change`, if there is one, had them. EntityNotFoundException where there is no such
// resource, InvalidInputException for an ARN that names nothing with tags and for more of them than AWS allows.
Task<Tags> resource_tags(Glue& glue, std::string arn, std::function<void(Tags&)> change = {});

// Of a request that creates: refuses what AWS does.
Tags checked_tags(std::optional<Tags> tags);

}  // namespace tarn::glue
