#include "objects/tags.h"

#include <algorithm>

#include "base/encoding.h"
#include "objects/errors.h"

namespace tarn::objects {
namespace {

constexpr std::size_t longest_key = 128;
constexpr std::size_t longest_value = 256;

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }));
}

void check_tag(std::string_view key, std::string_view value) {
  if (key.empty() || characters(key) > longest_key || !is_utf8(key)) {
    throw Error(errors::invalid_tag, "The TagKey you have provided is invalid").with("TagKey", std::string(key));
  }
  if (characters(value) > longest_value || !is_utf8(value)) {
    throw Error(errors::invalid_tag, "The TagValue you have provided is invalid")
        .with("TagKey", std::string(key))
        .with("TagValue", std::string(value));
  }
  if (key.starts_with("aws:")) {
    throw Error(errors::invalid_tag, "System tags cannot be added/updated by requester")
        .with("TagKey", std::string(key));
  }
}

auto find(Tags& tags, const std::string& key) {
  return std::ranges::find(tags, key, &Tags::value_type::first);
}

}  // namespace

void add_tag(Tags& tags, std::string key, std::string value) {
  check_tag(key, value);
  if (find(tags, key) != tags.end()) {
    throw Error(errors::invalid_tag, "Cannot provide multiple Tags with the same key").with("TagKey", key);
  }
  tags.emplace_back(std::move(key), std::move(value));
}

void set_tag(Tags& tags, std::string key, std::string value) {
  check_tag(key, value);
  const auto found = find(tags, key);
  if (found == tags.end()) {
    tags.emplace_back(std::move(key), std::move(value));
  } else {
    found->second = std::move(value);
  }
}

}  // namespace tarn::objects
