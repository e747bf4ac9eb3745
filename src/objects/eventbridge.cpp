#include "objects/eventbridge.h"

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace tarn::objects {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> detail_types{{
    {"ObjectCreated:", "Object Created"},
    {"ObjectRemoved:", "Object Deleted"},
    {"LifecycleExpiration:", "Object Deleted"},
    {"LifecycleTransition", "Object Storage Class Changed"},
    {"ObjectRestore:Post", "Object Restore Initiated"},
    {"ObjectRestore:Completed", "Object Restore Completed"},
    {"ObjectRestore:Delete", "Object Restore Expired"},
    {"ObjectTagging:Put", "Object Tags Added"},
    {"ObjectTagging:Delete", "Object Tags Deleted"},
}};

}  // namespace

std::optional<std::string> event_detail_type(const ChangeRecord& record) {
  for (const auto& [prefix, type] : detail_types) {
    if (record.event.starts_with(prefix)) return std::string(type);
  }
  return std::nullopt;
}

std::string event_detail(const ChangeRecord& record) {
  using nlohmann::ordered_json;
  const std::string type = event_detail_type(record).value_or("");
  ordered_json object{{"key", record.key}};
  if (type == "Object Created" || type.starts_with("Object Restore") || type == "Object Storage Class Changed") {
    object["size"] = record.size;
  }
  if (!record.delete_marker && !record.e_tag.empty()) object["etag"] = record.e_tag;
  if (!record.version_id.empty()) object["version-id"] = record.version_id;
  if (type == "Object Created" || type == "Object Deleted") object["sequencer"] = record.sequencer();
  ordered_json detail{{"version", "0"}, {"bucket", {{"name", record.bucket}}}, {"object", std::move(object)}};
  if (!record.request_id.empty()) detail["request-id"] = record.request_id;
  detail["requester"] = record.requester;
  if (!record.source_ip.empty()) detail["source-ip-address"] = record.source_ip;
  if (type == "Object Created" || type == "Object Deleted") detail["reason"] = record.operation;
  if (type == "Object Deleted") {
    detail["deletion-type"] = record.delete_marker ? "Delete Marker Created" : "Permanently Deleted";
  }
  if (type == "Object Storage Class Changed") detail["destination-storage-class"] = record.storage_class;
  if (type.starts_with("Object Restore")) detail["source-storage-class"] = record.storage_class;
  if (record.restored_until) detail["restore-expiry-time"] = iso8601_seconds(*record.restored_until);
  // Keys are UTF-8; whatever else may be in a record never breaks the event.
  return detail.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace tarn::objects
