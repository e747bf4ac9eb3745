#include "queues/queues.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/pack.h"
#include "queues/state.h"

namespace tarn::queues {
namespace {

constexpr std::size_t max_decoded = 10'000;
constexpr std::int64_t purge_pause_ms = 60'000;

std::string queue_key(std::string_view name) {
  return "q/" + std::string(name);
}

}  // namespace

void no_such_queue() {
  throw Error(errors::queue_does_not_exist, "The specified queue does not exist.");
}

std::optional<Address> address_of_arn(std::string_view arn) {
  constexpr std::string_view prefix = "arn:aws:sqs:";
  if (!arn.starts_with(prefix)) return std::nullopt;
  arn.remove_prefix(std::min(arn.size(), arn.find(':', prefix.size())));
  if (arn.size() < 15 || arn[13] != ':') return std::nullopt;
  const auto owner = AccountId::parse(arn.substr(1, 12));
  if (!owner || arn.substr(14).find_first_of(":/") != arn.npos) return std::nullopt;
  return Address{.owner = *owner, .name = std::string(arn.substr(14))};
}

std::optional<Address> address_of_url(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t slash = url.rfind('/');
  if (slash == url.npos || slash < 13 || url[slash - 13] != '/') return std::nullopt;
  const auto owner = AccountId::parse(url.substr(slash - 12, 12));
  if (!owner || slash + 1 == url.size()) return std::nullopt;
  return Address{.owner = *owner, .name = std::string(url.substr(slash + 1))};
}

Queues::Queues(Dependencies dependencies) : state_(new State{.with = std::move(dependencies)}) {
  State* const state = state_.get();
  state->with.queue.handle("queue-removal",
                           [state](const work::Item& item) -> Task<work::Outcome> { return state->clear(item); },
                           {.max_running = 1});
  state->with.queue.every("expire messages", std::chrono::minutes(1), [state] { return state->sweep(); });
}

Queues::~Queues() = default;

std::string Queues::arn(const AccountId& owner, std::string_view name) const {
  return "arn:aws:sqs:" + state_->with.region + ":" + owner.text() + ":" + std::string(name);
}

Task<QueuePointer> Queues::State::peek(Address address) {
  const auto row = co_await with.store.get(names_of(address.owner), queue_key(address.name));
  if (!row) co_return nullptr;
  const std::string place = address.owner.text() + "/" + address.name;
  {
    const std::lock_guard lock(mutex);
    const auto known = decoded.find(place);
    if (known != decoded.end() && known->second->version == row->version) co_return known->second;
  }
  auto queue = std::make_shared<const Queue>(unpack_queue(*row));
  const std::lock_guard lock(mutex);
  if (decoded.size() >= max_decoded) decoded.clear();
  decoded[place] = queue;
  co_return queue;
}

Task<QueuePointer> Queues::peek(Address address) {
  co_return co_await state_->peek(std::move(address));
}

Task<QueuePointer> Queues::find(const policy::Access& access, Address address, std::string action) {
  co_await access.require(std::move(action), arn(address.owner, address.name));
  auto queue = co_await state_->peek(std::move(address));
  if (!queue) no_such_queue();
  co_return queue;
}

namespace {

// The dead-letter queue that is asked for must be there, of the same kind, and willing.
Task<void> check_redrive(Queues& queues, std::string source_arn, Attributes attributes) {
  const Settings settings = settings_of(attributes);
  if (!settings.redrive) co_return;
  const auto refuse = [&](const std::string& reason) {
    throw Error(errors::invalid_parameter, "Value " + attributes.at("RedrivePolicy") +
                                               " for parameter RedrivePolicy is invalid. Reason: " + reason);
  };
  const auto address = address_of_arn(settings.redrive->target_arn);
  const QueuePointer target = co_await queues.peek(*address);
  if (!target || queues.arn(*target) != settings.redrive->target_arn) refuse("Dead letter target does not exist.");
  if (target->settings.fifo != settings.fifo) refuse("Dead-letter queue must be same type of queue as the source.");
  if (target->owner != address_of_arn(source_arn)->owner) refuse("Dead-letter queue must be of the same account.");
  if (!allows_redrive_from(target->attributes, source_arn)) {
    refuse("The redrive allow policy of the dead-letter queue does not allow it.");
  }
}

void check_tags(const std::map<std::string, std::string>& tags) {
  if (tags.size() > max_tags) throw Error(errors::invalid_parameter, "Too many tags added for queue: at most 50.");
  for (const auto& [key, value] : tags) {
    if (key.empty() || key.size() > 128 * 4 || value.size() > 256 * 4 || to_lower(key).starts_with("aws:")) {
      throw Error(errors::invalid_parameter, "Tag key '" + key.substr(0, 128) + "' or its value is invalid.");
    }
  }
}

}  // namespace

Task<QueuePointer> Queues::create(const policy::Access& access, std::string name, Attributes attributes,
                                  std::map<std::string, std::string> tags) {
  const AccountId owner = account_of(access);
  const bool fifo = attributes.contains("FifoQueue");
  check_name(name, fifo);
  check_attributes(attributes, fifo);
  check_tags(tags);
  co_await access.require("sqs:CreateQueue", arn(owner, name));
  co_await check_redrive(*this, arn(owner, name), attributes);
  for (int attempt = 0; attempt < 10; ++attempt) {
    if (const QueuePointer existing = co_await state_->peek({.owner = owner, .name = name})) {
      for (const auto& [attribute, value] : attributes) {
        if (attribute_value(existing->attributes, attribute).value_or("") == value) continue;
        throw Error(errors::queue_name_exists,
                    "A queue already exists with the same name and a different value for attribute " + attribute);
      }
      co_return existing;
    }
    const Timestamp now = state_->with.lake.now();
    const Queue queue{.owner = owner,
                      .name = name,
                      .id = state_->with.random.text(20, "abcdefghijklmnopqrstuvwxyz0123456789"),
                      .created = now,
                      .modified = now,
                      .attributes = attributes,
                      .tags = tags};
    meta::Batch batch;
    batch.require_absent(queue_key(name)).put(queue_key(name), pack(queue));
    (void)co_await state_->with.store.commit(names_of(owner), std::move(batch));
  }
  throw Error(tarn::errors::service_unavailable, "The queue is created and removed again and again.");
}

Task<QueuePage> Queues::list(const policy::Access& access, std::string prefix, std::string after, std::size_t max) {
  const AccountId owner = account_of(access);
  co_await access.require("sqs:ListQueues", arn(owner, "*"));
  const std::string first = after.empty() ? queue_key(prefix) : std::max(queue_key(prefix), queue_key(after) + '\0');
  const auto rows = co_await state_->with.store.scan(names_of(owner), first, meta::end_of_prefix(queue_key(prefix)),
                                                     {.max_rows = max + 1});
  QueuePage page;
  for (const meta::Row& row : rows) {
    if (page.queues.size() == max) {
      page.next = page.queues.back()->name;
      break;
    }
    page.queues.push_back(std::make_shared<const Queue>(unpack_queue(row)));
  }
  co_return page;
}

Task<void> Queues::set_attributes(const policy::Access& access, Address address, Attributes attributes) {
  for (int attempt = 0; attempt < 10; ++attempt) {
    const QueuePointer before = co_await find(access, address, "sqs:SetQueueAttributes");
    check_attributes(attributes, before->settings.fifo);
    Queue queue = *before;
    for (const auto& [name, value] : attributes) queue.attributes[name] = value;
    const bool by_group = attribute_value(queue.attributes, "FifoThroughputLimit") == "perMessageGroupId";
    if (by_group && attribute_value(queue.attributes, "DeduplicationScope") != "messageGroup") {
      throw Error(errors::invalid_attribute_value,
                  "The perMessageGroupId value is allowed only when the value for "
                  "DeduplicationScope is messageGroup.");
    }
    if (attributes.contains("RedrivePolicy")) co_await check_redrive(*this, arn(queue), queue.attributes);
    queue.modified = state_->with.lake.now();
    meta::Batch batch;
    batch.require_version(queue_key(queue.name), before->version).put(queue_key(queue.name), pack(queue));
    const auto commit = co_await state_->with.store.commit(names_of(queue.owner), std::move(batch));
    if (commit.applied) co_return;
  }
  throw Error(tarn::errors::service_unavailable, "The queue's attributes change too often.");
}

Task<void> Queues::set_tags(const policy::Access& access, Address address, std::map<std::string, std::string> add,
                            std::vector<std::string> remove) {
  for (int attempt = 0; attempt < 10; ++attempt) {
    const QueuePointer before = co_await find(access, address, add.empty() ? "sqs:UntagQueue" : "sqs:TagQueue");
    Queue queue = *before;
    for (const auto& [key, value] : add) queue.tags[key] = value;
    for (const std::string& key : remove) queue.tags.erase(key);
    check_tags(queue.tags);
    meta::Batch batch;
    batch.require_version(queue_key(queue.name), before->version).put(queue_key(queue.name), pack(queue));
    const auto commit = co_await state_->with.store.commit(names_of(queue.owner), std::move(batch));
    if (commit.applied) co_return;
  }
  throw Error(tarn::errors::service_unavailable, "The queue's tags change too often.");
}

Task<void> Queues::remove(const policy::Access& access, Address address) {
  const QueuePointer queue = co_await find(access, address, "sqs:DeleteQueue");
  // Its messages follow: the item looks whether the queue is really gone.
  co_await state_->with.queue.enqueue({.id = "queue-removal/" + queue->id,
                                       .kind = "queue-removal",
                                       .payload = queue->owner.text() + "/" + queue->id + "/" + queue->name,
                                       .not_before = state_->with.lake.now() + std::chrono::seconds(10)});
  meta::Batch batch;
  batch.remove(queue_key(queue->name));
  (void)co_await state_->with.store.commit(names_of(queue->owner), std::move(batch));
  state_->forget(*queue);
}

void Queues::State::forget(const Queue& queue) {
  LivePointer used;
  {
    const std::lock_guard lock(mutex);
    const auto at = live.find(queue.id);
    if (at == live.end()) return;
    used = at->second;
    live.erase(at);
  }
  const std::lock_guard lock(used->mutex);
  used->gone = true;
  used->wake(used->waiters.size());
}

Task<work::Outcome> Queues::State::clear(const work::Item& item) {
  const std::size_t first = item.payload.find('/');
  const std::size_t second = item.payload.find('/', first + 1);
  const std::string id = item.payload.substr(first + 1, second - first - 1);
  const QueuePointer queue = co_await peek(
      {.owner = AccountId::trusted(item.payload.substr(0, first)), .name = item.payload.substr(second + 1)});
  if (queue && queue->id == id) co_return work::Done{};
  const meta::Partition partition{"queue/" + id};
  while (!co_await stop_requested()) {
    const auto rows = co_await with.store.scan(partition, "", "", {.max_rows = 500, .max_bytes = 8 << 20});
    if (rows.empty()) co_return work::Done{};
    meta::Batch batch;
    for (const meta::Row& row : rows) batch.remove(row.key);
    (void)co_await with.store.commit(partition, std::move(batch));
  }
  co_return work::RunAgain{};
}

Task<LivePointer> Queues::State::use(QueuePointer queue) {
  {
    const std::lock_guard lock(mutex);
    if (const auto at = live.find(queue->id); at != live.end()) {
      const std::lock_guard inner(at->second->mutex);
      at->second->queue = queue;
      co_return at->second;
    }
  }
  // Two may read at once; nothing changes a message before one of them is the queue's.
  auto fresh = std::make_shared<Live>(queue);
  const std::int64_t started = now();
  std::string first = "s/";
  while (true) {
    const auto rows = co_await with.store.scan(messages_of(*queue), first, meta::end_of_prefix("s/"), {});
    if (rows.empty()) break;
    for (const meta::Row& row : rows) {
      Unpacker key(std::string_view(row.key).substr(2));
      fresh->index.load(unpack_entry(key.fixed64(), row.value), started);
    }
    first = rows.back().key + '\0';
  }
  const std::lock_guard lock(mutex);
  co_return live.try_emplace(queue->id, std::move(fresh)).first->second;
}

Task<Counts> Queues::count(const Queue& queue) {
  const LivePointer live = co_await state_->use(std::make_shared<const Queue>(queue));
  const std::int64_t now = state_->now();
  const std::lock_guard lock(live->mutex);
  live->index.release(now);
  co_return live->index.counts(now);
}

Task<void> Queues::purge(const policy::Access& access, Address address) {
  const QueuePointer queue = co_await find(access, address, "sqs:PurgeQueue");
  const LivePointer live = co_await state_->use(queue);
  const std::int64_t now = state_->now();
  // The time of the last one is a row: a restart in between is no way around it.
  const auto last = co_await state_->with.store.get(messages_of(*queue), "p");
  if (last && now - to_millis(Unpacker(last->value).time()) < purge_pause_ms) {
    throw Error(errors::purge_queue_in_progress,
                "Only one PurgeQueue operation on " + queue->name + " is allowed every 60 seconds.");
  }
  std::string row;
  Packer(row).time(from_millis(now));
  meta::Batch mark;
  mark.put("p", row);
  (void)co_await state_->with.store.commit(messages_of(*queue), std::move(mark));
  std::vector<Entry> leaving;
  {
    const std::lock_guard lock(live->mutex);
    for (const std::uint64_t sequence : live->index.all()) {
      if (live->index.begin_leaving(sequence)) leaving.push_back(*live->index.find(sequence));
    }
  }
  co_await state_->drop(live, std::move(leaving));
}

Task<void> Queues::State::sweep() {
  std::vector<LivePointer> used;
  {
    const std::lock_guard lock(mutex);
    for (const auto& [id, each] : live) used.push_back(each);
  }
  for (const LivePointer& each : used) {
    std::vector<Entry> expired;
    QueuePointer queue;
    {
      const std::lock_guard lock(each->mutex);
      queue = each->queue;
      for (const std::uint64_t sequence : each->index.sent_before(now() - queue->settings.retention * 1'000, 10'000)) {
        if (each->index.begin_leaving(sequence)) expired.push_back(*each->index.find(sequence));
      }
    }
    co_await drop(each, std::move(expired));
    if (queue->settings.fifo) co_await forget_duplicates(*queue);
  }
}

Task<void> Queues::State::forget_duplicates(const Queue& queue) {
  std::string first = "d/";
  while (!co_await stop_requested()) {
    const auto rows = co_await with.store.scan(messages_of(queue), first, meta::end_of_prefix("d/"), {});
    if (rows.empty()) co_return;
    std::vector<meta::Batch> old;
    for (const meta::Row& row : rows) {
      Unpacker in(row.value);
      (void)in.byte();
      if (to_millis(in.time()) <= now())
        old.push_back(meta::Batch().require_version(row.key, row.version).remove(row.key));
    }
    first = rows.back().key + '\0';
    if (!old.empty()) (void)co_await with.store.commit_each(messages_of(queue), std::move(old));
  }
}

}  // namespace tarn::queues
