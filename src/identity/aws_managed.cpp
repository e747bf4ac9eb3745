// The policies that AWS keeps for everybody, from the data files in aws_managed/.
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "identity/account_state.h"

namespace tarn::identity {
namespace {

constexpr std::string_view texts[] = {
#include "identity/aws_managed_texts.h"
};

// As AWS's ids look, and the same at every start.
std::string stable_id(const std::string& arn) {
  static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string id = "ANPA";
  const Sha256 digest = sha256(arn);
  for (std::size_t i = 0; i < 17; ++i) id += alphabet[std::to_integer<unsigned>(digest[i]) % 32];
  return id;
}

ManagedPolicy read(std::string_view text) {
  const auto json = nlohmann::ordered_json::parse(text);
  ManagedPolicy policy;
  policy.name = json.at("Name");
  policy.path = json.at("Path");
  policy.arn = "arn:aws:iam::aws:policy" + policy.path + policy.name;
  policy.id = stable_id(policy.arn);
  policy.description = json.at("Description");
  policy.created = policy.updated = parse_iso8601(json.at("Created").get<std::string>()).value();
  policy.default_version = json.at("VersionId");
  policy.versions.push_back(
      {.id = policy.default_version, .document = json.at("Document").dump(4), .created = policy.updated});
  return policy;
}

}  // namespace

const std::map<std::string, Compiled<ManagedPolicy>, std::less<>>& aws_managed_policies() {
  static const auto policies = [] {
    std::map<std::string, Compiled<ManagedPolicy>, std::less<>> all;
    for (const std::string_view text : texts) {
      ManagedPolicy policy = read(text);
      std::string arn = policy.arn;
      all.emplace(std::move(arn), *compile(std::move(policy)));
    }
    return all;
  }();
  return policies;
}

}  // namespace tarn::identity
