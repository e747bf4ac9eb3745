// What a request must be allowed to do: the templates of operations.txt, filled in from it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aws/model.h"
#include "policy/access.h"

namespace tarn::aws {

struct TemplateContext {
  std::string_view region;
  std::string_view account;
};

// "arn:aws:glue:{region}:{account}:table/{DatabaseName}/{TableInput.Name}" with its values. A list gives one text for
// each of its items; a member that is absent and has no default gives none.
std::vector<std::string> expand(std::string_view pattern, const Shape& shape, const void* request,
                                const TemplateContext& context);

// The actions that this request needs.
std::vector<std::string_view> needed_actions(const Operation& operation, const void* request);
// The ARNs they are asked about; "*" if the request names none.
std::vector<std::string> resources(const Operation& operation, const void* request, const TemplateContext& context);
// The condition keys that come from its members.
policy::Facts facts(const Operation& operation, const void* request, const TemplateContext& context);

}  // namespace tarn::aws
