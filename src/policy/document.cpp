#include "policy/document.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/encoding.h"

namespace tarn::policy {
namespace {

using Json = nlohmann::ordered_json;

constexpr ErrorCode malformed_identity{"MalformedPolicyDocument", 400};
constexpr ErrorCode malformed_resource{"MalformedPolicy", 400};

// Nothing of a policy nests deeper: document, statements, statement, principal or condition block, operator, values.
constexpr int max_depth = 8;

struct DuplicateKey {};
struct TooDeep {};

// Parses; of two members with one name AWS takes neither, and a parser that keeps the last one would be a way around a
// reviewer who reads the first.
Json parse_strictly(std::string_view text) {
  std::vector<std::set<std::string>> open;
  const auto watch = [&open](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > max_depth) throw TooDeep{};
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event == Json::parse_event_t::key && !open.back().insert(parsed.get<std::string>()).second) {
      throw DuplicateKey{};
    }
    return true;
  };
  return Json::parse(text, watch);
}

bool is_word(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c); });
}

bool is_hexadecimal(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c); });
}

}  // namespace

// Reads one document; every refusal is worded as the service that stores it words it.
class DocumentParser {
 public:
  DocumentParser(Document& document, DocumentKind kind) : document_(document), kind_(kind) {}

  void parse(std::string_view text) {
    if (text.size() > max_document_bytes) refuse("Policy document is too long.");
    Json root;
    try {
      root = parse_strictly(text);
    } catch (const Json::exception&) {
      refuse_json();
    } catch (const DuplicateKey&) {
      refuse_json();
    } catch (const TooDeep&) {
      refuse_json();
    }
    read_document(root);
  }

 private:
  bool is_resource() const { return kind_ == DocumentKind::resource; }
  bool is_identity() const { return kind_ == DocumentKind::identity; }

  [[noreturn]] void refuse(std::string message) const {
    throw Error(is_resource() ? malformed_resource : malformed_identity, std::move(message));
  }
  // S3 says what is wrong with a policy's form, IAM does not.
  [[noreturn]] void refuse_form(std::string resource_message) const {
    refuse(is_resource() ? std::move(resource_message) : "Syntax errors in policy.");
  }
  [[noreturn]] void refuse_json() const {
    if (is_resource()) refuse("Policies must be valid JSON and the first byte must be '{'");
    refuse(is_identity() ? "Syntax errors in policy." : "This policy contains invalid Json");
  }

  void read_document(const Json& root) {
    if (!root.is_object()) refuse_json();
    std::string version = "2008-10-17";
    const Json* statements = nullptr;
    for (const auto& [name, value] : root.items()) {
      if (name == "Version") {
        if (!value.is_string()) refuse_form("The policy must contain a valid version string");
        version = value.get<std::string>();
      } else if (name == "Id") {
        if (!value.is_string()) refuse_form("Invalid policy syntax.");
      } else if (name == "Statement") {
        statements = &value;
      } else {
        refuse_form("Unknown field " + name);
      }
    }
    if (version != "2012-10-17" && version != "2008-10-17") {
      refuse_form("The policy must contain a valid version string");
    }
    if (is_identity() && version != "2012-10-17") refuse("Policy document must be version 2012-10-17 or greater.");
    variables_ = version == "2012-10-17";
    if (!statements) refuse_form("Missing required field Statement");
    if (statements->is_object()) {
      read_statement(*statements);
    } else if (statements->is_array() && !statements->empty()) {
      for (const Json& statement : *statements) read_statement(statement);
    } else {
      refuse_form("Could not parse the policy: Statement is empty!");
    }
  }

  void read_statement(const Json& json) {
    if (!json.is_object()) refuse_form("Invalid policy syntax.");
    Statement statement;
    const Json* effect = nullptr;
    const Json* condition = nullptr;
    for (const auto& [name, value] : json.items()) {
      if (name == "Sid") {
        read_sid(statement, value);
      } else if (name == "Effect") {
        effect = &value;
      } else if (name == "Principal" || name == "NotPrincipal") {
        if (is_identity()) refuse("Policy document should not specify a principal.");
        if (statement.has_principal) refuse_form("Statement has both Principal and NotPrincipal");
        statement.has_principal = true;
        statement.not_principal = name == "NotPrincipal";
        read_principal(statement, value);
      } else if (name == "Action" || name == "NotAction") {
        if (!statement.actions.empty()) refuse_form("Statement has both Action and NotAction");
        statement.not_action = name == "NotAction";
        read_actions(statement, value);
      } else if (name == "Resource" || name == "NotResource") {
        if (kind_ == DocumentKind::trust) refuse("Has prohibited field Resource");
        if (statement.has_resource) refuse_form("Statement has both Resource and NotResource");
        statement.has_resource = true;
        statement.not_resource = name == "NotResource";
        read_resources(statement, value);
      } else if (name == "Condition") {
        condition = &value;
      } else {
        refuse_form("Unknown field " + name);
      }
    }
    read_effect(statement, effect);
    require_clauses(statement);
    if (condition) read_conditions(statement, *condition);
    if (statement.label.empty()) statement.label = "#" + std::to_string(document_.statements_.size() + 1);
    document_.statements_.push_back(std::move(statement));
  }

