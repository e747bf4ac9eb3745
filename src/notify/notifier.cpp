#include "notify/notifier.h"

#include <mutex>
#include <nlohmann/json.hpp>

#include "base/failure.h"
#include "base/log.h"
#include "work/outbox.h"

namespace tarn::notify {
namespace {

using nlohmann::json;

constexpr const char* item_kind = "notification";
// Five minutes apart in the end: some eight hours.
constexpr std::uint32_t max_attempts = 100;
constexpr std::size_t max_log_lines = 10'000;
constexpr std::size_t max_parsed = 1'000;

meta::Partition partition_of(const std::string& bucket_id) {
  return {"bucket/" + bucket_id};
}

// One change for one target.
struct Notice {
  events::Delivery delivery;
  std::string bucket;
  std::string key;
  std::string event;
  std::string configuration;

  std::string payload() const {
    return json{{"arn", delivery.arn},     {"id", delivery.event_id},
                {"input", delivery.input}, {"account", delivery.source_account},
                {"bucket", bucket},        {"key", key},
                {"event", event},          {"configuration", configuration}}
        .dump();
  }
  static Notice of(const std::string& payload) {
    const json in = json::parse(payload);
    return make(in.at("arn"), in.at("id"), in.at("input"), in.at("account"), in.at("bucket"), in.at("key"),
                in.at("event"), in.at("configuration"));
  }
  static Notice make(std::string arn, std::string id, std::string input, std::string account, std::string bucket,
                     std::string key, std::string event, std::string configuration) {
    Notice notice{.bucket = std::move(bucket),
                  .key = std::move(key),
                  .event = std::move(event),
                  .configuration = std::move(configuration)};
    notice.delivery.arn = std::move(arn);
    notice.delivery.event_id = std::move(id);
    notice.delivery.input = std::move(input);
    notice.delivery.sender = "s3.amazonaws.com";
    notice.delivery.source_arn = "arn:aws:s3:::" + notice.bucket;
    notice.delivery.source_account = std::move(account);
    return notice;
  }
};

}  // namespace

struct Notifier::State {
  work::Queue& queue;
  events::Events& events;
  const Clock& wall;
  KeepLog keep_log;
  std::vector<events::Target*> targets;
  objects::Objects* objects = nullptr;
  std::unique_ptr<work::Outbox> outbox;

  std::mutex mutex;
  std::vector<LogLine> lines;
  // By the configuration's revision and the bucket's id.
  std::map<std::pair<std::string, std::uint64_t>, std::shared_ptr<const objects::Notification>> parsed;

  events::Target* target_for(std::string_view arn) const {
    for (events::Target* target : targets) {
      if (target->owns(arn)) return target;
    }
    return nullptr;
  }

  std::shared_ptr<const objects::Notification> configuration_of(const objects::Bucket& bucket) {
    const auto* found = bucket.configuration(objects::ConfigurationKind::notification);
    if (!found) return nullptr;
    const std::lock_guard lock(mutex);
    if (parsed.size() >= max_parsed) parsed.clear();
    auto& known = parsed[{bucket.id, found->revision}];
    if (!known) known = std::make_shared<const objects::Notification>(objects::unpack_notification(found->document));
    return known;
  }

