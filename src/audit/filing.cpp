#include "audit/filing.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "base/pack.h"

namespace tarn::audit {
namespace {

using Json = nlohmann::json;
constexpr char format = '\x01';
constexpr std::uint8_t note_format = 1;
constexpr std::size_t max_trails = 1'000;  // Of an account; more is no note of ours.
// CloudTrail's own limit of an event. Beyond it, what was asked and answered is left out.
constexpr std::size_t max_json_bytes = 256 << 10;

std::string key_of(std::uint64_t order, const std::string& id) {
  std::string key;
  Packer(key).fixed64(order);
  return key + id;
}

// What lookups filter by stands beside the record, so that they need not read it.
std::string row_of(const Record& record, const std::string& json) {
  return format + Json{{"id", record.id},
                       {"name", record.name},
                       {"source", record.source},
                       {"user", user_name(record.principal)},
                       {"key", record.principal.access_key_id},
                       {"time", to_millis(record.time)},
                       {"read_only", record.read_only},
                       {"management", record.management},
                       {"resources", record.resources},
                       {"json", json}}
                      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string bounded_json(const Record& record) {
  std::string json = to_json(record);
  if (json.size() <= max_json_bytes) return json;
  Record shorter = record;
  shorter.request_parameters.clear();
  shorter.response_elements.clear();
  return to_json(shorter);
}

}  // namespace

meta::RowKey history_key(Timestamp time, const std::string& id) {
  return key_of(~static_cast<std::uint64_t>(to_millis(time)), id);
}

meta::Partition history_of(const AccountId& account, Timestamp time) {
  return {"audit/" + account.text() + "/" + iso8601_seconds(time).substr(0, 10)};
}

meta::Partition Filed::history() const {
  return history_of(account, time);
}
meta::RowKey Filed::history_key() const {
  return audit::history_key(time, id);
}
meta::RowKey Filed::queue_key() const {
  return key_of(static_cast<std::uint64_t>(to_millis(time)), id);
}
meta::RowValue Filed::queue_row() const {
  return format + json;
}

Filed file(const Record& record, const Trails& trails) {
  Filed filed{.account = record.account, .time = record.time, .id = record.id};
  filed.in_history = record.management || !record.denials.empty() || record.error_code == "AccessDenied";
  filed.trails = trails.selecting(record);
  if (!filed.kept()) return filed;
  filed.json = bounded_json(record);
  filed.row = row_of(record, filed.json);
  return filed;
}

std::string pack(const Filed& filed) {
  std::string note;
  Packer out(note);
  out.byte(note_format).text(filed.account.text()).time(filed.time).text(filed.id).byte(filed.in_history);
  out.text(filed.row).number(filed.trails.size());
  for (const std::string& trail : filed.trails) out.text(trail);
  return note;
}

Filed unpack_filed(std::string_view note) {
  Unpacker in(note);
  if (in.byte() != note_format) throw std::runtime_error("an audit note has a format that this version does not know");
  Filed filed{.account = AccountId::trusted(std::string(in.text()))};
  filed.time = in.time();
  filed.id = in.text();
  filed.in_history = in.byte() != 0;
  filed.row = in.text();
  const std::uint64_t trails = in.number();
  if (trails > max_trails) throw std::runtime_error("an audit note names too many trails");
  for (std::uint64_t i = 0; i < trails; ++i) filed.trails.emplace_back(in.text());
  filed.json = read_history_row(filed.row).event.json;
  return filed;
}

HistoryRow read_history_row(std::string_view value) {
  if (value.empty() || value.front() != format) throw std::runtime_error("audit row of an unknown format");
  const Json json = Json::parse(value.substr(1));
  return {.event = {.id = json.at("id"),
                    .name = json.at("name"),
                    .source = json.at("source"),
                    .user = json.at("user"),
                    .access_key_id = json.at("key"),
                    .time = from_millis(json.at("time")),
                    .read_only = json.at("read_only"),
                    .resources = json.at("resources").get<std::vector<std::string>>(),
                    .json = json.at("json")},
          .management = json.at("management")};
}

}  // namespace tarn::audit