  void read_sid(Statement& statement, const Json& value) {
    if (!value.is_string()) refuse_form("Invalid policy syntax.");
    statement.sid = statement.label = value.get<std::string>();
    if (!is_resource() && !is_word(statement.sid)) {
      refuse(
          "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
          "[0-9A-Za-z]*");
    }
    const bool repeated = std::ranges::any_of(document_.statements_, [&](const Statement& other) {
      return !other.sid.empty() && other.sid == statement.sid;
    });
    if (repeated) refuse("Statement IDs (SID) in a single policy must be unique.");
  }

  void read_effect(Statement& statement, const Json* effect) {
    if (!effect) refuse_form("Missing required field Effect");
    if (*effect == "Allow") {
      statement.allow = true;
    } else if (*effect != "Deny") {
      refuse_form("Invalid effect: " + (effect->is_string() ? effect->get<std::string>() : effect->dump()));
    }
  }

  void require_clauses(const Statement& statement) const {
    if (statement.actions.empty()) {
      refuse(is_identity() ? "Policy statement must contain actions." : "Missing required field Action");
    }
    if (kind_ != DocumentKind::trust && !statement.has_resource) {
      refuse(is_identity() ? "Policy statement must contain resources." : "Missing required field Resource");
    }
    if (!is_identity() && !statement.has_principal) refuse("Missing required field Principal");
    // It would grant to whoever is not named, strangers included.
    if (statement.allow && statement.not_principal) refuse("Allow with NotPrincipal is not allowed.");
  }

  // A string or a list of strings; at least one.
  std::vector<std::string> read_strings(const Json& value, const char* resource_message) const {
    std::vector<std::string> strings;
    if (value.is_string()) {
      strings.push_back(value.get<std::string>());
    } else if (value.is_array()) {
      for (const Json& item : value) {
        if (!item.is_string()) refuse_form(resource_message);
        strings.push_back(item.get<std::string>());
      }
    }
    if (strings.empty()) refuse_form(resource_message);
    return strings;
  }

  void read_actions(Statement& statement, const Json& value) const {
    for (const std::string& action : read_strings(value, "Policy has invalid action")) {
      check_action(action);
      statement.actions.emplace_back(action, Pattern::Syntax::wildcards, true);
    }
  }

