#include "crawl/event_queue.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "catalog/catalog.h"

namespace tarn::crawl {
namespace {

using nlohmann::json;

// Long enough for a crawl, short enough to try again after a crash.
constexpr std::int64_t hidden_seconds = 3'600;

const json* member(const json& of, const char* name) {
  const auto found = of.is_object() ? of.find(name) : of.end();
  return of.is_object() && found != of.end() ? &*found : nullptr;
}

std::optional<std::string> text_at(const json& of, std::initializer_list<const char*> path) {
  const json* at = &of;
  for (const char* const name : path) {
    at = member(*at, name);
    if (!at) return std::nullopt;
  }
  return at->is_string() ? std::optional(at->get<std::string>()) : std::nullopt;
}

// Of {"Records":[…]}; keys are encoded as forms are.
std::optional<ChangedObject> change_of_record(const json& record) {
  auto bucket = text_at(record, {"s3", "bucket", "name"});
  const auto encoded = text_at(record, {"s3", "object", "key"});
  auto key = encoded ? uri_decode(*encoded, true) : std::nullopt;
  if (!bucket || !key) return std::nullopt;
  return ChangedObject{.bucket = std::move(*bucket), .key = std::move(*key)};
}

// EventBridge's; keys are as they are.
std::optional<ChangedObject> change_of_event(const json& event) {
  auto bucket = text_at(event, {"detail", "bucket", "name"});
  auto key = text_at(event, {"detail", "object", "key"});
  if (!bucket || !key) return std::nullopt;
  return ChangedObject{.bucket = std::move(*bucket), .key = std::move(*key)};
}

}  // namespace

std::optional<std::vector<ChangedObject>> changes_in(std::string_view message) {
  const json document = json::parse(message, nullptr, false);
  if (!document.is_object()) return std::nullopt;
  if (text_at(document, {"Event"}) == "s3:TestEvent") return std::vector<ChangedObject>{};
  std::vector<ChangedObject> changes;
  if (const json* const records = member(document, "Records"); records && records->is_array()) {
    for (const json& record : *records) {
      auto change = change_of_record(record);
      if (!change) return std::nullopt;
      changes.push_back(std::move(*change));
    }
    return changes;
  }
  if (text_at(document, {"source"}) != "aws.s3") return std::nullopt;
  auto change = change_of_event(document);
  if (!change) return std::nullopt;
  changes.push_back(std::move(*change));
  return changes;
}

queues::Address event_queue_address(const std::string& arn) {
  auto address = queues::address_of_arn(arn);
  if (!address) {
    throw Error(catalog::errors::invalid_input, "The event queue " + arn + " is not the ARN of an SQS queue.");
  }
  return std::move(*address);
}

EventQueue::EventQueue(queues::Queues& queues, const policy::Access& access, const std::string& arn,
                       const std::optional<std::string>& dead_letter_arn)
    : queues_(queues), access_(access), address_(event_queue_address(arn)) {
  if (dead_letter_arn) dead_letters_ = event_queue_address(*dead_letter_arn);
}

Task<void> EventQueue::read(std::stop_token stop) {
  while (handles_.size() < max_messages && !stop.stop_requested()) {
    auto messages = co_await queues_.receive(
        access_, address_, {.max = queues::max_batch, .visibility_timeout = hidden_seconds, .wait_seconds = 0});
    if (messages.empty()) co_return;
    for (queues::Message& message : messages) co_await take(std::move(message));
  }
}

Task<void> EventQueue::take(queues::Message message) {
  auto changes = changes_in(message.content.body);
  handles_.push_back(std::move(message.receipt_handle));
  if (changes) {
    std::ranges::move(*changes, std::back_inserter(changes_));
    co_return;
  }
  ++unreadable_;
  if (dead_letters_) co_await queues_.send(access_, *dead_letters_, {.body = std::move(message.content.body)});
}

Task<void> EventQueue::acknowledge() {
  for (std::size_t from = 0; from < handles_.size(); from += queues::max_batch) {
    const std::size_t end = std::min(handles_.size(), from + queues::max_batch);
    std::vector<std::string> batch(handles_.begin() + static_cast<std::ptrdiff_t>(from),
                                   handles_.begin() + static_cast<std::ptrdiff_t>(end));
    (void)co_await queues_.remove_messages(access_, address_, std::move(batch));
  }
}

Task<void> EventQueue::give_back() {
  for (const std::string& handle : handles_) {
    // What has gone meanwhile need not come back.
    try {
      co_await queues_.change_visibility(access_, address_, handle, 0);
    } catch (const Error&) {
      continue;
    }
  }
}

}  // namespace tarn::crawl
