// sqs: AWS's words for queues and messages into those of src/queues, and back.
//
// Queues are named by URL: http://host:port/account/name, made with the host that the client spoke to; of the URLs that
// come in, only account and name count.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/access.h"
#include "queues/queues.h"

namespace tarn::sqs {

struct Sqs {
  const policy::Access& access;
  queues::Queues& queues;
  std::string endpoint;  // As the client named it: "http://127.0.0.1:9320".
};

std::string url_of(const Sqs& sqs, const queues::Queue& queue);
// InvalidAddress for what is no queue's URL.
queues::Address address_in(const std::string& url);

// Batches: TooManyEntriesInBatchRequest, EmptyBatchRequest, InvalidBatchEntryId, BatchEntryIdsNotDistinct.
void check_batch_ids(const std::vector<std::string>& ids);

inline std::optional<std::string> unless_empty(std::string text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

}  // namespace tarn::sqs
