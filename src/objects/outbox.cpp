#include "objects/outbox.h"

#include "base/encoding.h"
#include "base/pack.h"

namespace tarn::objects {
namespace {

constexpr std::uint8_t format = 1;

}  // namespace

std::string ChangeRecord::sequencer() const {
  std::string raw;
  Packer(raw).fixed64(sequence);
  return to_hex(as_bytes(raw));
}

std::string pack(const ChangeRecord& record) {
  std::string row;
  Packer out(row);
  out.byte(format).text(record.event).text(record.operation).time(record.time).text(record.region);
  out.text(record.bucket).text(record.bucket_owner).text(record.key).text(record.version_id).number(record.size);
  out.text(record.e_tag).fixed64(record.sequence).byte(record.delete_marker);
  out.text(record.storage_class).text(record.previous_class).text(record.requester).text(record.requester_id);
  out.text(record.source_ip).text(record.request_id).byte(record.restored_until.has_value());
  if (record.restored_until) out.time(*record.restored_until);
  return row;
}

ChangeRecord unpack_change_record(std::string_view row) {
  Unpacker in(row);
  if (in.byte() != format) throw std::runtime_error("a change record has a format that this version does not know");
  ChangeRecord record;
  record.event = in.text();
  record.operation = in.text();
  record.time = in.time();
  record.region = in.text();
  record.bucket = in.text();
  record.bucket_owner = in.text();
  record.key = in.text();
  record.version_id = in.text();
  record.size = in.number();
  record.e_tag = in.text();
  record.sequence = in.fixed64();
  record.delete_marker = in.byte();
  record.storage_class = in.text();
  record.previous_class = in.text();
  record.requester = in.text();
  record.requester_id = in.text();
  record.source_ip = in.text();
  record.request_id = in.text();
  if (in.byte()) record.restored_until = in.time();
  return record;
}

}  // namespace tarn::objects
