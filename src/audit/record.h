// One call, as CloudTrail tells it. Never a secret and never a body: whoever fills one leaves them out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/names.h"
#include "base/time.h"
#include "policy/access.h"
#include "policy/principal.h"

namespace tarn::audit {

struct Record {
  Timestamp time;
  std::string id;                              // Made by Audit where it is empty.
  AccountId account = AccountId::trusted({});  // Whose log it is in.
  policy::Principal principal;
  std::string source;  // "s3.amazonaws.com"
  std::string name;    // "GetObject"
  std::string region;
  std::string source_ip;
  std::string user_agent;
  std::string request_id;
  std::vector<std::string> resources;  // ARNs.
  std::string request_parameters;      // JSON, or empty.
  std::string response_elements;       // JSON, or empty.
  std::string error_code;
  std::string error_message;
  bool read_only = true;
  bool management = true;  // Else a data event: in trails that select it, and where it was denied.
  std::vector<policy::Denial> denials;
};

// The record as one JSON object, members in CloudTrail's order.
std::string to_json(const Record& record);

// "AWS::S3::Object" of an ARN; empty for what has no name there.
std::string_view resource_type(std::string_view arn);

// What LookupEvents calls the user: a user's or session's name, "root", a service.
std::string user_name(const policy::Principal& principal);

// A denied require() that no request of the pipeline tells of (a query, a crawler, a job): "s3:GetObject" is called
// GetObject of s3.amazonaws.com.
Record record_of_denial(const policy::Principal& principal, const policy::Facts& facts, const policy::Denial& denial,
                        Timestamp now);

}  // namespace tarn::audit
