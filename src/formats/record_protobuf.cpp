#include "formats/record_protobuf.h"

#include <algorithm>
#include <cstring>

#include "formats/recordio.h"

namespace tarn::formats {

namespace {

enum Wire : std::uint32_t { varint_wire = 0, fixed64_wire = 1, bytes_wire = 2, fixed32_wire = 5 };

// A place in a message. Every read checks what is left.
class Cursor {
 public:
  Cursor(std::span<const std::byte> bytes, const std::byte* start)
      : at_(bytes.data()), end_(at_ + bytes.size()), start_(start) {}

  bool done() const { return at_ == end_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) fail("ends inside a number");
      const auto byte = std::to_integer<std::uint64_t>(*at_++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    fail("holds a number of more than 64 bits");
  }

  std::span<const std::byte> bytes() {
    const std::uint64_t length = varint();
    if (length > left()) fail("ends inside a field of " + std::to_string(length) + " bytes");
    const std::span<const std::byte> result(at_, length);
    at_ += length;
    return result;
  }

  template <typename T>
  T fixed() {
    if (left() < sizeof(T)) fail("ends inside a number");
    T value;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }

  // What an unknown field holds is passed over.
  void skip(std::uint32_t wire) {
    switch (wire) {
      case varint_wire:
        varint();
        return;
      case fixed64_wire:
        fixed<std::uint64_t>();
        return;
      case bytes_wire:
        bytes();
        return;
      case fixed32_wire:
        fixed<std::uint32_t>();
        return;
      default:
        fail("has a field of unknown wire type " + std::to_string(wire));
    }
  }

  struct Tag {
    std::uint32_t field;
    std::uint32_t wire;
  };
  Tag tag() {
    const std::uint64_t value = varint();
    const std::uint64_t field = value >> 3;
    if (field == 0 || field > 0x1fffffff) fail("has a field of number " + std::to_string(field));
    return {static_cast<std::uint32_t>(field), static_cast<std::uint32_t>(value & 7)};
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw FormatError("the Record message " + what, static_cast<std::uint64_t>(at_ - start_));
  }
  Cursor inside(std::span<const std::byte> bytes) const { return Cursor(bytes, start_); }

