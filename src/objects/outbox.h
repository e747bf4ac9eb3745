// The outbox of a bucket: one row for each change that a bucket with notifications has seen, written by the change's
// own commit. Whoever delivers events reads them in order and removes them once the target has them for good.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace tarn::objects {

// Everything that an S3 notification or an EventBridge event says of a change.
struct ChangeRecord {
  std::string event;      // "ObjectCreated:Put", "LifecycleTransition", …: without "s3:".
  std::string operation;  // "PutObject", "Lifecycle Expiration": EventBridge's reason.
  Timestamp time;         // The lake's.
  std::string region;
  std::string bucket;
  std::string bucket_owner;  // Account.
  std::string key;           // As it is, not encoded.
  std::string version_id;    // Empty in buckets that never were versioned.
  std::uint64_t size = 0;
  std::string e_tag;
  std::uint64_t sequence = 0;  // As 16 hexadecimal digits: the sequencer.
  bool delete_marker = false;
  std::string storage_class;   // What it is in now, or where it went.
  std::string previous_class;  // Of transitions.
  std::string requester;       // Account or service.
  std::string requester_id;    // The principal's id: "AWS:AIDA…" is made of it.
  std::string source_ip;
  std::string request_id;
  std::optional<Timestamp> restored_until;

  std::string sequencer() const;
};

std::string pack(const ChangeRecord& record);
// Throws std::runtime_error for bytes that are no record.
ChangeRecord unpack_change_record(std::string_view row);

// Rows of a bucket's partition that hold records: [outbox_prefix, outbox_end).
inline constexpr std::string_view outbox_prefix = "o/";
inline constexpr std::string_view outbox_end = "o0";

}  // namespace tarn::objects
