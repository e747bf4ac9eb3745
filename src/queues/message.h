// Messages: what may be sent, its digests as SDKs check them, and its rows.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "queues/settings.h"

namespace tarn::queues {

namespace errors {
inline constexpr ErrorCode invalid_message_contents{"InvalidMessageContents", 400};
}

struct MessageAttribute {
  std::string type;   // "String", "Number.int", "Binary", …
  std::string value;  // Text or bytes, as the type says.
  bool binary() const { return type.starts_with("Binary"); }
  friend bool operator==(const MessageAttribute&, const MessageAttribute&) = default;
};
using MessageAttributes = std::map<std::string, MessageAttribute>;

struct NewMessage {
  std::string body;
  std::optional<std::int64_t> delay_seconds;
  MessageAttributes attributes;
  MessageAttributes system_attributes;  // AWSTraceHeader.
  std::optional<std::string> deduplication_id;
  std::optional<std::string> group;
};

struct Sent {
  std::string id;
  std::string body_md5;  // Hexadecimal, as all of them; empty for what the message has not.
  std::string attributes_md5;
  std::string system_attributes_md5;
  std::string sequence_number;  // FIFO.
};

// What never changes of a message.
struct Content {
  std::string id;
  std::string body;
  MessageAttributes attributes;
  std::string trace_header;
  std::string sender_id;
  std::string group;
  std::string deduplication_id;
  std::string dead_letter_source;  // The ARN of the queue that gave it up.
};

struct Message {
  Content content;
  std::string receipt_handle;
  std::uint64_t sequence = 0;
  std::uint32_t receive_count = 0;
  Timestamp sent;
  Timestamp first_received;
};

// Throws invalid_message_contents, invalid_parameter, missing_parameter or unsupported.
void check_message(const NewMessage& message, const Settings& settings);
// Body and attributes: what a queue's and a batch's limit count.
std::size_t size_of(const NewMessage& message);

std::string digest_of(std::string_view body);
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html; empty for none.
std::string digest_of(const MessageAttributes& attributes);

// In pieces that each fit a row; at least one.
std::vector<std::string> pack(const Content& content);
Content unpack_content(const std::string& pieces);

// Which message was received how. Opaque to clients.
struct Receipt {
  std::string queue_id;
  std::uint64_t sequence = 0;
  std::uint64_t number = 0;  // New with each receive.
};
std::string handle_of(const Receipt& receipt);
std::optional<Receipt> parse_handle(std::string_view handle);

}  // namespace tarn::queues
