#include "queues/message.h"

#include <algorithm>
#include <stdexcept>

#include "base/digest.h"
#include "base/names.h"
#include "base/pack.h"

namespace tarn::queues {
namespace {

constexpr std::size_t max_attributes = 10;
constexpr std::size_t max_name = 256;
constexpr std::size_t piece_bytes = 512 << 10;
constexpr std::uint8_t format_version = 1;

[[noreturn]] void refuse(const std::string& message) {
  throw Error(errors::invalid_parameter, message);
}

// XML's characters. Text is known to be UTF-8.
bool has_forbidden_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') return true;
    // U+FFFE and U+FFFF.
    if (c == 0xef && text.substr(i + 1, 1) == "\xbf" && i + 2 < text.size()) {
      const auto last = static_cast<unsigned char>(text[i + 2]);
      if (last >= 0xbe) return true;
    }
  }
  return false;
}

bool good_name(std::string_view name) {
  const bool characters = std::ranges::all_of(name, [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.';
  });
  const std::string lower = to_lower(name.substr(0, 7));
  return characters && !name.empty() && name.size() <= max_name && name.front() != '.' && name.back() != '.' &&
         name.find("..") == name.npos && !lower.starts_with("aws.") && lower != "amazon.";
}

void check_attribute(const std::string& name, const MessageAttribute& attribute) {
  if (!good_name(name)) {
    refuse("The message attribute name '" + name + "' is invalid: it can contain letters, digits, '_', '-' and '.'.");
  }
  const std::string_view kind = std::string_view(attribute.type).substr(0, attribute.type.find('.'));
  if (attribute.type.size() > max_name || (kind != "String" && kind != "Number" && kind != "Binary")) {
    refuse(
        "The message attribute '" + name +
        "' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.");
  }
  if (attribute.value.empty()) {
    refuse("The message attribute '" + name + "' must contain a non-empty message attribute value.");
  }
  if (attribute.binary()) return;
  if (!is_utf8(attribute.value) || has_forbidden_character(attribute.value)) {
    throw Error(errors::invalid_message_contents, "Invalid characters found in message attribute '" + name +
                                                      "'. Valid unicode characters are #x9 | #xA | "
                                                      "#xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF");
  }
  if (kind != "Number") return;
  const bool number = attribute.value.find_first_not_of("0123456789+-.eE") == std::string::npos &&
                      attribute.value.find_first_of("0123456789") != std::string::npos;
  if (!number) refuse("Can't cast the value of message (user) attribute '" + name + "' to a number.");
}

// Letters, digits and punctuation.
void check_id(std::string_view parameter, const std::string& id) {
  const bool good = std::ranges::all_of(id, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (good && !id.empty() && id.size() <= 128) return;
  refuse("Value " + id + " for parameter " + std::string(parameter) + " is invalid. Reason: " + std::string(parameter) +
         " can only include alphanumeric and punctuation characters. 1 to 128 in length.");
}

void check_fifo(const NewMessage& message, const Settings& settings) {
  if (message.delay_seconds && *message.delay_seconds != 0) {
    refuse("Value " + std::to_string(*message.delay_seconds) +
           " for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this "
           "queue type.");
  }
  if (!message.group) throw Error(errors::missing_parameter, "The request must contain the parameter MessageGroupId.");
  if (!message.deduplication_id && !settings.content_deduplication) {
    refuse(
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly");
  }
}

void append_digest_field(std::string& out, std::string_view field) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(field.size() >> shift & 255);
  out += field;
}

}  // namespace

std::size_t size_of(const NewMessage& message) {
  std::size_t size = message.body.size();
  for (const auto& [name, attribute] : message.attributes) {
    size += name.size() + attribute.type.size() + attribute.value.size();
  }
  return size;
}

