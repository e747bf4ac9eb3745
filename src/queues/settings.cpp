#include "queues/settings.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "policy/document.h"
#include "queues/queues.h"

namespace tarn::queues {
namespace {

using nlohmann::json;

struct Number {
  std::string_view name;
  std::int64_t least;
  std::int64_t most;
  std::int64_t otherwise;
  std::int64_t Settings::* member;
};
constexpr Number numbers[] = {
    {"DelaySeconds", 0, 900, 0, &Settings::delay},
    {"MaximumMessageSize", 1'024, 1'048'576, 1'048'576, &Settings::max_message_bytes},
    {"MessageRetentionPeriod", 60, 1'209'600, 345'600, &Settings::retention},
    {"ReceiveMessageWaitTimeSeconds", 0, 20, 0, &Settings::wait},
    {"VisibilityTimeout", 0, 43'200, 30, &Settings::visibility_timeout},
    // Means something with KmsMasterKeyId only.
    {"KmsDataKeyReusePeriodSeconds", 60, 86'400, 300, nullptr},
};
constexpr std::string_view documents[] = {"Policy", "RedrivePolicy", "RedriveAllowPolicy"};

// Text with few values; the first is the default. FIFO queues only.
struct Choice {
  std::string_view name;
  std::string_view values[2];
};
constexpr Choice choices[] = {{"ContentBasedDeduplication", {"false", "true"}},
                              {"DeduplicationScope", {"queue", "messageGroup"}},
                              {"FifoThroughputLimit", {"perQueue", "perMessageGroupId"}}};

[[noreturn]] void unknown(const std::string& name) {
  throw Error(errors::invalid_attribute_name, "Unknown Attribute " + name + ".");
}
[[noreturn]] void invalid(const std::string& name) {
  throw Error(errors::invalid_attribute_value, "Invalid value for the parameter " + name + ".");
}
[[noreturn]] void invalid(const std::string& name, const std::string& value, const std::string& reason) {
  throw Error(errors::invalid_attribute_value,
              "Value " + value + " for parameter " + name + " is invalid. Reason: " + reason);
}

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

const std::string* find(const Attributes& attributes, std::string_view name) {
  const auto found = attributes.find(std::string(name));
  return found == attributes.end() ? nullptr : &found->second;
}

Redrive parse_redrive(const std::string& text) {
  const auto document = json::parse(text, nullptr, false);
  if (!document.is_object()) invalid("RedrivePolicy", text, "Redrive policy is not a valid JSON map.");
  for (const char* member : {"deadLetterTargetArn", "maxReceiveCount"}) {
    if (!document.contains(member)) {
      invalid("RedrivePolicy", text,
              std::string("Redrive policy does not contain mandatory attribute: ") + member + ".");
    }
  }
  const json& arn = document["deadLetterTargetArn"];
  if (!arn.is_string() || !address_of_arn(arn.get<std::string>())) {
    invalid("RedrivePolicy", text, "Invalid value for deadLetterTargetArn.");
  }
  // Both spellings are sent.
  const json& count = document["maxReceiveCount"];
  const auto most = count.is_number_integer() ? std::optional(count.get<std::int64_t>())
                    : count.is_string()       ? number_of(count.get<std::string>())
                                              : std::nullopt;
  if (!most || *most < 1 || *most > 1'000) {
    invalid("RedrivePolicy", text,
            "Invalid value for maxReceiveCount: " + count.dump() + ", valid values are from 1 to 1000 both inclusive.");
  }
  return {.target_arn = arn, .max_receive_count = static_cast<std::uint32_t>(*most)};
}

struct RedriveAllowance {
  std::string permission = "allowAll";
  std::vector<std::string> sources;
};

RedriveAllowance parse_allowance(const std::string& text) {
  const auto document = json::parse(text, nullptr, false);
  if (!document.is_object()) invalid("RedriveAllowPolicy", text, "Redrive allow policy is not a valid JSON map.");
  RedriveAllowance allowance;
  if (!document.contains("redrivePermission") || !document["redrivePermission"].is_string()) {
    invalid("RedriveAllowPolicy", text,
            "Redrive allow policy does not contain mandatory attribute: redrivePermission.");
  }
  allowance.permission = document["redrivePermission"];
  if (allowance.permission != "allowAll" && allowance.permission != "denyAll" && allowance.permission != "byQueue") {
    invalid("RedriveAllowPolicy", text, "Invalid value for redrivePermission.");
  }
  const bool named = document.contains("sourceQueueArns");
  if (named != (allowance.permission == "byQueue")) {
    invalid("RedriveAllowPolicy", text, "sourceQueueArns goes with the permission byQueue.");
  }
  if (!named) return allowance;
  const json& sources = document["sourceQueueArns"];
  if (!sources.is_array() || sources.empty() || sources.size() > 10) {
    invalid("RedriveAllowPolicy", text, "sourceQueueArns must name 1 to 10 queues.");
  }
  for (const json& source : sources) {
    if (!source.is_string()) invalid("RedriveAllowPolicy", text, "sourceQueueArns must name queues.");
    allowance.sources.push_back(source);
  }
  return allowance;
}

void check_document(const std::string& name, const std::string& text) {
  if (text.empty()) return;
  if (name == "RedrivePolicy") {
    parse_redrive(text);
  } else if (name == "RedriveAllowPolicy") {
    parse_allowance(text);
  } else {
    try {
      policy::Document::parse(text, policy::DocumentKind::resource);
    } catch (const Error&) {
      invalid(name);
    }
  }
}

void check_attribute(const std::string& name, const std::string& value, bool fifo) {
  for (const Number& number : numbers) {
    if (number.name != name) continue;
    const auto given = number_of(value);
    if (!given || *given < number.least || *given > number.most) invalid(name);
    return;
  }
  if (std::ranges::find(documents, name) != std::end(documents)) return check_document(name, value);
  for (const Choice& choice : choices) {
    if (choice.name != name) continue;
    if (!fifo) unknown(name);
    if (std::ranges::find(choice.values, value) == std::end(choice.values)) invalid(name);
    return;
  }
  if (name == "FifoQueue") {
    // Nothing but the name says so of a standard queue, and no queue changes its kind.
    if (!fifo) unknown(name);
    if (value != "true") invalid(name);
    return;
  }
  if (name == "KmsMasterKeyId") {
    if (value.empty()) return;
    throw Error(errors::unsupported, "Tarn has no keys to seal messages with: KmsMasterKeyId must be empty.");
  }
  if (name == "SqsManagedSseEnabled") {
    if (value == "false") return;
    if (value != "true") invalid(name);
    throw Error(errors::unsupported, "Tarn does not seal messages at rest: SqsManagedSseEnabled must be false.");
  }
  unknown(name);
}

}  // namespace

void check_name(std::string_view name, bool fifo) {
  std::string_view stem = name;
  if (fifo && name.ends_with(".fifo")) stem.remove_suffix(5);
  const bool good = std::ranges::all_of(stem, [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
  if (name.size() > 80 || stem.empty() || !good) {
    throw Error(errors::invalid_parameter,
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
  }
  if (fifo && !name.ends_with(".fifo")) {
    throw Error(errors::invalid_parameter, "The name of a FIFO queue can only end with the .fifo suffix.");
  }
}

void check_attributes(const Attributes& attributes, bool fifo) {
  for (const auto& [name, value] : attributes) check_attribute(name, value, fifo);
}

Settings settings_of(const Attributes& attributes) {
  Settings settings;
  for (const Number& number : numbers) {
    const std::string* value = find(attributes, number.name);
    if (value && number.member) settings.*number.member = number_of(*value).value_or(number.otherwise);
  }
  const auto is = [&](std::string_view name, std::string_view wanted) {
    const std::string* value = find(attributes, name);
    return value && *value == wanted;
  };
  settings.fifo = is("FifoQueue", "true");
  settings.content_deduplication = is("ContentBasedDeduplication", "true");
  settings.deduplicate_by_group = is("DeduplicationScope", "messageGroup");
  if (const std::string* policy = find(attributes, "Policy")) settings.policy = *policy;
  const std::string* redrive = find(attributes, "RedrivePolicy");
  if (redrive && !redrive->empty()) settings.redrive = parse_redrive(*redrive);
  return settings;
}

bool allows_redrive_from(const Attributes& attributes, const std::string& source_arn) {
  const std::string* text = find(attributes, "RedriveAllowPolicy");
  if (!text || text->empty()) return true;
  const RedriveAllowance allowance = parse_allowance(*text);
  return allowance.permission == "allowAll" ||
         std::ranges::find(allowance.sources, source_arn) != allowance.sources.end();
}

std::optional<std::string> attribute_value(const Attributes& attributes, const std::string& name) {
  const std::string* set = find(attributes, name);
  if (set) return set->empty() ? std::nullopt : std::optional(*set);
  const bool fifo = find(attributes, "FifoQueue");
  for (const Number& number : numbers) {
    if (number.name == name && number.member) return std::to_string(number.otherwise);
  }
  for (const Choice& choice : choices) {
    if (choice.name == name && fifo) return std::string(choice.values[0]);
  }
  if (name == "SqsManagedSseEnabled") return "false";
  return std::nullopt;
}

std::vector<std::string> attribute_names(const Attributes& attributes) {
  std::vector<std::string> names;
  const auto add = [&](std::string_view name) {
    if (attribute_value(attributes, std::string(name))) names.emplace_back(name);
  };
  for (const Number& number : numbers) add(number.name);
  for (const std::string_view document : documents) add(document);
  for (const Choice& choice : choices) add(choice.name);
  add("FifoQueue");
  add("SqsManagedSseEnabled");
  return names;
}

}  // namespace tarn::queues
