#include "logs/rows.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace tarn::logs {

namespace {

constexpr char row_format = 1;

void put64(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

std::uint64_t get64(std::string_view bytes, std::size_t at) {
  if (bytes.size() < at + 8) throw std::runtime_error("a log row is cut short");
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// Every value begins with its format's version.
std::string_view body_of(std::string_view value) {
  if (value.empty() || value[0] != row_format) throw std::runtime_error("a log row of an unknown format");
  return value.substr(1);
}

std::string hex16(std::uint64_t value) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = 0; i < 16; ++i) text[15 - i] = digits[value >> (4 * i) & 15];
  return text;
}

nlohmann::json optional_time(const std::optional<Timestamp>& time) {
  return time ? nlohmann::json(to_millis(*time)) : nlohmann::json(nullptr);
}

std::optional<Timestamp> read_time(const nlohmann::json& value) {
  if (value.is_null()) return std::nullopt;
  return from_millis(value.get<std::int64_t>());
}

}  // namespace

meta::Partition partition_of(const AccountId& account) {
  return {"logs/" + account.text()};
}
std::string group_key(std::string_view group) {
  return "g/" + std::string(group);
}
std::string stream_prefix(std::string_view group) {
  return "s/" + std::string(group) + '\0';
}
std::string stream_key(std::string_view group, std::string_view stream) {
  return stream_prefix(group) + std::string(stream);
}

std::string event_prefix(std::uint64_t stream) {
  std::string key = "e/";
  put64(key, stream);
  return key;
}
std::string reverse_prefix(std::uint64_t stream) {
  std::string key = "r/";
  put64(key, stream);
  return key;
}
std::string event_key(std::uint64_t stream, Position position) {
  std::string key = event_prefix(stream);
  put64(key, position.millis);
  put64(key, position.number);
  return key;
}
std::string reverse_key(std::uint64_t stream, Position position) {
  std::string key = reverse_prefix(stream);
  put64(key, ~position.millis);
  put64(key, ~position.number);
  return key;
}
Position position_of_event_key(std::string_view key) {
  return {get64(key, 10), get64(key, 18)};
}
Position position_of_reverse_key(std::string_view key) {
  return {~get64(key, 10), ~get64(key, 18)};
}

std::string position_text(Position position) {
  return hex16(position.millis) + hex16(position.number);
}

std::optional<Position> parse_position(std::string_view text) {
  if (text.size() != 32) return std::nullopt;
  std::uint64_t halves[2] = {0, 0};
  for (std::size_t i = 0; i < 32; ++i) {
    const char c = text[i];
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return std::nullopt;
    halves[i / 16] = halves[i / 16] << 4 | static_cast<unsigned>(digit);
  }
  return Position{halves[0], halves[1]};
}

std::string group_value(const Group& group) {
  nlohmann::json json = {{"created", to_millis(group.created)}, {"tags", group.tags}};
  if (group.retention_days) json["retention_days"] = *group.retention_days;
  return row_format + json.dump();
}

Group parse_group(const std::string& name, std::string_view value) {
  const auto json = nlohmann::json::parse(body_of(value));
  Group group;
  group.name = name;
  group.created = from_millis(json.at("created").get<std::int64_t>());
  group.tags = json.at("tags").get<std::map<std::string, std::string>>();
  if (const auto days = json.find("retention_days"); days != json.end()) group.retention_days = days->get<int>();
  return group;
}

std::string stream_value(const Stream& stream) {
  const nlohmann::json json = {{"id", stream.id},
                               {"created", to_millis(stream.created)},
                               {"first", optional_time(stream.first_event)},
                               {"last", optional_time(stream.last_event)},
                               {"ingested", optional_time(stream.last_ingestion)},
                               {"next", stream.next_number},
                               {"bytes", stream.stored_bytes}};
  return row_format + json.dump();
}

Stream parse_stream(const std::string& name, std::string_view value) {
  const auto json = nlohmann::json::parse(body_of(value));
  Stream stream;
  stream.name = name;
  stream.id = json.at("id").get<std::uint64_t>();
  stream.created = from_millis(json.at("created").get<std::int64_t>());
  stream.first_event = read_time(json.at("first"));
  stream.last_event = read_time(json.at("last"));
  stream.last_ingestion = read_time(json.at("ingested"));
  stream.next_number = json.at("next").get<std::uint64_t>();
  stream.stored_bytes = json.at("bytes").get<std::uint64_t>();
  return stream;
}

std::string event_value(Timestamp ingested, std::string_view message) {
  std::string value(1, row_format);
  put64(value, static_cast<std::uint64_t>(to_millis(ingested)));
  value += message;
  return value;
}

StoredEvent parse_event(std::string_view key, std::string_view value, const std::string& stream) {
  const std::string_view body = body_of(value);
  const Position position = position_of_event_key(key);
  StoredEvent event;
  event.timestamp = from_millis(static_cast<std::int64_t>(position.millis));
  event.ingested = from_millis(static_cast<std::int64_t>(get64(body, 0)));
  event.message = body.substr(8);
  event.stream = stream;
  event.id = hex16(get64(key, 2)) + position_text(position);
  return event;
}

}  // namespace tarn::logs
