#include "aws/query_names.h"

namespace tarn::aws {
namespace {

struct MapName {
  std::string_view shape;
  std::string_view name;
};
// SQS's, which are the only flattened maps.
constexpr MapName map_names[] = {{"QueueAttributeMap", "Attribute"},
                                 {"TagMap", "Tag"},
                                 {"MessageBodyAttributeMap", "MessageAttribute"},
                                 {"MessageBodySystemAttributeMap", "MessageSystemAttribute"},
                                 {"MessageSystemAttributeMap", "Attribute"}};

struct QueryError {
  std::string_view name;
  ErrorCode query;
};
constexpr QueryError sqs_errors[] = {
    {"BatchEntryIdsNotDistinct", {"AWS.SimpleQueueService.BatchEntryIdsNotDistinct", 400}},
    {"BatchRequestTooLong", {"AWS.SimpleQueueService.BatchRequestTooLong", 400}},
    {"EmptyBatchRequest", {"AWS.SimpleQueueService.EmptyBatchRequest", 400}},
    {"InvalidBatchEntryId", {"AWS.SimpleQueueService.InvalidBatchEntryId", 400}},
    {"MessageNotInflight", {"AWS.SimpleQueueService.MessageNotInflight", 400}},
    {"OverLimit", {"OverLimit", 403}},
    {"PurgeQueueInProgress", {"AWS.SimpleQueueService.PurgeQueueInProgress", 403}},
    {"QueueDoesNotExist", {"AWS.SimpleQueueService.NonExistentQueue", 400}},
    {"QueueNameExists", {"QueueAlreadyExists", 400}},
    {"ReceiptHandleIsInvalid", {"ReceiptHandleIsInvalid", 404}},
    {"InvalidAddress", {"InvalidAddress", 404}},
    {"TooManyEntriesInBatchRequest", {"AWS.SimpleQueueService.TooManyEntriesInBatchRequest", 400}},
    {"UnsupportedOperation", {"AWS.SimpleQueueService.UnsupportedOperation", 400}},
};

}  // namespace

std::string_view flattened_name(const Member& member) {
  const Shape& shape = *member.shape;
  if (shape.kind == Kind::list && !shape.element_wire.empty() && shape.element_wire != "member") {
    return shape.element_wire;
  }
  if (shape.kind == Kind::map) {
    for (const MapName& each : map_names) {
      if (each.shape == shape.name) return each.name;
    }
  }
  return member.wire;
}

std::optional<ErrorCode> query_error(const Model& model, std::string_view name) {
  if (model.name != "sqs") return std::nullopt;
  for (const QueryError& each : sqs_errors) {
    if (each.name == name) return each.query;
  }
  return std::nullopt;
}

}  // namespace tarn::aws
