// A store with queues and someone who may use them, for tests.
#pragma once

#include <string>

#include "base/eventually.h"
#include "meta/memory/memory_store.h"
#include "policy/evaluated_access.h"
#include "policy/testing.h"
#include "queues/policies.h"
#include "queues/queues.h"

namespace tarn::queues::testing {

struct Bench {
  meta::MemoryStore own_store;
  LakeClock clock;
  SeededRandom random{7};
  meta::Store& store;
  work::Queue work{store, clock};
  Queues queues{{.store = store, .queue = work, .lake = clock, .random = random, .region = "us-east-1"}};
  QueuePolicies policies{queues};
  policy::EvaluatedAccess root{
      policy::make_rights(policy::testing::root_of(policy::testing::home)), {}, clock, &policies};

  Bench() : store(own_store) { sync_wait(work.start()); }
  // What a new process finds.
  explicit Bench(meta::Store& left) : store(left) { sync_wait(work.start()); }
  ~Bench() { work.stop(kPatience); }

  static Address at(const std::string& name) { return {.owner = policy::testing::home, .name = name}; }
  void create(const std::string& name, Attributes attributes = {}) {
    sync_wait(queues.create(root, name, std::move(attributes), {}));
  }
  Sent send(const std::string& name, const std::string& body) {
    return sync_wait(queues.send(root, at(name), {.body = body}));
  }
  Sent send_to_group(const std::string& name, const std::string& body, const std::string& group,
                     std::optional<std::string> deduplication_id = std::nullopt) {
    return sync_wait(
        queues.send(root, at(name), {.body = body, .deduplication_id = std::move(deduplication_id), .group = group}));
  }
  std::vector<Message> receive(const std::string& name, ReceiveRequest request = {.max = 10}) {
    return sync_wait(queues.receive(root, at(name), request));
  }
  std::string bodies(const std::string& name, ReceiveRequest request = {.max = 10}) {
    std::string all;
    for (const Message& message : receive(name, request)) all += message.content.body + " ";
    return all;
  }
  void remove(const std::string& name, const std::string& handle) {
    sync_wait(queues.remove_message(root, at(name), handle));
  }
  Counts counts(const std::string& name) { return sync_wait(queues.count(*sync_wait(queues.peek(at(name))))); }
};

// The code of what `act` throws; empty if it throws nothing.
template <typename Act>
std::string refusal(Act act) {
  try {
    act();
  } catch (const Error& error) {
    return std::string(error.code().name);
  }
  return "";
}

}  // namespace tarn::queues::testing
