// An EventBridge event pattern: which events a rule wants.
//
// Exact values, prefix, suffix, equals-ignore-case, anything-but, numeric, exists, wildcard, cidr, $or. Built from
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html. A pure function of bytes.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tarn::events {

namespace errors {
inline constexpr ErrorCode invalid_event_pattern{"InvalidEventPatternException", 400};
}

class Pattern {
 public:
  // Throws Error(InvalidEventPatternException) that says what is wrong. At most 4,096 bytes.
  explicit Pattern(std::string_view json);
  ~Pattern();
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;

  // `event` is the whole event as JSON text; text that is no JSON object matches nothing.
  bool matches(std::string_view event) const;

  struct Node;

 private:
  std::unique_ptr<Node> root_;
};

}  // namespace tarn::events
