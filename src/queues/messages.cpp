// Sending, receiving and deleting.
#include <algorithm>
#include <limits>

#include "base/digest.h"
#include "base/pack.h"
#include "queues/state.h"

namespace tarn::queues {
namespace {

constexpr std::int64_t deduplication_ms = 300'000;
constexpr std::uint8_t duplicate_version = 1;
// Whoever waits looks again this often, whatever happened: for a client that has gone, and a clock that was moved.
constexpr std::chrono::milliseconds look_again_after{1'000};

std::string sender_of(const policy::Access& access) {
  const policy::Principal& principal = access.principal();
  return principal.user_id.empty() ? principal.arn : principal.user_id;
}

[[noreturn]] void out_of_range(std::string_view parameter, std::int64_t value, const std::string& reason) {
  throw Error(errors::invalid_parameter, "Value " + std::to_string(value) + " for parameter " + std::string(parameter) +
                                             " is invalid. Reason: " + reason);
}

Receipt receipt_in(const std::string& handle, const Queue& queue) {
  const auto receipt = parse_handle(handle);
  if (!receipt || receipt->queue_id != queue.id) {
    throw Error(errors::receipt_handle_is_invalid,
                "The input receipt handle \"" + handle.substr(0, 1'024) + "\" is not a valid receipt handle.");
  }
  return *receipt;
}

Error expired_handle(const std::string& handle) {
  return Error(errors::invalid_parameter, "Value " + handle +
                                              " for parameter ReceiptHandle is invalid. Reason: The receipt handle has "
                                              "expired.");
}

std::string duplicate_key(const NewMessage& message, const Settings& settings) {
  const std::string id = message.deduplication_id.value_or(to_hex(sha256(message.body)));
  return "d/" + (settings.deduplicate_by_group ? *message.group + '\0' : std::string()) + id;
}

std::string duplicate_row(std::int64_t until, const Sent& sent) {
  std::string row;
  Packer(row).byte(duplicate_version).time(from_millis(until)).text(sent.id).text(sent.sequence_number);
  return row;
}

}  // namespace

Task<std::optional<Queues::State::Arrival>> Queues::State::prepare(const Queue& queue, Live& live,
                                                                   const NewMessage& message, const std::string& sender,
                                                                   Sent& sent) {
  const std::int64_t now = this->now();
  Arrival arrival;
  sent.body_md5 = digest_of(message.body);
  sent.attributes_md5 = digest_of(message.attributes);
  sent.system_attributes_md5 = digest_of(message.system_attributes);
  if (queue.settings.fifo) {
    const std::string key = duplicate_key(message, queue.settings);
    const auto row = co_await with.store.get(messages_of(queue), key);
    if (row) {
      Unpacker in(row->value);
      (void)in.byte();
      const std::int64_t until = to_millis(in.time());
      sent.id = in.text();
      sent.sequence_number = in.text();
      if (until > now) co_return std::nullopt;
      arrival.batch.require_version(key, row->version);
    } else {
      arrival.batch.require_absent(key);
    }
  }
  sent.id = with.random.uuid();
  Content content{.id = sent.id,
                  .body = message.body,
                  .attributes = message.attributes,
                  .sender_id = sender,
                  .group = message.group.value_or("")};
  if (!message.system_attributes.empty()) content.trace_header = message.system_attributes.begin()->second.value;
  if (queue.settings.fifo) {
    content.deduplication_id = message.deduplication_id.value_or(to_hex(sha256(message.body)));
  }
  const std::vector<std::string> pieces = pack(content);
  const std::int64_t delay = message.delay_seconds.value_or(queue.settings.delay);
  arrival.entry = Entry{.sent = now,
                        .due = now + (queue.settings.fifo ? queue.settings.delay : delay) * 1'000,
                        .pieces = static_cast<std::uint8_t>(pieces.size()),
                        .group = queue.settings.fifo ? content.group : ""};
  {
    const std::lock_guard lock(live.mutex);
    if (live.gone) no_such_queue();
    if (live.index.size() >= max_messages) throw Error(errors::over_limit, "The queue has too many messages.");
    arrival.entry.sequence = live.index.next_sequence(now);
    live.index.arrive(arrival.entry);
  }
  if (queue.settings.fifo) {
    std::string number = std::to_string(arrival.entry.sequence);
    sent.sequence_number = std::string(20 - number.size(), '0') + number;
    arrival.batch.put(duplicate_key(message, queue.settings), duplicate_row(now + deduplication_ms, sent));
  }
  arrival.batch.put(state_key(arrival.entry.sequence), pack(arrival.entry));
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    arrival.batch.put(piece_key(arrival.entry.sequence, static_cast<std::uint8_t>(i)), pieces[i]);
  }
  arrival.sent = sent;
  co_return arrival;
}

Task<std::vector<Outcome<Sent>>> Queues::send_all(const policy::Access& access, Address address,
                                                  std::vector<NewMessage> messages) {
  const QueuePointer queue = co_await find(access, std::move(address), "sqs:SendMessage");
  const LivePointer live = co_await state_->use(queue);
  const std::string sender = sender_of(access);
  std::vector<Outcome<Sent>> results(messages.size());
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    try {
      check_message(messages[i], queue->settings);
      left.push_back(i);
    } catch (const Error& error) {
      results[i] = std::unexpected(error);
    }
  }
  // What loses a race against its own duplicate goes another round, and finds it.
  for (int round = 0; !left.empty(); ++round) {
    if (round == 20) throw Error(tarn::errors::service_unavailable, "Too many send the same message at once.");
    std::vector<State::Arrival> arrivals;
    std::vector<meta::Batch> batches;
    std::vector<meta::Commit> commits;
    std::exception_ptr failure;
    try {
      for (const std::size_t i : left) {
        Sent sent;
        auto arrival = co_await state_->prepare(*queue, *live, messages[i], sender, sent);
        results[i] = std::move(sent);
        if (!arrival) continue;
        arrival->place = i;
        batches.push_back(std::move(arrival->batch));
        arrivals.push_back(std::move(*arrival));
      }
      if (!batches.empty()) {
        commits = co_await state_->with.store.commit_each(messages_of(*queue), std::move(batches));
      }
    } catch (...) {
      failure = std::current_exception();
    }
    left.clear();
    const std::lock_guard lock(live->mutex);
    std::size_t arrived = 0;
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
      const bool committed = !failure && commits[i].applied;
      live->index.settle(arrivals[i].entry.sequence, committed);
      arrived += committed;
      if (!committed) left.push_back(arrivals[i].place);
    }
    live->wake(arrived);
    if (failure) std::rethrow_exception(failure);
  }
  co_return results;
}

Task<Sent> Queues::send(const policy::Access& access, Address address, NewMessage message) {
  std::vector<NewMessage> one;
  one.push_back(std::move(message));
  auto results = co_await send_all(access, std::move(address), std::move(one));
  if (!results[0]) throw Error(results[0].error());
  co_return std::move(*results[0]);
}

Task<std::optional<Content>> Queues::State::content_of(const Queue& queue, const Entry& entry) {
  std::string whole;
  for (std::uint8_t piece = 0; piece < entry.pieces; ++piece) {
    const auto row = co_await with.store.get(messages_of(queue), piece_key(entry.sequence, piece));
    if (!row) co_return std::nullopt;
    whole += row->value;
  }
  co_return unpack_content(whole);
}

Task<void> Queues::State::drop(LivePointer live, std::vector<Entry> entries) {
  for (std::size_t from = 0; from < entries.size(); from += 500) {
    const std::size_t end = std::min(entries.size(), from + 500);
    meta::Batch batch;
    for (std::size_t i = from; i < end; ++i) remove_rows(batch, entries[i]);
    std::exception_ptr failure;
    try {
      (void)co_await with.store.commit(messages_of(*live->queue), std::move(batch));
    } catch (...) {
      failure = std::current_exception();
    }
    const std::lock_guard lock(live->mutex);
    const std::size_t told = failure ? entries.size() : end;
    for (std::size_t i = from; i < told; ++i) live->index.leave(entries[i].sequence, !failure, now());
    if (failure) std::rethrow_exception(failure);
  }
}

Task<QueuePointer> Queues::State::dead_letter_queue(const Queue& queue) {
  const auto address = address_of_arn(queue.settings.redrive->target_arn);
  const QueuePointer target = co_await peek(*address);
  const std::string source = "arn:aws:sqs:" + with.region + ":" + queue.owner.text() + ":" + queue.name;
  if (!target || target->settings.fifo != queue.settings.fifo || target->owner != queue.owner ||
      !allows_redrive_from(target->attributes, source)) {
    co_return nullptr;
  }
  co_return target;
}

// Into the dead-letter queue first: a crash in between leaves it in both, never in none.
Task<void> Queues::State::bury(LivePointer live, QueuePointer queue, QueuePointer target, Entry entry) {
  auto content = co_await content_of(*queue, entry);
  if (content) {
    content->dead_letter_source = "arn:aws:sqs:" + with.region + ":" + queue->owner.text() + ":" + queue->name;
    const LivePointer grave = co_await use(target);
    const std::vector<std::string> pieces = pack(*content);
    const std::int64_t now = this->now();
    // Standard queues count a message's age from its first sending.
    Entry moved{.sent = target->settings.fifo ? now : entry.sent,
                .due = now,
                .pieces = static_cast<std::uint8_t>(pieces.size()),
                .group = entry.group};
    {
      const std::lock_guard lock(grave->mutex);
      moved.sequence = grave->index.next_sequence(now);
      grave->index.arrive(moved);
    }
    meta::Batch batch;
    batch.put(state_key(moved.sequence), pack(moved));
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      batch.put(piece_key(moved.sequence, static_cast<std::uint8_t>(i)), pieces[i]);
    }
    std::exception_ptr failure;
    try {
      (void)co_await with.store.commit(messages_of(*target), std::move(batch));
    } catch (...) {
      failure = std::current_exception();
    }
    {
      const std::lock_guard lock(grave->mutex);
      grave->index.settle(moved.sequence, !failure);
      grave->wake(1);
    }
    if (failure) std::rethrow_exception(failure);
  }
  {
    const std::lock_guard lock(live->mutex);
    if (!live->index.begin_leaving(entry.sequence)) co_return;
  }
  std::vector<Entry> gone;
  gone.push_back(std::move(entry));
  co_await drop(live, std::move(gone));
}

