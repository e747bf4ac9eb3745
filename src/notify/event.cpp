#include <array>
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "notify/notifier.h"

namespace tarn::notify {
namespace {

using nlohmann::json;

struct Kind {
  std::string_view event;  // How the change's name begins.
  std::string_view detail_type;
};
constexpr std::array<Kind, 10> kinds{{{"ObjectCreated:", "Object Created"},
                                      {"ObjectRemoved:", "Object Deleted"},
                                      {"LifecycleExpiration:", "Object Deleted"},
                                      {"ObjectRestore:Post", "Object Restore Initiated"},
                                      {"ObjectRestore:Completed", "Object Restore Completed"},
                                      {"ObjectRestore:Delete", "Object Restore Expired"},
                                      {"LifecycleTransition", "Object Storage Class Changed"},
                                      {"ObjectTagging:Put", "Object Tags Added"},
                                      {"ObjectTagging:Delete", "Object Tags Deleted"},
                                      {"ObjectAcl:Put", "Object ACL Updated"}}};

std::string detail_type_of(const std::string& event) {
  for (const Kind& kind : kinds) {
    if (event.starts_with(kind.event)) return std::string(kind.detail_type);
  }
  return event;
}

// A UUID that hangs on the row alone, so that a row that is told twice is one event.
std::string id_of(std::string_view place) {
  const Sha256 digest = sha256(place);
  std::array<std::byte, 16> raw;
  std::copy_n(digest.begin(), raw.size(), raw.begin());
  raw[6] = (raw[6] & std::byte{0x0f}) | std::byte{0x50};
  raw[8] = (raw[8] & std::byte{0x3f}) | std::byte{0x80};
  std::string hex = to_hex(raw);
  for (const std::size_t at : {8, 13, 18, 23}) hex.insert(at, 1, '-');
  return hex;
}

json object_of(const objects::ChangeRecord& record, bool removed) {
  json object{{"key", record.key}, {"sequencer", record.sequencer()}};
  if (!removed) object["size"] = record.size;
  if (!record.e_tag.empty()) object["etag"] = record.e_tag;
  if (!record.version_id.empty()) object["version-id"] = record.version_id;
  return object;
}

}  // namespace

events::Event event_of(const objects::ChangeRecord& record, std::string_view place) {
  const std::string type = detail_type_of(record.event);
  const bool removed = type == "Object Deleted";
  json detail{{"version", "0"},
              {"bucket", {{"name", record.bucket}}},
              {"object", object_of(record, removed)},
              {"request-id", record.request_id},
              {"requester", record.requester}};
  if (!record.source_ip.empty()) detail["source-ip-address"] = record.source_ip;
  if (removed || type == "Object Created") detail["reason"] = record.operation;
  if (removed) detail["deletion-type"] = record.delete_marker ? "Delete Marker Created" : "Permanently Deleted";
  if (type == "Object Storage Class Changed") detail["destination-storage-class"] = record.storage_class;
  if (type.starts_with("Object Restore")) detail["source-storage-class"] = record.storage_class;
  if (record.restored_until) detail["restore-expiry-time"] = iso8601_seconds(*record.restored_until);

  events::Event event;
  event.id = id_of(place);
  event.source = "aws.s3";
  event.detail_type = type;
  event.account = AccountId::trusted(record.bucket_owner);
  event.time = record.time;
  event.region = record.region;
  event.resources = {"arn:aws:s3:::" + record.bucket};
  event.detail = detail.dump();
  return event;
}

}  // namespace tarn::notify
