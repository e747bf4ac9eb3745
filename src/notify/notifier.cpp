#include "notify/notifier.h"

#include "work/outbox.h"

namespace tarn::notify {
namespace {

meta::Partition partition_of(const std::string& bucket_id) {
  return {"bucket/" + bucket_id};
}

Task<void> tell(events::Events& events, meta::Partition partition, meta::Row row) {
  const objects::ChangeRecord record = objects::unpack_change_record(row.value);
  const std::string bucket_id = partition.name.substr(partition.name.find('/') + 1);
  co_await events.accept("default", event_of(record, bucket_id + row.key));
}

}  // namespace

struct Notifier::State {
  work::Outbox outbox;
};

Notifier::Notifier(meta::Store& store, work::Queue& queue, events::Events& events)
    : state_(new State{.outbox = work::Outbox(store, queue, {.rows = std::string(objects::outbox_prefix)},
                                              [&events](meta::Partition partition, meta::Row row) {
                                                return tell(events, std::move(partition), std::move(row));
                                              })}) {}

Notifier::~Notifier() = default;

void Notifier::watch(objects::Objects&) {
  state_->outbox.start();
}

void Notifier::add(const policy::Access&, std::string_view, const objects::ObjectVersion& version, meta::Batch&) {
  if (!version.bucket->configuration(objects::ConfigurationKind::notification)) return;
  state_->outbox.look_at(partition_of(version.bucket->id));
}

}  // namespace tarn::notify
