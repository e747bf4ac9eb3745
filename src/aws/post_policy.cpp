#include "aws/post_policy.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace tarn::aws {
namespace {

using Condition = PostPolicy::Condition;
using Document = nlohmann::json;

[[noreturn]] void refuse_document(const std::string& why) {
  throw Error(post_errors::invalid_policy_document, "Invalid Policy: " + why);
}

[[noreturn]] void deny(const std::string& why) {
  throw Error(post_errors::access_denied, "Invalid according to Policy: " + why);
}

// A dollar sign may be escaped in policies, which JSON does not know.
std::string plain_dollars(std::string_view json) {
  std::string plain;
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (json[i] == '\\' && i + 1 < json.size()) {
      if (json[i + 1] != '$') plain += json[i];
      ++i;
    }
    plain += json[i];
  }
  return plain;
}

// Lengths are written as numbers or as their text.
std::uint64_t length_of(const Document& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  std::uint64_t length = 0;
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (problem == std::errc() && end == text.data() + text.size() && !text.empty()) return length;
  }
  refuse_document("Invalid content-length-range: the bounds must be non-negative integers.");
}

std::string quoted(const std::string& text) {
  return Document(text).dump(-1, ' ', false, Document::error_handler_t::replace);
}

Condition matching(Condition::Kind kind, const std::string& field, const std::string& value) {
  return {.kind = kind,
          .field = to_lower(field),
          .value = value,
          .text = std::string("[") + (kind == Condition::Kind::equal ? "\"eq\"" : "\"starts-with\"") + ", " +
                  quoted("$" + field) + ", " + quoted(value) + "]"};
}

Condition read_list(const Document& items) {
  if (items.size() != 3 || !items[0].is_string()) refuse_document("Invalid Condition: a list needs three elements.");
  const std::string operation = to_lower(items[0].get<std::string>());
  if (operation == "content-length-range") {
    const std::uint64_t least = length_of(items[1]);
    const std::uint64_t most = length_of(items[2]);
    return {.kind = Condition::Kind::length, .field = {}, .value = {}, .least = least, .most = most, .text = {}};
  }
  if (operation != "eq" && operation != "starts-with")
    refuse_document("Invalid Condition: unknown operation '" + operation + "'.");
  if (!items[1].is_string() || !items[2].is_string())
    refuse_document("Invalid Condition: a field and a value are wanted.");
  const std::string field = items[1].get<std::string>();
  if (!field.starts_with('$')) refuse_document("Invalid Condition: the field's name must begin with '$'.");
  return matching(operation == "eq" ? Condition::Kind::equal : Condition::Kind::starts_with, field.substr(1),
                  items[2].get<std::string>());
}

void read_condition(const Document& condition, std::vector<Condition>& out) {
  if (condition.is_array()) {
    out.push_back(read_list(condition));
    return;
  }
  if (!condition.is_object() || condition.empty()) refuse_document("Invalid Condition: a list or an object is wanted.");
  for (const auto& [field, value] : condition.items()) {
    if (!value.is_string()) refuse_document("Invalid Simple-Condition: Simple-Conditions must have string values.");
    out.push_back(matching(Condition::Kind::equal, field, value.get<std::string>()));
  }
}

bool starts(std::string_view value, const Condition& condition) {
  if (condition.field != "content-type" || condition.value.empty()) return value.starts_with(condition.value);
  // A list of types: each of them must begin so.
  while (true) {
    const std::string_view item = value.substr(0, value.find(','));
    if (!trim(item).starts_with(condition.value)) return false;
    if (item.size() == value.size()) return true;
    value.remove_prefix(item.size() + 1);
  }
}

bool holds(const Condition& condition, std::string_view value) {
  return condition.kind == Condition::Kind::equal ? value == condition.value : starts(value, condition);
}

// What signs the form cannot be part of what is signed.
bool needs_no_condition(std::string_view field) {
  constexpr std::string_view free[] = {"x-amz-signature", "signature", "awsaccesskeyid", "policy", "file"};
  return std::ranges::find(free, field) != std::end(free) || field.starts_with("x-ignore-");
}

}  // namespace

PostPolicy parse_post_policy(std::string_view json) {
  const Document document = Document::parse(plain_dollars(json), nullptr, false);
  if (document.is_discarded() || !document.is_object()) refuse_document("Invalid JSON.");
  const auto expiration = document.find("expiration");
  if (expiration == document.end()) refuse_document("Policy missing expiration.");
  const std::string text = expiration->is_string() ? expiration->get<std::string>() : "";
  // Other spellings of times, which parse_iso8601() takes, S3 refuses here.
  const auto until = text.contains('T') && text.ends_with('Z') ? parse_iso8601(text) : std::nullopt;
  if (!until) refuse_document("Invalid 'expiration' value: a time such as 2007-12-01T12:00:00.000Z is wanted.");
  const auto conditions = document.find("conditions");
  if (conditions == document.end()) refuse_document("Policy missing conditions.");
  if (!conditions->is_array() || conditions->empty()) refuse_document("Invalid 'conditions' value: must be a List.");
  PostPolicy policy{.expiration = *until, .conditions = {}};
  for (const Document& condition : *conditions) read_condition(condition, policy.conditions);
  return policy;
}

std::optional<LengthRange> check_post_policy(const PostPolicy& policy,
                                             const std::vector<std::pair<std::string, std::string>>& fields,
                                             std::string_view bucket, Timestamp now) {
  if (now > policy.expiration) deny("Policy expired.");
  std::optional<LengthRange> range;
  for (const Condition& condition : policy.conditions) {
    if (condition.kind == Condition::Kind::length) {
      if (!range) range = LengthRange{.least = 0, .most = UINT64_MAX};
      range->least = std::max(range->least, condition.least);
      range->most = std::min(range->most, condition.most);
      continue;
    }
    bool met = condition.field == "bucket" && holds(condition, bucket);
    for (const auto& [name, value] : fields) {
      if (!equal_ignoring_case(name, condition.field)) continue;
      met = holds(condition, value) && (condition.field != "bucket" || value == bucket);
    }
    if (!met) deny("Policy Condition failed: " + condition.text);
  }
  std::string extra;
  for (const auto& [name, value] : fields) {
    const std::string field = to_lower(name);
    if (needs_no_condition(field)) continue;
    if (std::ranges::find(policy.conditions, field, &Condition::field) == policy.conditions.end()) {
      extra += (extra.empty() ? "" : ", ") + name;
    }
  }
  if (!extra.empty()) deny("Extra input fields: " + extra);
  return range;
}

}  // namespace tarn::aws