Task<std::vector<Message>> Queues::State::hand_out(LivePointer live, QueuePointer queue, std::vector<Entry> taken,
                                                   std::int64_t visibility_seconds) {
  const std::int64_t now = this->now();
  std::vector<Entry> expired, dead, given;
  QueuePointer grave;
  if (queue->settings.redrive) grave = co_await dead_letter_queue(*queue);
  for (Entry& entry : taken) {
    if (entry.sent + queue->settings.retention * 1'000 <= now) {
      expired.push_back(std::move(entry));
    } else if (grave && entry.received >= queue->settings.redrive->max_receive_count) {
      dead.push_back(std::move(entry));
    } else {
      ++entry.received;
      if (entry.first_received == 0) entry.first_received = now;
      entry.last_received = now;
      entry.due = now + visibility_seconds * 1'000;
      entry.receipt = with.random.next();
      given.push_back(std::move(entry));
    }
  }
  std::vector<meta::Batch> batches;
  for (const Entry& entry : given) {
    const std::string key = state_key(entry.sequence);
    batches.push_back(meta::Batch().require_present(key).put(key, pack(entry)));
  }
  std::vector<meta::Commit> commits;
  if (!batches.empty()) commits = co_await with.store.commit_each(messages_of(*queue), std::move(batches));
  {
    const std::lock_guard lock(live->mutex);
    for (std::size_t i = 0; i < given.size(); ++i) {
      // Purged or expired meanwhile.
      if (!commits[i].applied && live->index.begin_leaving(given[i].sequence)) {
        live->index.leave(given[i].sequence, true, now);
      }
      live->index.keep(given[i]);
    }
    std::erase_if(expired, [&](const Entry& entry) { return !live->index.begin_leaving(entry.sequence); });
  }
  co_await drop(live, std::move(expired));
  for (Entry& entry : dead) co_await bury(live, queue, grave, std::move(entry));
  std::vector<Message> messages;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const Entry& entry = given[i];
    if (!commits[i].applied) continue;
    auto content = co_await content_of(*queue, entry);
    if (!content) continue;
    messages.push_back(
        {.content = std::move(*content),
         .receipt_handle = handle_of({.queue_id = queue->id, .sequence = entry.sequence, .number = entry.receipt}),
         .sequence = entry.sequence,
         .receive_count = entry.received,
         .sent = from_millis(entry.sent),
         .first_received = from_millis(entry.first_received)});
  }
  co_return messages;
}

