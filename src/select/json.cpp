// JSON as Select reads and writes it: order of members, and digits of numbers, stay as they are.
#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/json_text.h"
#include "select/errors.h"
#include "select/value.h"

namespace tarn::select {
namespace {

constexpr int most_depth = 100;

[[noreturn]] void refuse() {
  throw Error(errors::json_parsing_error, "Encountered an error parsing the JSON file. Check the file and try again.");
}

class Reader {
 public:
  explicit Reader(std::string_view in) : in_(in) {}

  Value whole() {
    Value value = read(0);
    blanks();
    if (!in_.empty()) refuse();
    return value;
  }

 private:
  void blanks() {
    while (!in_.empty() && (in_.front() == ' ' || in_.front() == '\t' || in_.front() == '\n' || in_.front() == '\r')) {
      in_.remove_prefix(1);
    }
  }
  bool take(char c) {
    blanks();
    if (!in_.starts_with(c)) return false;
    in_.remove_prefix(1);
    return true;
  }
  bool take_word(std::string_view word) {
    if (!in_.starts_with(word)) return false;
    in_.remove_prefix(word.size());
    return true;
  }

  Value read(int depth) {
    if (depth > most_depth) refuse();
    blanks();
    if (in_.empty()) refuse();
    switch (in_.front()) {
      case '{':
        return object(depth);
      case '[':
        return list(depth);
      case '"':
        return Text{.text = string()};
      case 't':
        if (take_word("true")) return true;
        refuse();
      case 'f':
        if (take_word("false")) return false;
        refuse();
      case 'n':
        if (take_word("null")) return Null{};
        refuse();
      default:
        return number();
    }
  }

  Value object(int depth) {
    in_.remove_prefix(1);
    Struct members;
    if (take('}')) return std::make_shared<const Struct>(std::move(members));
    do {
      blanks();
      if (!in_.starts_with('"')) refuse();
      std::string name = string();
      if (!take(':')) refuse();
      members.emplace_back(std::move(name), read(depth + 1));
    } while (take(','));
    if (!take('}')) refuse();
    return std::make_shared<const Struct>(std::move(members));
  }

  Value list(int depth) {
    in_.remove_prefix(1);
    List items;
    if (take(']')) return std::make_shared<const List>(std::move(items));
    do {
      items.push_back(read(depth + 1));
    } while (take(','));
    if (!take(']')) refuse();
    return std::make_shared<const List>(std::move(items));
  }

  Value number() {
    const std::size_t end = std::min(in_.find_first_not_of("+-0123456789.eE"), in_.size());
    const std::string_view text = in_.substr(0, end);
    if (text.empty() || text.front() == '+') refuse();
    auto value = parse_number(text);
    if (!value) refuse();
    in_.remove_prefix(end);
    return *value;
  }

  unsigned hex4() {
    unsigned code = 0;
    if (in_.size() < 4) refuse();
    const auto [end, error] = std::from_chars(in_.data(), in_.data() + 4, code, 16);
    if (error != std::errc() || end != in_.data() + 4) refuse();
    in_.remove_prefix(4);
    return code;
  }

  void escape(std::string& out) {
    if (in_.empty()) refuse();
    const char c = in_.front();
    in_.remove_prefix(1);
    static constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
    if (const std::size_t at = from.find(c); at != from.npos) {
      out += to[at];
      return;
    }
    if (c != 'u') refuse();
    unsigned code = hex4();
    if (code >= 0xD800 && code < 0xDC00) {
      if (!take_word("\\u")) refuse();
      const unsigned low = hex4();
      if (low < 0xDC00 || low > 0xDFFF) refuse();
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xDC00 && code < 0xE000) {
      refuse();
    }
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 63))};
    } else if (code < 0x10000) {
      out += {static_cast<char>(0xE0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 63)),
              static_cast<char>(0x80 | (code & 63))};
    } else {
      out += {static_cast<char>(0xF0 | code >> 18), static_cast<char>(0x80 | (code >> 12 & 63)),
              static_cast<char>(0x80 | (code >> 6 & 63)), static_cast<char>(0x80 | (code & 63))};
    }
  }

  std::string string() {
    in_.remove_prefix(1);
    std::string out;
    while (true) {
      const std::size_t end = in_.find_first_of("\"\\");
      if (end == in_.npos) refuse();
      out += in_.substr(0, end);
      const char c = in_[end];
      in_.remove_prefix(end + 1);
      if (c == '"') return out;
      escape(out);
    }
  }

  std::string_view in_;
};

std::string double_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

}  // namespace

Value parse_json(std::string_view text) {
  return Reader(text).whole();
}

void append_json_text(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\') {
      append_json_escape(out, c);
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_json(const Value& value, std::string& out) {
  if (value.absent()) {
    out += "null";
  } else if (const auto* text = value.as<Text>()) {
    append_json_text(text->text, out);
  } else if (const auto* moment = value.as<Moment>()) {
    append_json_text(moment_text(*moment), out);
  } else if (const auto* list = value.as<std::shared_ptr<const List>>()) {
    out += '[';
    for (const Value& item : **list) {
      if (&item != (*list)->data()) out += ',';
      append_json(item, out);
    }
    out += ']';
  } else if (const auto* members = value.as<std::shared_ptr<const Struct>>()) {
    out += '{';
    for (const auto& member : **members) {
      if (&member != (*members)->data()) out += ',';
      append_json_text(member.first, out);
      out += ':';
      append_json(member.second, out);
    }
    out += '}';
  } else if (const auto* floating = value.as<double>(); floating && !std::isfinite(*floating)) {
    append_json_text(double_text(*floating), out);
  } else {
    out += plain_text(value);
  }
}

std::string plain_text(const Value& value) {
  if (value.absent()) return {};
  if (const auto* text = value.as<Text>()) return text->text;
  if (const auto* truth = value.as<bool>()) return *truth ? "true" : "false";
  if (const auto* integer = value.as<std::int64_t>()) return std::to_string(*integer);
  if (const auto* decimal = value.as<Decimal>()) return decimal_text(*decimal);
  if (const auto* floating = value.as<double>()) return double_text(*floating);
  if (const auto* moment = value.as<Moment>()) return moment_text(*moment);
  std::string out;
  append_json(value, out);
  return out;
}

}  // namespace tarn::select
