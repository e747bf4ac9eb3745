// How logs' rows are spelled; used by logs' own files only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "logs/logs.h"

namespace tarn::logs {

meta::Partition partition_of(const AccountId& account);
std::string group_key(std::string_view group);
std::string stream_prefix(std::string_view group);
std::string stream_key(std::string_view group, std::string_view stream);

// Where an event stands in its stream.
struct Position {
  std::uint64_t millis = 0;
  std::uint64_t number = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};
std::string event_key(std::uint64_t stream, Position position);
std::string reverse_key(std::uint64_t stream, Position position);
Position position_of_event_key(std::string_view key);
Position position_of_reverse_key(std::string_view key);
std::string event_prefix(std::uint64_t stream);
std::string reverse_prefix(std::uint64_t stream);
// Fixed width, so that text order is order. None for what is no position.
std::string position_text(Position position);
std::optional<Position> parse_position(std::string_view text);

std::string group_value(const Group& group);
Group parse_group(const std::string& name, std::string_view value);
std::string stream_value(const Stream& stream);
Stream parse_stream(const std::string& name, std::string_view value);
std::string event_value(Timestamp ingested, std::string_view message);
StoredEvent parse_event(std::string_view key, std::string_view value, const std::string& stream);

}  // namespace tarn::logs
