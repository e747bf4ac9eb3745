// What can be set of a queue, and what it means.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tarn::queues {

namespace errors {
inline constexpr ErrorCode invalid_attribute_name{"InvalidAttributeName", 400};
inline constexpr ErrorCode invalid_attribute_value{"InvalidAttributeValue", 400};
inline constexpr ErrorCode invalid_parameter{"InvalidParameterValue", 400};
inline constexpr ErrorCode missing_parameter{"MissingParameter", 400};
inline constexpr ErrorCode unsupported{"UnsupportedOperation", 400};
}  // namespace errors

using Attributes = std::map<std::string, std::string>;

struct Redrive {
  std::string target_arn;
  std::uint32_t max_receive_count = 10;
};

struct Settings {
  std::int64_t visibility_timeout = 30;
  std::int64_t delay = 0;
  std::int64_t max_message_bytes = 1'048'576;
  std::int64_t retention = 345'600;
  std::int64_t wait = 0;
  bool fifo = false;
  bool content_deduplication = false;
  bool deduplicate_by_group = false;
  std::string policy;  // Empty: none.
  std::optional<Redrive> redrive;
};

// 1 to 80 letters, digits, hyphens and underscores; FIFO queues end in ".fifo".
void check_name(std::string_view name, bool fifo);

// Throws invalid_attribute_name or invalid_attribute_value for what cannot be set. An empty document (Policy,
// RedrivePolicy, …) takes it away.
void check_attributes(const Attributes& attributes, bool fifo);

Settings settings_of(const Attributes& attributes);

// May queue `source_arn` use the queue with these attributes as its dead-letter queue?
bool allows_redrive_from(const Attributes& attributes, const std::string& source_arn);

// The value of a settable attribute, its default where it was not set; none where there is none.
std::optional<std::string> attribute_value(const Attributes& attributes, const std::string& name);
// Names of all settable attributes that have a value in a queue with these.
std::vector<std::string> attribute_names(const Attributes& attributes);

}  // namespace tarn::queues
