// From the outboxes of buckets to the event buses of their owners.
#include "app/bucket_events.h"

#include "base/digest.h"
#include "base/encoding.h"
#include "objects/eventbridge.h"
#include "objects/outbox.h"

namespace tarn::app {
namespace {

constexpr std::string_view bus = "default";

// The same row gives the same id, so that an event that comes twice is known again.
std::string event_id(const meta::Partition& partition, const meta::Row& row) {
  const auto digest = sha256(partition.name + '\0' + row.key);
  std::string hex = to_hex(std::span(digest).first(16));
  for (const std::size_t dash : {8u, 13u, 18u, 23u}) hex.insert(dash, 1, '-');
  return hex;
}

Task<void> deliver(events::Events& events, meta::Partition partition, meta::Row row) {
  const objects::ChangeRecord record = objects::unpack_change_record(row.value);
  const auto type = objects::event_detail_type(record);
  if (!type) co_return;
  (void)co_await events.accept(std::string(bus), events::Event{.id = event_id(partition, row),
                                                               .source = "aws.s3",
                                                               .detail_type = *type,
                                                               .account = AccountId::trusted(record.bucket_owner),
                                                               .time = record.time,
                                                               .region = record.region,
                                                               .resources = {"arn:aws:s3:::" + record.bucket},
                                                               .detail = objects::event_detail(record)});
}

}  // namespace

std::unique_ptr<work::Outbox> make_bucket_outbox(meta::Store& store, Executor& executor, events::Events& events) {
  return std::make_unique<work::Outbox>(store, executor, work::OutboxOptions{},
                                        [&events](meta::Partition partition, meta::Row row) {
                                          return deliver(events, std::move(partition), std::move(row));
                                        });
}

}  // namespace tarn::app
