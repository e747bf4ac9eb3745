#include "audit/record.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace tarn::audit {
namespace {

using Json = nlohmann::ordered_json;
using Kind = policy::Principal::Kind;

// What is not valid UTF-8 (a header may hold any byte) must not make a record impossible.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// "assumed-role/Crawler/run" → "Crawler"
std::string role_name(const policy::Principal& principal) {
  return principal.role_arn.substr(principal.role_arn.rfind('/') + 1);
}

Json session_context(const policy::Principal& principal) {
  Json context = Json::object();
  if (principal.kind == Kind::role_session) {
    context["sessionIssuer"] = {{"type", "Role"},
                                {"principalId", principal.user_id.substr(0, principal.user_id.find(':'))},
                                {"arn", principal.role_arn},
                                {"accountId", principal.account ? principal.account->text() : ""},
                                {"userName", role_name(principal)}};
  } else if (principal.kind == Kind::federated_user) {
    context["sessionIssuer"] = {{"type", principal.role_arn.ends_with(":root") ? "Root" : "IAMUser"},
                                {"arn", principal.role_arn},
                                {"accountId", principal.account ? principal.account->text() : ""}};
  }
  context["attributes"] = {{"creationDate", iso8601_seconds(principal.session_started.value_or(Timestamp{}))},
                           {"mfaAuthenticated", "false"}};
  if (!principal.source_identity.empty()) context["sourceIdentity"] = principal.source_identity;
  return context;
}

Json user_identity(const policy::Principal& principal) {
  if (principal.kind == Kind::anonymous) {
    return {{"type", "AWSAccount"}, {"principalId", ""}, {"accountId", "anonymous"}};
  }
  if (principal.kind == Kind::service) return {{"type", "AWSService"}, {"invokedBy", principal.arn}};
  static constexpr std::string_view types[] = {"", "Root", "IAMUser", "AssumedRole", "FederatedUser"};
  Json identity = {{"type", types[static_cast<std::size_t>(principal.kind)]},
                   {"principalId", principal.user_id},
                   {"arn", principal.arn},
                   {"accountId", principal.account ? principal.account->text() : ""}};
  if (!principal.access_key_id.empty()) identity["accessKeyId"] = principal.access_key_id;
  if (principal.kind == Kind::user) identity["userName"] = principal.name;
  if (principal.session_started) identity["sessionContext"] = session_context(principal);
  return identity;
}

// JSON that the pipeline made; null where there is none.
Json parsed(const std::string& text) {
  if (text.empty()) return nullptr;
  return Json::parse(text, nullptr, false, false).is_discarded() ? Json(text) : Json::parse(text);
}

}  // namespace

std::string_view resource_type(std::string_view arn) {
  struct Known {
    std::string_view prefix;  // Of the ARN's service and resource; the fields between are skipped.
    std::string_view resource;
    std::string_view type;
  };
  static constexpr Known known[] = {{"iam", "user/", "AWS::IAM::User"},
                                    {"iam", "role/", "AWS::IAM::Role"},
                                    {"iam", "group/", "AWS::IAM::Group"},
                                    {"iam", "policy/", "AWS::IAM::Policy"},
                                    {"cloudtrail", "trail/", "AWS::CloudTrail::Trail"},
                                    {"glue", "table/", "AWS::Glue::Table"},
                                    {"glue", "database/", "AWS::Glue::Database"},
                                    {"glue", "crawler/", "AWS::Glue::Crawler"},
                                    {"glue", "workflow/", "AWS::Glue::Workflow"},
                                    {"athena", "workgroup/", "AWS::Athena::WorkGroup"},
                                    {"events", "rule/", "AWS::Events::Rule"},
                                    {"sagemaker", "training-job/", "AWS::SageMaker::TrainingJob"},
                                    {"sagemaker", "model/", "AWS::SageMaker::Model"},
                                    {"sagemaker", "endpoint/", "AWS::SageMaker::Endpoint"},
                                    {"kms", "key/", "AWS::KMS::Key"},
                                    {"logs", "log-group:", "AWS::Logs::LogGroup"}};
  std::string_view fields[6];
  for (std::size_t i = 0; i < 5; ++i) {
    const std::size_t colon = arn.find(':');
    if (colon == arn.npos) return {};
    fields[i] = arn.substr(0, colon);
    arn.remove_prefix(colon + 1);
  }
  fields[5] = arn;
  if (fields[2] == "s3") {
    if (fields[5].empty() || fields[5] == "*") return {};
    return fields[5].find('/') == fields[5].npos ? "AWS::S3::Bucket" : "AWS::S3::Object";
  }
  for (const Known& each : known) {
    if (fields[2] == each.prefix && fields[5].starts_with(each.resource)) return each.type;
  }
  return {};
}

