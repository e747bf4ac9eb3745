// Values of generated structs, seen through the tables: the parts that all protocols share.
#pragma once

#include <bitset>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "aws/model.h"
#include "base/time.h"

namespace tarn::aws {

// Where a value stands in a request, for messages: "tags.1.member.key". Lives on the reader's stack.
struct Path {
  const Path* parent = nullptr;
  std::string_view name;
  std::size_t index = 0;  // Of a list's element, from 1.
  std::string text() const;
};

// A request that cannot be read at all: not XML, a number where a list belongs. Each protocol words it as its services
// do.
struct Malformed : std::exception {
  explicit Malformed(std::string message, const Member* where = nullptr, std::string_view value = {})
      : text(std::move(message)), member(where), given(value) {}
  const char* what() const noexcept override { return text.c_str(); }
  std::string text;
  const Member* member;  // Of a header, label or query parameter.
  std::string given;
};

// What the values of a request violate, all of it.
class Violations {
 public:
  struct Entry {
    std::string value;  // As the message shows it: "Value 'x'", "Value null", or "Value" of what is secret.
    std::string path;
    std::string constraint;
    const Member* member = nullptr;  // The operation's own member it is in.
    const Shape* shape = nullptr;
  };
  void add(Entry entry);
  bool empty() const { return entries_.empty(); }
  const std::vector<Entry>& entries() const { return entries_; }
  // "2 validation errors detected: Value … at 'x' failed to satisfy constraint: …; …"
  std::string message() const;

 private:
  std::vector<Entry> entries_;
  std::size_t count_ = 0;
};

// Reading one request: collects what is wrong, and knows in which of the operation's members it is.
struct Reading {
  Violations violations;
  const Member* member = nullptr;

  void missing(const Path& path);
  void not_in_enum(const Shape& shape, std::string_view text, const Path& path);
};

// What was seen of a struct's members, to tell what is required and missing.
class Seen {
 public:
  void mark(const Shape& shape, const Member& member) {
    bits_.set(static_cast<std::size_t>(&member - &shape.members[0]));
  }
  bool has(const Shape& shape, const Member& member) const {
    return bits_.test(static_cast<std::size_t>(&member - &shape.members[0]));
  }
  // Reports the members of `shape` in the given locations.
  void report(const Shape& shape, const Path* path, Reading& reading, bool body_only) const;

 private:
  std::bitset<512> bits_;
};

inline const void* member_value(const Member& member, const void* object) {
  const void* at = static_cast<const char*>(object) + member.offset;
  return member.slot ? member.slot->get(at) : at;
}
inline void* make_member(const Member& member, void* object) {
  void* at = static_cast<char*>(object) + member.offset;
  return member.slot ? member.slot->make(at) : at;
}

// A member's own time format if it has one, else its shape's, else the given.
TimeFormat time_format(const Member& member, TimeFormat otherwise);
TimeFormat time_format(const Shape& shape, TimeFormat otherwise);

// Scalars as text, for XML, forms, headers and labels. Blobs are base64.
void set_text(const Shape& shape, void* value, std::string_view text, TimeFormat time, const Path& path,
              Reading& reading);
std::string text_of(const Shape& shape, const void* value, TimeFormat time);
bool is_scalar(const Shape& shape);

std::string number_text(double value);
// Seconds since the epoch with as many of three decimals as it has.
std::string unix_seconds_text(Timestamp time);

// The value at "TableInput.Name" of a struct: its shape and address, or null if a step is absent.
struct Found {
  const Shape* shape = nullptr;
  const void* value = nullptr;
  const Member* member = nullptr;
  explicit operator bool() const { return value != nullptr; }
};
Found find_value(const Shape& shape, const void* object, std::string_view dotted);

// An operation's request or output struct, whose type only its tables know.
class Object {
 public:
  explicit Object(const Shape& shape) : shape_(&shape), value_(shape.create()) {}
  ~Object() {
    if (value_) shape_->destroy(value_);
  }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  const Shape& shape() const { return *shape_; }
  void* get() { return value_; }
  const void* get() const { return value_; }

 private:
  const Shape* shape_;
  void* value_;
};

}  // namespace tarn::aws