Task<std::vector<Message>> Queues::receive(const policy::Access& access, Address address, ReceiveRequest request) {
  const QueuePointer queue = co_await find(access, std::move(address), "sqs:ReceiveMessage");
  const std::int64_t wait = request.wait_seconds.value_or(queue->settings.wait);
  const std::int64_t visibility = request.visibility_timeout.value_or(queue->settings.visibility_timeout);
  if (request.max < 1 || request.max > max_batch) {
    out_of_range("MaxNumberOfMessages", static_cast<std::int64_t>(request.max),
                 "Must be between 1 and 10, if provided.");
  }
  if (wait < 0 || wait > max_wait_seconds) {
    out_of_range("WaitTimeSeconds", wait, "Must be >= 0 and <= 20, if provided.");
  }
  if (visibility < 0 || visibility > max_visibility_seconds) {
    out_of_range("VisibilityTimeout", visibility, "Must be >= 0 and <= 43200, if provided.");
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(wait);
  const LivePointer live = co_await state_->use(queue);
  while (true) {
    const auto real_now = std::chrono::steady_clock::now();
    const std::int64_t now = state_->now();
    std::vector<Entry> taken;
    WaiterPointer waiter;
    {
      const std::lock_guard lock(live->mutex);
      if (live->gone) no_such_queue();
      const bool full = live->index.flying() >= max_in_flight;
      if (full) live->index.release(now);
      if (live->index.flying() >= max_in_flight) {
        // FIFO queues say nothing of it.
        if (!queue->settings.fifo) {
          throw Error(errors::over_limit, "The queue has 120000 messages in flight: delete some of them first.");
        }
      } else {
        taken = live->index.take(now, request.max);
      }
      if (taken.empty() && real_now < deadline) {
        waiter = std::make_shared<Waiter>();
        waiter->until = std::min(deadline, real_now + look_again_after);
        const auto due = live->index.next_due(now);
        if (due) waiter->until = std::min(waiter->until, real_now + std::chrono::milliseconds(*due - now));
        std::erase_if(live->waiters, [](const WaiterPointer& other) { return other->fired.load(); });
        live->waiters.push_back(waiter);
      }
    }
    if (!taken.empty()) {
      std::vector<std::uint64_t> sequences;
      for (const Entry& entry : taken) sequences.push_back(entry.sequence);
      std::exception_ptr failure;
      std::vector<Message> messages;
      try {
        messages = co_await state_->hand_out(live, queue, std::move(taken), visibility);
      } catch (...) {
        failure = std::current_exception();
      }
      if (failure) {
        const std::lock_guard lock(live->mutex);
        for (const std::uint64_t sequence : sequences) live->index.give_back(sequence);
        std::rethrow_exception(failure);
      }
      // Only what was too old, or too often received: there may be more.
      if (messages.empty()) continue;
      co_return messages;
    }
    if (!waiter || !state_->wait_for_clock(waiter)) co_return std::vector<Message>{};
    co_await waiter->woken;
    if (co_await stop_requested()) co_return std::vector<Message>{};
  }
}

Task<std::vector<std::optional<Error>>> Queues::remove_messages(const policy::Access& access, Address address,
                                                                std::vector<std::string> receipts) {
  const QueuePointer queue = co_await find(access, std::move(address), "sqs:DeleteMessage");
  const LivePointer live = co_await state_->use(queue);
  const std::int64_t now = state_->now();
  std::vector<std::optional<Error>> results(receipts.size());
  std::vector<std::uint64_t> own;  // Ours to tell the index of; another deletion of the same may be under way.
  meta::Batch batch;
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    try {
      const Receipt receipt = receipt_in(receipts[i], *queue);
      const std::lock_guard lock(live->mutex);
      live->index.release(now);
      const Entry* entry = live->index.find(receipt.sequence);
      // Received again by another, or gone: not ours to delete any more, which is no error.
      if (!entry || entry->receipt != receipt.number) continue;
      if (queue->settings.fifo && entry->state == Entry::State::waiting) {
        results[i] = expired_handle(receipts[i]);
        continue;
      }
      remove_rows(batch, *entry);
      if (live->index.begin_leaving(receipt.sequence)) own.push_back(receipt.sequence);
    } catch (const Error& error) {
      results[i] = error;
    }
  }
  if (batch.empty()) co_return results;
  std::exception_ptr failure;
  try {
    (void)co_await state_->with.store.commit(messages_of(*queue), std::move(batch));
  } catch (...) {
    failure = std::current_exception();
  }
  const std::lock_guard lock(live->mutex);
  for (const std::uint64_t sequence : own) live->index.leave(sequence, !failure, now);
  // In a FIFO queue the group's next may be received now.
  if (queue->settings.fifo) live->wake(own.size());
  if (failure) std::rethrow_exception(failure);
  co_return results;
}