 private:
  const std::byte* at_;
  const std::byte* end_;
  const std::byte* start_;
};

std::string text_of(std::span<const std::byte> bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

template <typename T>
void read_fixed(Cursor& cursor, std::uint32_t wire, std::vector<T>& out) {
  constexpr std::uint32_t single = sizeof(T) == 4 ? fixed32_wire : fixed64_wire;
  if (wire == single) {
    out.push_back(cursor.fixed<T>());
    return;
  }
  if (wire != bytes_wire) cursor.fail("has tensor values of the wrong wire type");
  const auto packed = cursor.bytes();
  if (packed.size() % sizeof(T) != 0) cursor.fail("has packed values of a broken length");
  const std::size_t before = out.size();
  out.resize(before + packed.size() / sizeof(T));
  if (!packed.empty()) std::memcpy(out.data() + before, packed.data(), packed.size());
}

template <typename T>
void read_varints(Cursor& cursor, std::uint32_t wire, std::vector<T>& out) {
  if (wire == varint_wire) {
    out.push_back(static_cast<T>(cursor.varint()));
    return;
  }
  if (wire != bytes_wire) cursor.fail("has tensor keys of the wrong wire type");
  Cursor packed = cursor.inside(cursor.bytes());
  while (!packed.done()) out.push_back(static_cast<T>(packed.varint()));
}

void read_tensor(Cursor cursor, RecordValue& value) {
  while (!cursor.done()) {
    const auto tag = cursor.tag();
    switch (tag.field) {
      case 1:
        if (value.kind == RecordValue::Kind::float32) read_fixed(cursor, tag.wire, value.float32);
        if (value.kind == RecordValue::Kind::float64) read_fixed(cursor, tag.wire, value.float64);
        if (value.kind == RecordValue::Kind::int32) read_varints(cursor, tag.wire, value.int32);
        break;
      case 2:
        read_varints(cursor, tag.wire, value.keys);
        break;
      case 3:
        read_varints(cursor, tag.wire, value.shape);
        break;
      default:
        cursor.skip(tag.wire);
    }
  }
}

void read_bytes_value(Cursor cursor, RecordValue& value) {
  while (!cursor.done()) {
    const auto tag = cursor.tag();
    if (tag.field == 1 && tag.wire == bytes_wire) {
      value.bytes.push_back(text_of(cursor.bytes()));
    } else if (tag.field == 2 && tag.wire == bytes_wire) {
      value.content_type = text_of(cursor.bytes());
    } else {
      cursor.skip(tag.wire);
    }
  }
}

RecordValue::Kind kind_of_field(std::uint32_t field) {
  switch (field) {
    case 2:
      return RecordValue::Kind::float32;
    case 3:
      return RecordValue::Kind::float64;
    case 7:
      return RecordValue::Kind::int32;
    case 9:
      return RecordValue::Kind::bytes;
    default:
      return RecordValue::Kind::none;
  }
}

void read_value(Cursor cursor, RecordValue& value) {
  while (!cursor.done()) {
    const auto tag = cursor.tag();
    const auto kind = kind_of_field(tag.field);
    if (kind == RecordValue::Kind::none || tag.wire != bytes_wire) {
      cursor.skip(tag.wire);
      continue;
    }
    // A oneof that is set twice: another member replaces, the same one is merged.
    if (value.kind != kind) {
      const std::string name = std::move(value.name);
      value.clear();
      value.name = name;
      value.kind = kind;
    }
    const Cursor inner = cursor.inside(cursor.bytes());
    if (kind == RecordValue::Kind::bytes) {
      read_bytes_value(inner, value);
    } else {
      read_tensor(inner, value);
    }
  }
}

// Reads a map entry into the next free element of `values`, whose first `used` are taken.
void read_entry(Cursor cursor, std::vector<RecordValue>& values, std::size_t& used) {
  if (used == values.size()) values.emplace_back();
  RecordValue& value = values[used];
  value.clear();
  while (!cursor.done()) {
    const auto tag = cursor.tag();
    if (tag.field == 1 && tag.wire == bytes_wire) {
      const auto name = cursor.bytes();
      value.name.assign(reinterpret_cast<const char*>(name.data()), name.size());
    } else if (tag.field == 2 && tag.wire == bytes_wire) {
      read_value(cursor.inside(cursor.bytes()), value);
    } else {
      cursor.skip(tag.wire);
    }
  }
  for (std::size_t i = 0; i < used; ++i) {
    if (values[i].name == value.name) {
      std::swap(values[i], value);
      return;
    }
  }
  ++used;
}

// ---- writing

std::size_t varint_size(std::uint64_t value) {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void put_field(std::string& out, std::uint32_t field, std::string_view bytes) {
  put_varint(out, field << 3 | bytes_wire);
  put_varint(out, bytes.size());
  out.append(bytes);
}

template <typename T>
void put_packed_fixed(std::string& out, std::uint32_t field, const std::vector<T>& values) {
  if (values.empty()) return;
  put_field(out, field, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
}

template <typename T>
void put_packed_varints(std::string& out, std::uint32_t field, const std::vector<T>& values) {
  if (values.empty()) return;
  std::string packed;
  // A negative int32 travels as its 64 bits, ten bytes long.
  for (const T value : values) put_varint(packed, static_cast<std::uint64_t>(static_cast<std::int64_t>(value)));
  put_field(out, field, packed);
}

std::string value_message(const RecordValue& value) {
  std::string inner;
  std::uint32_t field = 2;
  switch (value.kind) {
    case RecordValue::Kind::none:
      return {};
    case RecordValue::Kind::float32:
      put_packed_fixed(inner, 1, value.float32);
      break;
    case RecordValue::Kind::float64:
      field = 3, put_packed_fixed(inner, 1, value.float64);
      break;
    case RecordValue::Kind::int32:
      field = 7, put_packed_varints(inner, 1, value.int32);
      break;
    case RecordValue::Kind::bytes:
      field = 9;
      for (const auto& bytes : value.bytes) put_field(inner, 1, bytes);
      if (!value.content_type.empty()) put_field(inner, 2, value.content_type);
      break;
  }
  if (value.kind != RecordValue::Kind::bytes) {
    put_packed_varints(inner, 2, value.keys);
    put_packed_varints(inner, 3, value.shape);
  }
  std::string out;
  put_field(out, field, inner);
  return out;
}

void put_map(std::string& out, std::uint32_t field, const std::vector<RecordValue>& values) {
  for (const auto& value : values) {
    std::string entry;
    put_field(entry, 1, value.name);
    put_field(entry, 2, value_message(value));
    put_field(out, field, entry);
  }
}

const RecordValue* find_named(const std::vector<RecordValue>& values, std::string_view name) {
  const auto found = std::ranges::find(values, name, &RecordValue::name);
  return found == values.end() ? nullptr : &*found;
}

}  // namespace

std::size_t RecordValue::size() const {
  switch (kind) {
    case Kind::none:
      return 0;
    case Kind::float32:
      return float32.size();
    case Kind::float64:
      return float64.size();
    case Kind::int32:
      return int32.size();
    case Kind::bytes:
      return bytes.size();
  }
  return 0;
}

double RecordValue::number(std::size_t i) const {
  switch (kind) {
    case Kind::float32:
      return float32[i];
    case Kind::float64:
      return float64[i];
    case Kind::int32:
      return int32[i];
    case Kind::none:
    case Kind::bytes:
      break;
  }
  return 0;
}

void RecordValue::clear() {
  name.clear();
  kind = Kind::none;
  float32.clear();
  float64.clear();
  int32.clear();
  bytes.clear();
  content_type.clear();
  keys.clear();
  shape.clear();
}

const RecordValue* Record::feature(std::string_view name) const {
  return find_named(features, name);
}
const RecordValue* Record::label_named(std::string_view name) const {
  return find_named(label, name);
}

void decode_record(std::span<const std::byte> message, Record& record) {
  record.uid.reset();
  record.metadata.reset();
  record.configuration.reset();
  std::size_t features = 0;
  std::size_t labels = 0;
  Cursor cursor(message, message.data());
  while (!cursor.done()) {
    const auto tag = cursor.tag();
    if (tag.wire != bytes_wire || tag.field > 5) {
      cursor.skip(tag.wire);
      continue;
    }
    const auto bytes = cursor.bytes();
    switch (tag.field) {
      case 1:
        read_entry(cursor.inside(bytes), record.features, features);
        break;
      case 2:
        read_entry(cursor.inside(bytes), record.label, labels);
        break;
      case 3:
        record.uid = text_of(bytes);
        break;
      case 4:
        record.metadata = text_of(bytes);
        break;
      case 5:
        record.configuration = text_of(bytes);
        break;
    }
  }
  record.features.resize(features);
  record.label.resize(labels);
}

void encode_record(const Record& record, std::string& out) {
  put_map(out, 1, record.features);
  put_map(out, 2, record.label);
  if (record.uid) put_field(out, 3, *record.uid);
  if (record.metadata) put_field(out, 4, *record.metadata);
  if (record.configuration) put_field(out, 5, *record.configuration);
}

DenseRecordWriter::DenseRecordWriter(std::size_t feature_count, bool has_label) : features_(feature_count) {
  // Lengths of the nested messages, from the inside: packed floats, tensor, value, map entry.
  const auto put_vector = [](std::string& out, std::uint32_t field, std::size_t count) {
    static constexpr std::string_view name = "values";
    const std::size_t floats = count * sizeof(float);
    const std::size_t tensor = count == 0 ? 0 : 1 + varint_size(floats) + floats;
    const std::size_t value = 1 + varint_size(tensor) + tensor;
    const std::size_t entry = 2 + name.size() + 1 + varint_size(value) + value;
    put_varint(out, field << 3 | bytes_wire);
    put_varint(out, entry);
    put_field(out, 1, name);
    put_varint(out, 2 << 3 | bytes_wire);
    put_varint(out, value);
    put_varint(out, 2 << 3 | bytes_wire);
    put_varint(out, tensor);
    if (count > 0) {
      put_varint(out, 1 << 3 | bytes_wire);
      put_varint(out, floats);
    }
    const std::size_t at = out.size();
    out.append(floats, '\0');
    return at;
  };
  std::string message;
  features_at_ = put_vector(message, 1, feature_count) + 8;
  if (has_label) label_at_ = put_vector(message, 2, 1) + 8;
  // Zeros hold no magic, so this is one piece whose header stays right for all records that need no split.
  append_recordio(frame_, std::as_bytes(std::span(message)));
}

void DenseRecordWriter::place(char* frame, const float* values, float label) const {
  // A record may have no features, and then no values: memcpy would not take that.
  if (!features_.empty()) std::memcpy(frame + features_at_, values, features_.size() * sizeof(float));
  if (label_at_ != 0) std::memcpy(frame + label_at_, &label, sizeof label);
}

void DenseRecordWriter::append(std::string& out) {
  const std::size_t start = out.size();
  out.append(frame_);
  place(out.data() + start, features_.data(), label_);
  std::uint32_t length;
  std::memcpy(&length, frame_.data() + 4, sizeof length);
  const std::span<const std::byte> payload(reinterpret_cast<const std::byte*>(out.data()) + start + 8, length);
  if (!needs_split(payload)) return;
  const std::string copy(reinterpret_cast<const char*>(payload.data()), payload.size());
  out.resize(start);
  append_recordio(out, std::as_bytes(std::span(copy)));
  ++split_records_;
}

void DenseRecordWriter::append_columns(std::span<const float* const> columns, const float* labels, std::size_t count,
                                       std::string& out) {
  // A block of rows at a time: its frames stay in the cache while each column is walked through them.
  constexpr std::size_t block_rows = 64;
  const std::size_t width = frame_.size();
  std::uint32_t length;
  std::memcpy(&length, frame_.data() + 4, sizeof length);
  for (std::size_t first = 0; first < count; first += block_rows) {
    const std::size_t rows = std::min(block_rows, count - first);
    const std::size_t start = out.size();
    out.resize(start + rows * width);
    char* const block = out.data() + start;
    for (std::size_t row = 0; row < rows; ++row) std::memcpy(block + row * width, frame_.data(), width);
    for (std::size_t column = 0; column < columns.size(); ++column) {
      char* at = block + features_at_ + column * sizeof(float);
      const float* values = columns[column] + first;
      for (std::size_t row = 0; row < rows; ++row, at += width) std::memcpy(at, values + row, sizeof(float));
    }
    if (label_at_ != 0) {
      for (std::size_t row = 0; row < rows; ++row) {
        std::memcpy(block + row * width + label_at_, labels + first + row, sizeof(float));
      }
    }
    bool split = false;
    for (std::size_t row = 0; row < rows; ++row) {
      split |= needs_split({reinterpret_cast<const std::byte*>(block) + row * width + 8, length});
    }
    if (!split) continue;
    const std::string copy(block, rows * width);
    out.resize(start);
    for (std::size_t row = 0; row < rows; ++row) {
      const auto payload = std::as_bytes(std::span(copy)).subspan(row * width + 8, length);
      if (append_recordio(out, payload) > 1) ++split_records_;
    }
  }
}

}  // namespace tarn::formats