std::string user_name(const policy::Principal& principal) {
  switch (principal.kind) {
    case Kind::root:
      return "root";
    case Kind::service:
      return principal.arn;
    case Kind::anonymous:
      return {};
    default:
      return principal.name;
  }
}

std::string to_json(const Record& record) {
  Json json = {{"eventVersion", "1.11"},
               {"userIdentity", user_identity(record.principal)},
               {"eventTime", iso8601_seconds(record.time)},
               {"eventSource", record.source},
               {"eventName", record.name},
               {"awsRegion", record.region},
               {"sourceIPAddress", record.source_ip},
               {"userAgent", record.user_agent}};
  if (!record.error_code.empty()) json["errorCode"] = record.error_code;
  if (!record.error_message.empty()) json["errorMessage"] = record.error_message;
  json["requestParameters"] = parsed(record.request_parameters);
  json["responseElements"] = parsed(record.response_elements);
  if (!record.denials.empty()) {
    Json denials = Json::array();
    for (const policy::Denial& denial : record.denials) {
      const bool said_no = denial.decision.kind == policy::Decision::Kind::explicit_deny;
      denials.push_back({{"action", denial.action},
                         {"resource", denial.resource},
                         {"decision", said_no ? "explicitDeny" : "implicitDeny"},
                         {"layer", denial.decision.layer},
                         {"statement", denial.decision.statement_id},
                         {"policy", denial.decision.policy_id}});
    }
    json["additionalEventData"] = {{"denials", std::move(denials)}};
  }
  json["requestID"] = record.request_id;
  json["eventID"] = record.id;
  json["readOnly"] = record.read_only;
  Json resources = Json::array();
  for (const std::string& arn : record.resources) {
    const std::string_view type = resource_type(arn);
    if (type.empty()) continue;
    resources.push_back({{"accountId", record.account.text()}, {"type", type}, {"ARN", arn}});
  }
  if (!resources.empty()) json["resources"] = std::move(resources);
  json["eventType"] = "AwsApiCall";
  json["managementEvent"] = record.management;
  json["recipientAccountId"] = record.account.text();
  json["eventCategory"] = record.management ? "Management" : "Data";
  return dump(json);
}

Record record_of_denial(const policy::Principal& principal, const policy::Facts& facts, const policy::Denial& denial,
                        Timestamp now) {
  const auto fact = [&](std::string_view key) -> std::string {
    for (const auto& [name, values] : facts) {
      if (equal_ignoring_case(name, key) && !values.empty()) return values.front();
    }
    return {};
  };
  const std::size_t colon = denial.action.find(':');
  Record record;
  record.time = now;
  if (principal.account) record.account = *principal.account;
  record.principal = principal;
  record.source = denial.action.substr(0, colon) + ".amazonaws.com";
  record.name = denial.action.substr(colon + 1);
  record.region = fact("aws:RequestedRegion");
  record.source_ip = fact("aws:SourceIp");
  record.user_agent = fact("aws:UserAgent");
  record.resources = {denial.resource};
  record.error_code = "AccessDenied";
  record.error_message = policy::denial_message(principal, denial.action, denial.resource, denial.decision);
  record.read_only = record.name.starts_with("Get") || record.name.starts_with("List") ||
                     record.name.starts_with("Describe") || record.name.starts_with("Head");
  // Listing objects is a data event as reading them is.
  const bool lists = denial.action.starts_with("s3:ListBucket");
  record.management = !lists && resource_type(denial.resource) != "AWS::S3::Object";
  if (denial.action == "s3:ListBucket") record.name = "ListObjects";
  record.denials = {denial};
  return record;
}

}  // namespace tarn::audit