Task<void> Queues::remove_message(const policy::Access& access, Address address, std::string receipt) {
  std::vector<std::string> one;
  one.push_back(std::move(receipt));
  const auto results = co_await remove_messages(access, std::move(address), std::move(one));
  if (results[0]) throw Error(*results[0]);
}

Task<void> Queues::change_visibility(const policy::Access& access, Address address, std::string handle,
                                     std::int64_t seconds) {
  const QueuePointer queue = co_await find(access, std::move(address), "sqs:ChangeMessageVisibility");
  if (seconds < 0 || seconds > max_visibility_seconds) {
    out_of_range("VisibilityTimeout", seconds, "VisibilityTimeout must be an integer between 0 and 43200.");
  }
  const Receipt receipt = receipt_in(handle, *queue);
  const LivePointer live = co_await state_->use(queue);
  const std::int64_t now = state_->now();
  Entry entry;
  {
    const std::lock_guard lock(live->mutex);
    live->index.release(now);
    const Entry* found = live->index.find(receipt.sequence);
    if (!found || found->receipt != receipt.number || found->state == Entry::State::leaving) {
      throw Error(errors::invalid_parameter, "Value " + handle +
                                                 " for parameter ReceiptHandle is invalid. Reason: Message does not "
                                                 "exist or is not available for visibility timeout change.");
    }
    if (found->state != Entry::State::flying) {
      throw Error(errors::message_not_inflight, "Message " + handle + " is not in flight.");
    }
    entry = *found;
  }
  entry.due = now + seconds * 1'000;
  if (entry.due - entry.last_received > max_visibility_seconds * 1'000) {
    out_of_range("VisibilityTimeout", seconds,
                 "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]");
  }
  const std::string key = state_key(entry.sequence);
  const auto commit =
      co_await state_->with.store.commit(messages_of(*queue), meta::Batch().require_present(key).put(key, pack(entry)));
  if (!commit.applied) co_return;
  const std::lock_guard lock(live->mutex);
  const Entry* found = live->index.find(entry.sequence);
  if (!found || found->receipt != entry.receipt) co_return;
  live->index.keep(entry);
  live->index.release(now);
  if (seconds == 0) live->wake(1);
}

}  // namespace tarn::queues