  void check_action(const std::string& action) const {
    const std::size_t colon = action.find(':');
    if (kind_ == DocumentKind::trust && !equal_ignoring_case(action.substr(0, colon + 1), "sts:")) {
      refuse("AssumeRole policy may only specify STS AssumeRole actions.");
    }
    if (action == "*") return;
    if (is_resource()) {
      if (colon == action.npos || action.find(':', colon + 1) != action.npos) refuse("Policy has invalid action");
      return;
    }
    if (colon == action.npos || colon == 0) {
      refuse("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
    }
    if (action.find(':', colon + 1) != action.npos) refuse("Actions/Condition can contain only one colon.");
    const std::string vendor = action.substr(0, colon);
    const bool valid =
        std::ranges::all_of(vendor, [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '.'; });
    if (!valid) refuse("Vendor " + vendor + " is not valid");
  }

  void read_resources(Statement& statement, const Json& value) const {
    const auto syntax = variables_ ? Pattern::Syntax::wildcards_and_variables : Pattern::Syntax::wildcards;
    for (const std::string& resource : read_strings(value, "Policy has invalid resource")) {
      check_resource(resource);
      statement.resources.emplace_back(resource, syntax);
    }
  }

  void check_resource(const std::string& resource) const {
    if (resource == "*") return;
    const ArnFields fields = arn_fields(resource);
    if (fields.field[0] != "arn" || fields.count < 3 || (fields.count < 6 && !resource.ends_with('*'))) {
      refuse(is_resource() ? "Policy has invalid resource"
                           : "Resource " + resource + " must be in ARN format or \"*\".");
    }
    const std::string_view partition = fields.field[1];
    if (partition != "*" && partition != "aws" && partition != "aws-cn" && partition != "aws-us-gov") {
      refuse(is_resource()
                 ? "Policy has invalid resource"
                 : "Partition \"" + std::string(partition) + "\" is not valid for resource \"" + resource + "\".");
    }
    // With six fields a wildcard service would mean any: too easily a slip of the pen.
    if (is_identity() && fields.count == 6 && fields.field[2].find_first_of("*?") != std::string_view::npos) {
      refuse("Resource vendor must be fully qualified and cannot contain regexes.");
    }
  }

  [[noreturn]] void refuse_principal(std::string_view type, const std::string& value) const {
    if (is_resource()) throw Error(malformed_resource, "Invalid principal in policy").with("Detail", value);
    refuse("Invalid principal in policy: \"" + std::string(type) + "\":\"" + value + "\"");
  }

  void read_principal(Statement& statement, const Json& value) const {
    using Kind = PrincipalPattern::Kind;
    if (value.is_string()) {
      if (value != "*") refuse_principal("AWS", value.get<std::string>());
      statement.principals.push_back({.kind = Kind::everyone, .value = {}});
      return;
    }
    if (!value.is_object() || value.empty()) refuse_form("Invalid principal in policy");
    for (const auto& [type, names] : value.items()) {
      for (const std::string& name : read_strings(names, "Invalid principal in policy")) {
        if (type == "AWS") {
          statement.principals.push_back(aws_principal(name));
        } else if (type == "Service" && name.find('.') != name.npos && name.find('*') == name.npos) {
          statement.principals.push_back({.kind = Kind::service, .value = name});
        } else if (type == "Federated" && !name.empty()) {
          statement.principals.push_back({.kind = Kind::federated, .value = name});
        } else if (type == "CanonicalUser" && name.size() == 64 && is_hexadecimal(name)) {
          statement.principals.push_back({.kind = Kind::canonical_user, .value = to_lower(name)});
        } else {
          refuse_principal(type, name);
        }
      }
    }
  }

  PrincipalPattern aws_principal(const std::string& name) const {
    using Kind = PrincipalPattern::Kind;
    if (name == "*") return {.kind = Kind::everyone, .value = {}};
    if (AccountId::parse(name)) return {.kind = Kind::account, .value = name};
    const bool unique_id = name.size() >= 16 && is_word(name) && (name.starts_with("AIDA") || name.starts_with("AROA"));
    if (unique_id) return {.kind = Kind::unique_id, .value = name};
    const ArnFields fields = arn_fields(name);
    const auto account = fields.count == 6 ? AccountId::parse(fields.field[4]) : std::nullopt;
    const bool known_service = fields.field[2] == "iam" || fields.field[2] == "sts";
    if (fields.field[0] != "arn" || !account || !known_service || name.find_first_of("*?") != name.npos) {
      refuse_principal("AWS", name);
    }
    if (fields.field[5] == "root") return {.kind = Kind::account, .value = account->text()};
    for (const char* type : {"user/", "role/", "assumed-role/", "federated-user/"}) {
      if (fields.field[5].starts_with(type) && fields.field[5].size() > std::string_view(type).size()) {
        return {.kind = Kind::arn, .value = name};
      }
    }
    refuse_principal("AWS", name);
  }

  void read_conditions(Statement& statement, const Json& block) const {
    if (!block.is_object()) refuse_form("Conditions must be a JSON object");
    for (const auto& [name, keys] : block.items()) {
      const auto op = Operator::parse(name);
      if (!op) refuse_form("Invalid Condition type : " + name);
      if (!keys.is_object()) refuse_form("Conditions must be a JSON object");
      for (const auto& [key, values] : keys.items()) {
        if (key.find(':') == key.npos) {
          refuse(is_resource() ? "Policy has an invalid condition key"
                               : "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
        }
        auto condition = Condition::compile(*op, key, read_scalars(values), variables_);
        if (!condition) refuse_form("Invalid policy syntax.");
        statement.conditions.push_back(std::move(*condition));
      }
    }
  }

  // Condition values may be written as strings, numbers or truths.
  std::vector<std::string> read_scalars(const Json& value) const {
    std::vector<std::string> scalars;
    const auto add = [&](const Json& item) {
      if (item.is_string()) {
        scalars.push_back(item.get<std::string>());
      } else if (item.is_number() || item.is_boolean()) {
        scalars.push_back(item.dump());
      } else {
        refuse_form("Invalid policy syntax.");
      }
    };
    if (value.is_array()) {
      std::ranges::for_each(value, add);
    } else {
      add(value);
    }
    return scalars;
  }

  Document& document_;
  DocumentKind kind_;
  bool variables_ = false;
};

std::shared_ptr<const Document> Document::parse(std::string_view text, DocumentKind kind) {
  auto document = std::shared_ptr<Document>(new Document());
  document->text_ = std::string(text);
  document->kind_ = kind;
  DocumentParser(*document, kind).parse(text);
  return document;
}

namespace {

// Does the condition keep a grant to everyone within known bounds, as S3 sees it?
bool narrows(const Condition& condition) {
  static constexpr std::string_view narrowing_keys[] = {
      "aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount",
      "aws:principalarn",   "aws:sourcearn",         "aws:sourceaccount",
      "aws:sourceowner",    "aws:sourcevpc",         "aws:sourcevpce",
      "aws:userid",         "s3:dataaccesspointarn", "s3:dataaccesspointaccount",
      "aws:sourceorgid",    "aws:sourceorgpaths",    "aws:principalservicename"};
  const Operator& op = condition.op();
  if (op.negated || op.if_exists || op.quantifier == Quantifier::all) return false;
  if (condition.values().empty()) return false;
  if (condition.key() == "aws:sourceip") {
    // A network as wide as /7 (IPv6: /31) is no bound.
    return op.comparison == Comparison::ip_address &&
           std::ranges::all_of(condition.values(), [](const std::string& text) {
             const auto network = Network::parse(text);
             return network && network->bits >= (text.find(':') == text.npos ? 96 + 8 : 32);
           });
  }
  const bool comparable = op.comparison == Comparison::string_equals || op.comparison == Comparison::string_like ||
                          op.comparison == Comparison::string_equals_ignore_case ||
                          op.comparison == Comparison::arn_like;
  if (!comparable || std::ranges::find(narrowing_keys, condition.key()) == std::end(narrowing_keys)) return false;
  // Only fixed values are bounds. Of an ARN the account must be fixed, of a role's user id all but the session.
  return std::ranges::all_of(condition.values(), [&](const std::string& text) {
    if (text.find("${") != text.npos) return false;
    if (op.comparison == Comparison::string_equals || op.comparison == Comparison::string_equals_ignore_case)
      return true;
    if (condition.key() == "aws:userid" && text.ends_with(":*")) return text.find_first_of("*?") == text.size() - 1;
    const ArnFields fields = arn_fields(text);
    if (fields.count == 6)
      return fields.field[4].find_first_of("*?") == std::string_view::npos && !fields.field[4].empty();
    return text.find_first_of("*?") == text.npos;
  });
}

}  // namespace

bool Document::is_public() const {
  return std::ranges::any_of(statements_, [](const Statement& statement) {
    const bool everyone =
        statement.not_principal || std::ranges::any_of(statement.principals, [](const PrincipalPattern& pattern) {
          return pattern.kind == PrincipalPattern::Kind::everyone;
        });
    return statement.allow && everyone && std::ranges::none_of(statement.conditions, narrows);
  });
}

std::vector<std::string> Document::aws_principals() const {
  using Kind = PrincipalPattern::Kind;
  std::vector<std::string> principals;
  for (const Statement& statement : statements_) {
    for (const PrincipalPattern& pattern : statement.principals) {
      if (pattern.kind == Kind::account || pattern.kind == Kind::arn || pattern.kind == Kind::unique_id) {
        principals.push_back(pattern.value);
      }
    }
  }
  return principals;
}

std::vector<std::string> Document::context_keys() const {
  std::vector<std::string> keys;
  const auto add = [&keys](const std::string& key) {
    const bool known =
        std::ranges::any_of(keys, [&](const std::string& seen) { return equal_ignoring_case(seen, key); });
    if (!known) keys.push_back(key);
  };
  for (const Statement& statement : statements_) {
    for (const ArnPattern& resource : statement.resources) {
      for (const Pattern& field : resource.fields()) std::ranges::for_each(field.variable_names(), add);
    }
    for (const Condition& condition : statement.conditions) {
      add(condition.written_key());
      std::ranges::for_each(condition.variable_names(), add);
    }
  }
  return keys;
}

std::size_t counted_size(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return c != ' ' && c != '\t' && c != '\n' && c != '\r'; }));
}

}  // namespace tarn::policy
