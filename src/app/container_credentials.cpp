#include "app/container_credentials.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/time.h"
#include "identity/sessions.h"

namespace tarn::app {

namespace {

constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

}  // namespace

training::RoleCredentials ContainerCredentials::open(const std::string& base_url, std::string role_arn,
                                                     std::string session_name) {
  const std::string id = random_.text(16, letters);
  const std::string token = random_.text(48, letters);
  {
    const std::scoped_lock lock(entries_->mutex);
    entries_->by_id[id] = {.token = token, .role_arn = std::move(role_arn), .session_name = std::move(session_name)};
  }
  const auto close = [entries = entries_, id](void*) {
    const std::scoped_lock lock(entries->mutex);
    entries->by_id.erase(id);
  };
  return {.environment = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", base_url + "/" + id},
                          {"AWS_CONTAINER_AUTHORIZATION_TOKEN", token}},
          .lease = std::shared_ptr<void>(entries_.get(), close)};
}

Task<std::optional<std::string>> ContainerCredentials::answer(std::string id, std::string token) {
  std::optional<Entry> entry;
  {
    const std::scoped_lock lock(entries_->mutex);
    if (const auto found = entries_->by_id.find(id); found != entries_->by_id.end()) entry = found->second;
  }
  if (!entry || !equal_in_constant_time(entry->token, token)) co_return std::nullopt;
  // The service assumes the role, as its trust policy lets it.
  policy::Principal service{
      .kind = policy::Principal::Kind::service, .account = std::nullopt, .arn = "sagemaker.amazonaws.com"};
  const auto access = identity_.access(policy::make_rights(std::move(service)), {});
  const auto made = co_await identity_.sessions().assume_role(
      *access, {.role_arn = entry->role_arn, .session_name = entry->session_name});
  co_return nlohmann::json{{"RoleArn", entry->role_arn},
                           {"AccessKeyId", made.access_key_id},
                           {"SecretAccessKey", made.secret_access_key},
                           {"Token", made.session_token},
                           {"Expiration", iso8601_seconds(made.expires)}}
      .dump();
}

}  // namespace tarn::app
