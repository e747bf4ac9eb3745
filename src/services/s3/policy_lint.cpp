#include "services/s3/policy_lint.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "api/s3/errors.h"
#include "base/encoding.h"
#include "base/error.h"
#include "services/s3/policy_actions.h"

namespace tarn::s3 {
namespace {

using Json = nlohmann::json;
using Kind = PolicyAction::Kind;

// They come with every request; the last two with every bucket.
constexpr std::string_view keys_of_all[] = {"s3:authtype",
                                            "s3:resourceaccount",
                                            "s3:signatureage",
                                            "s3:signatureversion",
                                            "s3:tlsversion",
                                            "s3:x-amz-content-sha256",
                                            "s3:dataaccesspointarn",
                                            "s3:dataaccesspointaccount",
                                            "s3:accesspointtag/",
                                            "s3:accesspointnetworkorigin",
                                            "s3:accessgrantsinstancearn",
                                            "s3:buckettag/"};

[[noreturn]] void refuse(const char* message) {
  throw Error(errors::malformed_policy, message);
}

// * and ? in a pattern. Only the last * is tried again, so that no pattern takes long.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t at = 0, star = pattern.npos, taken = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      taken = i;
    } else if (at < pattern.size() && (pattern[at] == '?' || pattern[at] == text[i])) {
      ++at, ++i;
    } else if (star != pattern.npos) {
      at = star + 1;
      i = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == pattern.npos;
}

std::vector<std::string> strings(const Json& statement, const char* member) {
  const auto found = statement.find(member);
  if (found == statement.end()) return {};
  if (found->is_string()) return {found->get<std::string>()};
  return found->get<std::vector<std::string>>();
}

// The kinds of resource that a statement can speak of.
struct Reach {
  bool bucket = false;
  bool objects = false;
  bool has(Kind kind) const { return (kind == Kind::bucket && bucket) || (kind == Kind::object && objects); }
};

// "arn:aws:s3:::bucket", "arn:aws:s3:::bucket/prefix/*", "arn:aws:s3:::buck*". Never "*" alone.
Reach reach_of(std::string_view resource, std::string_view bucket) {
  const std::size_t front = resource.find(":s3:::");
  if (!resource.starts_with("arn:") || front == resource.npos) refuse("Policy has invalid resource");
  resource.remove_prefix(front + 6);
  const std::size_t slash = resource.find('/');
  if (!matches(resource.substr(0, slash), bucket)) refuse("Policy has invalid resource");
  // A * goes on beyond the slash.
  return {.bucket = matches(resource, bucket),
          .objects = slash != resource.npos || resource.find('*') != resource.npos};
}

Reach reach_of_statement(const Json& statement, std::string_view bucket) {
  if (statement.contains("NotResource")) return {.bucket = true, .objects = true};
  Reach reach;
  for (const std::string& resource : strings(statement, "Resource")) {
    const Reach one = reach_of(resource, bucket);
    reach.bucket |= one.bucket;
    reach.objects |= one.objects;
  }
  return reach;
}

// All that a pattern means; none: S3 has no such action.
std::vector<const PolicyAction*> actions_of(const std::string& pattern) {
  std::vector<const PolicyAction*> found;
  const std::string name = to_lower(pattern);
  if (name != "*" && !name.starts_with("s3:")) return found;
  for (const PolicyAction& action : policy_actions()) {
    if (name == "*" || matches(name.substr(3), to_lower(action.name))) found.push_back(&action);
  }
  return found;
}

bool is_listed(std::string_view keys, std::string_view key) {
  while (!keys.empty()) {
    const std::string_view one = keys.substr(0, keys.find(' '));
    if (one.ends_with('/') ? key.starts_with(one) && key.size() > one.size() : one == key) return true;
    keys.remove_prefix(std::min(keys.size(), one.size() + 1));
  }
  return false;
}

// S3's own keys that hang on the action. AWS takes any key of aws:, and those of other services are set by their
// callers.
std::vector<std::string> keys_of_actions(const Json& statement) {
  std::vector<std::string> keys;
  const auto conditions = statement.find("Condition");
  if (conditions == statement.end()) return keys;
  for (const auto& block : *conditions) {
    for (const auto& [written, values] : block.items()) {
      const std::string key = to_lower(written);
      const bool of_all = std::ranges::any_of(keys_of_all, [&](std::string_view one) { return is_listed(one, key); });
      if (!key.starts_with("s3:") || of_all) continue;
      const bool known = std::ranges::any_of(policy_actions(),
                                             [&](const PolicyAction& action) { return is_listed(action.keys, key); });
      if (!known) refuse("Policy has an invalid condition key");
      keys.push_back(key);
    }
  }
  return keys;
}

void lint_statement(const Json& statement, std::string_view bucket) {
  for (const std::string& pattern : strings(statement, "NotAction")) {
    if (to_lower(pattern).starts_with("s3:") && actions_of(pattern).empty()) refuse("Policy has invalid action");
  }
  std::vector<std::vector<const PolicyAction*>> named;
  for (const std::string& pattern : strings(statement, "Action")) {
    named.push_back(actions_of(pattern));
    if (named.back().empty()) refuse("Policy has invalid action");
  }
  const Reach reach = reach_of_statement(statement, bucket);
  for (auto& actions : named) {
    std::erase_if(actions, [&](const PolicyAction* action) { return !reach.has(action->kind); });
    if (actions.empty()) refuse("Action does not apply to any resource(s) in statement");
  }
  for (const std::string& key : keys_of_actions(statement)) {
    // One that is named outright must have the key; of a pattern's, any.
    for (const auto& actions : named) {
      const bool fits =
          std::ranges::any_of(actions, [&](const PolicyAction* action) { return is_listed(action->keys, key); });
      if (!fits) refuse("Conditions do not apply to combination of actions and resources in statement");
    }
  }
}

}  // namespace

void lint_bucket_policy(std::string_view policy, std::string_view bucket) {
  const Json document = Json::parse(policy);
  const Json& statements = document.at("Statement");
  if (!statements.is_array()) return lint_statement(statements, bucket);
  for (const Json& statement : statements) lint_statement(statement, bucket);
}

}  // namespace tarn::s3