void check_message(const NewMessage& message, const Settings& settings) {
  if (message.body.empty()) {
    throw Error(errors::missing_parameter, "The request must contain the parameter MessageBody.");
  }
  if (message.attributes.size() > max_attributes) {
    refuse("Number of message attributes [" + std::to_string(message.attributes.size()) +
           "] exceeds the allowed maximum [10].");
  }
  for (const auto& [name, attribute] : message.attributes) check_attribute(name, attribute);
  for (const auto& [name, attribute] : message.system_attributes) {
    if (name != "AWSTraceHeader" || attribute.type != "String" || attribute.value.empty()) {
      refuse("Message system attribute name '" + name + "' is invalid.");
    }
  }
  if (size_of(message) > static_cast<std::size_t>(settings.max_message_bytes)) {
    refuse("One or more parameters are invalid. Reason: Message must be shorter than " +
           std::to_string(settings.max_message_bytes) + " bytes.");
  }
  if (!is_utf8(message.body) || has_forbidden_character(message.body)) {
    throw Error(errors::invalid_message_contents,
                "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to "
                "#xFFFD | #x10000 to #x10FFFF");
  }
  if (message.delay_seconds && (*message.delay_seconds < 0 || *message.delay_seconds > 900)) {
    refuse("Value " + std::to_string(*message.delay_seconds) +
           " for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.");
  }
  if (message.group) check_id("MessageGroupId", *message.group);
  if (message.deduplication_id) check_id("MessageDeduplicationId", *message.deduplication_id);
  if (settings.fifo) return check_fifo(message, settings);
  if (message.deduplication_id) {
    refuse(
        "Value " + *message.deduplication_id +
        " for parameter MessageDeduplicationId is invalid. Reason: The request includes a parameter that is not valid "
        "for this queue type.");
  }
}

std::string digest_of(std::string_view body) {
  return to_hex(as_bytes(md5(as_bytes(body))));
}

std::string digest_of(const MessageAttributes& attributes) {
  if (attributes.empty()) return {};
  std::string text;
  for (const auto& [name, attribute] : attributes) {
    append_digest_field(text, name);
    append_digest_field(text, attribute.type);
    text += attribute.binary() ? '\2' : '\1';
    append_digest_field(text, attribute.value);
  }
  return digest_of(text);
}

std::vector<std::string> pack(const Content& content) {
  std::string whole;
  Packer out(whole);
  out.byte(format_version).text(content.id).text(content.body).number(content.attributes.size());
  for (const auto& [name, attribute] : content.attributes) out.text(name).text(attribute.type).text(attribute.value);
  out.text(content.trace_header).text(content.sender_id).text(content.group).text(content.deduplication_id);
  out.text(content.dead_letter_source);
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < whole.size(); at += piece_bytes) pieces.push_back(whole.substr(at, piece_bytes));
  return pieces;
}

Content unpack_content(const std::string& pieces) {
  Unpacker in(pieces);
  if (in.byte() != format_version) throw std::runtime_error("a message's row has an unknown format version");
  Content content;
  content.id = in.text();
  content.body = in.text();
  for (std::uint64_t left = in.number(); left > 0; --left) {
    const std::string name(in.text());
    MessageAttribute attribute;
    attribute.type = in.text();
    attribute.value = in.text();
    content.attributes.emplace(name, std::move(attribute));
  }
  content.trace_header = in.text();
  content.sender_id = in.text();
  content.group = in.text();
  content.deduplication_id = in.text();
  content.dead_letter_source = in.text();
  return content;
}

std::string handle_of(const Receipt& receipt) {
  std::string raw;
  Packer(raw).byte(format_version).fixed64(receipt.sequence).fixed64(receipt.number).text(receipt.queue_id);
  return to_base64(as_bytes(raw));
}

std::optional<Receipt> parse_handle(std::string_view handle) {
  if (handle.size() > 1'024) return std::nullopt;
  const auto raw = from_base64(handle);
  if (!raw) return std::nullopt;
  try {
    Unpacker in(*raw);
    if (in.byte() != format_version) return std::nullopt;
    Receipt receipt;
    receipt.sequence = in.fixed64();
    receipt.number = in.fixed64();
    receipt.queue_id = in.text();
    if (!in.rest().empty()) return std::nullopt;
    return receipt;
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

}  // namespace tarn::queues
