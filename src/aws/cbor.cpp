#include "aws/cbor.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "aws/json.h"
#include "aws/types.h"

namespace tarn::aws::cbor {
namespace {

constexpr std::size_t kMaxDepth = 64;

enum Major : std::uint8_t { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple };
constexpr std::uint8_t kIndefinite = 31;
constexpr std::uint8_t kBreak = 0xFF;
constexpr std::uint64_t kTimeTag = 1;

// One item's head.
struct Head {
  Major major;
  std::uint8_t extra;
  std::uint64_t value;
  bool indefinite() const { return extra == kIndefinite; }
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  Head head() {
    const std::uint8_t first = byte();
    Head head{static_cast<Major>(first >> 5), static_cast<std::uint8_t>(first & 31), 0};
    if (head.extra < 24) {
      head.value = head.extra;
    } else if (head.extra < 28) {
      for (int i = 0; i < 1 << (head.extra - 24); ++i) head.value = head.value << 8 | byte();
    } else if (head.extra != kIndefinite || head.major < kBytes || head.major == kTag) {
      throw Malformed("The request's body is no valid CBOR");
    }
    return head;
  }

  bool at_break() {
    if (at_ >= bytes_.size()) throw Malformed("The request's body is CBOR cut short");
    if (static_cast<std::uint8_t>(bytes_[at_]) != kBreak) return false;
    ++at_;
    return true;
  }
  bool at_null() const {
    return at_ < bytes_.size() && (static_cast<std::uint8_t>(bytes_[at_]) | 1) == 0xF7;  // null or undefined
  }
  bool at_end() const { return at_ == bytes_.size(); }

  std::string string(Head head) {
    if (!head.indefinite()) return std::string(take(head.value));
    std::string text;
    while (!at_break()) {
      const Head chunk = this->head();
      if (chunk.major != head.major || chunk.indefinite()) throw Malformed("The request's body is no valid CBOR");
      text += take(chunk.value);
    }
    return text;
  }

  // The number of items, or none to go on until the break.
  std::optional<std::uint64_t> count(Head head) const {
    if (head.indefinite()) return std::nullopt;
    // An item takes a byte at least, so that a lie about the count is seen before anything is made of it.
    if (head.value > bytes_.size() - at_) throw Malformed("The request's body is CBOR cut short");
    return head.value;
  }

  void skip(std::size_t depth) {
    if (depth > kMaxDepth) throw Malformed("The request's body is nested too deeply");
    const Head item = head();
    switch (item.major) {
      case kUnsigned:
      case kNegative:
        return;
      case kSimple:
        if (item.indefinite()) throw Malformed("The request's body is no valid CBOR");
        return;
      case kBytes:
      case kText:
        string(item);
        return;
      case kTag:
        skip(depth + 1);
        return;
      case kArray:
      case kMap: {
        const auto items = count(item);
        for (std::uint64_t i = 0; items ? i < *items : !at_break(); ++i) {
          skip(depth + 1);
          if (item.major == kMap) skip(depth + 1);
        }
        return;
      }
    }
  }

