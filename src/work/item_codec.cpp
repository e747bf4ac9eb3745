#include "work/item_codec.h"

#include <stdexcept>

namespace tarn::work {
namespace {

// Version 1: fields in the order below; numbers are 8 bytes, big endian; texts are a length and their bytes.
constexpr char format_version = 1;

void put_number(std::string& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 255);
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out += text;
}

class Reader {
 public:
  explicit Reader(std::string_view in) : in_(in) {}
  std::uint64_t number() {
    need(8);
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8 | static_cast<unsigned char>(in_[i]);
    in_.remove_prefix(8);
    return value;
  }
  std::string text() {
    const std::uint64_t length = number();
    need(length);
    std::string value(in_.substr(0, length));
    in_.remove_prefix(length);
    return value;
  }

 private:
  void need(std::uint64_t bytes) const {
    if (in_.size() < bytes) throw std::runtime_error("a work item's row is cut short");
  }
  std::string_view in_;
};

}  // namespace

std::string encode_item(const Item& item, bool started) {
  std::string out(1, format_version);
  put_text(out, item.id);
  put_text(out, item.kind);
  put_text(out, item.payload);
  put_number(out, static_cast<std::uint64_t>(to_millis(item.created)));
  put_number(out, static_cast<std::uint64_t>(to_millis(item.not_before)));
  put_number(out, item.attempts);
  put_number(out, started ? 1 : 0);
  put_text(out, item.last_error);
  return out;
}

Item decode_item(std::string_view row) {
  if (row.empty() || row[0] != format_version)
    throw std::runtime_error("a work item's row has an unknown format version");
  Reader in(row.substr(1));
  Item item;
  item.id = in.text();
  item.kind = in.text();
  item.payload = in.text();
  item.created = from_millis(static_cast<std::int64_t>(in.number()));
  item.not_before = from_millis(static_cast<std::int64_t>(in.number()));
  item.attempts = static_cast<std::uint32_t>(in.number());
  item.interrupted = in.number() != 0;
  item.last_error = in.text();
  return item;
}

}  // namespace tarn::work