  void note(const Notice& notice, std::string_view outcome, std::uint32_t attempt, const std::string& error) {
    if (!keep_log) return;
    nlohmann::ordered_json line{{"outcome", outcome},
                                {"event", "s3:" + notice.event},
                                {"bucket", notice.bucket},
                                {"key", notice.key},
                                {"target", notice.delivery.arn},
                                {"configurationId", notice.configuration},
                                {"deliveryId", notice.delivery.event_id},
                                {"attempt", attempt}};
    if (!error.empty()) line["error"] = error.substr(0, 1'000);
    const std::lock_guard lock(mutex);
    if (lines.size() >= max_log_lines) return;
    lines.push_back({.account = AccountId::trusted(notice.delivery.source_account),
                     .bucket = notice.bucket,
                     .time = wall.now(),
                     .text = line.dump(-1, ' ', false, json::error_handler_t::replace)});
  }

  Task<void> write_log() {
    std::vector<LogLine> taken;
    {
      const std::lock_guard lock(mutex);
      taken.swap(lines);
    }
    if (!taken.empty()) co_await keep_log(std::move(taken));
  }

  // A queue takes it at once; what does not, and what is slow by nature, gets durable work of its own.
  Task<void> send(Notice notice) {
    events::Target* const target = target_for(notice.delivery.arn);
    std::exception_ptr failure;
    if (target && notice.delivery.arn.starts_with("arn:aws:sqs:")) {
      try {
        co_await target->deliver(notice.delivery);
      } catch (...) {
        failure = std::current_exception();
      }
      note(notice, failure ? "failed" : "delivered", 1, failure ? failure_text(failure) : "");
      if (!failure) co_return;
    }
    work::NewItem item{
        .id = std::string(item_kind) + "/" + notice.delivery.event_id, .kind = item_kind, .payload = notice.payload()};
    co_await queue.enqueue(std::move(item));
  }

  Task<void> tell(meta::Partition partition, meta::Row row) {
    const objects::ChangeRecord record = objects::unpack_change_record(row.value);
    const std::string bucket_id = partition.name.substr(partition.name.find('/') + 1);
    const auto bucket = co_await objects->peek_bucket(BucketName::trusted(record.bucket));
    // Who was to be told has gone with the bucket, or since.
    if (!bucket || bucket->id != bucket_id) co_return;
    const auto configuration = configuration_of(*bucket);
    if (!configuration) co_return;
    const events::Event event = event_of(record, bucket_id + row.key);
    for (const objects::NotificationTarget& target : configuration->targets) {
      if (!objects::wants(target, record.event, record.key)) continue;
      co_await send(Notice::make(target.arn, event.id + "/" + target.id, message_of(record, target.id),
                                 record.bucket_owner, record.bucket, record.key, record.event, target.id));
    }
    if (configuration->event_bridge) co_await events.accept("default", event);
  }

  Task<work::Outcome> deliver(const work::Item& item) {
    Notice notice = Notice::of(item.payload);
    events::Target* const target = target_for(notice.delivery.arn);
    std::exception_ptr failure;
    try {
      if (!target) throw std::runtime_error("Tarn delivers notifications to no such resource.");
      co_await target->deliver(notice.delivery);
    } catch (...) {
      failure = std::current_exception();
    }
    note(notice, failure ? "failed" : "delivered", item.attempts + 1, failure ? failure_text(failure) : "");
    if (failure) std::rethrow_exception(failure);
    co_return work::Done{};
  }

  Task<void> given_up(const work::Item& item) {
    note(Notice::of(item.payload), "dead", item.attempts, item.last_error);
    log::warning("a notification was given up", {{"id", item.id}, {"error", item.last_error}});
    co_return;
  }
};

Notifier::Notifier(meta::Store& store, work::Queue& queue, events::Events& events, const Clock& wall, KeepLog keep_log)
    : state_(new State{.queue = queue, .events = events, .wall = wall, .keep_log = std::move(keep_log)}) {
  State* const state = state_.get();
  state->outbox = std::make_unique<work::Outbox>(
      store, queue, work::OutboxOptions{.rows = std::string(objects::outbox_prefix)},
      [state](meta::Partition partition, meta::Row row) { return state->tell(std::move(partition), std::move(row)); });
  queue.handle(item_kind, [state](const work::Item& item) { return state->deliver(item); },
               {.max_running = 16, .max_attempts = max_attempts, .on_dead = [state](const work::Item& item) {
                  return state->given_up(item);
                }});
  if (state->keep_log) {
    queue.every("write the log of notifications", std::chrono::milliseconds(500),
                [state] { return state->write_log(); });
  }
}

Notifier::~Notifier() = default;

void Notifier::add_target(events::Target& target) {
  state_->targets.push_back(&target);
}

void Notifier::watch(objects::Objects& objects) {
  state_->objects = &objects;
  state_->outbox->start();
}

void Notifier::add(const policy::Access&, std::string_view, const objects::ObjectVersion& version, meta::Batch&) {
  if (!version.bucket->configuration(objects::ConfigurationKind::notification)) return;
  state_->outbox->look_at(partition_of(version.bucket->id));
}

Task<std::string> Notifier::try_target(const objects::Bucket& bucket, std::string arn, std::string request_id) {
  events::Target* const target = state_->target_for(arn);
  if (!target) co_return "The ARN is not well formed";
  const json test{{"Service", "Amazon S3"},       {"Event", "s3:TestEvent"}, {"Time", iso8601(state_->wall.now())},
                  {"Bucket", bucket.name.text()}, {"RequestId", request_id}, {"HostId", request_id}};
  Notice notice = Notice::make(arn, "test/" + request_id, test.dump(), bucket.owner.text(), bucket.name.text(), "",
                               "TestEvent", "");
  std::string refusal;
  try {
    co_await target->deliver(notice.delivery);
  } catch (const Error& error) {
    refusal = error.code() == tarn::errors::access_denied
                  ? "Permissions on the destination queue do not allow S3 to publish notifications from this bucket"
                  : error.message();
  } catch (const std::exception& error) {
    refusal = error.what();
  }
  co_return refusal;
}

Task<std::vector<DeadDelivery>> Notifier::dead_deliveries(const objects::Bucket& bucket) {
  const std::string name = bucket.name.text(), owner = bucket.owner.text();
  std::vector<DeadDelivery> found;
  const auto items = co_await state_->queue.dead(item_kind);
  for (const work::Item& item : items) {
    const Notice notice = Notice::of(item.payload);
    // A name may have had another owner.
    if (notice.bucket != name || notice.delivery.source_account != owner) continue;
    if (found.size() == max_dead_shown) break;
    found.push_back({.id = item.id,
                     .target = notice.delivery.arn,
                     .event = "s3:" + notice.event,
                     .key = notice.key,
                     .configuration = notice.configuration,
                     .error = item.last_error,
                     .attempts = item.attempts,
                     .created = item.created});
  }
  co_return found;
}

Task<std::size_t> Notifier::revive(const objects::Bucket& bucket) {
  const auto dead = co_await dead_deliveries(bucket);
  std::size_t revived = 0;
  for (const DeadDelivery& each : dead) revived += co_await state_->queue.revive(each.id) ? 1 : 0;
  co_return revived;
}

}  // namespace tarn::notify