 private:
  std::uint8_t byte() {
    if (at_ >= bytes_.size()) throw Malformed("The request's body is CBOR cut short");
    return static_cast<std::uint8_t>(bytes_[at_++]);
  }
  std::string_view take(std::uint64_t length) {
    if (length > bytes_.size() - at_) throw Malformed("The request's body is CBOR cut short");
    const std::string_view part = bytes_.substr(at_, length);
    at_ += length;
    return part;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
};

double half(std::uint64_t bits) {
  const int exponent = static_cast<int>(bits >> 10 & 31);
  const double fraction = static_cast<double>(bits & 1023);
  const double value = exponent == 0    ? std::ldexp(fraction, -24)
                       : exponent == 31 ? (fraction == 0 ? std::numeric_limits<double>::infinity()
                                                         : std::numeric_limits<double>::quiet_NaN())
                                        : std::ldexp(fraction + 1024, exponent - 25);
  return bits >> 15 ? -value : value;
}

[[noreturn]] void wrong_type(const Path& path) {
  throw Malformed("A value of the wrong type was found at '" + path.text() + "'");
}

double real_in(Head head, const Path& path) {
  if (head.major == kUnsigned) return static_cast<double>(head.value);
  if (head.major == kNegative) return -1 - static_cast<double>(head.value);
  if (head.major == kSimple && head.extra == 25) return half(head.value);
  if (head.major == kSimple && head.extra == 26) return std::bit_cast<float>(static_cast<std::uint32_t>(head.value));
  if (head.major == kSimple && head.extra == 27) return std::bit_cast<double>(head.value);
  wrong_type(path);
}

std::int64_t integer_in(Head head, std::int64_t lowest, std::int64_t highest, const Path& path) {
  std::int64_t number = 0;
  if (head.major == kUnsigned || head.major == kNegative) {
    if (head.value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) wrong_type(path);
    number =
        head.major == kUnsigned ? static_cast<std::int64_t>(head.value) : -1 - static_cast<std::int64_t>(head.value);
  } else {
    const double real = real_in(head, path);
    if (real != std::trunc(real) || std::abs(real) > 9e15) wrong_type(path);
    number = static_cast<std::int64_t>(real);
  }
  if (number < lowest || number > highest) wrong_type(path);
  return number;
}

void read_value(Reader& reader, const Shape& shape, void* value, const Path& path, Reading& reading, std::size_t depth);

std::string text_in(Reader& reader, const Path& path) {
  const Head head = reader.head();
  if (head.major != kText) wrong_type(path);
  return reader.string(head);
}

void read_structure(Reader& reader, const Shape& shape, void* object, const Path* path, Reading& reading,
                    std::size_t depth) {
  const Head head = reader.head();
  if (head.major != kMap) throw Malformed("A value of the wrong type was found where a structure is expected");
  Seen seen;
  const auto items = reader.count(head);
  for (std::uint64_t i = 0; items ? i < *items : !reader.at_break(); ++i) {
    const std::string name = text_in(reader, path ? *path : Path{.parent = nullptr, .name = "key"});
    const Member* member = nullptr;
    for (const Member& candidate : shape.members) {
      if (candidate.name == name) member = &candidate;
    }
    if (!member || reader.at_null()) {
      reader.skip(depth);
      continue;
    }
    const Path at{.parent = path, .name = member->name};
    if (!path) reading.member = member;
    seen.mark(shape, *member);
    read_value(reader, *member->shape, make_member(*member, object), at, reading, depth + 1);
  }
  if (!path) reading.member = nullptr;
  seen.report(shape, path, reading, false);
}

void read_list(Reader& reader, const Shape& shape, void* list, const Path& path, Reading& reading, std::size_t depth) {
  const Head head = reader.head();
  if (head.major != kArray) wrong_type(path);
  const auto items = reader.count(head);
  for (std::uint64_t i = 0; items ? i < *items : !reader.at_break(); ++i) {
    const Path at{.parent = &path, .name = {}, .index = i + 1};
    read_value(reader, *shape.element, shape.list->append(list), at, reading, depth + 1);
  }
}

void read_map(Reader& reader, const Shape& shape, void* map, const Path& path, Reading& reading, std::size_t depth) {
  const Head head = reader.head();
  if (head.major != kMap) wrong_type(path);
  const auto items = reader.count(head);
  for (std::uint64_t i = 0; items ? i < *items : !reader.at_break(); ++i) {
    const std::string key = text_in(reader, path);
    const Path at{.parent = &path, .name = key};
    read_value(reader, *shape.element, shape.map->put(map, key), at, reading, depth + 1);
  }
}

void read_time(Reader& reader, void* value, const Path& path) {
  Head head = reader.head();
  if (head.major == kTag) {
    if (head.value != kTimeTag) wrong_type(path);
    head = reader.head();
  }
  const double seconds = real_in(head, path);
  if (!(std::abs(seconds) < 1e14)) wrong_type(path);
  *static_cast<Timestamp*>(value) = from_millis(std::llround(seconds * 1000));
}

void read_value(Reader& reader, const Shape& shape, void* value, const Path& path, Reading& reading,
                std::size_t depth) {
  if (depth > kMaxDepth) throw Malformed("The request's body is nested too deeply");
  switch (shape.kind) {
    case Kind::structure:
      return read_structure(reader, shape, value, &path, reading, depth);
    case Kind::list:
      return read_list(reader, shape, value, path, reading, depth);
    case Kind::map:
      return read_map(reader, shape, value, path, reading, depth);
    case Kind::text:
    case Kind::enumeration:
      return set_text(shape, value, text_in(reader, path), TimeFormat::standard, path, reading);
    case Kind::blob: {
      const Head head = reader.head();
      if (head.major != kBytes) wrong_type(path);
      *static_cast<std::string*>(value) = reader.string(head);
      return;
    }
    case Kind::boolean: {
      const Head head = reader.head();
      if (head.major != kSimple || (head.extra != 20 && head.extra != 21)) wrong_type(path);
      *static_cast<bool*>(value) = head.extra == 21;
      return;
    }
    case Kind::int32:
      *static_cast<std::int32_t*>(value) = static_cast<std::int32_t>(integer_in(
          reader.head(), std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max(), path));
      return;
    case Kind::int64:
      *static_cast<std::int64_t*>(value) = integer_in(reader.head(), std::numeric_limits<std::int64_t>::min(),
                                                      std::numeric_limits<std::int64_t>::max(), path);
      return;
    case Kind::float32:
      *static_cast<float*>(value) = static_cast<float>(real_in(reader.head(), path));
      return;
    case Kind::float64:
      *static_cast<double*>(value) = real_in(reader.head(), path);
      return;
    case Kind::timestamp:
      return read_time(reader, value, path);
    case Kind::json:
    case Kind::stream:
      reader.skip(depth);
      return;
  }
}

void append_head(std::string& out, Major major, std::uint64_t value) {
  const auto start = [&](std::uint8_t extra) { out += static_cast<char>(major << 5 | extra); };
  if (value < 24) return start(static_cast<std::uint8_t>(value));
  const int bytes = value <= 0xFF ? 1 : value <= 0xFFFF ? 2 : value <= 0xFFFFFFFF ? 4 : 8;
  start(static_cast<std::uint8_t>(24 + std::countr_zero(static_cast<unsigned>(bytes))));
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

void append_integer(std::string& out, std::int64_t number) {
  if (number >= 0) {
    append_head(out, kUnsigned, static_cast<std::uint64_t>(number));
  } else {
    append_head(out, kNegative, static_cast<std::uint64_t>(-(number + 1)));
  }
}

void append_double(std::string& out, double number) {
  out += static_cast<char>(kSimple << 5 | 27);
  const auto bits = std::bit_cast<std::uint64_t>(number);
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(bits >> shift);
}

void append_text(std::string& out, std::string_view text, Major major = kText) {
  append_head(out, major, text.size());
  out += text;
}

void append_value(std::string& out, const Shape& shape, const void* value);

void append_members(std::string& out, const Shape& shape, const void* object) {
  std::size_t present = 0;
  for (const Member& member : shape.members) {
    if (member.shape->kind != Kind::stream && member_value(member, object)) ++present;
  }
  append_head(out, kMap, present);
  for (const Member& member : shape.members) {
    const void* value = member.shape->kind == Kind::stream ? nullptr : member_value(member, object);
    if (!value) continue;
    append_text(out, member.name);
    append_value(out, *member.shape, value);
  }
}

struct MapSink {
  std::string& out;
  const Shape& element;
};

void append_value(std::string& out, const Shape& shape, const void* value) {
  switch (shape.kind) {
    case Kind::structure:
      append_members(out, shape, value);
      return;
    case Kind::list: {
      const std::size_t size = shape.list->size(value);
      append_head(out, kArray, size);
      for (std::size_t i = 0; i < size; ++i) append_value(out, *shape.element, shape.list->at(value, i));
      return;
    }
    case Kind::map: {
      append_head(out, kMap, shape.map->size(value));
      MapSink sink{out, *shape.element};
      shape.map->each(value, &sink, [](void* to, const std::string& key, const void* item) {
        auto& [into, element] = *static_cast<MapSink*>(to);
        append_text(into, key);
        append_value(into, element, item);
      });
      return;
    }
    case Kind::text:
    case Kind::enumeration:
    case Kind::json:
      append_text(out, text_of(shape, value, TimeFormat::standard));
      return;
    case Kind::blob:
      append_text(out, *static_cast<const std::string*>(value), kBytes);
      return;
    case Kind::boolean:
      out += static_cast<char>(kSimple << 5 | (*static_cast<const bool*>(value) ? 21 : 20));
      return;
    case Kind::int32:
      append_integer(out, *static_cast<const std::int32_t*>(value));
      return;
    case Kind::int64:
      append_integer(out, *static_cast<const std::int64_t*>(value));
      return;
    case Kind::float32:
      append_double(out, *static_cast<const float*>(value));
      return;
    case Kind::float64:
      append_double(out, *static_cast<const double*>(value));
      return;
    case Kind::timestamp:
      append_head(out, kTag, kTimeTag);
      append_double(out, static_cast<double>(to_millis(*static_cast<const Timestamp*>(value))) / 1000);
      return;
    case Kind::stream:
      return;
  }
}

void add_headers(http::Response& response) {
  response.headers.add("smithy-protocol", "rpc-v2-cbor");
  response.headers.add("Content-Type", "application/cbor");
}

}  // namespace

void read_document(const Shape& shape, void* object, std::string_view bytes, Reading& reading) {
  Reader reader(bytes);
  read_structure(reader, shape, object, nullptr, reading, 0);
  if (!reader.at_end()) throw Malformed("The request's body goes on after its CBOR");
}

std::string write_document(const Shape& shape, const void* object) {
  std::string out;
  append_members(out, shape, object);
  return out;
}

void read(const Operation& operation, const Inbound& inbound, void* request, Reading& reading) {
  read_document(*operation.input, request, inbound.body.empty() ? std::string_view("\xA0") : inbound.body, reading);
}

http::Response write(const ReplyContext& context, void* output) {
  http::Response response;
  response.text = write_document(*context.operation->output, output);
  add_headers(response);
  return response;
}

http::Response error(const ReplyContext& context, const Error& error) {
  http::Response response;
  response.status = error.code().status;
  add_headers(response);
  if (context.model.speaks_query) {
    response.headers.add("x-amzn-query-error",
                         std::string(error.code().name) + (response.status >= 500 ? ";Receiver" : ";Sender"));
  }
  append_head(response.text, kMap, 2);
  append_text(response.text, "__type");
  append_text(response.text, error.code().name);
  append_text(response.text, "message");
  append_text(response.text, error.message());
  return response;
}

}  // namespace tarn::aws::cbor
